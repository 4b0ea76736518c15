"""Conditions in their smallest form: what a rule asks of one property, with parameters filled in and types checked.

Both engines read this form, never the YAML. A `Check` is one comparison; an `Arm` holds when all its checks do; a
`Choice` holds when one of its arms does (`in`, `any`). A property that is not known (None) fails every check but
UNKNOWN.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TypeAlias

from kcds.errors import Fault, KnowledgeError
from kcds.knowledge.durations import parse_duration
from kcds.knowledge.rule import Ago, Comparison, Condition, ParameterRef, Rule
from kcds.model.facts import schema_of


class Operator(StrEnum):
    """How a property is compared; the values are the words of the rule language."""

    EQUAL = "eq"
    DIFFERENT = "ne"
    LESS = "lt"
    AT_MOST = "lte"
    MORE = "gt"
    AT_LEAST = "gte"
    KNOWN = "known"
    UNKNOWN = "unknown"


@lru_cache(maxsize=256)
def _day_before(today: dt.date, duration: str) -> dt.date:
    """Count back from a day; asked for every fact with a date, so it is remembered."""
    return today - parse_duration(duration)


@dataclass(frozen=True, slots=True)
class DaysAgo:
    """The day that long before today, by the calendar; `duration` is ISO 8601 with one unit."""

    duration: str

    def on(self, today: dt.date) -> dt.date:
        """Count back from today."""
        return _day_before(today, self.duration)


@dataclass(frozen=True, slots=True)
class Reference:
    """The value that an earlier pattern of the rule found."""

    alias: str
    property: str


Constant: TypeAlias = str | float | bool | dt.date
Operand: TypeAlias = Constant | DaysAgo | Reference | None


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison of one property."""

    property: str
    operator: Operator
    operand: Operand = None


Arm: TypeAlias = tuple[Check, ...]
Choice: TypeAlias = tuple[Arm, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in which rule a condition stands: enough to resolve it, and to say what is wrong with it."""

    rule: Rule
    key: str
    kind: str
    aliases: Mapping[str, str]  # kinds of the earlier patterns, by alias

    def wrong(self, problem: str, remedy: str) -> KnowledgeError:
        """Say what is wrong here."""
        return KnowledgeError([Fault(f"rule {self.rule.id}", self.key, problem, remedy)])

    def type_of(self, name: str) -> type:
        """Return the type of a property of this place's kind of fact."""
        types = schema_of(self.kind)
        if name not in types:
            raise self.wrong(f"{self.kind} has no property {name!r}.", f"Use one of: {', '.join(types)}.")
        return types[name]


_COMPARISONS = {
    "eq": Operator.EQUAL,
    "ne": Operator.DIFFERENT,
    "gt": Operator.MORE,
    "gte": Operator.AT_LEAST,
    "lt": Operator.LESS,
    "lte": Operator.AT_MOST,
    "before": Operator.LESS,
    "on_or_before": Operator.AT_MOST,
    "after": Operator.MORE,
    "on_or_after": Operator.AT_LEAST,
    "ref": Operator.EQUAL,
    "not_ref": Operator.DIFFERENT,
}
_OF_DATES = frozenset({"before", "on_or_before", "after", "on_or_after"})
_OF_NUMBERS = frozenset({"gt", "gte", "lt", "lte"})
_SOME_DAY, _TOO_EARLY = dt.date(2000, 1, 1), dt.date(1800, 1, 1)
_SMALLEST_PLAIN, _LARGEST_PLAIN = 1e-4, 1e15


def resolve(name: str, condition: Condition, place: Place) -> tuple[tuple[Check, ...], Choice | None]:
    """Resolve the condition on one property: checks that must all hold, and (for `in`) a choice of values."""
    kind_of_value = place.type_of(name)
    if not isinstance(condition, Comparison):
        return (Check(name, Operator.EQUAL, _constant(condition, kind_of_value, place)),), None
    given = [key for key in Comparison.model_fields if key in condition.model_fields_set]
    if not given:
        raise place.wrong("a comparison says nothing.", "Give one of eq, ne, gt, ..., in, ref, known.")
    checks = tuple(_check(name, key, condition, kind_of_value, place) for key in given if key != "in_")
    if "in_" not in given:
        return checks, None
    values = dict.fromkeys(_constant(value, kind_of_value, place) for value in condition.in_ or ())
    if not values:
        raise place.wrong("in: lists nothing.", "List at least one value.")
    return checks, tuple((Check(name, Operator.EQUAL, value),) for value in values)


def _check(name: str, key: str, condition: Comparison, kind_of_value: type, place: Place) -> Check:
    """Resolve one key of a comparison."""
    value = getattr(condition, key)
    if key == "known":
        return Check(name, Operator.KNOWN if value else Operator.UNKNOWN)
    if key in _OF_DATES and kind_of_value is not dt.date:
        raise place.wrong(f"{key} compares dates, but {name} is not a date.", "Use gt, gte, lt or lte for numbers.")
    if key in _OF_NUMBERS and kind_of_value is not float:
        raise place.wrong(f"{key} compares numbers, but {name} is not a number.", "For dates use before or after.")
    if key in {"ref", "not_ref"}:
        return Check(name, _COMPARISONS[key], _reference(value, kind_of_value, place))
    if isinstance(value, Ago):
        return Check(name, _COMPARISONS[key], DaysAgo(_duration(value, place)))
    return Check(name, _COMPARISONS[key], _constant(value, kind_of_value, place))


def _reference(text: str, kind_of_value: type, place: Place) -> Reference:
    """Resolve "alias.property" against the earlier patterns."""
    alias, _, name = text.partition(".")
    if alias not in place.aliases:
        earlier = ", ".join(place.aliases) or "none"
        raise place.wrong(f"{alias!r} names no earlier pattern of this part.", f"Earlier patterns here: {earlier}.")
    types = schema_of(place.aliases[alias])
    if types.get(name) is not kind_of_value:
        raise place.wrong(f"{text} is not of the same type.", "Refer to a property of the same type.")
    return Reference(alias, name)


def _duration(ago: Ago, place: Place) -> str:
    """Resolve the length of `{ago: ...}`."""
    value = str(_parameter(ago.ago, place) if isinstance(ago.ago, ParameterRef) else ago.ago)
    try:
        too_long = _SOME_DAY - parse_duration(value) < _TOO_EARLY
    except (ValueError, OverflowError):
        too_long = True
    if too_long:
        raise place.wrong(f"{value!r} is not a duration of at most 200 years.", "Write one number and one unit: P30D.")
    return value


def _constant(value: object, kind_of_value: type, place: Place) -> Constant:
    """Resolve a parameter, check the type, make numbers floats."""
    if isinstance(value, ParameterRef):
        value = _parameter(value, place)
    if kind_of_value is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        number = float(value)
        if number and not _SMALLEST_PLAIN <= abs(number) < _LARGEST_PLAIN:
            raise place.wrong(f"{value!r} is too small or too large.", "Use another unit.")
        return number
    if kind_of_value is not float and type(value) is kind_of_value:
        return value  # type: ignore[return-value]
    raise place.wrong(f"{value!r} is not of type {kind_of_value.__name__}.", "Write a value of that type.")


def _parameter(reference: ParameterRef, place: Place) -> bool | float | str:
    """Return the value of one of the rule's parameters."""
    if reference.param not in place.rule.parameters:
        raise place.wrong(f"no parameter {reference.param!r}.", "Add it under parameters:.")
    return place.rule.parameters[reference.param].value
