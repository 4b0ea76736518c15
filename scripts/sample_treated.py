"""Stories of treatment: who is on ketamine already, and orders that need a second look."""

from sample_resources import (
    HL7,
    ICD10,
    NASAL,
    RXNORM,
    SUBLINGUAL,
    UCUM,
    Story,
    Tale,
    ago,
    concept,
)

SERIES = (200, 198, 195, 193, 190, 188)
"""Days ago of the first six infusions."""
BOOSTERS = (120, 45, 22)
"""Days ago of the boosters: the last two are too close together."""


def _maintenance() -> Story:
    story = Story("ketamine-maintenance", "female", "1972-08-14", called=("Ruth", "Feldman-Gray"))
    story.problem(ICD10, "G90.511", "Complex regional pain syndrome I of right upper limb", ago(1100))
    story.everything_tried()
    for days in (*SERIES, *BOOSTERS):
        story.infusion(days, 30)
    story.medicine("238082", "ketamine 10 MG/ML Injectable Solution", ago(205))
    for score, days in ((8, 205), (4, 180), (5, 150), (7, 46), (6, 15)):
        story.pain(score, days)
    story.laboratory("1742-6", "Alanine aminotransferase [Enzymatic activity/volume] in Serum", 205, 24, "U/L", 40)
    story.laboratory("1920-8", "Aspartate aminotransferase [Enzymatic activity/volume] in Serum", 205, 22, "U/L", 40)
    story.laboratory("1975-2", "Bilirubin.total [Mass/volume] in Serum or Plasma", 205, 0.6, "mg/dL", 1.2)
    story.blood_pressure(128, 80, 15)
    story.weight(64, 15)
    story.screens()
    story.no_allergies()
    story.add(
        "Procedure",
        status="completed",
        code=concept("http://snomed.info/sct", "236886002", "Hysterectomy"),
        performedDateTime="2015-03-10",
    )
    return story


def _aneurysm() -> Story:
    story = Story("esketamine-for-pain", "male", "1963-01-05", called=("Walter", "Stone"))
    story.problem(ICD10, "G90.521", "Complex regional pain syndrome I of right lower limb", ago(1700))
    story.problem(ICD10, "I71.40", "Abdominal aortic aneurysm, without rupture, unspecified", ago(2000))
    story.everything_tried()
    story.examined("cardiovascular")
    story.weight(84, 5)
    product = concept(RXNORM, "2119387", "esketamine 140 MG/ML Nasal Spray [Spravato]")
    reason = concept(ICD10, "G90.521", "Complex regional pain syndrome I of right lower limb")
    story.draft(product, NASAL, 56, "mg", reasonCode=[reason])
    return story


def _troche() -> Story:
    story = Story("compounded-troche", "male", "1969-04-27", called=("Victor", "Lang"))
    story.problem(ICD10, "G54.6", "Phantom limb syndrome with pain", ago(1500))
    story.everything_tried()
    story.medicine("197517", "clarithromycin 500 MG Oral Tablet", ago(3))
    story.examined()
    story.weight(90, 5)
    ingredient = concept(RXNORM, "6130", "ketamine")
    story.draft(
        ingredient | {"text": "Ketamine 100 mg troche, compounded"},
        SUBLINGUAL,
        100,
        "mg",
        timing={"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
        category=[concept(f"{HL7}medicationrequest-category", "community", "Community")],
        reasonCode=[concept(ICD10, "G54.6", "Phantom limb syndrome with pain")],
        dispenseRequest={"quantity": {"value": 60, "unit": "troche", "system": UCUM, "code": "{troche}"}},
    )
    return story


TREATED = {
    "ketamine-maintenance": Tale(
        _maintenance,
        "On ketamine for months: boosters too close, tests overdue",
        "A 54-year-old woman with complex regional pain syndrome has had a series of six infusions and three boosters, "
        "the last two only 23 days apart. The pain fell by half at first and is creeping back. Liver tests were last "
        "done before the series; urine was never looked at. The follow-up says so, line by line.",
    ),
    "esketamine-for-pain": Tale(
        _aneurysm,
        "Esketamine for pain, aortic aneurysm on record",
        "A 63-year-old man with complex regional pain syndrome. Esketamine nasal spray is about to be signed for pain: "
        "off label, and forbidden by its label with any aneurysm. Racemic ketamine is stopped too, by inference.",
    ),
    "compounded-troche": Tale(
        _troche,
        "Compounded ketamine troche to take home",
        "A 57-year-old man with phantom limb pain is to take compounded ketamine under the tongue at home, while on "
        "clarithromycin. No product was reviewed by the FDA, and nobody watches him.",
    ),
}
"""Patients on ketamine, and orders of forms other than the infusion."""
