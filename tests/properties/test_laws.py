# ruff: noqa: S311 - seeded test data
"""Laws that hold for every patient: what is not medicine changes nothing, and less data never makes a candidate.

The patients are the stories of `fhir_samples/`, and the candidate among them with one more resource: what speaks
against ketamine, or what is in doubt.
"""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import TypeAlias
from uuid import UUID, uuid4

import pytest
from builders import Json
from hypothesis import given, settings
from hypothesis import strategies as st
from service_builders import NOON, SAMPLE_NAMES, noon, real_service, sample, without_uuids

from kcds.cds_hooks.card import to_json
from kcds.cds_hooks.request import read_hook_request
from kcds.cds_hooks.services import find_service
from kcds.errors import PreconditionError
from kcds.model.advice import Disposition
from kcds.model.facts import DataState
from kcds.model.findings import Applicability, Effect, Finding
from kcds.model.queries import Query
from kcds.sample import STORY_DAY, read_sample
from kcds.service import Assessment

CANDIDATE = "crps-candidate"
SUBJECT = {"reference": f"Patient/sample-{CANDIDATE}"}
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
TERMS = "http://terminology.hl7.org/CodeSystem/"
NOTE = "cleared by specialist, no allergies, not pregnant; schizophrenia, heroin, theophylline 300 mg, BP 220/130"
FAILED = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
ADVERSE = (Effect.STOP, Effect.CAUTION, Effect.UNMET, Effect.OUT_OF_SCOPE)
Said: TypeAlias = tuple[str, Applicability, tuple[str, ...], tuple[str, ...]]
UNASKED = f"{Query.CONDITIONS.value} left out"
"""patient-view stays silent where nobody asked for problems: it speaks about pain (CONTRACT 4)."""
NEEDED_KEYS = (
    Query.CONDITIONS,
    Query.MEDICATION_REQUESTS,
    Query.PROCEDURES,
    Query.ALLERGIES,
    Query.BLOOD_PRESSURE,
    Query.PAIN_SCORES,
    Query.HEALTH_SCREENS,
)
"""Queries without whose answer the candidate of the samples cannot be one (Q02)."""


def problem(code: str, verification: str = "confirmed", clinical: str = "active") -> Json:
    return {
        "resourceType": "Condition",
        "id": f"more-{code.lower()}",
        "subject": SUBJECT,
        "clinicalStatus": {"coding": [{"system": f"{TERMS}condition-clinical", "code": clinical}]},
        "verificationStatus": {"coding": [{"system": f"{TERMS}condition-ver-status", "code": verification}]},
        "code": {"coding": [{"system": ICD, "code": code}]},
        "onsetDateTime": "2020-01-06",
    }


def medicine(concept: Json) -> Json:
    return {
        "resourceType": "MedicationRequest",
        "id": "more-medicine",
        "status": "active",
        "intent": "order",
        "subject": SUBJECT,
        "authoredOn": "2026-10-05",
        "medicationCodeableConcept": concept,
    }


def ketamine_allergy() -> Json:
    return {
        "resourceType": "AllergyIntolerance",
        "id": "more-allergy",
        "clinicalStatus": {"coding": [{"system": f"{TERMS}allergyintolerance-clinical", "code": "active"}]},
        "verificationStatus": {"coding": [{"system": f"{TERMS}allergyintolerance-verification", "code": "confirmed"}]},
        "type": "allergy",
        "code": {"coding": [{"system": RXNORM, "code": "6130"}]},
        "patient": SUBJECT,
    }


def alanine_transaminase(value: int) -> Json:
    quantity = {"unit": "U/L", "system": "http://unitsofmeasure.org", "code": "U/L"}
    return {
        "resourceType": "Observation",
        "id": "more-alt",
        "status": "final",
        "subject": SUBJECT,
        "code": {"coding": [{"system": "http://loinc.org", "code": "1742-6"}]},
        "effectiveDateTime": "2026-11-10",
        "valueQuantity": quantity | {"value": value},
        "referenceRange": [{"high": quantity | {"value": 40}}],
    }


def psychosis_answer(*, answer: bool) -> Json:
    return {
        "resourceType": "Observation",
        "id": "more-answer",
        "status": "final",
        "subject": SUBJECT,
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "69322001"}]},
        "effectiveDateTime": "2026-11-19",
        "valueBoolean": answer,
    }


