"""Which finding belongs to which card. Cards are merged by tier, never one a rule (CONTRACT 4)."""

from dataclasses import dataclass, field
from enum import StrEnum

from kcds.advice.weigh import Advice, Advised
from kcds.cards.plan import PlannedCheck
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
    exposed: bool = False  # the patient is on ketamine, or had it lately
    about_pain: bool = True  # False: an order that is not for pain
    brief: bool = False  # nothing may follow: what is not known is named, nobody is asked to find it out
    shown: list[Advised] = field(default_factory=list)
    carried: list[Advised] = field(default_factory=list)
    checks: tuple[PlannedCheck, ...] = ()  # of the monitoring plan, for what is shown
    told_elsewhere: frozenset[str] = frozenset()  # data domains that the plan of another card asks for


_DATA_QUALITY, _DOSING = Category.DATA_QUALITY, Category.DOSING
_INFORM, _MET, _STOP = Effect.INFORM, Effect.MET, Effect.STOP
"""Members that are asked for of every finding: an enumeration is slow to find its own."""

_MONITORING = frozenset({Category.MONITORING, Category.FOLLOW_UP})
_BACKGROUND = frozenset({Category.DOSING, Category.DURATION_OF_RELIEF, Category.INFORMATIONAL})
_PROSPECTS = frozenset({Category.ELIGIBILITY, Category.INTERACTION})
_CONCERNS = frozenset({Effect.OUT_OF_SCOPE, Effect.UNMET, Effect.CAUTION})
_CRITERIA = frozenset({Category.ELIGIBILITY, Category.DATA_QUALITY})
_MAY_FOLLOW = frozenset({Disposition.CANDIDATE, Disposition.CAUTION})
_MAY_FOLLOW_ORDER = _MAY_FOLLOW | {Disposition.INSUFFICIENT_DATA}
_TOO_EARLY = frozenset({Disposition.NOT_YET, Disposition.OUT_OF_SCOPE})
_ONGOING = frozenset({"between", "maintenance"})


def plan_for_view(advice: Advice, *, exposed: bool) -> list[CardPlan]:
    """Share out the findings for patient-view: suitability, and monitoring where a treatment may follow.

    Whoever is on ketamine, or had it lately (`exposed`), is followed up whatever comes of the question, and is not told
    again what is the same for every patient.
    """
    brief = advice.disposition not in _MAY_FOLLOW_ORDER
    suitability, monitoring = (CardPlan(t, exposed=exposed, brief=brief) for t in (Tier.SUITABILITY, Tier.MONITORING))
    may_follow = advice.disposition in _MAY_FOLLOW
    for advised in advice.advised:
        planning = _is_planning(advised)
        dosing = advised.rule.category is _DOSING
        if exposed and advised.rule.background:
            suitability.carried.append(advised)
        elif (may_follow and (planning or dosing)) or (exposed and planning and _is_follow_up(advised)):
            monitoring.shown.append(advised)
        elif (not may_follow and (planning or _is_background(advised))) or _is_idle(advised, advice):
            suitability.carried.append(advised)
        else:
            suitability.shown.append(advised)
    return [plan for plan in (suitability, monitoring) if plan.shown]


def plan_for_order(advice: Advice, *, exposed: bool) -> list[CardPlan]:
    """Share out the findings for an order: contraindication; cautions, interactions and gaps; monitoring and relief.

    What was noticed about the record goes with the cautions, and alone does not make a card. Where nothing may follow
    from the order, monitoring and relief are not worth a card either: another one carries them. Only the follow-up of
    what was given already (`exposed`) is, unless the order is contraindicated. Which criteria are met is shown only
    where nothing was found against the order: beside a concern it changes nothing. What is the same for every patient
    was told before, when ketamine was considered. What stands alone leaves room for the stops only.
    """
    stop, caution, monitoring = (CardPlan(t) for t in (Tier.CONTRAINDICATION, Tier.CAUTION, Tier.MONITORING))
    alone = [advised for advised in advice.advised if advised.applies and advised.rule.alone]
    concerns = alone or [advised for advised in advice.advised if _is_concern(advised, advice)]
    minded = {id(advised) for advised in concerns}
    rest = []
    for advised in advice.advised:
        if advised.applies and advised.rule.effect is _STOP:
            stop.shown.append(advised)
        elif id(advised) in minded or (concerns and not alone and _goes_with_concerns(advised)):
            caution.shown.append(advised)
        else:
            rest.append(advised)
    plans = [plan for plan in (stop, caution) if plan.shown]
    if not plans:
        monitoring.alone = True
        for advised in rest:
            (monitoring.carried if advised.rule.background else monitoring.shown).append(advised)
        return [monitoring] if monitoring.shown else []
    for advised in rest:
        worth_showing = not alone and _is_worth_showing(advised, advice.disposition, exposed=exposed)
        (monitoring.shown if worth_showing else plans[-1].carried).append(advised)
    return [plan for plan in (*plans, monitoring) if plan.shown]


