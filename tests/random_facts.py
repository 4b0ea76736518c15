"""Random facts for a random rule set: made to fit its patterns, then spoilt here and there, with odd ones beside."""

import calendar
import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

from random_rules import DAYS, DOMAINS, NUMBERS, PATIENT_KINDS, STATES, TEXTS, Raw, values_named, word_of

from kcds.model.facts import FACT_KINDS, DataState, Fact, schema_of

TODAYS = (date(2026, 11, 21), date(2024, 2, 29), date(2025, 3, 31), date(2025, 12, 31), date(2023, 2, 28))
ODD_NUMBERS = (-0.0, 5e-324, -5e-324, 1e-7, 1e-4, 0.1 + 0.2, 1e15, 1e16, 2.0**53 + 1, 1e22, -1e300, 1e308, 3)
ODD_TEXTS = (*TEXTS, "\ud800", "?", "x" * 5000, "\x7f", "%", "%41", "a\u0000b", "f0", "__go0")
NO_NUMBERS = (math.inf, -math.inf)


def days_before(today: date, duration: str) -> date:
    """Count back by the calendar: a month or a year lands on the same day, or on the last one of its month."""
    number, unit = int(duration[1:-1]), duration[-1]
    if unit in "WD":
        return today - timedelta(days=number * (7 if unit == "W" else 1))
    months = today.year * 12 + today.month - 1 - number * (12 if unit == "Y" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))


class FactSource:
    """Draws facts for one rule set and one day."""

    def __init__(self, rules: Sequence[Raw], today: date) -> None:
        self._rules = rules
        self._today = today
        self._kinds = [
            kind
            for rule in rules
            for part in (*rule["scope"], *rule["when"])
            if (kind := part.get("fact", part.get("none"))) in PATIENT_KINDS
        ]
        self._near_to: dict[tuple[str, str], list[Any]] = {}

    def draw(self, random: Random, most: int) -> list[Fact]:
        """Up to about so many facts: witnesses of rules, noise of their kinds, and the state of each domain."""
        facts: list[Fact] = []
        wanted = random.randint(0, most)
        few = random.choices(self._rules, k=2)  # several witnesses of one rule, so that counts are reached
        while len(facts) < wanted:
            if random.random() < 0.8:
                facts += self._witness(random, random.choice(few if random.random() < 0.6 else self._rules))
            elif self._kinds:
                kind = random.choice(self._kinds)
                facts.append(_fact(random, kind, self._any_values(random, kind)))
        if facts and random.random() < 0.1:
            facts += [replace(fact) for fact in random.choices(facts, k=2)]  # the very same said again
        facts += self._states(random)
        random.shuffle(facts)
        return facts

    def _states(self, random: Random) -> list[Fact]:
        well_known = random.choice((1.0, 0.9, 0.5, 0.0))
        facts: list[Fact] = []
        for domain in DOMAINS:
            for _ in range(random.choice((0, 1, 1, 1, 1, 1, 1, 2))):
                state = "known" if random.random() < well_known else random.choice(STATES)
                facts.append(DataState(domain=domain, state=state))
        return facts

    def _witness(self, random: Random, rule: Raw) -> list[Fact]:
        """Facts that fit the patterns of a rule, and rarely one that breaks an absence of it."""
        bound: dict[str, Fact] = {}
        facts: list[Fact] = []
        for part in (*rule["scope"], *rule["when"]):
            kind = part.get("fact", part.get("none"))
            if kind not in PATIENT_KINDS or ("none" in part and random.random() < 0.85):
                continue
            values = self._any_values(random, kind)
            conditions = dict(part["where"])
            if part.get("any"):
                name = random.choice(list(part["any"]))
                conditions.setdefault(name, part["any"][name])
            for name, condition in conditions.items():
                values[name] = self._fitting(random, rule, condition, bound, word_of(kind, name))
            if random.random() < 0.15:
                spoilt = random.choice(list(values))
                values[spoilt] = self._any_value(random, kind, spoilt)
            fact = _fact(random, kind, values)
            facts.append(fact)
            if "as" in part:
                bound[part["as"]] = fact
        return facts

    def _fitting(self, random: Random, rule: Raw, condition: Any, bound: dict[str, Fact], word: str) -> Any:
        """A value that fits one condition, or stands right beside what fits."""
        if not isinstance(condition, dict) or "param" in condition:
            return _plain(rule, condition, self._today, word)
        key, operand = random.choice(list(condition.items()))
        if key == "known":
            return self._odd_or_plain(random, word) if operand else None
        if key == "in":
            return random.choice(operand)
        if key in {"ref", "not_ref"}:
            alias, _, name = operand.partition(".")
            other = getattr(bound[alias], name) if alias in bound else None
            return other if key == "ref" else self._odd_or_plain(random, word)
        value = _plain(rule, operand, self._today, word)
        if key == "eq":
            return value
        return random.choice(_beside(value, word))

    def _any_values(self, random: Random, kind: str) -> dict[str, Any]:
        return {name: self._any_value(random, kind, name) for name in schema_of(kind)}

    def _any_value(self, random: Random, kind: str, name: str) -> Any:
        if random.random() < 0.2:
            return None
        near = self._near(kind, name)
        if near and random.random() < 0.8:
            return random.choice(near)
        return self._odd_or_plain(random, word_of(kind, name))

    def _near(self, kind: str, name: str) -> list[Any]:
        """What rules ask of this property, and what stands right beside."""
        if (kind, name) not in self._near_to:
            word = word_of(kind, name)
            self._near_to[kind, name] = [
                near
                for rule in self._rules
                for condition in values_named((rule,), kind, name)
                for operand in _operands(condition)
                for near in _beside(_plain(rule, operand, self._today, word), word)
            ]
        return self._near_to[kind, name]

    def _odd_or_plain(self, random: Random, word: str) -> Any:
        if word == "number":
            return float(random.choice(NUMBERS)) if random.random() < 0.6 else random.choice(ODD_NUMBERS)
        if word == "text":
            return random.choice(("a", "b", "1", "x")) if random.random() < 0.5 else random.choice(ODD_TEXTS)
        if word == "truth":
            return random.random() < 0.5
        some = (date.fromisoformat(random.choice(DAYS)), self._today, date.min, date.max, self._today)
        return random.choice((*some, self._today - timedelta(days=random.randint(0, 400))))


