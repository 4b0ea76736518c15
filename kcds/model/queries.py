"""The queries by which a patient's data reach us: one prefetch key each, one entry in `Record.retrievals` each.

Observation queries select by the codes of the value sets named here (ARCHITECTURE 2); the templates are generated in
`cds_hooks/prefetch.py` and the facts ask here which query answers for them, so that the two cannot drift.
"""

from enum import StrEnum


class Query(StrEnum):
    """Prefetch keys."""

    PATIENT = "patient"
    CONDITIONS = "conditions"
    MEDICATION_REQUESTS = "medicationRequests"
    MEDICATION_STATEMENTS = "medicationStatements"
    MEDICATION_ADMINISTRATIONS = "medicationAdministrations"
    PROCEDURES = "procedures"
    ALLERGIES = "allergies"
    BLOOD_PRESSURE = "bloodPressure"
    PAIN_SCORES = "painScores"
    VITAL_SIGNS = "vitalSigns"
    LIVER_TESTS = "liverTests"
    PREGNANCY_TESTS = "pregnancyTests"
    HEALTH_SCREENS = "healthScreens"
    SCORES = "scores"
    ECG = "ecg"
    URINE_TESTS = "urineTests"
    RENAL_TESTS = "renalTests"
    THYROID_TESTS = "thyroidTests"
    COGNITION = "cognition"


RESOURCE_OF: dict[Query, str] = {
    Query.PATIENT: "Patient",
    Query.CONDITIONS: "Condition",
    Query.MEDICATION_REQUESTS: "MedicationRequest",
    Query.MEDICATION_STATEMENTS: "MedicationStatement",
    Query.MEDICATION_ADMINISTRATIONS: "MedicationAdministration",
    Query.PROCEDURES: "Procedure",
    Query.ALLERGIES: "AllergyIntolerance",
}
"""Resource type of each query; every other query is for Observations."""

TYPE_OF_KEY = {query.value: RESOURCE_OF.get(query, "Observation") for query in Query}
"""The prefetch keys, and the type of resource that each asks for."""

TITLE_OF: dict[Query, str] = {
    Query.PATIENT: "person",
    Query.CONDITIONS: "problem list",
    Query.MEDICATION_REQUESTS: "medication orders",
    Query.MEDICATION_STATEMENTS: "medication statements",
    Query.MEDICATION_ADMINISTRATIONS: "medicines given",
    Query.PROCEDURES: "procedures",
    Query.ALLERGIES: "allergies",
    Query.BLOOD_PRESSURE: "blood pressure",
    Query.PAIN_SCORES: "pain score",
    Query.VITAL_SIGNS: "vital signs",
    Query.LIVER_TESTS: "liver tests",
    Query.PREGNANCY_TESTS: "pregnancy tests",
    Query.HEALTH_SCREENS: "answers to health questions",
    Query.SCORES: "screening scores",
    Query.ECG: "ECG",
    Query.URINE_TESTS: "urine tests",
    Query.RENAL_TESTS: "kidney function",
    Query.THYROID_TESTS: "thyroid tests",
    Query.COGNITION: "cognition",
}
"""What cards call the answer of a query; where it answers for one data domain, as they call that."""

OBSERVATION_SETS: dict[Query, tuple[str, ...]] = {
    Query.BLOOD_PRESSURE: ("obs-blood-pressure",),
    Query.PAIN_SCORES: ("obs-pain-severity",),
    Query.VITAL_SIGNS: ("obs-vitals",),
    Query.LIVER_TESTS: ("obs-liver", "measure-alt", "measure-ast", "measure-bilirubin"),
    Query.PREGNANCY_TESTS: ("obs-pregnancy",),
    Query.HEALTH_SCREENS: ("obs-health-screens",),
    Query.SCORES: ("obs-mental-health", "obs-substance-screens"),
    Query.ECG: ("obs-ecg",),
    Query.URINE_TESTS: ("obs-urinalysis", "obs-urine-drug-screen"),
    Query.RENAL_TESTS: ("obs-renal",),
    Query.THYROID_TESTS: ("obs-thyroid",),
    Query.COGNITION: ("obs-cognition",),
}
"""Value sets whose codes an Observation query asks for (in `code` or, for panels, in `component.code`)."""
