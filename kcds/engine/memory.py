"""The facts that rules read: both engines start from these, so that they answer the same question.

Facts that no clause can match (by kind, and by the strings it asks for) are left out, and so are properties that no
rule reads; text of the record therefore never reaches an engine, unless a rule asks for it.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from kcds.engine.clauses import Clause, Group
from kcds.engine.conditions import Constant, Reference
from kcds.errors import EvaluationError, TooMuchDataError
from kcds.model.facts import Fact, schema_of

MOST_FACTS = 20_000
"""More facts that rules read are refused: far above any real patient seen, and evaluated in a second or two."""


class Item(NamedTuple):
    """One fact, with those of its properties that rules read."""

    fact: Fact
    values: Mapping[str, Constant | None]


@dataclass(frozen=True, slots=True)
class Reading:
    """What rules read of one kind of fact."""

    properties: Mapping[str, type]
    everything: bool  # some clause takes facts whatever their strings are
    wanted: Mapping[str, frozenset[str]]  # otherwise: facts with one of these values

    def takes(self, fact: Fact) -> bool:
        """Say whether any clause could match this fact."""
        if self.everything:
            return True
        for name, values in self.wanted.items():  # noqa: SIM110 - asked for every fact; faster than a generator
            if getattr(fact, name) in values:
                return True
        return False

    def item(self, fact: Fact) -> Item:
        """Keep what is read of this fact."""
        values: dict[str, Constant | None] = {}
        for name, kind in self.properties.items():
            value = getattr(fact, name)
            plain = value is None or (type(value) is kind and kind is not float)  # most are, and need no call
            values[name] = value if plain else checked(value, kind, fact, name)
        return Item(fact, values)


def readings_of(groups: Iterable[Group]) -> dict[str, Reading]:
    """Work out, once at start, what these groups read of each kind of fact."""
    read: dict[str, set[str]] = {}
    clauses: dict[str, list[Clause]] = {}
    for group in groups:
        kinds = {clause.alias: clause.kind for clause in group.clauses}
        for clause in group.clauses:
            clauses.setdefault(clause.kind, []).append(clause)
            for check in clause.every_check():
                read.setdefault(clause.kind, set()).add(check.property)
                if isinstance(check.operand, Reference):
                    read.setdefault(kinds[check.operand.alias], set()).add(check.operand.property)
    return {kind: _reading(kind, read.get(kind, set()), clauses[kind]) for kind in clauses}


def _reading(kind: str, names: set[str], clauses: Sequence[Clause]) -> Reading:
    """Put together what the clauses on one kind of fact read."""
    wanted: dict[str, frozenset[str]] = {}
    for found in (clause.wanted for clause in clauses):
        if found is not None:
            name, values = found
            wanted[name] = wanted.get(name, frozenset()).union(values)
    types = schema_of(kind)
    return Reading({name: types[name] for name in sorted(names)}, any(c.wanted is None for c in clauses), wanted)


def items_of(facts: Sequence[Fact], readings: Mapping[str, Reading]) -> list[Item]:
    """Select and check the facts that rules read; raises TooMuchDataError, or EvaluationError for a wrong value."""
    items = []
    for fact in facts:
        reading = readings.get(fact.kind)
        if reading is not None and reading.takes(fact):
            items.append(reading.item(fact))
    if len(items) > MOST_FACTS:
        raise TooMuchDataError(f"more relevant entries than can be judged: {len(items)} facts of at most {MOST_FACTS}")
    return items


def checked(value: object, kind_of_value: type, fact: Fact, name: str) -> Constant | None:
    """Return a property as an engine may see it; raises EvaluationError if it is not of its declared type."""
    if value is None:
        return None
    if kind_of_value is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        number = float(value)
        if math.isfinite(number):
            return number + 0.0  # -0.0 becomes 0.0: joins in C compare what is written first
    elif isinstance(value, kind_of_value) and (kind_of_value is not date or type(value) is date):
        return value  # type: ignore[return-value]
    raise EvaluationError(f"{fact.kind}.{name} holds a value that is not a {kind_of_value.__name__}")
