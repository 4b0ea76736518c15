"""The patients of the laws in `properties/`, and what is said of them.

They are the stories of `fhir_samples/`, and the candidate among them with one more resource: what speaks against
ketamine, or what is in doubt.
"""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import TypeAlias
from uuid import UUID, uuid4

from builders import (
    ICD_10_CM,
    RXNORM,
    SNOMED,
    Json,
    allergy,
    condition,
    medication_request,
    observation,
    quantity,
)
from builders import concept as codeable
from service_builders import NOON, SAMPLE_NAMES, noon, real_service, sample, without_uuids

from kcds.cds_hooks.card import to_json
from kcds.cds_hooks.request import read_hook_request
from kcds.cds_hooks.services import find_service
from kcds.errors import PreconditionError
from kcds.model.advice import Disposition
from kcds.model.facts import DataState
from kcds.model.findings import Applicability, Effect, Finding
from kcds.model.queries import Query
from kcds.service import AdviceService, Assessment

CANDIDATE = "crps-candidate"
TERMS = "http://terminology.hl7.org/CodeSystem/"
FAILED = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
ADVERSE = (Effect.STOP, Effect.CAUTION, Effect.UNMET, Effect.OUT_OF_SCOPE)
SEVERITY = (
    Disposition.CONTRAINDICATED,
    Disposition.OUT_OF_SCOPE,
    Disposition.NOT_YET,
    Disposition.INSUFFICIENT_DATA,
    Disposition.CAUTION,
    Disposition.CANDIDATE,
)
"""The precedence of the contract, the gravest first."""
HOW = ("left out", "failed")
"""What may go wrong with one prefetch key."""
Said: TypeAlias = tuple[str, Applicability, tuple[str, ...], tuple[str, ...]]


def problem(code: str, verification: str = "confirmed", clinical: str = "active", **elements: object) -> Json:
    """A problem by its ICD-10-CM code, or by its SNOMED CT code where that is all digits."""
    return condition(
        code,
        SNOMED if code.isdigit() else ICD_10_CM,
        id=f"more-{code.lower().replace('.', '-')}",
        clinicalStatus=codeable(f"{TERMS}condition-clinical", clinical),
        verificationStatus=codeable(f"{TERMS}condition-ver-status", verification),
        **{"onsetDateTime": "2020-01-06"} | elements,
    )


def medicine(code: str | None, **elements: object) -> Json:
    return medication_request(code, **{"id": "more-medicine", "authoredOn": "2026-10-05"} | elements)


def alanine_transaminase(value: int) -> Json:
    limit = {"high": quantity(40, "U/L")}
    measured = {"valueQuantity": quantity(value, "U/L"), "referenceRange": [limit]}
    return observation("1742-6", id="more-alt", effectiveDateTime="2026-11-10", **measured)


def psychosis_answer(*, answer: bool) -> Json:
    return observation("69322001", SNOMED, id="more-answer", effectiveDateTime="2026-11-19", valueBoolean=answer)


MORE: dict[str, tuple[Query, Json]] = {
    "psychosis": (Query.CONDITIONS, problem("F20.0")),
    "unconfirmed psychosis": (Query.CONDITIONS, problem("F20.0", "provisional")),
    "old aneurysm": (Query.CONDITIONS, problem("I71.40", clinical="resolved")),
    "liver failure": (Query.CONDITIONS, problem("K72.90")),
    "cirrhosis": (Query.CONDITIONS, problem("K74.60")),
    "theophylline": (Query.MEDICATION_REQUESTS, medicine("10438")),
    "aminophylline in words": (
        Query.MEDICATION_REQUESTS,
        medicine(None, medicationCodeableConcept={"text": "Aminophylline 225 mg"}),
    ),
    "levothyroxine": (Query.MEDICATION_REQUESTS, medicine("10582")),
    "ketamine allergy": (Query.ALLERGIES, allergy("6130", RXNORM, id="more-allergy", type="allergy")),
    "raised transaminase": (Query.LIVER_TESTS, alanine_transaminase(130)),
    "very high transaminase": (Query.LIVER_TESTS, alanine_transaminase(230)),
    "yes to psychosis": (Query.HEALTH_SCREENS, psychosis_answer(answer=True)),
}
STORIES = (*SAMPLE_NAMES, *MORE)
AGAINST = tuple(name for name in STORIES if name not in (CANDIDATE, "ketamine-maintenance"))
"""Stories of patients who are no candidates."""
STOPPED = (
    "opioid-use-disorder-drafted",
    "pregnant-by-laboratory",
    "psychosis",
    "old aneurysm",
    "liver failure",
    "theophylline",
    "ketamine allergy",
    "very high transaminase",
)


