# ruff: noqa: S311 - seeded test data
"""Laws: whatever code a site adds to a set that is open to sites, no stop is lost and nothing that speaks against
ketamine falls silent.

Added are all codes of the patients' records, so that every problem, medicine, procedure and finding also is what the
set says. Left out is only what the overlay refuses: codes of sets that must share none, medicines that are not RxNorm.
"""

from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any

import pytest
from knowledge_builders import RULES, real_knowledge
from law_stops import STOPS
from law_stories import (
    AGAINST,
    CANDIDATE,
    MORE,
    add,
    applying,
    assess,
    order_of,
    spoke_against,
    story,
    told,
    with_order,
)
from service_builders import real_service

from kcds.knowledge.medications import Formulary
from kcds.knowledge.products import Products
from kcds.knowledge.set_policy import load_set_policy
from kcds.knowledge.value_sets import Code, ValueSets
from kcds.model.advice import Disposition
from kcds.model.code_systems import RXNORM, normalise_code, normalise_system
from kcds.model.facts import DataState
from kcds.model.findings import Effect
from kcds.service import AdviceService, Assessment

Json = dict[str, Any]
POLICY = load_set_policy(RULES, [])
DRUGS = {"ketamine": "6130", "esketamine": "2119365"}
PATIENTS = range(4)
LEVEL = {
    Disposition.CONTRAINDICATED: 0,
    Disposition.OUT_OF_SCOPE: 1,  # a site may name a pain: then something else is the reason why not now
    Disposition.NOT_YET: 1,
    Disposition.INSUFFICIENT_DATA: 1,
    Disposition.CAUTION: 2,
    Disposition.CANDIDATE: 3,
}


@cache
def burdened(number: int) -> Json:
    """An order for a patient who takes a medicine and has every fourth proof of the library."""
    random, stops = Random(number), STOPS[number :: len(PATIENTS)]
    request = with_order(story(CANDIDATE), order_of(DRUGS["esketamine" if number == 0 else "ketamine"]))
    add(request, *MORE["levothyroxine"])
    for place, stop in enumerate(stops):
        for key, resource in stop.draw(random):
            add(request, key, resource | {"id": f"{resource['id']}-{place}"})
    return request


def codings(value: object) -> Iterator[tuple[str, str]]:
    """Every coding of a record, as the value sets write it."""
    if isinstance(value, dict):
        system, code = normalise_system(value.get("system")), value.get("code")
        if system is not None and isinstance(code, str):
            yield system, normalise_code(system, code) or code
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from codings(inner)


@cache
def codes_of_records() -> frozenset[tuple[str, str]]:
    requests = [*(burdened(number) for number in PATIENTS), *(story(name) for name in AGAINST)]
    return frozenset(pair for request in requests for pair in codings(request["prefetch"]))


def with_all_codes_in(name: str) -> AdviceService:
    """The service of a site that has added every code that it may to a set, and to the sets of which that is a part."""
    sets = real_knowledge().value_sets
    grown = {name, *(whole for part, whole in POLICY.within if part == name)}
    foes = {one for pair in POLICY.disjoint if grown & set(pair) for one in pair} - grown
    refused = {pair for foe in foes for pair in sets.pairs_of(foe)}
    added = [
        Code(system, code, "A term of this site", verified=True)
        for system, code in sorted(codes_of_records() - refused)
        if not name.startswith("rx-") or (system == RXNORM and code.isdigit())
    ]
    more = {one: [code for code in added if (code.system, code.code) not in set(sets.pairs_of(one))] for one in grown}
    changed = ValueSets({one: (*sets.codes_of(one), *more.get(one, ())) for one in sets.names()})
    service = real_service()
    knowledge = replace(service.knowledge, value_sets=changed, formulary=_reading(changed))
    return AdviceService(knowledge, service.engine)


def _reading(sets: ValueSets) -> Formulary:
    """The formulary, which asks these sets what a medicine is."""
    formulary = copy(real_knowledge().formulary)
    known = formulary._products
    formulary._products = Products(known._rows, known._names, known._ndc, sets)
    return formulary


def proofs(assessment: Assessment, *effects: Effect) -> set[str]:
    return {source for finding in applying(assessment, *effects) for source in finding.supporting}


@cache
def before(number: int) -> Assessment:
    return assess(burdened(number))


def unnamed_pains(name: str, assessment: Assessment) -> set[str]:
    """What is in doubt only because its code does not say that it hurts: a site that calls it a pain settles that."""
    states = (fact for fact in assessment.facts if isinstance(fact, DataState) and fact.domain == "pain-duration")
    return {source for state in states for source in state.sources} if name.startswith("pain-") else set()


@pytest.mark.parametrize("name", POLICY.local)
def test_codes_that_a_site_adds_take_no_stop_and_no_caution_away(name: str) -> None:
    service, random = with_all_codes_in(name), Random(name)
    number, against = random.choice(PATIENTS), random.choice(AGAINST)

    burden, other = assess(burdened(number), service=service), assess(story(against), service=service)

    assert proofs(before(number), Effect.STOP) - proofs(burden, Effect.STOP) == set()
    assert spoke_against(told(against)) - spoke_against(other) <= unnamed_pains(name, told(against)), against
    assert LEVEL[other.advice.disposition] <= LEVEL[told(against).advice.disposition], against


def test_the_law_would_see_a_code_in_a_set_that_clears() -> None:
    service = with_all_codes_in("rx-antithyroid")

    lost = [
        proofs(before(number), Effect.STOP) - proofs(assess(burdened(number), service=service), Effect.STOP)
        for number in PATIENTS
    ]

    assert any(lost)
