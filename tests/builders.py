"""Small FHIR R4 JSON resources for tests: valid by default, every part replaceable.

Each builder gives plain JSON, as a client would send it. Pass FHIR element names to add or replace elements; pass None
to leave one out: `condition("G90.50", onsetDateTime="2019", clinicalStatus=None)`.
"""

from typing import Any

Json = dict[str, Any]

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
UCUM = "http://unitsofmeasure.org"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"

PATIENT_ID = "pat-1"


def without_nulls(resource: Json) -> Json:
    return {name: value for name, value in resource.items() if value is not None}


def coding(system: str | None, code: str | None, display: str | None = None) -> Json:
    return without_nulls({"system": system, "code": code, "display": display})


def concept(system: str, code: str, display: str | None = None, text: str | None = None) -> Json:
    return without_nulls({"coding": [coding(system, code, display)], "text": text})


def quantity(value: float, unit: str, code: str | None = None) -> Json:
    return {"value": value, "unit": unit, "system": UCUM, "code": code or unit}


def reference(target: str = f"Patient/{PATIENT_ID}") -> Json:
    return {"reference": target}


def patient(**elements: object) -> Json:
    resource = {"resourceType": "Patient", "id": PATIENT_ID, "gender": "female", "birthDate": "1980-03-14"}
    return without_nulls(resource | elements)


def condition(code: str = "G90.50", system: str = ICD_10_CM, /, **elements: object) -> Json:
    resource = {
        "resourceType": "Condition",
        "id": f"cond-{code.replace('.', '-')}",
        "clinicalStatus": concept(f"{TERMINOLOGY}condition-clinical", "active"),
        "verificationStatus": concept(f"{TERMINOLOGY}condition-ver-status", "confirmed"),
        "code": concept(system, code),
        "subject": reference(),
    }
    return without_nulls(resource | elements)


def observation(code: str, system: str = LOINC, /, **elements: object) -> Json:
    resource = {
        "resourceType": "Observation",
        "id": f"obs-{code}",
        "status": "final",
        "code": concept(system, code),
        "subject": reference(),
        "effectiveDateTime": "2026-11-20",
    }
    return without_nulls(resource | elements)


def blood_pressure(systolic: float, diastolic: float, day: str = "2026-11-20", **elements: object) -> Json:
    components = [
        {"code": concept(LOINC, "8480-6"), "valueQuantity": quantity(systolic, "mmHg", "mm[Hg]")},
        {"code": concept(LOINC, "8462-4"), "valueQuantity": quantity(diastolic, "mmHg", "mm[Hg]")},
    ]
    return observation("85354-9", effectiveDateTime=day, component=components, **elements)


def pain_score(value: int, day: str = "2026-11-20", **elements: object) -> Json:
    return observation("72514-3", effectiveDateTime=day, valueInteger=value, **elements)


def dosage(amount: float, unit: str, frequency: int = 1, **elements: object) -> Json:
    instruction = {
        "timing": {"repeat": {"frequency": frequency, "period": 1, "periodUnit": "d"}},
        "route": concept(SNOMED, "26643006", "Oral route"),
        "doseAndRate": [{"doseQuantity": quantity(amount, unit)}],
    }
    return without_nulls(instruction | elements)


def medication(code: str, /, display: str | None = None, **elements: object) -> Json:
    resource = {"resourceType": "Medication", "id": f"med-{code}", "code": concept(RXNORM, code, display)}
    return without_nulls(resource | elements)


def medication_request(code: str | None = "310433", display: str | None = None, **elements: object) -> Json:
    """`code=None` leaves the medication to be given as `medicationReference`."""
    resource = {
        "resourceType": "MedicationRequest",
        "id": f"mr-{code or 'by-reference'}",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": concept(RXNORM, code, display) if code else None,
        "subject": reference(),
    }
    return without_nulls(resource | elements)


def medication_statement(code: str, display: str | None = None, **elements: object) -> Json:
    resource = {
        "resourceType": "MedicationStatement",
        "id": f"ms-{code}",
        "status": "active",
        "medicationCodeableConcept": concept(RXNORM, code, display),
        "subject": reference(),
    }
    return without_nulls(resource | elements)


def medication_administration(code: str, day: str = "2026-11-20", **elements: object) -> Json:
    resource = {
        "resourceType": "MedicationAdministration",
        "id": f"ma-{code}-{day}",
        "status": "completed",
        "medicationCodeableConcept": concept(RXNORM, code),
        "subject": reference(),
        "effectiveDateTime": day,
    }
    return without_nulls(resource | elements)


def procedure(code: str, system: str = SNOMED, /, **elements: object) -> Json:
    resource = {
        "resourceType": "Procedure",
        "id": f"proc-{code}",
        "status": "completed",
        "code": concept(system, code),
        "subject": reference(),
        "performedDateTime": "2026-06-01",
    }
    return without_nulls(resource | elements)


def allergy(code: str, system: str = RXNORM, /, **elements: object) -> Json:
    resource = {
        "resourceType": "AllergyIntolerance",
        "id": f"alg-{code}",
        "clinicalStatus": concept(f"{TERMINOLOGY}allergyintolerance-clinical", "active"),
        "verificationStatus": concept(f"{TERMINOLOGY}allergyintolerance-verification", "confirmed"),
        "code": concept(system, code),
        "patient": reference(),
    }
    return without_nulls(resource | elements)


def operation_outcome(severity: str = "error", code: str = "exception") -> Json:
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": code}]}


def bundle(*resources: Json, kind: str = "collection", **elements: object) -> Json:
    return {"resourceType": "Bundle", "type": kind, "entry": [{"resource": each} for each in resources], **elements}


def searchset(*resources: Json, **elements: object) -> Json:
    return bundle(*resources, kind="searchset", **elements)
