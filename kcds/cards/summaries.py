"""The headline of each card: the finding and the number, in one sentence of fewer than 140 characters."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from kcds.advice.weigh import Advice, Advised
from kcds.cards.plain_text import opened, sentence
from kcds.cards.plan import PlannedCheck, State, brief
from kcds.cards.tiers import CardPlan, Tier
from kcds.cards.wording import (
    BUT_SWITCHED_OFF,
    CONSIDERED,
    EXPOSED,
    FOR_THE_EXPOSED,
    MAY_BE_CONSIDERED,
    NOTHING_AGAINST,
    NOTHING_DUE,
    THIS_ORDER,
    UNCHECKED,
)
from kcds.cds_hooks.card import SUMMARY_LIMIT
from kcds.knowledge.domains import Domain
from kcds.model.advice import Disposition
from kcds.model.findings import Category, Effect

Say = Callable[[Advised], str]
"""Gives the filled summary of one finding."""


@dataclass(frozen=True, slots=True)
class Headline:
    """The summary of a card, and the finding that it speaks about (its source is the card's source)."""

    text: str
    lead: Advised


def headline_of(plan: CardPlan, advice: Advice, domains: Mapping[str, Domain], say: Say) -> Headline:
    """Return the headline of one card."""
    applying = [a for a in plan.shown if a.applies]
    if plan.tier is Tier.MONITORING:
        return _monitoring(plan, advice, say)
    for effects in _LEADING:
        leading = [a for a in applying if a.rule.effect in effects]
        if leading:
            return Headline(_opening(advice, plan.tier, leading, say), leading[0])
        if effects == _BEFORE_GAPS and advice.blocking:
            return Headline(_unknown(advice, domains), plan.shown[0])
    if plan.tier is Tier.SUITABILITY:
        return _candidate(applying, advice, say, exposed=plan.exposed)
    return Headline(_unknown(advice, domains), plan.shown[0])


_ON_EVIDENCE = frozenset({Category.ELIGIBILITY, Category.INFORMATIONAL})
_BEFORE_GAPS = (Effect.OUT_OF_SCOPE, Effect.UNMET)
_LEADING = ((Effect.STOP,), _BEFORE_GAPS, (Effect.CAUTION,))
"""What leads a card, most urgent first; what is not known leads before a caution."""


def _opening(advice: Advice, tier: Tier, leading: list[Advised], say: Say) -> str:
    first = _first_of(leading, say)
    if tier is not Tier.CONTRAINDICATION and advice.disposition is Disposition.NOT_YET:
        return _fitting(f"{CONSIDERED[Disposition.NOT_YET]}. {first}", first)
    return first


def _candidate(applying: list[Advised], advice: Advice, say: Say, *, exposed: bool) -> Headline:
    """A candidate's headline also owns up to what could not be checked, or says how good the evidence is."""
    if advice.muted:
        return Headline(_but_switched_off(EXPOSED if exposed else MAY_BE_CONSIDERED, advice), applying[0])
    opening = FOR_THE_EXPOSED if exposed else CONSIDERED[Disposition.CANDIDATE]
    informing = [a for a in applying if a.rule.effect is Effect.INFORM and not a.rule.background]
    gaps = [say(a) for a in informing if a.rule.category is Category.DATA_QUALITY]
    indications = [a for a in informing if _is_about_evidence(a)][:1]
    evidence = [] if exposed else [text for a in indications for text in (say(a), _unnamed(a, say))]
    text = _fitting(*(f"{opening}. {text}" for text in (*gaps, *evidence)), opening)
    return Headline(text, (indications or applying)[0])


def _but_switched_off(opening: str, advice: Advice) -> str:
    """Name what a site has switched off and would be a caution of this patient, by the names that every card gives."""
    names = [a.rule.id.replace("-", " ") for a in advice.muted]
    return _fitting(*(f"{opening}. {BUT_SWITCHED_OFF}: {_list(names, shown)}." for shown in range(len(names), 0, -1)))


def _unnamed(advised: Advised, say: Say) -> str:
    """Return the summary without the diagnosis that it ends with, if it does."""
    text = say(advised)
    return text.rsplit(": ", 1)[0] if advised.rule.card.summary.endswith("}") else text


def _is_about_evidence(advised: Advised) -> bool:
    rule = advised.rule
    return rule.category in _ON_EVIDENCE and any(claim.startswith("I") for claim in rule.claims)


def _monitoring(plan: CardPlan, advice: Advice, say: Say) -> Headline:
    """Say what is overdue and what is due, then how it went so far; on the only card of an order that comes first."""
    applying = [a for a in plan.shown if a.applies] or plan.shown
    due = [a for a in applying if a.rule.suggestions] or _about(plan.checks, applying)
    went = [a for a in applying if a.rule.category is Category.FOLLOW_UP and a.rule.plan is None]
    relief = [a for a in applying if a.rule.category is Category.DURATION_OF_RELIEF]
    asked = _asked(plan.checks)
    if plan.alone:
        if advice.muted:
            return Headline(_but_switched_off(THIS_ORDER, advice), (went or due or applying)[0])
        opening = f"{sentence(say(went[0]))} " if went else NOTHING_AGAINST
        texts = asked or ([] if went else [NOTHING_DUE])
        return Headline(_fitting(*(opening + text for text in texts), opening.strip()), (went or due or applying)[0])
    lead = (due or went or relief or applying)[0]
    if asked:
        so_far = [f"{text} {say(went[0])}" for text in asked if went]
        return Headline(_fitting(*so_far, *asked), lead)
    return Headline(_fitting(say(went[0]) if went else NOTHING_DUE), lead)


def _about(checks: Iterable[PlannedCheck], applying: list[Advised]) -> list[Advised]:
    """Return the findings on the checks that the headline names."""
    named = {check.item.id for check in checks if check.state in _ASKED and check.reasons}
    return [a for a in applying if a.rule.plan is not None and a.rule.plan.item in named]


def _asked(checks: Iterable[PlannedCheck]) -> list[str]:
    """Say which checks are overdue, due or not known: all of them, then ever fewer, but what is overdue always."""
    titles = {state: [brief(c.item) for c in checks if c.state is state and c.reasons] for state in _ASKED}
    number, least = sum(map(len, titles.values())), max(len(titles[State.OVERDUE]), 1)
    return [_shortened(titles, kept, number - kept) for kept in range(number, least - 1, -1)]


def _shortened(titles: Mapping[State, list[str]], kept: int, more: int) -> str:
    parts = []
    for state, named in titles.items():
        shown = named[:kept]
        kept -= len(shown)
        parts += [f"{state}: {', '.join(shown)}"] if shown else []
    text = "; ".join(parts) + (f" and {more} more" if more else "")
    return f"{opened(text)}."


_ASKED = (State.OVERDUE, State.DUE, State.UNKNOWN)


def _unknown(advice: Advice, domains: Mapping[str, Domain]) -> str:
    opening = f"{CONSIDERED[Disposition.INSUFFICIENT_DATA]}. Not known" if advice.blocking else UNCHECKED
    names = advice.blocking or tuple(sorted({name for a in advice.undecided for name in a.finding.missing}))
    titles = [domains[name].title for name in names]
    options = [f"{opening}: {_list(titles, shown)}" for shown in range(len(titles), 0, -1)]
    return _fitting(*options)


def _list(titles: list[str], shown: int) -> str:
    more = len(titles) - shown
    return ", ".join(titles[:shown]) + (f" and {more} more" if more else "")


def _first_of(entries: list[Advised], say: Say) -> str:
    first = say(entries[0])
    return _fitting(f"{first} (+{len(entries) - 1} more)", first) if len(entries) > 1 else _fitting(first)


def _fitting(*options: str) -> str:
    """Return the first option that is short enough, or the last one cut at a word."""
    for option in options:
        if len(option) < SUMMARY_LIMIT:
            return option
    return options[-1][: SUMMARY_LIMIT - 2].rsplit(" ", 1)[0] + "…"
