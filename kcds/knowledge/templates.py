"""Card texts with placeholders: {alias.property}, {parameter} and {count}.

Numbers in a text come from the facts or the parameters, so that they are never typed twice.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_DOWN, Decimal
from functools import cache
from typing import Any

from kcds.knowledge.durations import duration_in_words, is_duration
from kcds.knowledge.rule import Having, Parameter, Rule
from kcds.knowledge.spoken import spoken
from kcds.model.facts import Fact, Value
from kcds.model.findings import Finding, Match

NOT_RECORDED = "not recorded"
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)(?:\.([a-z][a-z0-9_]*))?\}")
MOST_VALUES = 6
"""A card names so many values of one placeholder, and says how many more there are."""

_LAST_DECIMAL = Decimal("0.01")  # what a reader can use; cut, not rounded: "4, below 4" would be untrue of 3.997
_BEYOND_MEASURE = Decimal(10) ** 15
"""Numbers from here on are mistakes of the record: they are said by their size, not in hundreds of digits."""


def placeholders(text: str) -> Iterator[tuple[str, str | None]]:
    """List the placeholders of a text: alias and property, or parameter (or `count`) and None."""
    for found in _PLACEHOLDER.finditer(text):
        yield found[1], found[2]


def without_placeholders(text: str) -> str:
    """Return what is typed into a text: all but its placeholders."""
    return _PLACEHOLDER.sub("", text)


def has_stray_braces(text: str) -> bool:
    """Whether a text holds a brace that is not part of a placeholder."""
    rest = without_placeholders(text)
    return "{" in rest or "}" in rest


def fill(text: str, finding: Finding, rule: Rule) -> str:
    """Return the text with the values of this finding; what the record does not say reads "not recorded"."""
    shown = _shown(finding.matches, rule)
    opening, placed = _parts(text)
    said = [opening]
    for name, member, words in placed:
        if member is not None:
            said.append(_join(spoken(match[name], member) for match in shown if name in match))
        elif name == "count":
            said.append(str(count_of(finding.matches, rule.having)))
        else:
            said.append(say(rule.parameters[name].value))
        said.append(words)
    return "".join(said)


@cache
def _parts(text: str) -> tuple[str, tuple[tuple[str, str | None, str], ...]]:
    """Take a text of the knowledge apart: its opening; then of each placeholder the two names, and the words after."""
    opening, *rest = _PLACEHOLDER.split(text)
    parts = iter(rest)
    return opening, tuple(zip(parts, parts, parts, strict=True))


def fill_numbers(text: str, parameters: Mapping[str, Parameter]) -> str:
    """Return a text that names parameters only, with their values."""
    return _PLACEHOLDER.sub(lambda found: say(parameters[found[1]].value), text)


def say(value: Value | Decimal) -> str:
    """Say one value as a clinician reads it: ISO dates, plain numbers, durations in words."""
    match value:
        case None:
            return NOT_RECORDED
        case bool():
            return "yes" if value else "no"
        case int():
            return str(value)
        case float() | Decimal():
            return _say_number(Decimal(str(value)))
        case dt.date():
            return value.isoformat()
        case _:
            return duration_in_words(value) if is_duration(value) else value


def _say_number(number: Decimal) -> str:
    if abs(number) >= _BEYOND_MEASURE:
        return f"{number:.1e}"
    return format(number.quantize(_LAST_DECIMAL, rounding=ROUND_DOWN).normalize() + 0, "f")


def count_of(matches: Sequence[Match], having: Having | None) -> int:
    """Count what `having` counts; without it, the matches."""
    if having is not None and having.count is not None:
        return len({match[having.count] for match in matches})
    if having is not None and having.count_distinct is not None:
        alias, _, name = having.count_distinct.partition(".")
        return len({getattr(match[alias], name) for match in matches} - {None})
    return len(matches)


def _shown(matches: Sequence[Match], rule: Rule) -> Sequence[Match]:
    """Return the matches that the texts name: all, or the one with the highest value of `worst_by`."""
    if rule.show == "all" or rule.worst_by is None or not matches:
        return matches
    alias, _, name = rule.worst_by.partition(".")
    known = [match for match in matches if _value(match.get(alias), name) is not None]
    return (max(known, key=lambda match: _value(match[alias], name)),) if known else (matches[0],)


def _value(fact: Fact | None, name: str) -> Any:  # noqa: ANN401  (numbers and dates, whichever: they are only compared)
    return getattr(fact, name, None)


def _join(values: Iterator[Value]) -> str:
    """Join distinct values in the order of the matches; an unknown one is said only if none is known."""
    known = dict.fromkeys(say(value) for value in values if value is not None)
    if not known:
        return NOT_RECORDED
    more = len(known) - MOST_VALUES
    return "; ".join(list(known)[:MOST_VALUES]) + (f" and {more} more" if more > 0 else "")