MORE: dict[str, tuple[Query, Json]] = {
    "psychosis": (Query.CONDITIONS, problem("F20.0")),
    "unconfirmed psychosis": (Query.CONDITIONS, problem("F20.0", "provisional")),
    "old aneurysm": (Query.CONDITIONS, problem("I71.40", clinical="resolved")),
    "liver failure": (Query.CONDITIONS, problem("K72.90")),
    "cirrhosis": (Query.CONDITIONS, problem("K74.60")),
    "theophylline": (Query.MEDICATION_REQUESTS, medicine({"coding": [{"system": RXNORM, "code": "10438"}]})),
    "aminophylline in words": (Query.MEDICATION_REQUESTS, medicine({"text": "Aminophylline 225 mg"})),
    "levothyroxine": (Query.MEDICATION_REQUESTS, medicine({"coding": [{"system": RXNORM, "code": "10582"}]})),
    "ketamine allergy": (Query.ALLERGIES, ketamine_allergy()),
    "raised transaminase": (Query.LIVER_TESTS, alanine_transaminase(130)),
    "very high transaminase": (Query.LIVER_TESTS, alanine_transaminase(230)),
    "yes to psychosis": (Query.HEALTH_SCREENS, psychosis_answer(answer=True)),
}
STORIES = (*SAMPLE_NAMES, *MORE)
ELIGIBLE = (
    CANDIDATE,
    "alcohol-use-disorder-in-remission",
    "maoi-and-stimulant",
    "levothyroxine",
    "raised transaminase",
)
AGAINST = tuple(name for name in STORIES if name != CANDIDATE)
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
        key, resource = MORE[name]
        request["prefetch"][key.value].setdefault("entry", []).append({"resource": resource})
    return json.dumps(request)


def story(name: str) -> Json:
    """A fresh copy of the request of a story."""
    request: Json = json.loads(_text(name))
    return request


def bundles(request: Json) -> Iterator[Json]:
    """The Bundles of the prefetch."""
    return (found for found in request["prefetch"].values() if found and found["resourceType"] == "Bundle")


def entries(request: Json) -> list[tuple[Json, Json]]:
    """Each entry of the prefetched Bundles, with its Bundle."""
    return [(found, entry) for found in bundles(request) for entry in found.get("entry", [])]


def reference(entry: Json) -> str:
    return f"{entry['resource']['resourceType']}/{entry['resource']['id']}"


def assess(request: Json, moment: datetime = NOON, new_uuid: Callable[[], UUID] = uuid4) -> Assessment:
    when = replace(noon(), now=moment, today=moment.date(), new_uuid=new_uuid)
    return real_service().respond(read_hook_request(request, find_service(f"ketamine-{request['hook']}")), when)


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
        for how in ("left out", "failed"):
            request = story(name)
            if how == "failed":
                request["prefetch"][key] = FAILED
            else:
                del request["prefetch"][key]
            yield f"{key} {how}", request


def assess_or_refuse(request: Json) -> Assessment | None:
    """The assessment; None where the service refuses to advise (412)."""
    try:
        return assess(request)
    except PreconditionError:
        return None


def test_the_stories_are_what_these_laws_take_them_for() -> None:
    found = {name: told(name).advice.disposition for name in STORIES}

    assert found[CANDIDATE] is Disposition.CANDIDATE
    assert [name for name in AGAINST if found[name] is Disposition.CANDIDATE] == []
    assert [name for name in STOPPED if found[name] is not Disposition.CONTRAINDICATED] == []
    assert {found[name] for name in ELIGIBLE} == {Disposition.CANDIDATE, Disposition.CAUTION}
    assert {Disposition.NOT_YET, Disposition.INSUFFICIENT_DATA} < set(found.values())


@pytest.mark.parametrize("name", STORIES)
def test_the_order_of_entries_changes_nothing(name: str) -> None:
    random = Random(name)
    for _ in range(3):
        request = story(name)
        for found in bundles(request):
            random.shuffle(found.get("entry", []))
        request["prefetch"] = dict(random.sample(sorted(request["prefetch"].items()), len(request["prefetch"])))

        assessment = assess(request)

        assert said(assessment) == said(told(name))
        assert cards_of(assessment) == cards_of(told(name))


@pytest.mark.parametrize("name", STORIES)
def test_duplicates_change_nothing(name: str) -> None:
    request = story(name)
    for found, entry in entries(request):
        found["entry"].append(deepcopy(entry))

    assessment = assess(request)

    assert said(assessment) == said(told(name))


@pytest.mark.parametrize("name", STORIES)
def test_resources_without_a_bearing_change_nothing(name: str) -> None:
    random = Random(name)
    request = story(name)
    for found in bundles(request):
        for number in range(5):
            noise = {"id": f"noise-{number}", "subject": {"reference": f"Patient/{request['context']['patientId']}"}}
            kind: Json = random.choice(
                [
                    {"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"}},
                    {
                        "resourceType": "Observation",
                        "status": "final",
                        "code": {"coding": [{"system": "http://loinc.org", "code": "2345-7"}]},
                        "effectiveDateTime": "2026-11-20",
                        "valueQuantity": {"value": random.randint(50, 400), "unit": "mg/dL"},
                    },
                ]
            )
            found.setdefault("entry", []).insert(random.randint(0, 2), {"resource": noise | kind})

    assessment = assess(request)

    assert said(assessment) == said(told(name))


