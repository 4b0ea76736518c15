# ruff: noqa: S311 - seeded test data
"""Laws: a rule that a site switches off makes nobody a candidate who was none, or the headline says so."""

from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from knowledge_builders import real_knowledge
from law_stops import STOPS, Stop
from law_stories import CANDIDATE, STORIES, add, applying, assess, order_of, story, told, with_order
from overlay_builders import faults_of_overlay, overlay

from kcds.advice_app import make_service
from kcds.cards.wording import BUT_SWITCHED_OFF
from kcds.model.advice import Disposition
from kcds.model.findings import Applicability, Category, Effect, Finding
from kcds.service import AdviceService, Assessment

DRAWS = 3
INGREDIENTS = {"ketamine": "6130", "esketamine": "2119365"}


@cache
def may_be_switched_off(*effects: Effect) -> frozenset[str]:
    """The rules of these effects that a site may switch off."""
    rules = [rule for rule in real_knowledge().active_rules if rule.effect in effects]
    with TemporaryDirectory() as directory:
        site = overlay(Path(directory), disable={rule.id: "as we do it" for rule in rules})
        refused = {fault.key.removeprefix("disable.") for fault in faults_of_overlay(site)}
    return frozenset(rule.id for rule in rules) - refused


@cache
def without(*effects: Effect) -> AdviceService:
    """The service of a site that has switched off every rule of these effects that it may."""
    with TemporaryDirectory() as directory:
        site = overlay(Path(directory), disable=dict.fromkeys(may_be_switched_off(*effects), "as we do it"))
        return make_service(overlay=site)


def spoken(assessment: Assessment) -> dict[str, Finding]:
    return {a.rule.id: a.finding for a in assessment.advice.advised}


@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: f"{stop.claim} {stop.name} {stop.drug}")
def test_a_stop_that_is_switched_off_leaves_a_caution_with_the_same_proof(stop: Stop) -> None:
    random = Random(f"{stop.claim}{stop.name}")
    for _ in range(DRAWS):
        request = with_order(story(CANDIDATE), order_of(INGREDIENTS[stop.drug]))
        for key, resource in stop.draw(random):
            add(request, key, resource)
        ours = assess(request)
        theirs = assess(request, service=without(Effect.STOP))

        cautions = applying(theirs, Effect.STOP, Effect.CAUTION)
        assert theirs.advice.disposition is not Disposition.CANDIDATE
        assert [f for f in applying(ours, Effect.STOP) if f not in cautions] == []
        if theirs.advice.disposition is Disposition.CAUTION:
            assert any(card.summary.startswith("Switched off here by local policy: ") for card in theirs.cards)


@pytest.mark.parametrize("name", STORIES)
def test_a_stop_that_is_switched_off_answers_as_before_and_still_asks_for_what_it_needs(name: str) -> None:
    ours, theirs = told(name), assess(story(name), service=without(Effect.STOP))

    assert spoken(theirs) == spoken(ours)
    assert theirs.advice.blocking == ours.advice.blocking


def test_what_is_left_of_a_stop_is_a_caution_of_the_same_claims_and_has_no_strength() -> None:
    rules, off = without(Effect.STOP).rules, may_be_switched_off(Effect.STOP)

    assert len(off) > 12
    for name in off:
        ours = real_knowledge().rules_by_id[name]
        assert (rules[name].effect, rules[name].strength, rules[name].claims) == (Effect.CAUTION, None, ours.claims)
        assert rules[name].category in (Category.CAUTION, Category.INTERACTION)


@pytest.mark.parametrize("ordered", [False, True], ids=["viewed", "ordered"])
@pytest.mark.parametrize("name", STORIES)
def test_no_card_says_that_nothing_was_found_where_a_switched_off_caution_applies(name: str, *, ordered: bool) -> None:
    request = with_order(story(name), order_of(INGREDIENTS["ketamine"])) if ordered else story(name)
    ours, theirs = assess(request), assess(request, service=without(Effect.CAUTION))
    silenced = {f.rule for f in applying(ours, Effect.CAUTION)} & may_be_switched_off(Effect.CAUTION)

    assert {a.rule.id for a in theirs.advice.muted} == silenced
    assert not silenced & {a.rule.id for a in theirs.advice.advised if a.finding.answer is Applicability.APPLIES}
    if silenced:
        headlines = " ".join(card.summary for card in theirs.cards).lower()
        assert "nothing found" not in headlines
        assert "no contraindication" not in headlines
        if theirs.advice.disposition is Disposition.CANDIDATE and not ordered and theirs.cards:
            assert BUT_SWITCHED_OFF.lower() in headlines
