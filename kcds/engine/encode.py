"""Facts and strings as the C extension reads them, by the pattern that held (ADR 0001).

* Strings are percent-encoded and numbers have no exponent, in rules and in facts: C never sees an escape.
* C compares with one constant after the other, but finds names by their hash. So a string that a rule asks for is not
  a value: `concept=heart-failure` is a name, and a fact has it or not. Only what is compared otherwise is a value too.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import TypeAlias
from urllib.parse import quote

from kcds.engine.clauses import Clause, Group
from kcds.engine.conditions import Check, Constant, Operator, Reference
from kcds.engine.memory import Item
from kcds.model.facts import schema_of

SESSION = "p"
KIND = "k"
ALWAYS = "z"

_LONGEST_STRING = 200
_PLAIN = re.compile(r"[A-Za-z0-9_.~ /:-]*")


def written(value: Constant | None) -> str:
    """Write a value of a fact as JSON that the C extension reads exactly."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        digits = repr(value)
        if "e" in digits:
            digits = format(Decimal(digits), "f")
        return digits if "." in digits else f"{digits}.0"
    return f'"{text(value)}"'


def text(value: str | date) -> str:
    """Write a string in plain ASCII without quotes or escapes: different strings stay different."""
    if isinstance(value, date):
        return value.isoformat()
    if len(value) > _LONGEST_STRING:
        return f"sha256%{sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()}"
    return value if _PLAIN.fullmatch(value) else quote(value, safe=" /:", errors="surrogatepass")


def mark(name: str, value: str) -> str:
    """Name what a fact has if one of its strings has this value."""
    return f"{name}={text(value)}"


def is_marked(check: Check) -> bool:
    """Say whether a condition asks for a mark: for one value of a string."""
    return check.operator is Operator.EQUAL and isinstance(check.operand, str)


def mark_of(check: Check) -> str:
    """Return the mark that such a condition asks for."""
    return mark(check.property, str(check.operand))


def opening(name: str, kind: str) -> str:
    """Write what every fact begins with; the closing bracket is missing."""
    return f'{{"id":"{name}","sid":"{SESSION}","{ALWAYS}":1,"{mark(KIND, kind)}":1'


Needs: TypeAlias = tuple[frozenset[str], ...]
"""Sets of marks: a fact that lacks all marks of one of them cannot match the clause."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the facts of one kind, and knows which of them are worth it."""

    kind: str
    marks: Mapping[str, Mapping[object, str]]  # property -> value -> mark
    values: Sequence[str]  # properties that are compared in other ways
    clauses: Mapping[str, Sequence[Needs]]  # mark -> the further needs of the clauses that ask for it
    takes_all: bool  # some clause asks for no mark

    @classmethod
    def of(cls, kind: str, clauses: Sequence[Clause], referred: Iterable[str]) -> "Writer":
        """Work out what these clauses, all on one kind of fact, ask for; `referred`: properties that joins read."""
        checks = [check for clause in clauses for check in clause.every_check()]
        marks: dict[str, dict[object, str]] = {}
        for check in filter(is_marked, checks):
            marks.setdefault(check.property, {})[check.operand] = mark_of(check)
        by_mark: dict[str, list[Needs]] = {}
        every = [_needs(clause) for clause in clauses]
        for first, *others in filter(None, every):
            for name in first:
                by_mark.setdefault(name, []).append(tuple(others))
        values = sorted({*referred, *(check.property for check in checks if not is_marked(check))})
        return cls(kind, marks, values, by_mark, takes_all=not all(every))

    def names(self) -> set[str]:
        """Return every name that a fact of this kind may have."""
        return {
            mark(KIND, self.kind),
            *self.values,
            *(name for of_value in self.marks.values() for name in of_value.values()),
        }

    def message(self, name: str, item: Item) -> str | None:
        """Write a fact under this name; nothing if no clause can match it, by the strings that it asks for."""
        values = item.values
        marks = [of_value[values[name]] for name, of_value in self.marks.items() if values[name] in of_value]
        if not self.takes_all and not self._may_match(marks):
            return None
        told = [f',"{mark}":1' for mark in marks] + [f',"{name}":{written(values[name])}' for name in self.values]
        return f"{opening(name, self.kind)}{''.join(told)}}}"

    def _may_match(self, marks: Sequence[str]) -> bool:
        """Say whether these marks are enough for some clause."""
        return any(
            all(not need.isdisjoint(marks) for need in needs) for mark in marks for needs in self.clauses.get(mark, ())
        )


def _needs(clause: Clause) -> Needs:
    """Return what marks a fact needs for a clause; first those of the property that tells most (its concept)."""
    needs = [frozenset({mark_of(check)}) for check in clause.constants if is_marked(check)]
    for arms in clause.choices:
        asked = [[mark_of(check) for check in arm if is_marked(check)] for arm in arms]
        if all(asked):
            needs.append(frozenset(mark for of_arm in asked for mark in of_arm))
    order = list(schema_of(clause.kind))
    return tuple(sorted(needs, key=lambda need: min(order.index(mark.partition("=")[0]) for mark in need)))


def writers_of(groups: Iterable[Group]) -> dict[str, Writer]:
    """Return what writes the facts that these groups read, by kind."""
    clauses: dict[str, list[Clause]] = {}
    referred: dict[str, set[str]] = {}
    for group in groups:
        kinds = {clause.alias: clause.kind for clause in group.clauses}
        for clause in group.clauses:
            clauses.setdefault(clause.kind, []).append(clause)
            for operand in (check.operand for check in clause.joins):
                if isinstance(operand, Reference):
                    referred.setdefault(kinds[operand.alias], set()).add(operand.property)
    return {kind: Writer.of(kind, of_kind, referred.get(kind, ())) for kind, of_kind in clauses.items()}
