"""Cards: the advice for one hook call, in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kcds.advice.speaking import Speech
from kcds.advice.weigh import Advice, Advised
from kcds.cards.detail import detail_of
from kcds.cards.extension import make_extension
from kcds.cards.fatigue import Circumstances, Memory, carry_what_is_held_back, drivers_of, hold_back, said_by
from kcds.cards.fatigue_explained import explained
from kcds.cards.links import Links, links_of
from kcds.cards.offers import NewUuid, offer_tests, offer_to_withdraw
from kcds.cards.plan import planned_checks
from kcds.cards.saying import say
from kcds.cards.summaries import Headline, headline_of
from kcds.cards.tiers import CardPlan, Tier, plan_for_order, plan_for_safety, plan_for_view
from kcds.cards.wording import TOPIC_DISPLAY, TOPIC_SYSTEM
from kcds.cds_hooks.card import Card, Coding, Indicator, Source
from kcds.cds_hooks.services import Hook
from kcds.knowledge.load import Knowledge
from kcds.knowledge.override_reasons import OVERRIDE_SYSTEM
from kcds.knowledge.rule import Rule
from kcds.model.facts import Check, DataState, Exposure, Fact, Treatment
from kcds.model.findings import Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """The call for which cards are made: the moment, the patient's id, the time, and where uuids come from."""

    hook: Hook
    patient_id: str
    now: datetime
    new_uuid: NewUuid
    memory: Memory | None = None  # of earlier calls; None: no card is ever held back
    links: Links | None = None  # to the pages of the service that answers; None: there are none


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeCard:
    """A card that the advice came to, and as it is shown; None where it is held back."""

    uuid: UUID
    tier: Tier
    indicator: Indicator
    drivers: tuple[Advised, ...]  # for which it was made
    card: Card | None


def make_cards(
    advice: Advice, facts: Iterable[Fact], speech: Speech, occasion: Occasion, knowledge: Knowledge
) -> tuple[MadeCard, ...]:
    """Return the cards of one response, and those that are held back; none where nothing is to be said."""
    if speech is Speech.SILENCE:
        return ()
    facts = tuple(facts)
    plans = _plans(advice, facts, speech, occasion.hook)
    here = _circumstances(occasion, knowledge)
    held = hold_back(plans, said_by(advice, knowledge.version), here) if here else {}
    shown = carry_what_is_held_back(plans, held)
    checks = [fact for fact in facts if isinstance(fact, Check)]
    for plan in plans:
        plan.checks = planned_checks(plan.shown, knowledge.plan, checks)
    told = frozenset(check.item.domain for plan in shown for check in plan.checks)
    for plan in shown:
        plan.told_elsewhere = told - set(advice.blocking)
    cards = {plan.tier: _card(plan, advice, facts, occasion, knowledge) for plan in shown}
    if here:
        headlines = {plan.tier: _headline(plan, advice, knowledge).text for plan in plans if plan.tier in held}
        cards = {plan.tier: explained(cards[plan.tier], plan, held, here, headlines) for plan in shown}
    return tuple(
        MadeCard(
            uuid=card.uuid if card else occasion.new_uuid(),
            tier=plan.tier,
            indicator=_indicator(plan, advice, occasion.hook),
            drivers=drivers_of(plan),
            card=card,
        )
        for plan in plans
        for card in [cards.get(plan.tier)]
    )


def _circumstances(occasion: Occasion, knowledge: Knowledge) -> Circumstances | None:
    if occasion.memory is None:
        return None
    return Circumstances(hook=occasion.hook, now=occasion.now, policy=knowledge.quiet, memory=occasion.memory)


def _plans(advice: Advice, facts: tuple[Fact, ...], speech: Speech, hook: Hook) -> list[CardPlan]:
    if speech is Speech.SAFETY:
        return plan_for_safety(advice)
    exposed = any(isinstance(fact, Exposure) and (fact.on_treatment or fact.infusions) for fact in facts)
    return (plan_for_view if hook is Hook.PATIENT_VIEW else plan_for_order)(advice, exposed=exposed)


def _card(plan: CardPlan, advice: Advice, facts: tuple[Fact, ...], occasion: Occasion, knowledge: Knowledge) -> Card:
    suggestions = offer_tests(plan.shown, occasion.patient_id, occasion.new_uuid)
    if plan.tier is Tier.CONTRAINDICATION and occasion.hook is Hook.ORDER_SIGN:
        suggestions = offer_to_withdraw(_drafts(facts), occasion.new_uuid) + suggestions
    headline = _headline(plan, advice, knowledge)
    carried = {id(a) for a in (*plan.shown, *plan.carried)}
    return Card(
        uuid=occasion.new_uuid(),
        summary=headline.text,
        detail=detail_of(plan, knowledge, _states(facts), say),
        indicator=_indicator(plan, advice, occasion.hook),
        source=_source(plan.tier, headline.lead.rule, knowledge.version),
        suggestions=suggestions,
        selectionBehavior="any" if suggestions else None,
        overrideReasons=tuple(
            Coding(code=reason.code, system=OVERRIDE_SYSTEM, display=reason.display)
            for reason in knowledge.quiet.reasons.values()
        ),
        links=links_of(occasion.links, headline.lead.rule.id),
        extension=make_extension(
            advice, [a for a in advice.advised if id(a) in carried], knowledge.version, occasion.now
        ),
    )


def _headline(plan: CardPlan, advice: Advice, knowledge: Knowledge) -> Headline:
    return headline_of(
        plan, advice, knowledge.domains, lambda a: knowledge.local.opening(a.rule.id) + say(a.rule.card.summary, a)
    )


_REFUSING = (Effect.OUT_OF_SCOPE, Effect.UNMET)
_PRESSING = (Effect.STOP, Effect.CAUTION)


def _indicator(plan: CardPlan, advice: Advice, hook: Hook) -> Indicator:
    """Urgency by CONTRACT 4: critical only on order-sign, for a hard contraindication; missing data never is."""
    if plan.tier is Tier.CONTRAINDICATION and hook is Hook.ORDER_SIGN and advice.hard_stop:
        return Indicator.CRITICAL
    stops = any(a.applies and a.rule.effect in _PRESSING for a in plan.shown)
    gaps = hook is not Hook.PATIENT_VIEW and plan.tier is Tier.CAUTION and bool(advice.blocking)
    refused = plan.tier is Tier.CAUTION and any(a.applies and a.rule.effect in _REFUSING for a in plan.shown)
    return Indicator.WARNING if stops or gaps or refused else Indicator.INFO


def _source(tier: Tier, lead: Rule, version: str) -> Source:
    """Name the source of what the headline speaks about: the first of it that can be opened."""
    chosen = next((entry for entry in lead.evidence if entry.url), lead.evidence[0])
    return Source(
        label=f"kcds {version}: {chosen.citation}",
        url=chosen.url,
        topic=Coding(code=tier.value, system=TOPIC_SYSTEM, display=TOPIC_DISPLAY[tier.value]),
    )


def _drafts(facts: tuple[Fact, ...]) -> list[Treatment]:
    return [fact for fact in facts if isinstance(fact, Treatment) and fact.drafted and fact.sources]


def _states(facts: tuple[Fact, ...]) -> list[DataState]:
    return [fact for fact in facts if isinstance(fact, DataState)]
