"""The headline of each card: the finding and the number, in one sentence of fewer than 140 characters."""

from collections.abc import Callable, Iterable, Mapping

from kcds.advice.weigh import Advice, Advised
from kcds.cards.tiers import Tier
from kcds.cards.wording import CONSIDERED, UNCHECKED
from kcds.cds_hooks.card import SUMMARY_LIMIT
from kcds.knowledge.domains import Domain
from kcds.model.advice import Disposition
from kcds.model.findings import Category, Effect

Say = Callable[[Advised], str]
"""Gives the filled summary of one finding."""


def summary_of(tier: Tier, entries: list[Advised], advice: Advice, domains: Mapping[str, Domain], say: Say) -> str:
    """Return the headline of one card."""
    if tier is Tier.CONTRAINDICATION:
        return _first_of(_applying(entries, Effect.STOP), say)
    if tier is Tier.MONITORING:
        return _monitoring(entries, say)
    if tier is Tier.CAUTION:
        concerns = _concerns(entries)
        return _first_of(concerns, say) if concerns else _unknown(advice, domains)
    return _suitability(entries, advice, domains, say)


def _suitability(entries: list[Advised], advice: Advice, domains: Mapping[str, Domain], say: Say) -> str:
    match advice.disposition:
        case Disposition.CONTRAINDICATED:
            return _first_of(_applying(entries, Effect.STOP), say)
        case Disposition.NOT_YET:
            unmet = _applying(entries, Effect.UNMET)
            return _fitting(f"{CONSIDERED[Disposition.NOT_YET]}: {_first_of(unmet, say)}", _first_of(unmet, say))
        case Disposition.INSUFFICIENT_DATA:
            return _unknown(advice, domains)
        case Disposition.CAUTION:
            return _first_of(_concerns(entries), say)
        case _:
            return _candidate(entries, say)


def _candidate(entries: list[Advised], say: Say) -> str:
    """A candidate's headline also owns up to what could not be checked."""
    opening = CONSIDERED[Disposition.CANDIDATE]
    quality = [a for a in entries if a.applies and a.rule.category is Category.DATA_QUALITY]
    gaps = [a for a in quality if a.rule.effect is not Effect.MET]
    return _fitting(*[f"{opening}. {say(gap)}" for gap in gaps], opening)


def _monitoring(entries: list[Advised], say: Say) -> str:
    due = [a for a in entries if a.applies and a.rule.suggestions]
    relief = [a for a in entries if a.applies and a.rule.category is Category.DURATION_OF_RELIEF]
    chosen = due or relief or [a for a in entries if a.applies]
    return _first_of(chosen, say)


def _concerns(entries: Iterable[Advised]) -> list[Advised]:
    wanted = (Effect.OUT_OF_SCOPE, Effect.UNMET, Effect.CAUTION)
    return [a for a in entries if a.applies and a.rule.effect in wanted]


def _unknown(advice: Advice, domains: Mapping[str, Domain]) -> str:
    opening = f"{CONSIDERED[Disposition.INSUFFICIENT_DATA]}. Not known" if advice.blocking else UNCHECKED
    names = advice.blocking or tuple(sorted({name for a in advice.undecided for name in a.finding.missing}))
    titles = [domains[name].title for name in names]
    options = [f"{opening}: {_list(titles, shown)}" for shown in range(len(titles), 0, -1)]
    return _fitting(*options)


def _list(titles: list[str], shown: int) -> str:
    more = len(titles) - shown
    return ", ".join(titles[:shown]) + (f" and {more} more" if more else "")


def _applying(entries: Iterable[Advised], effect: Effect) -> list[Advised]:
    return [a for a in entries if a.applies and a.rule.effect is effect]


def _first_of(entries: list[Advised], say: Say) -> str:
    first = say(entries[0])
    return _fitting(f"{first} (+{len(entries) - 1} more)", first) if len(entries) > 1 else _fitting(first)


def _fitting(*options: str) -> str:
    """Return the first option that is short enough, or the last one cut at a word."""
    for option in options:
        if len(option) < SUMMARY_LIMIT:
            return option
    return options[-1][: SUMMARY_LIMIT - 2].rsplit(" ", 1)[0] + "…"
