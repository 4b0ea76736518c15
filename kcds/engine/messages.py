"""Which facts are written for the C extension, and how.

Only what the C extension could match is worth writing: a fact is left out if no clause can match it by its kind and
the strings that it asks for, or if what the clause refers to cannot be there. The reference evaluator does not use
this: were a fact left out wrongly, the two would disagree.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from kcds.engine.clauses import Clause, Group
from kcds.engine.conditions import Reference
from kcds.engine.encode import KIND, is_marked, mark, mark_of, opening, written
from kcds.engine.memory import Item
from kcds.model.facts import schema_of

Needs: TypeAlias = tuple[frozenset[str], ...]
"""Sets of marks: a fact that lacks all marks of one of them cannot match the clause."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the facts of one kind, and knows which clauses they may match; clauses are given by their numbers."""

    kind: str
    start: str
    marks: Sequence[tuple[str, Mapping[object, str]]]  # property, and the mark of each value that is asked for
    values: Sequence[str]  # properties that are compared in other ways
    clauses: Mapping[str, Sequence[tuple[int, Needs]]]  # mark -> clauses that ask for it, and what else they need
    open: Sequence[int]  # clauses that ask for no mark

    @classmethod
    def of(cls, kind: str, clauses: Mapping[int, Clause], referred: Iterable[str]) -> "Writer":
        """Work out what these clauses, all on one kind of fact, ask for; `referred`: properties that joins read."""
        checks = [check for clause in clauses.values() for check in clause.every_check()]
        marks: dict[str, dict[object, str]] = {}
        for check in filter(is_marked, checks):
            marks.setdefault(check.property, {})[check.operand] = mark_of(check)
        by_mark: dict[str, list[tuple[int, Needs]]] = {}
        needs = {number: _needs(clause) for number, clause in clauses.items()}
        for number, (first, *others) in ((number, of_clause) for number, of_clause in needs.items() if of_clause):
            for name in first:
                by_mark.setdefault(name, []).append((number, tuple(others)))
        return cls(
            kind=kind,
            start=opening(kind),
            marks=sorted(marks.items()),
            values=sorted({*referred, *(check.property for check in checks if not is_marked(check))}),
            clauses=by_mark,
            open=[number for number, of_clause in needs.items() if not of_clause],
        )

    def names(self) -> set[str]:
        """Return every name that a fact of this kind may have."""
        return {mark(KIND, self.kind), *self.values, *(name for _, names in self.marks for name in names.values())}

    def marks_of(self, item: Item) -> list[str]:
        """Return the marks of a fact."""
        values = item.values
        return [names[values[name]] for name, names in self.marks if values[name] in names]

    def clauses_of(self, marks: Sequence[str]) -> list[int]:
        """Return the clauses that a fact with these marks may match."""
        found = [*self.open]
        for name in marks:
            for number, needs in self.clauses.get(name, ()):
                if not needs or all(not need.isdisjoint(marks) for need in needs):
                    found.append(number)
        return found

    def message(self, number: int, item: Item, marks: Sequence[str]) -> str:
        """Write a fact."""
        values = item.values
        told = "".join(
            [f',"{name}":1' for name in marks] + [f',"{name}":{written(values[name])}' for name in self.values]
        )
        return f'{{"id":"f{number}",{self.start}{told}}}'


@dataclass(frozen=True, slots=True)
class Writers:
    """Writes the facts of one stage."""

    by_kind: Mapping[str, Writer]
    patterns: Sequence[frozenset[int]]  # of each clause: the patterns of its group, without which it matters to nobody

    @classmethod
    def of(cls, groups: Iterable[Group]) -> "Writers":
        """Number the clauses of the groups, and sort them by kind."""
        clauses: dict[str, dict[int, Clause]] = {}
        referred: dict[str, set[str]] = {}
        patterns: list[frozenset[int]] = []
        for group in groups:
            kinds = {clause.alias: clause.kind for clause in group.clauses}
            numbered = dict(enumerate(group.clauses, len(patterns)))
            of_group = frozenset(number for number, clause in numbered.items() if clause.alias is not None)
            for number, clause in numbered.items():
                patterns.append(of_group)
                clauses.setdefault(clause.kind, {})[number] = clause
                for operand in (check.operand for check in clause.joins):
                    if isinstance(operand, Reference):
                        referred.setdefault(kinds[operand.alias], set()).add(operand.property)
        writers = {kind: Writer.of(kind, of_kind, referred.get(kind, ())) for kind, of_kind in clauses.items()}
        return cls(writers, patterns)

    def names(self) -> set[str]:
        """Return every name that a fact may have."""
        return {name for writer in self.by_kind.values() for name in writer.names()}

    def messages(self, items: Sequence[Item]) -> list[str]:
        """Write the facts that some clause may match; the id of a fact is its number."""
        marked = []
        for item in items:
            writer = self.by_kind[item.fact.kind]
            marks = writer.marks_of(item)
            marked.append((writer, marks, writer.clauses_of(marks)))
        fitted = frozenset(clause for _, _, clauses in marked for clause in clauses)
        possible = {clause for clause in fitted if self.patterns[clause] <= fitted}
        return [
            writer.message(number, items[number], marks)
            for number, (writer, marks, clauses) in enumerate(marked)
            if not possible.isdisjoint(clauses)
        ]


def _needs(clause: Clause) -> Needs:
    """Return what marks a fact needs for a clause; first those of the property that tells most (its concept)."""
    needs = [frozenset({mark_of(check)}) for check in clause.constants if is_marked(check)]
    for arms in clause.choices:
        asked = [[mark_of(check) for check in arm if is_marked(check)] for arm in arms]
        if all(asked):
            needs.append(frozenset(name for of_arm in asked for name in of_arm))
    order = list(schema_of(clause.kind))
    return tuple(sorted(needs, key=lambda need: min(order.index(name.partition("=")[0]) for name in need)))
