"""How a card explains alert fatigue: what is held back beside it, and what dismissing it would do.

For programs in the extension (`quiet`), by topics, codes and times only; for people in one line at the end.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from kcds.cards.extension import KEY, instant
from kcds.cards.fatigue import Circumstances, HeldBack, is_always_shown
from kcds.cards.tiers import CardPlan, Tier
from kcds.cards.wording import HELD_BACK, HELD_BACK_UNTIL, TOPIC_DISPLAY
from kcds.cds_hooks.card import Card
from kcds.cds_hooks.services import Hook


def explained(card: Card, plan: CardPlan, held: Mapping[Tier, HeldBack], here: Circumstances) -> Card:
    """Return the card with its explanation."""
    advice = card.extension[KEY] | {"quiet": _quiet(plan, held, here)}
    extension = card.extension | {KEY: advice}
    dismissed = [_named(tier, one.until) for tier, one in held.items() if one.until is not None]
    if not dismissed:
        return replace(card, extension=extension)
    line = HELD_BACK.format(cards="; ".join(dismissed))
    return replace(card, extension=extension, detail=f"{card.detail}\n\n{line}")


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


def _named(tier: Tier, until: datetime) -> str:
    return HELD_BACK_UNTIL.format(topic=TOPIC_DISPLAY[tier.value], day=until.astimezone(UTC).date().isoformat())
