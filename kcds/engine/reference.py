"""A naive evaluator, meant to be obviously right: it checks what durable-rules answers, on every request.

First every fact is asked what single patterns and absences ask of it alone. Then a group's rows are built clause by
clause: a pattern multiplies the rows by the facts that fit, an absence strikes out the rows for which some fact fits.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from operator import eq, ge, gt, le, lt, ne
from typing import Any, TypeAlias

from kcds.engine.clauses import Clause, Group
from kcds.engine.conditions import Check, Choice, Constant, DaysAgo, Operand, Operator, Reference
from kcds.engine.memory import Item
from kcds.engine.stages import Row, Stage, evaluate_stages, stages_of
from kcds.errors import EvaluationError
from kcds.knowledge.rule import Rule
from kcds.model.facts import Fact
from kcds.model.findings import Findings

MOST_ROWS = 20_000
"""A group with more rows than this (two patterns that each match hundreds of facts) is refused, not computed."""

_COMPARE: Mapping[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQUAL: eq,
    Operator.DIFFERENT: ne,
    Operator.LESS: lt,
    Operator.AT_MOST: le,
    Operator.MORE: gt,
    Operator.AT_LEAST: ge,
}

Fitting: TypeAlias = Mapping[int, Sequence[int]]
"""Question number -> numbers of the items that fit; questions that no item fits are left out."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a clause asks of one fact alone; clauses of many rules ask the same."""

    among: tuple[tuple[str, frozenset[Operand]], ...]  # property, and the values of which it must have one
    constants: tuple[Check, ...]  # the other comparisons, which must all hold
    choices: tuple[Choice, ...]  # of each, one arm must hold

    @classmethod
    def of(cls, clause: Clause) -> "Question":
        """Sort the conditions of a clause; most ask for one value, or for one of several."""
        every: tuple[Choice, ...] = (*(((check,),) for check in clause.constants), *clause.choices)
        simple = [
            (arms[0][0].property, frozenset(arm[0].operand for arm in arms)) for arms in every if _is_of_values(arms)
        ]
        constants = tuple(check for check in clause.constants if not _is_of_values(((check,),)))
        return cls(tuple(simple), constants, tuple(arms for arms in clause.choices if not _is_of_values(arms)))


@dataclass(frozen=True, slots=True)
class Join:
    """A comparison with the fact that an earlier pattern found."""

    property: str
    compare: Callable[[Any, Any], bool]
    position: int  # of that pattern's fact in a row
    other: str  # that fact's property


@dataclass(frozen=True, slots=True)
class Part:
    """One clause of a group: the number of its question, and what ties it to the facts of earlier ones."""

    question: int
    joins: tuple[Join, ...]
    absence: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """The questions of one stage and who is to be asked them, numbered once, at start."""

    questions: Sequence[Question]
    by_kind: Mapping[str, Iterable[int]]  # questions for every fact of a kind
    by_value: Mapping[str, Mapping[str, Mapping[Operand, Iterable[int]]]]  # kind -> property -> value -> questions
    groups: Sequence[Sequence[Part]]
    patterns: Sequence[frozenset[int]]  # of each group, the questions that some fact must fit


class ReferenceEngine:
    """Evaluates rules in plain Python."""

    def __init__(self, rules: Sequence[Rule], stages: tuple[Stage, ...] | None = None) -> None:
        """Prepare the rules (`stages`: if already prepared); raises KnowledgeError."""
        self.stages = stages_of(rules) if stages is None else stages
        self._plans = {stage.name: _plan(stage) for stage in self.stages}

    def evaluate(self, facts: Sequence[Fact], *, today: date) -> Findings:
        """Answer every rule for these facts on this day."""
        return evaluate_stages(self.stages, self.match, facts, today=today)

    def match(self, stage: Stage, items: Sequence[Item], today: date) -> dict[int, list[Row]]:
        """Return the rows of the groups of the stage."""
        plan = self._plans[stage.name]
        fitting = _fitting(plan, items, today)
        fitted = frozenset(fitting)
        possible = [number for number, patterns in enumerate(plan.patterns) if patterns <= fitted]
        rows = {number: _rows(plan.groups[number], fitting, items) for number in possible}
        return {number: of_group for number, of_group in rows.items() if of_group}


