"""How a card explains alert fatigue: what is held back beside it, and what dismissing it would do.

For programs in the extension (`quiet`), by topics, codes and times only; for people at the end of the text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from kcds.cards.extension import KEY, instant
from kcds.cards.fatigue import Circumstances, HeldBack, is_always_shown
from kcds.cards.tiers import CardPlan, Tier
from kcds.cards.wording import AFTER_DISMISSAL, HELD_BACK, HELD_BACK_UNTIL
from kcds.cds_hooks.card import Card
from kcds.cds_hooks.services import Hook
from kcds.knowledge.durations import duration_in_words, length_of


def explained(
    card: Card, plan: CardPlan, held: Mapping[Tier, HeldBack], here: Circumstances, headlines: Mapping[Tier, str]
) -> Card:
    """Return the card with its explanation; `headlines` are those of the cards that are held back."""
    advice = card.extension[KEY] | {"quiet": _quiet(plan, held, here)}
    dismissed = [_named(headlines[tier], one.until) for tier, one in held.items() if one.until is not None]
    lines = [HELD_BACK.format(cards="; ".join(dismissed))] if dismissed else []
    if not is_always_shown(plan, here.hook):
        lines.append(_after_dismissal([reason.quiet for reason in here.policy.reasons.values()]))
    return replace(card, extension=card.extension | {KEY: advice}, detail="\n\n".join((card.detail, *lines)))


def _quiet(plan: CardPlan, held: Mapping[Tier, HeldBack], here: Circumstances) -> dict[str, Any]:
    always = is_always_shown(plan, here.hook)
    members = {
        "heldBack": [_held_back(tier, one) for tier, one in held.items()],
        "alwaysShown": always,
        "afterDismissal": {} if always else {code: one.quiet for code, one in here.policy.reasons.items()},
        "repeatedAfter": here.policy.patient_view_repeat if here.hook is Hook.PATIENT_VIEW else "",
    }
    return {name: value for name, value in members.items() if value}


def _held_back(tier: Tier, one: HeldBack) -> dict[str, Any]:
    members = {
        "topic": tier.value,
        "because": one.why.value,
        "reasons": list(one.reasons),
        "until": instant(one.until) if one.until else None,
    }
    return {name: value for name, value in members.items() if value}


def _named(headline: str, until: datetime) -> str:
    return HELD_BACK_UNTIL.format(headline=headline.rstrip("."), day=until.astimezone(UTC).date().isoformat())


def _after_dismissal(times: Sequence[str]) -> str:
    """Say for how long the card would stay away; which reason keeps it away how long is in the extension."""
    said = dict.fromkeys(duration_in_words(time) for time in (min(times, key=length_of), max(times, key=length_of)))
    return AFTER_DISMISSAL.format(times=" to ".join(said))
