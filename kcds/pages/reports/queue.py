"""Which rules somebody should look at, and why. It says no number that the table hides."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from kcds.knowledge.rule import Rule
from kcds.pages.html import say_day
from kcds.store.tally import RuleVersion, Tally

_OVERRIDDEN = 0.9
_ENOUGH_SHOWN = 30
_ENOUGH_CALLS = 500
_DOUBTS = frozenset({"data-wrong", "not-relevant", "cds-not-applicable"})
"""Reasons that say that the rule, or what it rests on, was wrong; the last is that of HL7."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A rule to look at; `note` says which version, or since when."""

    rule: str
    title: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question that is asked of every rule, what it means, and the rules that it finds."""

    title: str
    why: str
    doubts: tuple[Doubt, ...]


def make_queue(tally: Tally, rules: Mapping[str, Rule], active: Iterable[Rule], today: date) -> tuple[Question, ...]:
    """Ask which rules should be looked at."""
    listed = tuple(active)
    return (
        Question(
            "Mostly overridden",
            f"More than {_OVERRIDDEN:.0%} of at least {_ENOUGH_SHOWN} shown cards were overridden.".replace("%", " %"),
            tuple(_doubt(name, rules, version) for name, version in _overridden(tally)),
        ),
        Question(
            "Said to be wrong",
            "A card was answered with: does not apply, or data wrong or old.",
            tuple(_doubt(name, rules, version) for name, version in _doubted(tally)),
        ),
        Question(
            "Review due",
            "A source was to be reviewed by today.",
            tuple(Doubt(rule.id, rule.title, say_day(due)) for rule in listed if (due := _due(rule)) <= today),
        ),
        Question("Never fired", f"Did not apply in {_ENOUGH_CALLS} calls or more.", _never_fired(tally, listed)),
    )


def _doubt(name: str, rules: Mapping[str, Rule], version: str) -> Doubt:
    return Doubt(name, rules[name].title if name in rules else name, version)


def _overridden(tally: Tally) -> list[RuleVersion]:
    return [
        key
        for key, counts in sorted(tally.rules.items(), key=lambda entry: entry[0])
        if counts.shown >= _ENOUGH_SHOWN and counts.overridden.total() > _OVERRIDDEN * counts.shown
    ]


def _doubted(tally: Tally) -> list[RuleVersion]:
    found = (key for key, counts in tally.rules.items() if any(code in _DOUBTS for _, code in counts.overridden))
    return sorted(found)


def _due(rule: Rule) -> date:
    return min(one.review_by for one in rule.evidence)


def _never_fired(tally: Tally, active: tuple[Rule, ...]) -> tuple[Doubt, ...]:
    """Find rules that no call met, where there were calls enough to expect one."""
    if tally.calls.total() < _ENOUGH_CALLS:
        return ()
    fired = {name for (name, _), counts in tally.rules.items() if counts.fired}
    return tuple(Doubt(rule.id, rule.title) for rule in active if rule.id not in fired)
