"""A record in which every element that may hold words holds them: one resource of each type that kcds reads, and more.

`TEXT` stands wherever R4 allows free text, also where no fact is made of it today. The problem and the medicines are
chosen so that some of it must be shown: what no code identifies is listed in the record's own words.
"""

import copy
from collections.abc import Iterator
from typing import Any

from builders import LOINC, RXNORM, SNOMED, Json, coding, reference
from service_builders import hook_call, order_call

TEXT = "TEXT"
Path = tuple[str | int, ...]

CODED = {"coding": [{"system": "urn:oid:2.999.1", "code": "x-1", "display": TEXT}], "text": TEXT}
NOTE = [{"authorString": TEXT, "text": TEXT}]
SUBJECT = reference() | {"display": TEXT}
NARRATIVE = {"status": "generated", "div": TEXT}
EXTENSION = [{"url": "https://example.org/words", "valueString": TEXT}]
COMMON = {
    "text": NARRATIVE,
    "extension": EXTENSION,
    "identifier": [{"system": "urn:oid:2.999.2", "value": TEXT, "assigner": {"display": TEXT}}],
}
DOSAGE = {
    "text": TEXT,
    "patientInstruction": TEXT,
    "additionalInstruction": [CODED],
    "asNeededCodeableConcept": CODED,
    "site": CODED,
    "method": CODED,
    "route": CODED,
}


def coded_as(system: str, code: str) -> Json:
    return {"coding": [coding(system, code, TEXT)], "text": TEXT}


def record() -> dict[str, list[Json]]:
    """The resources that are searched for, by prefetch key."""
    return {
        "conditions": [
            _condition("pain", coded_as("http://hl7.org/fhir/sid/icd-10-cm", "G90.50"), onsetDateTime="2020-01-01"),
            _condition("stop", coded_as("http://hl7.org/fhir/sid/icd-10-cm", "F20.9")),
            _condition("words", {"text": TEXT}, onsetString=TEXT, abatementString=None),
            _condition("unknown", CODED, onsetString=TEXT),
            _condition("display", {"coding": [{"system": "urn:oid:2.999.1", "code": "x", "display": TEXT}]}),
        ],
        "medicationRequests": [
            _request("words", medicationCodeableConcept={"text": TEXT}),
            _request("unknown", medicationCodeableConcept=CODED),
            _request("coded", medicationCodeableConcept=coded_as(RXNORM, "310433")),
            _request("reference", medicationReference={"reference": "Medication/gone", "display": TEXT}),
            _request("contained", contained=[_medication()], medicationReference={"reference": "#m", "display": TEXT}),
        ],
        "medicationStatements": [_statement()],
        "medicationAdministrations": [
            _administration("words", {"text": TEXT}),
            _administration("ketamine", coded_as(RXNORM, "238082")),
        ],
        "procedures": [_procedure()],
        "allergies": [_allergy("words", {"text": TEXT}), _allergy("unknown", CODED)],
        "bloodPressure": [_observation("bp", coded_as(LOINC, "85354-9"), component=_components())],
        "painScores": [_observation("pain-words", coded_as(LOINC, "72514-3"), valueString=TEXT)],
        "pregnancyTests": [_observation("hcg", coded_as(LOINC, "2106-3"), valueCodeableConcept=CODED)],
        "healthScreens": [_observation("screen", coded_as(SNOMED, "66214007"), valueCodeableConcept=CODED)],
        "scores": [_observation("phq", coded_as(LOINC, "44261-6"), valueString=TEXT)],
        "liverTests": [_observation("alt", coded_as(LOINC, "1742-6"), **_quantity(35))],
        "urineTests": [_observation("urine", coded_as(LOINC, "19295-5"), valueString=TEXT)],
        "ecg": [_observation("ecg", coded_as(LOINC, "11524-6"), valueCodeableConcept=CODED)],
    }


def draft() -> Json:
    """A drafted ketamine order full of words."""
    return _request("draft", status="draft", medicationCodeableConcept=coded_as(RXNORM, "238082"), reasonCode=[CODED])


def calls() -> dict[str, Json]:
    """A call of each hook with the whole record."""
    answers = record()
    made = {
        "patient-view": hook_call(**answers),
        "order-select": order_call(draft(), _request("other"), selected=["MedicationRequest/draft"], **answers),
        "order-sign": order_call(draft(), **answers),
    }
    for call in made.values():
        call["prefetch"]["patient"] = _patient()
    return made


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Where TEXT stands."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        if item == TEXT:
            yield (*path, name)
        yield from places(item, (*path, name))


def with_words(call: Json, words: str, below: Path = ()) -> Json:
    """The call with these words in every text field below a place, and harmless ones elsewhere."""
    sent = copy.deepcopy(call)
    for path in places(call):
        inner: Any = sent
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = words if path[: len(below)] == below else "harmless words"
    return sent


def _whole(kind: str, named: str, /, **elements: Any) -> Json:
    resource = {"resourceType": kind, "id": named, **copy.deepcopy(COMMON), **copy.deepcopy(elements)}
    return {key: value for key, value in resource.items() if value is not None}