@cache
def _text(name: str) -> str:
    request = sample(CANDIDATE if name in MORE else name)
    if name in MORE:
        add(request, *MORE[name])
    return json.dumps(request)


def story(name: str) -> Json:
    """A fresh copy of the request of a story."""
    request: Json = json.loads(_text(name))
    return request


def add(request: Json, key: Query, resource: Json) -> Json:
    """Put one more resource of the patient into the answer to a query, and return it."""
    added = deepcopy(resource)
    person = "patient" if added["resourceType"] == "AllergyIntolerance" else "subject"
    added[person] = {"reference": f"Patient/{request['context']['patientId']}"}
    if request["prefetch"][key.value] is None:
        request["prefetch"][key.value] = {"resourceType": "Bundle", "type": "searchset"}
    found = request["prefetch"][key.value]
    found.setdefault("entry", []).append({"resource": added})
    if "total" in found:
        found["total"] += 1
    return added


def bundles(request: Json) -> Iterator[Json]:
    """The Bundles of the prefetch."""
    return (found for found in request["prefetch"].values() if found and found["resourceType"] == "Bundle")


def entries(request: Json) -> list[tuple[Json, Json]]:
    """Each entry of the prefetched Bundles, with its Bundle."""
    return [(found, entry) for found in bundles(request) for entry in found.get("entry", [])]


def reference(entry: Json) -> str:
    return f"{entry['resource']['resourceType']}/{entry['resource']['id']}"


def assess(
    request: Json,
    moment: datetime = NOON,
    new_uuid: Callable[[], UUID] = uuid4,
    service: AdviceService | None = None,
) -> Assessment:
    when = replace(noon(), now=moment, today=moment.date(), new_uuid=new_uuid)
    asked = read_hook_request(request, find_service(f"ketamine-{request['hook']}"))
    return (service or real_service()).respond(asked, when)


def assess_or_refuse(request: Json) -> Assessment | None:
    """The assessment; None where the service refuses to advise (412)."""
    try:
        return assess(request)
    except PreconditionError:
        return None


@cache
def told(name: str) -> Assessment:
    """What is said of a story as it stands."""
    return assess(story(name))


def said(assessment: Assessment) -> tuple[Disposition, list[Said]]:
    """The disposition, and of every finding the answer, the sources and what is missing."""
    findings = [(f.rule, f.answer, f.supporting, f.missing) for f in assessment.findings.all]
    return assessment.advice.disposition, findings


def applying(assessment: Assessment, *effects: Effect) -> list[Finding]:
    """The findings that apply and have one of these effects."""
    return [advised.finding for advised in assessment.advice.with_effect(*effects)]


def cards_of(assessment: Assessment) -> object:
    """The cards as JSON, without what is new in every call."""
    return without_uuids(to_json(assessment.cards))


def degraded(name: str) -> Iterator[tuple[str, Json]]:
    """A story with each prefetch key in turn left out, and failed."""
    for key in story(name)["prefetch"]:
        for how in HOW:
            yield f"{key} {how}", without_key(name, key, how)


def without_key(name: str, key: str, how: str) -> Json:
    """A story with one prefetch key left out or failed."""
    request = story(name)
    if how == "failed":
        request["prefetch"][key] = FAILED
    else:
        del request["prefetch"][key]
    return request


def spoke_against(assessment: Assessment) -> set[str]:
    """The resources that prove what speaks against ketamine, or cast the doubt that does."""
    proofs = {source for finding in applying(assessment, *ADVERSE) for source in finding.supporting}
    doubtful = {domain for advised in assessment.advice.undecided for domain in advised.finding.missing}
    states = [fact for fact in assessment.facts if isinstance(fact, DataState) and fact.domain in doubtful]
    return proofs | {source for state in states for source in state.sources}


def order_of(ingredient: str, route: str = "47625008", **elements: object) -> Json:
    """A draft of a medicine by vein, half a milligram per kilogram, for pain."""
    dosage = {
        "route": codeable(SNOMED, route),
        "doseAndRate": [{"doseQuantity": quantity(0.5, "mg/kg")}],
    }
    reason = [codeable(ICD_10_CM, "G90.521", "Complex regional pain syndrome I of right lower limb")]
    known = {"id": "law-order", "status": "draft", "reasonCode": reason, "dosageInstruction": [dosage]}
    return medication_request(ingredient, **known | elements)


def with_order(request: Json, order: Json) -> Json:
    """The request as order-sign with this draft alone."""
    signed = request["context"] | {"draftOrders": {"resourceType": "Bundle", "type": "collection"}}
    subject = {"reference": f"Patient/{request['context']['patientId']}"}
    signed["draftOrders"]["entry"] = [{"resource": order | {"subject": subject}}]
    return request | {"hook": "order-sign", "context": signed}
