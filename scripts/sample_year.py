"""A story of a whole year: treatments tried, three infusions, and a chart that has drifted meanwhile."""

from sample_resources import HL7, ICD10, INTRAVENOUS, RXNORM, SIDE_EFFECT, UCUM, Story, Tale, ago, concept

PAIN = (
    *((8, 347), (8, 312), (9, 284), (8, 256), (8, 228), (5, 214), (6, 200), (4, 186), (5, 165)),
    *((6, 130), (7, 102), (4, 88), (5, 67), (6, 39), (7, 9)),
)
PRESSURE = (
    *((146, 92, 347), (150, 94, 284), (138, 86, 221), (142, 88, 193), (148, 92, 151)),
    *((152, 94, 95), (158, 97, 67), (159, 99, 39), (168, 102, 15), (172, 104, 1)),
)
LIVER = ((305, 32, 28, 99), (228, 36, 32, 99), (186, 56, 44, 110), (137, 48, 40, 110), (87, 130, 64, 132))
"""Days ago; ALT, AST and ALP in U/L."""
INFUSIONS = (221, 193, 95)
LIMITS = {"1742-6": 40, "1920-8": 40, "6768-6": 110}
NAMES = {
    "1742-6": "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma",
    "1920-8": "Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma",
    "6768-6": "Alkaline phosphatase [Enzymatic activity/volume] in Serum or Plasma",
}


def _year() -> Story:
    story = Story("a-year-of-infusions", "female", "1982-03-14", called=("Ana", "Rivera-Holt"))
    number = concept(f"{HL7}v2-0203", "MR", "Medical record number")
    story.resources[0]["identifier"] = [{"type": number, "system": "urn:kcds:sample", "value": "0047-1182"}]
    story.problem(ICD10, "G90.512", "Complex regional pain syndrome I of left upper limb", ago(1015))
    _treatments(story)
    _measurements(story)
    for days in INFUSIONS:
        story.infusion(days, 85)
    story.weight(71, 15)
    story.scores(38, alcohol=2)
    story.screens("psychosis")
    story.no_allergies()
    _draft(story)
    return story


def _treatments(story: Story) -> None:
    story.failed_medicine("483440", "pregabalin 150 MG Oral Capsule", 355, 242, 150, 2, SIDE_EFFECT)
    story.failed_medicine("596934", "duloxetine 60 MG Delayed Release Oral Capsule", 317, 172, 60, 1)
    story.failed_medicine("835603", "tramadol hydrochloride 50 MG Oral Tablet", 291, 249, 50, 4, SIDE_EFFECT)
    story.failed_medicine("198046", "nortriptyline 50 MG Oral Capsule", 158, 53, 50, 1)
    story.medicine("1745091", "lidocaine 0.05 MG/MG Medicated Patch", ago(256))
    story.physical_therapy(201, 113)
    story.medicine("197527", "clonazepam 0.5 MG Oral Tablet", ago(81))


def _measurements(story: Story) -> None:
    for score, days in PAIN:
        story.pain(score, days)
    for systolic, diastolic, days in PRESSURE:
        story.blood_pressure(systolic, diastolic, days)
    for days, *values in LIVER:
        for (code, high), value in zip(LIMITS.items(), values, strict=True):
            story.laboratory(code, NAMES[code], days, value, "U/L", high)


def _draft(story: Story) -> None:
    """Draft an infusion over four hours, by weight."""
    rate = {"value": 0.4, "unit": "mg/kg/h", "system": UCUM, "code": "mg/kg/h"}
    repeat = {"boundsPeriod": {"start": ago(-4), "end": ago(-4)}, "count": 1, "duration": 4, "durationUnit": "h"}
    story.drafts.append(
        {
            "resourceType": "MedicationRequest",
            "id": "draft-ketamine",
            "status": "draft",
            "intent": "order",
            "subject": story.subject,
            "medicationCodeableConcept": concept(RXNORM, "238082", "ketamine 10 MG/ML Injectable Solution"),
            "reasonCode": [concept(ICD10, "G90.512", "Complex regional pain syndrome I of left upper limb")],
            "dosageInstruction": [
                {
                    "timing": {"repeat": repeat},
                    "route": concept(*INTRAVENOUS),
                    "doseAndRate": [{"rateQuantity": rate}],
                }
            ],
        }
    )


YEAR = {
    "a-year-of-infusions": Tale(
        _year,
        "A year of infusions, blood pressure rising",
        "A 44-year-old woman with complex regional pain syndrome. Four medicines and physical therapy were tried in "
        "the last year, and three infusions each eased the pain for a time. Meanwhile her blood pressure has "
        "risen above the line, a liver test was three times its upper limit and was not repeated, and clonazepam was "
        "begun. A fourth infusion is about to be signed. The review page shows all of it on one timeline.",
    ),
}
"""The story that the pictures of the documents show."""
