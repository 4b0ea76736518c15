"""Which cards are held back: decisions on small plans, and the laws that hold for all of them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rule_builders import applies, cannot_tell, make_rule, weighed
from service_builders import NOON

from kcds.advice.weigh import Advised
from kcds.cards.fatigue import (
    Circumstances,
    HeldBack,
    Why,
    carry_what_is_held_back,
    drivers_of,
    hold_back,
    is_always_shown,
    said_by,
)
from kcds.cards.tiers import CardPlan, Tier
from kcds.cds_hooks.services import Hook
from kcds.knowledge.override_reasons import OVERRIDE_SYSTEM, OverrideReason, QuietPolicy
from kcds.model.dismissals import Dismissal
from kcds.model.findings import Applicability

POLICY = QuietPolicy(
    {"short": OverrideReason("short", "Short", "P1D"), "long": OverrideReason("long", "L", "P30D")}, "P7D"
)
HARD = applies(make_rule("hard", "stop"))
SOFT = applies(make_rule("soft", "stop", strength="soft"))
ONE, TWO = (applies(make_rule(name, "caution")) for name in ("one", "two"))
GAP = cannot_tell(make_rule("gap", "caution"), "allergies")
ALWAYS_SO = applies(make_rule("always-so", "inform", background=True))
FINDINGS = (HARD, SOFT, ONE, TWO, GAP, ALWAYS_SO)


@dataclass
class Remembered:
    """A memory of what the test says."""

    gone: tuple[Dismissal, ...] = ()
    told: frozenset[str] = frozenset()
    asked: int = 0

    def dismissed(self, since: datetime) -> Iterable[Dismissal]:
        self.asked += 1
        return tuple(one for one in self.gone if one.at >= since)

    def was_told(self, topic: str, said: str, since: datetime) -> bool:  # noqa: ARG002
        return topic in self.told


def here(memory: Remembered, hook: Hook = Hook.ORDER_SIGN, now: datetime = NOON) -> Circumstances:
    return Circumstances(hook=hook, now=now, policy=POLICY, memory=memory)


def dismissal(advised: Advised, on: Tier = Tier.CAUTION, **members: object) -> Dismissal:
    one = Dismissal(
        topic=on.value,
        rule=advised.rule.id,
        version=advised.rule.version,
        status=advised.finding.answer.value,
        reason_code="long",
        reason_system=OVERRIDE_SYSTEM,
        at=NOON - timedelta(hours=1),
    )
    return replace(one, **members)  # type: ignore[arg-type]


def plan(*shown: Advised, tier: Tier = Tier.CAUTION) -> CardPlan:
    return CardPlan(tier, shown=list(shown))


def held(card: CardPlan, *gone: Dismissal, hook: Hook = Hook.ORDER_SIGN) -> HeldBack | None:
    return hold_back([card], "", here(Remembered(gone), hook)).get(card.tier)


def test_a_card_is_held_back_once_all_that_it_was_made_for_was_dismissed() -> None:
    assert held(plan(ONE, TWO), dismissal(ONE)) is None
    assert held(plan(ONE, TWO), dismissal(ONE), dismissal(TWO)) is not None


@pytest.mark.parametrize(
    "otherwise",
    [
        pytest.param({"topic": Tier.SUITABILITY.value}, id="a card of another topic"),
        pytest.param({"version": "1.0.1"}, id="another version of the rule"),
        pytest.param({"status": "data-required"}, id="it could not be told then, and applies now"),
        pytest.param({"rule": "two"}, id="another rule"),
        pytest.param({"reason_code": "whatever"}, id="a reason that is none of ours"),
        pytest.param({"reason_system": "urn:other"}, id="a reason of another system"),
        pytest.param({"reason_system": ""}, id="a reason of no system"),
        pytest.param({"reason_code": "short", "at": NOON - timedelta(days=1)}, id="its time has passed"),
        pytest.param({"at": NOON + timedelta(minutes=1)}, id="a time to come"),
    ],
)
def test_a_dismissal_does_not_hold_where_it_was_of(otherwise: dict[str, object]) -> None:
    assert held(plan(ONE), dismissal(ONE)) is not None
    assert held(plan(ONE), dismissal(ONE, **otherwise)) is None


def test_what_could_not_be_told_is_dismissed_as_that() -> None:
    assert held(plan(GAP), dismissal(GAP)) is not None
    assert held(plan(applies(GAP.rule)), dismissal(GAP)) is None


def test_a_card_is_back_when_the_first_of_its_dismissals_ends() -> None:
    later = NOON - timedelta(minutes=5)

    found = held(plan(ONE, TWO), dismissal(ONE), dismissal(TWO, reason_code="short", at=later))

    assert found == HeldBack(Why.DISMISSED, ("long", "short"), later + timedelta(days=1))


def test_of_two_dismissals_of_one_finding_the_one_that_holds_longer_counts() -> None:
    found = held(plan(ONE), dismissal(ONE, reason_code="short", at=NOON), dismissal(ONE))

    assert found == HeldBack(Why.DISMISSED, ("long",), NOON - timedelta(hours=1) + timedelta(days=30))


def test_what_is_the_same_for_every_patient_neither_brings_a_card_back_nor_is_dismissed_with_it() -> None:
    assert drivers_of(plan(ONE, ALWAYS_SO)) == (ONE,)
    assert held(plan(ONE, ALWAYS_SO), dismissal(ONE)) is not None


def test_a_card_of_nothing_else_is_made_for_that() -> None:
    assert drivers_of(plan(ALWAYS_SO)) == (ALWAYS_SO,)
    assert held(plan(ALWAYS_SO)) is None
    assert held(plan(ALWAYS_SO), dismissal(ALWAYS_SO)) is not None


def test_what_a_card_carries_does_not_bring_it_back() -> None:
    card = plan(ONE)
    card.carried = [TWO]

    assert held(card, dismissal(ONE)) is not None


@pytest.mark.parametrize(
    ("card", "hook", "always"),
    [
        (plan(HARD, tier=Tier.CONTRAINDICATION), Hook.ORDER_SIGN, True),
        (plan(SOFT, HARD, tier=Tier.CONTRAINDICATION), Hook.ORDER_SIGN, True),
        (plan(HARD, tier=Tier.CONTRAINDICATION), Hook.ORDER_SELECT, False),
        (plan(HARD, tier=Tier.SUITABILITY), Hook.PATIENT_VIEW, False),
        (plan(SOFT, tier=Tier.CONTRAINDICATION), Hook.ORDER_SIGN, False),
        (plan(cannot_tell(HARD.rule, "allergies")), Hook.ORDER_SIGN, False),
    ],
)
def test_a_hard_contraindication_is_beyond_dismissal_when_an_order_is_signed(
    card: CardPlan,
    hook: Hook,
    always: bool,  # noqa: FBT001
) -> None:
    gone = [dismissal(a, card.tier) for a in card.shown]

    assert is_always_shown(card, hook) is always
    assert (held(card, *gone, hook=hook) is None) is always


def test_where_nothing_could_be_held_back_nobody_is_asked() -> None:
    memory = Remembered()

    hold_back([plan(HARD, tier=Tier.CONTRAINDICATION)], "", here(memory))

    assert memory.asked == 0


@pytest.mark.parametrize("hook", Hook)
def test_only_patient_view_is_kept_from_repeating_itself(hook: Hook) -> None:
    memory = Remembered(told=frozenset({Tier.CAUTION.value}))

    found = hold_back([plan(ONE)], "", here(memory, hook))

    assert found == ({Tier.CAUTION: HeldBack(Why.REPEATED)} if hook is Hook.PATIENT_VIEW else {})


def test_a_dismissal_is_the_better_explanation_of_a_card_that_was_also_told() -> None:
    memory = Remembered((dismissal(ONE),), frozenset({Tier.CAUTION.value}))

    found = hold_back([plan(ONE)], "", here(memory, Hook.PATIENT_VIEW))

    assert found[Tier.CAUTION].why is Why.DISMISSED


def test_what_is_held_back_goes_to_the_most_urgent_card_that_is_shown() -> None:
    stop, caution, monitoring = (
        plan(HARD, tier=Tier.CONTRAINDICATION),
        plan(ONE),
        plan(ALWAYS_SO, tier=Tier.MONITORING),
    )
    caution.carried = [TWO]

    shown = carry_what_is_held_back([stop, caution, monitoring], {Tier.CAUTION: HeldBack(Why.DISMISSED)})

    assert shown == [stop, monitoring]
    assert (stop.carried, monitoring.carried) == ([ONE, TWO], [])


def test_advice_that_differs_in_anything_that_matters_is_said_otherwise() -> None:
    one = make_rule("one", "caution")
    said = [
        said_by(weighed(), "1"),
        said_by(weighed(), "2"),
        said_by(weighed(applies(one)), "1"),
        said_by(weighed(applies(one.model_copy(update={"version": "2.0.0"}))), "1"),
        said_by(weighed(cannot_tell(one, "allergies")), "1"),
        said_by(weighed(cannot_tell(one, "blood-pressure")), "1"),
    ]

    said.append(said_by(replace(weighed(), muted=(ONE,)), "1"))

    assert len(set(said)) == len(said)
    assert said_by(weighed(ONE, TWO), "1") == said_by(weighed(TWO, ONE), "1")


plans = st.lists(
    st.builds(
        lambda tier, shown, carried: CardPlan(tier, shown=shown, carried=carried),
        st.sampled_from(Tier),
        st.lists(st.sampled_from(FINDINGS), min_size=1, unique_by=id),
        st.lists(st.sampled_from(FINDINGS), unique_by=id),
    ),
    max_size=3,
    unique_by=lambda card: card.tier,
)
dismissals = st.lists(
    st.builds(
        dismissal,
        st.sampled_from(FINDINGS),
        st.sampled_from(Tier),
        reason_code=st.sampled_from(["short", "long", "none of ours"]),
        at=st.integers(-40 * 24, 24).map(lambda hours: NOON + timedelta(hours=hours)),
        status=st.sampled_from([Applicability.APPLIES.value, Applicability.CANNOT_TELL.value]),
    ),
    max_size=12,
)
memories = st.builds(Remembered, dismissals.map(tuple), st.frozensets(st.sampled_from([tier.value for tier in Tier])))


@given(plans, memories, st.sampled_from(Hook))
def test_law_a_signed_order_always_hears_of_its_hard_contraindications(
    cards: list[CardPlan], memory: Remembered, hook: Hook
) -> None:
    found = hold_back(cards, "", here(memory, hook))

    assert not [c for c in cards if c.tier in found and hook is Hook.ORDER_SIGN and HARD in c.shown]


@given(plans, memories, st.sampled_from(Hook))
def test_law_no_finding_is_lost_while_any_card_is_shown(cards: list[CardPlan], memory: Remembered, hook: Hook) -> None:
    before = {a.rule.id for c in cards for a in (*c.shown, *c.carried)}

    shown = carry_what_is_held_back(cards, hold_back(cards, "", here(memory, hook)))

    assert not shown or before == {a.rule.id for c in shown for a in (*c.shown, *c.carried)}


@given(plans, memories)
def test_law_a_card_is_held_back_only_while_each_finding_has_a_dismissal_of_its_own_that_holds(
    cards: list[CardPlan], memory: Remembered
) -> None:
    days = {"short": 1, "long": 30}
    for card, found in ((c, hold_back([c], "", here(memory)).get(c.tier)) for c in cards):
        holding = {
            (one.rule, one.status)
            for one in memory.gone
            if one.topic == card.tier.value
            and one.reason_code in days
            and NOON - timedelta(days=days[one.reason_code]) < one.at <= NOON
        }
        expected = HARD not in card.shown and all(
            (a.rule.id, a.finding.answer.value) in holding for a in drivers_of(card)
        )
        assert (found is not None) is expected
        assert found is None or (found.until is not None and found.until > NOON)


@given(plans, memories)
def test_law_a_card_is_shown_again_at_the_time_that_was_said(cards: list[CardPlan], memory: Remembered) -> None:
    for card in cards:
        found = hold_back([card], "", here(memory)).get(card.tier)
        if found is not None and found.until is not None:
            then = Remembered(tuple(one for one in memory.gone if one.at <= NOON))
            a_moment_before = found.until - timedelta(seconds=1)
            assert card.tier in hold_back([card], "", here(then, now=a_moment_before))
            assert card.tier not in hold_back([card], "", here(then, now=found.until))


@given(plans, dismissals)
def test_law_one_dismissal_less_never_holds_back_more(cards: list[CardPlan], gone: list[Dismissal]) -> None:
    more = hold_back(cards, "", here(Remembered(tuple(gone))))
    less = hold_back(cards, "", here(Remembered(tuple(gone[1:]))))

    assert set(less) <= set(more)