def _is_worth_showing(advised: Advised, disposition: Disposition, *, exposed: bool) -> bool:
    """Whether a finding that is no concern is shown beside one that is."""
    if advised.rule.background:
        return False
    if disposition in _MAY_FOLLOW_ORDER:
        return advised.rule.category not in _CRITERIA
    followed_up = exposed and disposition is not Disposition.CONTRAINDICATED
    return followed_up and _is_planning(advised) and _is_follow_up(advised)


def _is_planning(advised: Advised) -> bool:
    """Whether a finding belongs to the monitoring plan, be it that nobody can tell."""
    return advised.rule.category in _MONITORING and advised.rule.effect is _INFORM


def _is_follow_up(advised: Advised) -> bool:
    """Whether a finding of the plan matters after ketamine was given, although no further dose may follow."""
    plan = advised.rule.plan
    return plan is None or plan.item is not None or plan.phase in _ONGOING


def _is_concern(advised: Advised, advice: Advice) -> bool:
    """Whether a finding speaks against an order, or is a gap that may."""
    if _is_planning(advised):
        return False
    if not advised.applies:
        return not _is_idle_gap(advised, advice)
    return advised.rule.effect in _CONCERNS


def _is_idle(advised: Advised, advice: Advice) -> bool:
    """Whether a finding, or what is not known, changes nothing for this patient."""
    return _is_idle_gap(advised, advice) or _is_idle_note(advised, advice.disposition)


def _is_idle_gap(advised: Advised, advice: Advice) -> bool:
    """Whether something is not known that would change nothing: it decides nothing, and no dose may follow anyway."""
    if advised.applies or advice.disposition in _MAY_FOLLOW_ORDER:
        return False
    return set(advised.finding.missing).isdisjoint(advice.blocking)


def _is_background(advised: Advised) -> bool:
    """Whether a finding matters only where a treatment may follow; what bears on eligibility matters before."""
    return advised.applies and advised.rule.category in _BACKGROUND and not _bears_on_eligibility(advised)


def _bears_on_eligibility(advised: Advised) -> bool:
    return any(claim.startswith("E") for claim in advised.rule.claims)


def _is_idle_note(advised: Advised, disposition: Disposition) -> bool:
    """Whether a finding changes nothing for who may not be given ketamine: it would matter if that were otherwise."""
    rule = advised.rule
    if not advised.applies or disposition in _MAY_FOLLOW_ORDER:
        return False
    if disposition is Disposition.CONTRAINDICATED and (rule.effect is _MET or rule.background):
        return True
    if rule.effect is not _INFORM or _bears_on_eligibility(advised):
        return False
    return rule.category in _PROSPECTS or (rule.category is _DATA_QUALITY and disposition in _TOO_EARLY)


def _goes_with_concerns(advised: Advised) -> bool:
    """Whether a finding that is no concern is best read beside those that are: a note on the record, an interaction."""
    rule = advised.rule
    return rule.effect is _INFORM and rule.category in (_DATA_QUALITY, Category.INTERACTION)


def plan_for_safety(advice: Advice) -> list[CardPlan]:
    """Share out the findings for an order that is not for pain: stops and interactions are shown, the rest carried.

    An interaction that only informs is no reason to speak there.
    """
    stop, caution = (CardPlan(t, about_pain=False) for t in (Tier.CONTRAINDICATION, Tier.CAUTION))
    rest = []
    for advised in advice.advised:
        if advised.applies and advised.rule.effect is _STOP:
            stop.shown.append(advised)
        elif (
            advised.applies and advised.rule.category is Category.INTERACTION and advised.rule.effect is Effect.CAUTION
        ):
            caution.shown.append(advised)
        else:
            rest.append(advised)
    plans = [plan for plan in (stop, caution) if plan.shown]
    plans[-1].carried.extend(rest)
    return plans