def _plan(stage: Stage) -> Plan:
    """Number the questions of a stage."""
    numbers: dict[tuple[str, Question], int] = {}
    by_kind: dict[str, dict[int, None]] = {}
    by_value: dict[str, dict[str, dict[Operand, dict[int, None]]]] = {kind: {} for kind in stage.readings}
    groups = []
    for group in stage.prepared.groups:
        parts = []
        for clause in group.clauses:
            number = numbers.setdefault((clause.kind, Question.of(clause)), len(numbers))
            parts.append(Part(number, tuple(_join(check, group) for check in clause.joins), clause.alias is None))
            name, values = clause.wanted or ("", ())
            for value in values:
                by_value[clause.kind].setdefault(name, {}).setdefault(value, {})[number] = None
            if not values:
                by_kind.setdefault(clause.kind, {})[number] = None
        groups.append(parts)
    patterns = [frozenset(part.question for part in parts if not part.absence) for parts in groups]
    return Plan([question for _kind, question in numbers], by_kind, by_value, groups, patterns)


def _join(check: Check, group: Group) -> Join:
    """Resolve a reference to the place of the fact that it refers to."""
    assert isinstance(check.operand, Reference)  # noqa: S101 - by Clause.of; tells mypy
    position = group.aliases.index(check.operand.alias)
    return Join(check.property, _COMPARE[check.operator], position, check.operand.property)


def _fitting(plan: Plan, items: Sequence[Item], today: date) -> Fitting:
    """Ask every fact the questions that its kind and its strings admit."""
    fitting: dict[int, list[int]] = {}
    for number, item in enumerate(items):
        kind = item.fact.kind
        asked = [plan.by_kind.get(kind, ())]
        asked += [questions.get(item.values[name], ()) for name, questions in plan.by_value[kind].items()]
        for question in chain(*asked):
            if _fits(plan.questions[question], item, today):
                fitting.setdefault(question, []).append(number)
    return fitting


def _rows(parts: Sequence[Part], fitting: Fitting, items: Sequence[Item]) -> list[Row]:
    """Match one group."""
    rows: list[Row] = [()]
    for part in parts:
        fit = fitting.get(part.question, ())
        if part.absence:
            rows = [row for row in rows if not any(_joined(part.joins, item, row, items) for item in fit)]
        else:
            rows = [(*row, item) for row in rows for item in fit if _joined(part.joins, item, row, items)]
        if len(rows) > MOST_ROWS:
            raise EvaluationError(f"more than {MOST_ROWS} matches of one group of patterns")
    return rows


def _is_of_values(arms: Choice) -> bool:
    """Say whether a fact fulfils a choice by having one of some values of one property."""
    equal = all(len(arm) == 1 and arm[0].operator is Operator.EQUAL for arm in arms)
    dated = any(isinstance(check.operand, DaysAgo) for arm in arms for check in arm)
    return equal and not dated and len({arm[0].property for arm in arms}) == 1


def _fits(question: Question, item: Item, today: date) -> bool:
    """Say whether a fact satisfies all conditions that do not refer to other facts."""
    for name, values in question.among:
        if item.values[name] not in values:
            return False
    if not _all_hold(question.constants, item, today):
        return False
    return not question.choices or all(
        any(_all_hold(arm, item, today) for arm in choice) for choice in question.choices
    )


def _all_hold(checks: Sequence[Check], item: Item, today: date) -> bool:
    """Say whether all of some such conditions hold."""
    for check in checks:  # noqa: SIM110 - asked for every fact; a generator would cost more than most checks
        if not _holds(check, item.values[check.property], today):
            return False
    return True


def _holds(check: Check, value: Constant | None, today: date) -> bool:
    """Say whether one such condition holds."""
    if check.operator is Operator.UNKNOWN:
        return value is None
    if value is None:
        return False
    if check.operator is Operator.KNOWN:
        return True
    operand = check.operand.on(today) if isinstance(check.operand, DaysAgo) else check.operand
    return _COMPARE[check.operator](value, operand)


def _joined(joins: Sequence[Join], number: int, row: Row, items: Sequence[Item]) -> bool:
    """Say whether a fact fits the facts of the row; what is unknown on either side fits nothing."""
    for join in joins:
        here, there = items[number].values[join.property], items[row[join.position]].values[join.other]
        if here is None or there is None or not join.compare(here, there):
            return False
    return True