def _patient() -> Json:
    person = {"text": TEXT, "family": TEXT, "given": [TEXT], "prefix": [TEXT], "suffix": [TEXT]}
    place = {"text": TEXT, "line": [TEXT], "city": TEXT, "district": TEXT, "state": TEXT, "country": TEXT}
    return _whole(
        "Patient",
        "pat-1",
        gender="female",
        birthDate="1980-03-14",
        name=[person],
        address=[place],
        telecom=[{"system": "email", "value": TEXT}],
        maritalStatus=CODED,
        contact=[{"name": person, "relationship": [CODED], "address": place}],
        communication=[{"language": CODED}],
        generalPractitioner=[{"reference": "Practitioner/p1", "display": TEXT}],
        managingOrganization={"display": TEXT},
    )


def _condition(name: str, code: Json, **elements: Any) -> Json:
    return _whole(
        "Condition",
        name,
        clinicalStatus={"coding": [{"system": _terminology("condition-clinical"), "code": "active", "display": TEXT}]},
        verificationStatus={"coding": [{"system": _terminology("condition-ver-status"), "code": "confirmed"}]},
        category=[CODED],
        severity=CODED,
        code=code,
        bodySite=[CODED],
        subject=SUBJECT,
        recorder={"reference": "Practitioner/p1", "display": TEXT},
        stage=[{"summary": CODED, "type": CODED}],
        evidence=[{"code": [CODED], "detail": [{"display": TEXT}]}],
        note=NOTE,
        **elements,
    )


def _request(name: str, **elements: Any) -> Json:
    chosen = {"medicationCodeableConcept": {"text": TEXT}} if not {*elements} & {"medicationReference"} else {}
    return _whole(
        "MedicationRequest",
        name,
        **{
            "status": "active",
            "statusReason": CODED,
            "intent": "order",
            "category": [CODED],
            "subject": SUBJECT,
            "requester": {"reference": "Practitioner/p1", "display": TEXT},
            "performerType": CODED,
            "reasonCode": [CODED],
            "reasonReference": [{"reference": "Condition/pain", "display": TEXT}],
            "courseOfTherapyType": CODED,
            "note": NOTE,
            "dosageInstruction": [DOSAGE],
            "dispenseRequest": {"quantity": {"value": 30, "unit": TEXT}},
            "substitution": {"allowedCodeableConcept": CODED, "reason": CODED},
        }
        | chosen
        | elements,
    )


def _medication() -> Json:
    return {
        "resourceType": "Medication",
        "id": "m",
        "code": {"text": TEXT},
        "form": CODED,
        "ingredient": [{"itemCodeableConcept": {"text": TEXT}}],
        "batch": {"lotNumber": TEXT},
    }


def _statement() -> Json:
    return _whole(
        "MedicationStatement",
        "statement",
        status="active",
        statusReason=[CODED],
        category=CODED,
        medicationCodeableConcept={"text": TEXT},
        subject=SUBJECT,
        informationSource={"display": TEXT},
        reasonCode=[CODED],
        note=NOTE,
        dosage=[DOSAGE],
    )


def _administration(name: str, medicine: Json) -> Json:
    return _whole(
        "MedicationAdministration",
        name,
        status="completed",
        statusReason=[CODED],
        category=CODED,
        medicationCodeableConcept=medicine,
        subject=SUBJECT,
        effectiveDateTime="2026-11-10",
        performer=[{"actor": {"display": TEXT}, "function": CODED}],
        reasonCode=[CODED],
        note=NOTE,
        dosage={"text": TEXT, "site": CODED, "route": CODED, "method": CODED, "dose": {"value": 1, "unit": TEXT}},
    )


def _procedure() -> Json:
    return _whole(
        "Procedure",
        "procedure",
        status="completed",
        statusReason=CODED,
        category=CODED,
        code={"text": TEXT},
        subject=SUBJECT,
        performedString=TEXT,
        performer=[{"actor": {"display": TEXT}, "function": CODED}],
        location={"display": TEXT},
        reasonCode=[CODED],
        bodySite=[CODED],
        outcome=CODED,
        complication=[CODED],
        followUp=[CODED],
        note=NOTE,
        usedCode=[CODED],
    )


def _allergy(name: str, code: Json) -> Json:
    return _whole(
        "AllergyIntolerance",
        name,
        clinicalStatus={"coding": [{"system": _terminology("allergyintolerance-clinical"), "code": "active"}]},
        code=code,
        patient=SUBJECT,
        onsetString=TEXT,
        recorder={"display": TEXT},
        note=NOTE,
        reaction=[{"substance": CODED, "manifestation": [CODED], "description": TEXT, "note": NOTE}],
    )


def _observation(name: str, code: Json, **elements: Any) -> Json:
    return _whole(
        "Observation",
        name,
        status="final",
        category=[CODED],
        code=code,
        subject=SUBJECT,
        effectiveDateTime="2026-11-20",
        performer=[{"display": TEXT}],
        interpretation=[CODED],
        note=NOTE,
        bodySite=CODED,
        method=CODED,
        specimen={"display": TEXT},
        device={"display": TEXT},
        referenceRange=[{"text": TEXT, "type": CODED, "appliesTo": [CODED]}],
        **elements,
    )


def _components() -> list[Json]:
    return [
        {"code": coded_as(LOINC, "8480-6"), "valueQuantity": {"value": 190, "unit": TEXT, "code": "mm[Hg]"}},
        {"code": coded_as(LOINC, "8462-4"), "valueString": TEXT, "interpretation": [CODED]},
    ]


def _quantity(value: float) -> Json:
    return {"valueQuantity": {"value": value, "unit": TEXT, "system": "http://unitsofmeasure.org", "code": "U/L"}}


def _terminology(name: str) -> str:
    return f"http://terminology.hl7.org/CodeSystem/{name}"
