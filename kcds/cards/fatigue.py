"""Alert fatigue: which cards are held back because they were dismissed, or told to the same user before.

A card is dismissed for the findings it was made for. It stays away only while every finding that would make it now was
dismissed in the same words: on a card of the same topic, by the same version of the rule with the same answer, for a
reason whose time has not passed. One finding more, and the whole card is back. What the card merely carries, and what
is the same for every patient, was not dismissed with it and does not bring it back.

A card with a hard contraindication is always shown when an order is signed. Nothing here touches the advice itself.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from kcds.advice.weigh import Advice, Advised
from kcds.cards.tiers import CardPlan, Tier
from kcds.cds_hooks.services import Hook
from kcds.knowledge.durations import parse_duration
from kcds.knowledge.override_reasons import OVERRIDE_SYSTEM, OverrideReason, QuietPolicy
from kcds.model.dismissals import Dismissal
from kcds.model.findings import Strength


class Memory(Protocol):
    """What is remembered of earlier calls by the client, about the patient and by the user of this one."""

    def dismissed(self, since: datetime) -> Iterable[Dismissal]:
        """Return what was dismissed since then; nothing where that cannot be told."""

    def was_told(self, topic: str, said: str, since: datetime) -> bool:
        """Whether the last card of this topic that was shown since then said the same; False if that is not known."""


class Why(StrEnum):
    """Why a card is held back."""

    DISMISSED = "dismissed"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class HeldBack:
    """That a card is held back, for which reasons, and until when (None: until the period of repeats is over)."""

    why: Why
    reasons: tuple[str, ...] = ()
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """On which occasion a card would be shown, by which policy, and what is remembered."""

    hook: Hook
    now: datetime
    policy: QuietPolicy
    memory: Memory


def hold_back(plans: Sequence[CardPlan], said: str, here: Circumstances) -> Mapping[Tier, HeldBack]:
    """Decide which of these cards are held back; `said` is what all of them say together."""
    free = [plan for plan in plans if not is_always_shown(plan, here.hook)]
    since = here.now - parse_duration(here.policy.longest)
    dismissed = tuple(here.memory.dismissed(since)) if free else ()
    decided = {plan.tier: _by_dismissal(plan, dismissed, here) or _by_repeat(plan, said, here) for plan in free}
    return {tier: held for tier, held in decided.items() if held is not None}


def carry_what_is_held_back(plans: Sequence[CardPlan], held: Mapping[Tier, HeldBack]) -> list[CardPlan]:
    """Return the plans of the cards that are shown: the most urgent of them lists the findings of the others."""
    shown = [plan for plan in plans if plan.tier not in held]
    for plan in plans:
        if shown and plan.tier in held:
            shown[0].carried += [*plan.shown, *plan.carried]
    return shown


def is_always_shown(plan: CardPlan, hook: Hook) -> bool:
    """Whether nobody can dismiss this card: a hard contraindication of an order that is being signed."""
    hard = any(a.applies and a.rule.strength is Strength.HARD for a in plan.shown)
    return hard and hook is Hook.ORDER_SIGN


def drivers_of(plan: CardPlan) -> tuple[Advised, ...]:
    """Return the findings for which a card is made: those it shows, but for what is the same for every patient."""
    return tuple(a for a in plan.shown if not a.rule.background) or tuple(plan.shown)


def said_by(advice: Advice, version: str) -> str:
    """Write down the advice so that any change of it shows: findings, their answers, gaps and supporting facts."""
    findings = sorted(
        (a.rule.id, a.rule.version, a.finding.answer.value, a.finding.missing, a.finding.supporting)
        for a in (*advice.advised, *advice.muted)
    )
    return json.dumps([version, advice.disposition.value, findings])


def _by_dismissal(plan: CardPlan, dismissed: Sequence[Dismissal], here: Circumstances) -> HeldBack | None:
    until, reasons = None, set()
    for driver in drivers_of(plan):
        ends = {
            one.at + parse_duration(reason.quiet): reason.code
            for one in dismissed
            if one.topic == plan.tier.value and one.at <= here.now and _is_about(one, driver)
            for reason in _known(one, here.policy)
        }
        last = max(ends, default=here.now)
        if last <= here.now:
            return None
        until = last if until is None else min(until, last)
        reasons.add(ends[last])
    return HeldBack(Why.DISMISSED, tuple(sorted(reasons)), until)


def _by_repeat(plan: CardPlan, said: str, here: Circumstances) -> HeldBack | None:
    if here.hook is not Hook.PATIENT_VIEW:
        return None
    since = here.now - parse_duration(here.policy.patient_view_repeat)
    return HeldBack(Why.REPEATED) if here.memory.was_told(plan.tier.value, said, since) else None


def _is_about(one: Dismissal, driver: Advised) -> bool:
    answer = driver.finding.answer.value
    return (one.rule, one.version, one.status) == (driver.rule.id, driver.rule.version, answer)


def _known(one: Dismissal, policy: QuietPolicy) -> Iterable[OverrideReason]:
    """Return the reason, if it is one of ours: nobody knows how long another one holds."""
    reason = policy.reasons.get(one.reason_code) if one.reason_system == OVERRIDE_SYSTEM else None
    return () if reason is None else (reason,)
