# ruff: noqa: S311 - seeded test data
"""Laws: less data never makes a candidate, and never hides a stop whose proof is still there."""

from random import Random

import pytest
from law_stories import (
    AGAINST,
    CANDIDATE,
    HOW,
    STOPPED,
    STORIES,
    applying,
    assess,
    assess_or_refuse,
    degraded,
    entries,
    reference,
    spoke_against,
    story,
    told,
    without_key,
)
from service_builders import real_service

from kcds.model.advice import Disposition
from kcds.model.findings import Applicability, Effect
from kcds.model.queries import Query

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
"""Queries that hold something without which the candidate of the samples cannot be one (Q02)."""
ELIGIBLE = (
    CANDIDATE,
    "alcohol-use-disorder-in-remission",
    "maoi-and-stimulant",
    "levothyroxine",
    "raised transaminase",
)


def test_the_stories_are_what_these_laws_take_them_for() -> None:
    found = {name: told(name).advice.disposition for name in STORIES}

    assert found[CANDIDATE] is Disposition.CANDIDATE
    assert [name for name in AGAINST if found[name] is Disposition.CANDIDATE] == []
    assert [name for name in STOPPED if found[name] is not Disposition.CONTRAINDICATED] == []
    assert {found[name] for name in ELIGIBLE} == {Disposition.CANDIDATE, Disposition.CAUTION}
    assert {Disposition.NOT_YET, Disposition.INSUFFICIENT_DATA} < set(found.values())


def test_every_story_answers_every_key_of_discovery() -> None:
    keys = {query.value for query in Query}

    assert {frozenset(story(name)["prefetch"]) for name in STORIES} == {frozenset(keys)}


@pytest.mark.parametrize("key", [query.value for query in Query])
@pytest.mark.parametrize("how", HOW)
def test_without_any_key_of_discovery_the_candidate_is_none(key: str, how: str) -> None:
    assessment = assess_or_refuse(without_key(CANDIDATE, key, how))

    assert assessment is None or assessment.advice.disposition is Disposition.INSUFFICIENT_DATA


@pytest.mark.parametrize("name", AGAINST)
def test_a_missing_key_never_makes_a_candidate(name: str) -> None:
    random = Random(name)
    for key in story(name)["prefetch"]:
        assessment = assess_or_refuse(without_key(name, key, random.choice(HOW)))

        assert assessment is None or assessment.advice.disposition is not Disposition.CANDIDATE, key


@pytest.mark.parametrize("name", STORIES)
def test_a_missing_resource_clears_only_the_concerns_that_it_proved(name: str) -> None:
    concerns = applying(told(name), Effect.STOP, Effect.CAUTION)
    against = spoke_against(told(name))

    for number, (_, removed) in enumerate(entries(story(name))):
        request = story(name)
        found, entry = entries(request)[number]
        found["entry"].remove(entry)

        assessment = assess(request)

        cleared = [
            concern.rule
            for concern in concerns
            if reference(removed) not in concern.supporting
            and assessment.findings.of(concern.rule).answer is Applicability.DOES_NOT_APPLY
        ]
        assert cleared == [], reference(removed)
        if name in AGAINST and reference(removed) not in against:
            assert assessment.advice.disposition is not Disposition.CANDIDATE, reference(removed)


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
    knowledge = real_service().knowledge
    blocking = {name for name, domain in knowledge.domains.items() if domain.blocks_candidate}
    requirements = [r.id for r in knowledge.active_rules if r.effect is Effect.MET and blocking & set(r.requires)]

    answers = {rule: told(name).findings.of(rule).answer for rule in requirements}

    assert set(answers.values()) == {Applicability.APPLIES}, answers
