"""One finding in words: what the record says to it, and when that was."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from kcds.advice.weigh import Advised
from kcds.knowledge.load import Knowledge
from kcds.model.facts import DataState, Exposure, Fact, FindingFact, Patient, Treatment
from kcds.model.findings import Finding
from kcds.pages.review.fact_words import fact_in_words
from kcds.pages.review.words import FactInWords, phrase

MOST_VALUES = 4
"""Values of one finding that a line names; it says how many more there are."""

_SAID_ABOVE = (Treatment, Patient)
"""What stands above the advice already: who the patient is, and what is ordered."""

MOST_DAYS = 2
"""Days of one row."""

_BACKGROUND = (FindingFact, Treatment, Exposure, Patient, DataState)
"""Kinds of fact that are named only where a finding rests on nothing else, in the order in which they tell least."""


def facts_behind(finding: Finding) -> list[Fact]:
    """Return the facts that a finding is about, each once, the latest first; left out is what tells nothing new."""
    every = list(dict.fromkeys(fact for match in finding.matches for fact in match.values()))
    for kind in _BACKGROUND:
        telling = [fact for fact in every if not (isinstance(fact, kind) and not _is_order(fact))]
        every = telling or every
    return sorted(every, key=_day_of, reverse=True)


def _is_order(fact: Fact) -> bool:
    return isinstance(fact, Treatment) and bool(fact.drafted)


def _day_of(fact: Fact) -> date:
    days = (getattr(fact, name, None) for name in ("date", "started", "onset_earliest", "ended"))
    return next((day for day in days if isinstance(day, date)), date.min)


def values_of_finding(advised: Advised, knowledge: Knowledge) -> str:
    """Say what the record holds, each value with its day: "172/104 mmHg, 20 Nov 2026"."""
    facts = [fact for fact in facts_behind(advised.finding) if not isinstance(fact, _SAID_ABOVE)]
    return joined(dated(said(facts, knowledge)))


def said(facts: Iterable[Fact], knowledge: Knowledge) -> list[FactInWords]:
    """Say facts, each words once."""
    return list(dict.fromkeys(fact_in_words(fact, knowledge) for fact in facts))


def dated(words: Iterable[FactInWords]) -> Iterator[str]:
    """Say values with their days; what is on record several times is said once, with its number of entries.

    Its day is the latest, or, of what lasts, the first.
    """
    days: dict[str, list[str]] = {}
    for one in words:
        days.setdefault(one.text, []).append(one.when or "")
    for text, whens in days.items():
        more = f"{len(whens)} entries" if len(whens) > 1 else None
        yield phrase(text, whens[-1 if whens[-1].startswith(("since", "onset")) else 0], more)


def joined_days(whens: Iterable[str | None]) -> str:
    """Join the days of a row: the first ones, and how many more there are."""
    every = list(dict.fromkeys(when for when in whens if when))
    more = len(every) - MOST_DAYS
    return "; ".join(every[:MOST_DAYS]) + (f"; and {more} more" if more > 0 else "")


def joined(texts: Iterable[str]) -> str:
    """Join values, the first few by name."""
    every: Sequence[str] = list(dict.fromkeys(filter(None, texts)))
    more = len(every) - MOST_VALUES
    return "; ".join(every[:MOST_VALUES]) + (f"; and {more} more" if more > 0 else "")
