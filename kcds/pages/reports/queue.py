"""Which rules somebody should look at, and why. It says no number that the table hides."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from kcds.knowledge.rule import Rule
from kcds.pages.html import say_day
from kcds.store.tally import Tally

_OVERRIDDEN = 0.9
_ENOUGH_SHOWN = 30
_ENOUGH_CALLS = 500
_DOUBTS = frozenset({"data-wrong", "not-relevant", "cds-not-applicable"})
"""Reasons that say that the rule, or what it rests on, was wrong; the last is that of HL7."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A rule, and why it should be looked at."""

    rule: str
    title: str
    why: str


def make_queue(tally: Tally, rules: Mapping[str, Rule], active: Iterable[Rule], today: date) -> dict[str, list[Doubt]]:
    """Find the rules to look at, by the kind of reason."""
    versions: dict[str, list[str]] = {}
    doubted: dict[str, None] = {}
    for (name, version), counts in sorted(tally.rules.items()):
        if counts.shown >= _ENOUGH_SHOWN and counts.overridden.total() > _OVERRIDDEN * counts.shown:
            versions.setdefault(name, []).append(version)
        if any(code in _DOUBTS for _, code in counts.overridden):
            doubted[name] = None
    listed = tuple(active)
    return {
        "Mostly overridden": [
            _doubt(name, rules, f"Version {' and '.join(found)}: more than 90 % of at least 30 shown cards overridden.")
            for name, found in versions.items()
        ],
        "Said to be wrong": [
            _doubt(name, rules, "A card was answered with: does not apply, or data wrong or old.") for name in doubted
        ],
        "Review due": [
            Doubt(rule.id, rule.title, f"Review of a source was due on {say_day(due)}.")
            for rule in listed
            if (due := min(one.review_by for one in rule.evidence)) <= today
        ],
        "Never fired": _never_fired(tally, listed),
    }


def _doubt(name: str, rules: Mapping[str, Rule], why: str) -> Doubt:
    return Doubt(name, rules[name].title if name in rules else name, why)


def _never_fired(tally: Tally, active: tuple[Rule, ...]) -> list[Doubt]:
    """Find rules that no call met, where there were calls enough to expect one."""
    if tally.calls.total() < _ENOUGH_CALLS:
        return []
    fired = {name for (name, _), counts in tally.rules.items() if counts.fired}
    return [
        Doubt(rule.id, rule.title, f"Did not apply in any of at least {_ENOUGH_CALLS} calls.")
        for rule in active
        if rule.id not in fired
    ]
