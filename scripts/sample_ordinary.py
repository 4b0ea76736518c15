"""Stories of ordinary patients, in the default setting: nobody needs a card about ketamine, unless there is danger."""

from sample_resources import HL7, ICD10, NASAL, RXNORM, Story, Tale, ago, concept

QUIET = "refractory"
"""For whom patient-view speaks by default."""


def _knee() -> Story:
    story = Story("knee-osteoarthritis", "female", "1958-06-23", called=("Edith", "Harrow"))
    story.problem(ICD10, "M17.11", "Unilateral primary osteoarthritis, right knee", ago(1300))
    story.problem(ICD10, "I10", "Essential (primary) hypertension", ago(3000))
    story.medicine("197806", "ibuprofen 600 MG Oral Tablet", ago(200), dosageInstruction=[_daily(600, 2)])
    story.physical_therapy(400, 340)
    story.blood_pressure(134, 82, 12)
    story.pain(5, 12)
    return story


def _back() -> Story:
    story = Story("back-pain-for-a-week", "male", "1986-02-09", called=("Simon", "Brook"))
    story.problem(ICD10, "M54.50", "Low back pain, unspecified", ago(7))
    story.medicine("198014", "naproxen 500 MG Oral Tablet", ago(6), dosageInstruction=[_daily(500, 2)])
    story.blood_pressure(126, 80, 6)
    story.pain(7, 6)
    return story


def _migraine() -> Story:
    story = Story("migraine-on-a-triptan", "female", "1990-12-01", called=("Clara", "Novak"))
    story.problem(ICD10, "G43.109", "Migraine with aura, not intractable, without status migrainosus", ago(2500))
    story.medicine(
        "313161",
        "sumatriptan 50 MG Oral Tablet",
        ago(600),
        dosageInstruction=[{"asNeededBoolean": True, "doseAndRate": [{"doseQuantity": _milligrams(50)}]}],
    )
    story.blood_pressure(112, 70, 90)
    return story


def _sedation() -> Story:
    story = Story("ketamine-for-sedation", "male", "1999-07-30", called=("Jonas", "Reed"))
    story.blood_pressure(138, 84, 0)
    story.pain(8, 0)
    story.no_allergies()
    story.draft_ketamine(
        category=[concept(f"{HL7}medicationrequest-category", "inpatient", "Inpatient")],
        reasonCode=[concept(ICD10, "S52.501A", "Unspecified fracture of the lower end of right radius")],
    )
    return story


def _depression() -> Story:
    story = Story("esketamine-for-depression", "female", "1975-11-17", called=("Helen", "Moss"))
    reason = concept(ICD10, "F33.2", "Major depressive disorder, recurrent severe without psychotic features")
    story.problem(ICD10, "F33.2", "Major depressive disorder, recurrent severe without psychotic features", ago(1400))
    story.problem(ICD10, "M54.50", "Low back pain, unspecified", ago(2000))
    story.medicine("312941", "sertraline 50 MG Oral Tablet", ago(300), dosageInstruction=[_daily(50, 1)])
    story.blood_pressure(122, 76, 0)
    story.no_allergies()
    product = concept(RXNORM, "2119387", "esketamine 140 MG/ML Nasal Spray [Spravato]")
    story.draft(product, NASAL, 56, "mg", reasonCode=[reason])
    return story


def _daily(dose: float, times: int) -> dict[str, object]:
    timing = {"repeat": {"frequency": times, "period": 1, "periodUnit": "d"}}
    return {"timing": timing, "doseAndRate": [{"doseQuantity": _milligrams(dose)}]}


def _milligrams(dose: float) -> dict[str, object]:
    return {"value": dose, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}


ORDINARY = {
    "knee-osteoarthritis": Tale(
        _knee,
        "Osteoarthritis of the knee on ibuprofen",
        "A 68-year-old woman whose knee has hurt for years. Ibuprofen and exercise help; nobody thinks of ketamine. "
        "Her treatments have not failed, so the service keeps quiet.",
        QUIET,
    ),
    "back-pain-for-a-week": Tale(
        _back,
        "A week of back pain",
        "A 40-year-old man with acute low back pain on naproxen. Acute pain is no question for this service.",
        QUIET,
    ),
    "migraine-on-a-triptan": Tale(
        _migraine,
        "Migraine on a triptan",
        "A 35-year-old woman who takes sumatriptan for attacks of migraine. One drug that works is no failed therapy.",
        QUIET,
    ),
    "ketamine-for-sedation": Tale(
        _sedation,
        "Ketamine for sedation in an emergency department",
        "A healthy man of 27 with a broken wrist. Ketamine is ordered to set the bone: the coded reason is the "
        "fracture, not chronic pain, and nothing on record makes ketamine dangerous, so signing is not interrupted.",
        QUIET,
    ),
    "esketamine-for-depression": Tale(
        _depression,
        "Esketamine for depression",
        "A woman of 51 starts esketamine for severe depression, beside her sertraline. That is what the label is for, "
        "and no contraindication is on record: no card, although she also has back pain.",
        QUIET,
    ),
}
"""Patients in whom silence is the right answer."""
