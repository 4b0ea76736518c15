"""Time of one request in the process: from the bytes of the body to the bytes of the response.

    python benchmarks/request_time.py [--rounds 200]

The patient is the CRPS sample of `fhir_samples/`, filled up with vital signs, tests, problems and medicines as a
hospital record holds them, to 50, 500 and 2,000 resources. Targets of the first release: 50 under 10 ms, 500 under 30.
"""

import argparse
import gc
import statistics
import time
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson

from kcds.advice.speaking import Audience
from kcds.advice_app import make_service
from kcds.cds_hooks.card import to_json
from kcds.cds_hooks.request import read_hook_request
from kcds.cds_hooks.services import find_service
from kcds.sample import STORY_DAY, read_sample
from kcds.service import AdviceService, Moment

SERVICE = find_service("ketamine-patient-view")
MOMENT = Moment(
    now=datetime(STORY_DAY.year, STORY_DAY.month, STORY_DAY.day, 12, tzinfo=UTC),
    today=STORY_DAY,
    audience=Audience.PAIN,
    new_uuid=uuid4,
)
SHARES = (
    ("bloodPressure", 5),
    ("vitalSigns", 6),
    ("liverTests", 4),
    ("conditions", 2),
    ("medicationRequests", 2),
    ("painScores", 1),
)
"""Of twenty added resources, how many belong to each prefetch key."""


def filled_request(size: int) -> bytes:
    """Return the body of a request with so many resources."""
    request: dict[str, Any] = orjson.loads(read_sample("crps-candidate", STORY_DAY))
    prefetch = request["prefetch"]
    keys = [key for key, share in SHARES for _ in range(share)]
    have = sum(len(value.get("entry", [])) or (value["resourceType"] == "Patient") for value in prefetch.values())
    for number in range(size - have):
        key = keys[number % len(keys)]
        resource = _filler(key, number, prefetch["patient"]["id"])
        prefetch[key].setdefault("entry", []).append({"resource": resource})
        prefetch[key]["total"] = len(prefetch[key]["entry"])
    return orjson.dumps(request)


def _filler(key: str, number: int, patient_id: str) -> dict[str, Any]:
    day = (STORY_DAY - timedelta(days=40 + number)).isoformat()
    common = {"id": f"filler-{number}", "subject": {"reference": f"Patient/{patient_id}"}}
    if key == "conditions":
        status = {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "resolved"}]
        }
        cold = {"coding": [{"system": "http://snomed.info/sct", "code": "444814009", "display": "Viral sinusitis"}]}
        return {"resourceType": "Condition", "clinicalStatus": status, "code": cold, "onsetDateTime": day, **common}
    if key == "medicationRequests":
        coding = {
            "system": "http://www.nlm.nih.gov/research/umls/rxnorm",
            "code": "197806",
            "display": "ibuprofen 600 MG Oral Tablet",
        }
        return {
            "resourceType": "MedicationRequest", "status": "completed", "intent": "order", "authoredOn": day,
            "medicationCodeableConcept": {"coding": [coding]}, **common,
        }  # fmt: skip
    if key == "bloodPressure":
        components = [("8480-6", 118 + number % 12), ("8462-4", 70 + number % 12)]
        return {
            "resourceType": "Observation", "status": "final", "effectiveDateTime": day, "code": _loinc("85354-9"),
            "component": [{"code": _loinc(c), "valueQuantity": _quantity(v, "mm[Hg]")} for c, v in components],
            **common,
        }  # fmt: skip
    code, value, unit = {
        "vitalSigns": ("8867-4", 60 + number % 30, "/min"),
        "liverTests": ("1742-6", 15 + number % 20, "U/L"),
        "painScores": ("72514-3", number % 10, "{score}"),
    }[key]
    limits = {"referenceRange": [{"high": _quantity(40, unit)}]} if key == "liverTests" else {}
    return {
        "resourceType": "Observation", "status": "final", "effectiveDateTime": day, "code": _loinc(code),
        "valueQuantity": _quantity(value, unit), **limits, **common,
    }  # fmt: skip


def _loinc(code: str) -> dict[str, Any]:
    return {"coding": [{"system": "http://loinc.org", "code": code}]}


def _quantity(value: float, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}


def answer(service: AdviceService, body: bytes) -> bytes:
    """Answer one body as the web layer does."""
    assessment = service.respond(read_hook_request(orjson.loads(body), SERVICE), MOMENT)
    return orjson.dumps({"cards": to_json(assessment.cards)})


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    service = make_service()
    gc.collect()
    gc.freeze()
    gc.disable()  # as in a worker, where the collector runs between two calls
    print("resources  body KB  cards  least ms  median ms  p95 ms")
    for size in (50, 500, 2000):
        body = filled_request(size)
        times = []
        for _ in range(max(20, rounds * 50 // size)):
            fresh = deepcopy(body)
            started = time.perf_counter()
            response = answer(service, fresh)
            times.append((time.perf_counter() - started) * 1000)
            gc.collect(1)
        times.sort()
        cards = len(orjson.loads(response)["cards"])
        p95 = times[int(len(times) * 0.95)]
        print(f"{size:9} {len(body) / 1024:8.0f} {cards:6} {times[0]:9.1f} {statistics.median(times):10.1f} {p95:7.1f}")


if __name__ == "__main__":
    main()
