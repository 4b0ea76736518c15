"""Why a rule does not apply: what the record says to the first of its conditions that does not hold."""

from collections.abc import Mapping

from kcds.knowledge.rule import Rule
from kcds.model.facts import KNOWN_STATES, DataState, Fact
from kcds.pages.review.asked import Asked
from kcds.pages.review.held import PartAsked

_LISTS: Mapping[str, tuple[str, str]] = {
    "condition": ("problem-list", "none on the problem list"),
    "pain-problem": ("problem-list", "none on the problem list"),
    "substance-use": ("problem-list", "none on the problem list"),
    "unidentified-problem": ("problem-list", "every problem was identified"),
    "medication": ("medications", "none on the medication list"),
    "unidentified-medication": ("medications", "every medicine was identified"),
    "opioid-dose": ("medications", "no opioid on the medication list"),
    "allergy": ("allergies", "none recorded"),
    "procedure": ("procedures", "none on record"),
    "trial": ("therapy-history", "none on record"),
    "prior-treatment": ("therapy-history", "none on record"),
}
"""Kinds of facts, the data domain that they come from, and what the record says where it holds none of them."""


_RECORD = "record"


_NO_SUCH: Mapping[str, str] = {
    "treatment": "no such order",
    "finding": "nothing that calls for it",
    "child-pugh": "no liver disease to grade",
    "response": "no course with scores to compare",
}
"""What is said of kinds that are not read from one list."""


_NONE = "none on record"


_READ = frozenset({"stale", "uncertain", "conflicting"})
"""States of a list that was read, although not all of it is clear."""


def why_silent(asked: Asked, rule: Rule) -> tuple[list[Fact], str]:
    """Return what the record says to the first condition that does not hold; else in words that there is nothing."""
    conditions = asked.rules[rule.id]
    for part in (*conditions.scope, *conditions.when):
        fitting = asked.chart.fitting(part)
        if part.is_absence and fitting and not part.joined:
            return sorted(fitting, key=_day_text, reverse=True), ""
        if not part.is_absence and not fitting:
            return _near(asked, part)
    first = next((part for part in (*conditions.when, *conditions.scope) if not part.is_absence), None)
    return (asked.chart.fitting(first), "") if first is not None else ([], _NONE)


def _near(asked: Asked, part: PartAsked) -> tuple[list[Fact], str]:
    """Return what is on record about the same thing, the latest first."""
    near = sorted(asked.chart.near(part), key=_day_text, reverse=True)
    if part.kind == "data":
        near = [fact for fact in near if isinstance(fact, DataState) and fact.state in KNOWN_STATES] or near
    return near, _none_of(asked, part.kind)


def _none_of(asked: Asked, kind: str) -> str:
    """Say that the record holds nothing of a kind: only where it was read in full does that mean none."""
    if kind in _LISTS:
        domain, words = _LISTS[kind]
        state = asked.states.get(domain)
        known = state is not None and (state.state in KNOWN_STATES or state.state in _READ)
        return words if known else asked.why_not_known([domain])
    words = _NO_SUCH.get(kind, _NONE)
    everything = asked.states.get(_RECORD)
    read = everything is not None and everything.state in KNOWN_STATES
    return words if read or kind in _NO_SUCH else "none in what could be loaded"


def _day_text(fact: Fact) -> str:
    return str(getattr(fact, "date", None) or "")
