"""Which finding belongs to which card. Cards are merged by tier, never one a rule (CONTRACT 4)."""

from dataclasses import dataclass, field
from enum import StrEnum

from kcds.advice.weigh import Advice, Advised
from kcds.model.advice import Disposition
from kcds.model.findings import Category, Effect


class Tier(StrEnum):
    """The cards that a response may have; the value is the code of `source.topic`, static and alphanumeric (Epic)."""

    SUITABILITY = "KetamineSuitability"
    CONTRAINDICATION = "KetamineContraindication"
    CAUTION = "KetamineCaution"
    MONITORING = "KetamineMonitoring"


@dataclass(slots=True)
class CardPlan:
    """One card to be: what its text shows, and what it only carries in its extension."""

    tier: Tier
    alone: bool = False  # the only card of an order: nothing was found against it
    shown: list[Advised] = field(default_factory=list)
    carried: list[Advised] = field(default_factory=list)


_PLANNING = frozenset({Category.MONITORING, Category.FOLLOW_UP, Category.DOSING})
_BACKGROUND = _PLANNING | {Category.DURATION_OF_RELIEF, Category.INFORMATIONAL}
_CONCERNS = frozenset({Effect.OUT_OF_SCOPE, Effect.UNMET, Effect.CAUTION})
_MAY_FOLLOW = frozenset({Disposition.CANDIDATE, Disposition.CAUTION})
_MAY_FOLLOW_ORDER = _MAY_FOLLOW | {Disposition.INSUFFICIENT_DATA}


def plan_for_view(advice: Advice) -> list[CardPlan]:
    """Share out the findings for patient-view: suitability, and monitoring where a treatment may follow."""
    suitability, monitoring = CardPlan(Tier.SUITABILITY), CardPlan(Tier.MONITORING)
    may_follow = advice.disposition in _MAY_FOLLOW
    for advised in advice.advised:
        planning = advised.applies and advised.rule.category in _PLANNING
        background = advised.applies and advised.rule.category in _BACKGROUND
        if planning and may_follow:
            monitoring.shown.append(advised)
        elif background and not may_follow:
            suitability.carried.append(advised)
        else:
            suitability.shown.append(advised)
    return [plan for plan in (suitability, monitoring) if plan.shown]


def plan_for_order(advice: Advice) -> list[CardPlan]:
    """Share out the findings for an order: contraindication; cautions, interactions and gaps; monitoring and relief.

    What was noticed about the record goes with the cautions, and alone does not make a card. Where nothing may follow
    from the order, monitoring and relief are not worth a card either: another one carries them.
    """
    stop, caution, monitoring = (CardPlan(t) for t in (Tier.CONTRAINDICATION, Tier.CAUTION, Tier.MONITORING))
    concerned = any(not a.applies or a.rule.effect in _CONCERNS for a in advice.advised)
    for advised in advice.advised:
        if advised.applies and advised.rule.effect is Effect.STOP:
            stop.shown.append(advised)
        elif not advised.applies or advised.rule.effect in _CONCERNS or (concerned and _is_note_on_record(advised)):
            caution.shown.append(advised)
        else:
            monitoring.shown.append(advised)
    plans = [plan for plan in (stop, caution) if plan.shown]
    monitoring.alone = not plans
    if advice.disposition in _MAY_FOLLOW_ORDER or not plans:
        return [plan for plan in (*plans, monitoring) if plan.shown]
    plans[-1].carried.extend(monitoring.shown)
    return plans


def _is_note_on_record(advised: Advised) -> bool:
    return advised.rule.category is Category.DATA_QUALITY and advised.rule.effect is Effect.INFORM


def plan_for_safety(advice: Advice) -> list[CardPlan]:
    """Share out the findings for an order that is not for pain: stops and interactions are shown, the rest carried."""
    stop, caution = CardPlan(Tier.CONTRAINDICATION), CardPlan(Tier.CAUTION)
    rest = []
    for advised in advice.advised:
        if advised.applies and advised.rule.effect is Effect.STOP:
            stop.shown.append(advised)
        elif advised.applies and advised.rule.category is Category.INTERACTION:
            caution.shown.append(advised)
        else:
            rest.append(advised)
    plans = [plan for plan in (stop, caution) if plan.shown]
    plans[-1].carried.extend(rest)
    return plans
