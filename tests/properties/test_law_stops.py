# ruff: noqa: S311 - seeded test data
"""Laws: whatever bars a patient from ketamine bars everybody, and more of it never improves the advice."""

from random import Random

import pytest
from builders import Json
from law_stops import STOPS, Proof, Stop
from law_stories import (
    CANDIDATE,
    SEVERITY,
    STORIES,
    add,
    applying,
    assess,
    order_of,
    story,
    told,
    with_order,
)
from service_builders import real_service

from kcds.model.advice import Disposition
from kcds.model.findings import Effect
from kcds.service import Assessment

INGREDIENTS = {"ketamine": "6130", "esketamine": "2119365"}
DRAWS = 5


def barred(proof: Proof, drug: str, name: str = CANDIDATE) -> Assessment:
    """What is said of a story with this proof, when the drug is ordered for pain."""
    request = with_order(story(name), order_of(INGREDIENTS[drug]))
    for key, resource in proof:
        add(request, key, resource)
    return assess(request)


def stops_of(assessment: Assessment) -> set[str]:
    return {finding.rule for finding in applying(assessment, Effect.STOP)}


@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: f"{stop.claim} {stop.name}")
def test_every_proof_of_a_stop_stops(stop: Stop) -> None:
    random = Random(f"{stop.claim}{stop.name}")
    rules = real_service().rules
    for proof in {str(drawn): drawn for drawn in (stop.draw(random) for _ in range(DRAWS))}.values():
        assessment = barred(proof, stop.drug)

        resting = {
            source
            for finding in applying(assessment, Effect.STOP)
            if stop.claim in rules[finding.rule].claims
            for source in finding.supporting
        }
        assert assessment.advice.disposition is Disposition.CONTRAINDICATED, _codes(proof)
        assert resting >= {f"{found['resourceType']}/{found['id']}" for _, found in proof}, _codes(proof)


def _codes(proof: Proof) -> list[Json]:
    return [resource.get("code") or resource["medicationCodeableConcept"] for _, resource in proof]


def test_every_stop_of_the_rules_has_a_proof_in_the_library() -> None:
    random = Random(1)
    known = {rule.id for rule in real_service().knowledge.active_rules if rule.effect is Effect.STOP}

    proved = set().union(*(stops_of(barred(stop.draw(random), drug)) for stop in STOPS for drug in INGREDIENTS))

    assert known - proved == set()


@pytest.mark.parametrize("name", STORIES)
def test_one_more_stop_never_improves_the_advice(name: str) -> None:
    random = Random(name)
    before = told(name)
    for stop in random.sample([stop for stop in STOPS if stop.drug == "ketamine"], 3):
        request = story(name)
        for key, resource in stop.draw(random):
            add(request, key, resource)

        after = assess(request)

        gravity = SEVERITY.index(after.advice.disposition)
        assert gravity <= SEVERITY.index(before.advice.disposition), stop.name
        assert stops_of(after) >= stops_of(before), stop.name


@pytest.mark.parametrize("seed", range(25))
def test_one_stop_of_two_remains_when_the_other_is_removed(seed: int) -> None:
    random = Random(seed)
    one, other = random.sample([stop for stop in STOPS if stop.drug == "ketamine"], 2)
    first, second = one.draw(random), other.draw(random)

    both = stops_of(barred([*first, *second], "ketamine"))

    assert both >= stops_of(barred(first, "ketamine")), other.name
    assert both >= stops_of(barred(second, "ketamine")), one.name