def spoil(random: Random, facts: list[Fact]) -> bool:
    """Put a number that is none into one fact, as no extractor should; says whether there was a place for it."""
    places = [(i, n) for i, fact in enumerate(facts) for n, kind in schema_of(fact.kind).items() if kind is float]
    if not places:
        return False
    index, name = random.choice(places)
    fact = facts[index]
    values = {other: getattr(fact, other) for other in schema_of(fact.kind)}
    facts[index] = _fact(random, fact.kind, values | {name: random.choice(NO_NUMBERS)})
    return True


def _fact(random: Random, kind: str, values: dict[str, Any]) -> Fact:
    return FACT_KINDS[kind](**values, sources=(f"Thing/{random.randint(0, 9)}",))


def _operands(condition: Any) -> list[Any]:
    """The constants, parameters and days that a condition names."""
    if not isinstance(condition, dict) or "param" in condition:
        return [condition]
    if "in" in condition:
        return list(condition["in"])
    return [operand for key, operand in condition.items() if key not in {"known", "ref", "not_ref"}]


def _plain(rule: Raw, operand: Any, today: date, word: str) -> Any:
    """The value that an operand stands for."""
    if isinstance(operand, dict) and "ago" in operand:
        return days_before(today, _plain(rule, operand["ago"], today, "text"))
    if isinstance(operand, dict):
        operand = rule["parameters"][operand["param"]]["value"]
    if word == "day":
        return date.fromisoformat(operand)
    return float(operand) if word == "number" else str(operand) if word == "text" else operand


def _beside(value: Any, word: str) -> list[Any]:
    """A value, and those right beside it."""
    if word == "day":
        return [value, value + timedelta(days=1), value - timedelta(days=1)]
    if word == "number":
        steps = (math.nextafter(value, math.inf), math.nextafter(value, -math.inf))
        return [value, value, *steps, value + 1, value - 1]
    if word == "text":
        return [value, value, f"{value} ", value[:-1]]
    return [True, False]