@pytest.mark.parametrize("name", STORIES)
def test_the_same_request_twice_gives_the_same_cards_but_for_their_uuids(name: str) -> None:
    first, second = Random(1), Random(2)

    one = assess(story(name), new_uuid=lambda: UUID(int=first.getrandbits(128), version=4))
    other = assess(story(name), new_uuid=lambda: UUID(int=second.getrandbits(128), version=4))

    assert cards_of(one) == cards_of(other)
    assert {card.uuid for card in one.cards}.isdisjoint(card.uuid for card in other.cards)


@pytest.mark.parametrize("name", STORIES)
def test_a_note_or_a_narrative_anywhere_changes_nothing(name: str) -> None:
    request = story(name)
    for resource in [request["prefetch"]["patient"], *(entry["resource"] for _, entry in entries(request))]:
        narrative = f'<div xmlns="http://www.w3.org/1999/xhtml">{NOTE}</div>'
        resource["text"] = {"status": "generated", "div": narrative}
        if resource["resourceType"] != "Patient":
            resource["note"] = [{"text": NOTE}]

    assessment = assess(request)

    assert said(assessment) == said(told(name))
    assert "cleared by specialist" not in json.dumps(to_json(assessment.cards))


@pytest.mark.parametrize("name", SAMPLE_NAMES)
@given(days=st.integers(0, 400))
@settings(max_examples=8, deadline=None, derandomize=True, database=None)
def test_the_same_story_on_another_day_is_judged_alike(name: str, days: int) -> None:
    today = STORY_DAY + timedelta(days=days)

    assessment = assess(json.loads(read_sample(name, today)), NOON + timedelta(days=days))

    assert said(assessment) == said(told(name))


@pytest.mark.parametrize("name", AGAINST)
def test_a_missing_key_never_makes_a_candidate(name: str) -> None:
    for how, request in degraded(name):
        assessment = assess_or_refuse(request)

        assert assessment is None or assessment.advice.disposition is not Disposition.CANDIDATE, how


@pytest.mark.parametrize("name", AGAINST)
def test_a_missing_resource_makes_no_candidate_unless_it_spoke_against_ketamine(name: str) -> None:
    against = spoke_against(told(name))

    for number, (_, removed) in enumerate(entries(story(name))):
        if reference(removed) in against:
            continue
        request = story(name)
        found, entry = entries(request)[number]
        found["entry"].remove(entry)

        assessment = assess(request)

        assert assessment.advice.disposition is not Disposition.CANDIDATE, reference(removed)


def spoke_against(assessment: Assessment) -> set[str]:
    """The resources that prove what speaks against ketamine, or cast the doubt that does."""
    proofs = {source for finding in applying(assessment, *ADVERSE) for source in finding.supporting}
    doubtful = {domain for advised in assessment.advice.undecided for domain in advised.finding.missing}
    states = [fact for fact in assessment.facts if isinstance(fact, DataState) and fact.domain in doubtful]
    return proofs | {source for state in states for source in state.sources}


@pytest.mark.parametrize("name", STOPPED)
def test_a_stop_whose_proof_remains_is_always_told(name: str) -> None:
    stops = applying(told(name), Effect.STOP)
    kept = 0

    for how, request in degraded(name):
        left = {reference(entry) for _, entry in entries(request)}
        assessment = assess_or_refuse(request)
        for finding in (stop for stop in stops if assessment and left.issuperset(stop.supporting)):
            kept += 1

            assert assessment.advice.disposition is Disposition.CONTRAINDICATED, how
            assert assessment.findings.of(finding.rule).answer is Applicability.APPLIES, how
            assert assessment.cards or how == UNASKED, how

    assert kept >= 2 * len(NEEDED_KEYS)


@pytest.mark.parametrize("key", NEEDED_KEYS)
@pytest.mark.parametrize("how", ["left out", "failed"])
def test_without_an_answer_that_a_candidate_needs_nobody_is_one(key: Query, how: str) -> None:
    request = next(request for what, request in degraded(CANDIDATE) if what == f"{key.value} {how}")

    assessment = assess(request)

    assert assessment.advice.disposition is Disposition.INSUFFICIENT_DATA


@pytest.mark.parametrize("key", [key for key in NEEDED_KEYS if key is not Query.HEALTH_SCREENS])
def test_without_a_resource_that_a_candidate_needs_nobody_is_one(key: Query) -> None:
    for number in range(len(story(CANDIDATE)["prefetch"][key.value]["entry"])):
        request = story(CANDIDATE)
        del request["prefetch"][key.value]["entry"][number]

        assert assess(request).advice.disposition is not Disposition.CANDIDATE, number


def test_without_a_birth_date_nobody_is_a_candidate() -> None:
    request = story(CANDIDATE)
    del request["prefetch"]["patient"]["birthDate"]

    assert assess(request).advice.disposition is Disposition.INSUFFICIENT_DATA


@pytest.mark.parametrize("name", ELIGIBLE)
def test_whoever_is_eligible_meets_every_requirement(name: str) -> None:
    requirements = [rule.id for rule in real_service().rules.values() if rule.effect is Effect.MET]

    answers = {rule: told(name).findings.of(rule).answer for rule in requirements}

    assert set(answers.values()) == {Applicability.APPLIES}, answers
