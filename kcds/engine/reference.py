"""A naive evaluator, meant to be obviously right: it checks what durable-rules answers, on every request.

First every fact is asked what single patterns and absences ask of it alone. Then a group's rows are built clause by
clause: a pattern multiplies the rows by the facts that fit, an absence strikes out the rows for which some fact fits.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import eq, ge, gt, is_not, le, lt, ne
from typing import Any, TypeAlias

from kcds.engine.clauses import Group
from kcds.engine.conditions import Check, Choice, Constant, DaysAgo, Operand, Operator, Reference
from kcds.engine.memory import Item
from kcds.engine.stages import Row, Stage, evaluate_stages, stages_of
from kcds.errors import EvaluationError
from kcds.knowledge.rule import Rule
from kcds.model.facts import Fact
from kcds.model.findings import Findings

MOST_ROWS = 20_000
"""A group with more rows than this (two patterns that each match hundreds of facts) is refused, not computed."""

Compare: TypeAlias = Callable[[Any, Any], bool]

_COMPARE: Mapping[Operator, Compare] = {
    Operator.EQUAL: eq,
    Operator.DIFFERENT: ne,
    Operator.LESS: lt,
    Operator.AT_MOST: le,
    Operator.MORE: gt,
    Operator.AT_LEAST: ge,
    Operator.KNOWN: is_not,  # compared with None
}

Fitting: TypeAlias = Mapping[int, Sequence[int]]
"""Question number -> numbers of the items that fit; questions that no item fits are left out."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a clause asks of one fact alone; clauses of many rules ask the same. What is not known passes no test."""

    among: tuple[tuple[str, frozenset[Operand]], ...]  # property, and the values of which it must have one
    tests: tuple[tuple[str, Compare, Constant | None], ...]  # property, how it is compared, and with what
    dated: tuple[tuple[str, Compare, DaysAgo], ...]  # the same, with a day counted from today
    choices: tuple[tuple["Question", ...], ...]  # of each, one must be answered with yes

    @classmethod
    def of(cls, constants: Iterable[Check], choices: Iterable[Choice]) -> "Question":
        """Sort conditions; most ask for one value, or for one of several."""
        among, tests, dated, others = [], [], [], []
        for arms in (*(((check,),) for check in constants), *choices):
            check = arms[0][0]
            if _is_of_values(arms):
                among.append((check.property, frozenset(arm[0].operand for arm in arms)))
            elif len(arms) > 1 or len(arms[0]) > 1:
                others.append(tuple(cls.of(arm, ()) for arm in arms))
            elif isinstance(check.operand, DaysAgo):
                dated.append((check.property, _COMPARE[check.operator], check.operand))
            else:
                assert not isinstance(check.operand, Reference)  # noqa: S101 - those are joins; tells mypy
                tests.append((check.property, _COMPARE[check.operator], check.operand))
        return cls(tuple(among), tuple(tests), tuple(dated), tuple(others))


@dataclass(frozen=True, slots=True)
class Join:
    """A comparison with the fact that an earlier pattern found."""

    property: str
    compare: Compare
    position: int  # of that pattern's fact in a row
    other: str  # that fact's property


@dataclass(frozen=True, slots=True)
class Part:
    """One clause of a group: the number of its question, and what ties it to the facts of earlier ones."""

    question: int
    joins: tuple[Join, ...]
    absence: bool


Numbered: TypeAlias = Mapping[int, Question]


@dataclass(frozen=True, slots=True)
class Plan:
    """The questions of one stage and who is to be asked them, numbered once, at start."""

    by_kind: Mapping[str, Numbered]  # questions for every fact of a kind
    by_value: Mapping[str, Mapping[str, Mapping[Operand, Numbered]]]  # kind -> property -> value -> questions
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
    by_kind: dict[str, dict[int, Question]] = {}
    by_value: dict[str, dict[str, dict[Operand, dict[int, Question]]]] = {kind: {} for kind in stage.readings}
    groups = []
    for group in stage.prepared.groups:
        parts = []
        for clause in group.clauses:
            question = Question.of(clause.constants, clause.choices)
            number = numbers.setdefault((clause.kind, question), len(numbers))
            parts.append(Part(number, tuple(_join(check, group) for check in clause.joins), clause.alias is None))
            name, values = clause.wanted or ("", ())
            for value in values:
                by_value[clause.kind].setdefault(name, {}).setdefault(value, {})[number] = question
            if not values:
                by_kind.setdefault(clause.kind, {})[number] = question
        groups.append(parts)
    patterns = [frozenset(part.question for part in parts if not part.absence) for parts in groups]
    return Plan(by_kind, by_value, groups, patterns)


def _join(check: Check, group: Group) -> Join:
    """Resolve a reference to the place of the fact that it refers to."""
    assert isinstance(check.operand, Reference)  # noqa: S101 - by Clause.of; tells mypy
    position = group.aliases.index(check.operand.alias)
    return Join(check.property, _COMPARE[check.operator], position, check.operand.property)


def _fitting(plan: Plan, items: Sequence[Item], today: date) -> Fitting:
    """Ask every fact the questions that its kind and its strings admit."""
    fitting: dict[int, list[int]] = {}
    nothing: Numbered = {}
    for item, (fact, values) in enumerate(items):
        asked = [plan.by_kind.get(fact.kind, nothing)]
        asked += [by_value.get(values[name], nothing) for name, by_value in plan.by_value[fact.kind].items()]
        for questions in asked:
            for number, question in questions.items():
                if fits(question, values, today):
                    fitting.setdefault(number, []).append(item)
    return fitting


def _rows(parts: Sequence[Part], fitting: Fitting, items: Sequence[Item]) -> list[Row]:
    """Match one group."""
    rows: list[Row] = [()]
    for part in parts:
        fit = fitting.get(part.question, ())
        joins = part.joins
        if part.absence:
            rows = [row for row in rows if not any(_joined(joins, item, row, items) for item in fit)]
        else:
            rows = [(*row, item) for row in rows for item in fit if not joins or _joined(joins, item, row, items)]
        if len(rows) > MOST_ROWS:
            raise EvaluationError(f"more than {MOST_ROWS} matches of one group of patterns")
    return rows


def _is_of_values(arms: Choice) -> bool:
    """Say whether a fact fulfils a choice by having one of some values of one property, or by its not being known."""
    checks = [check for arm in arms for check in arm]
    of_values = all(
        check.operator is Operator.UNKNOWN
        or (check.operator is Operator.EQUAL and not isinstance(check.operand, DaysAgo))
        for check in checks
    )
    return of_values and len(checks) == len(arms) and len({check.property for check in checks}) == 1


def fits(question: Question, values: Mapping[str, Constant | None], today: date) -> bool:
    """Say whether a fact satisfies all conditions that do not refer to other facts."""
    for name, allowed in question.among:
        if values[name] not in allowed:
            return False
    for name, compare, operand in question.tests:
        value = values[name]
        if value is None or not compare(value, operand):
            return False
    for name, compare, ago in question.dated:
        value = values[name]
        if value is None or not compare(value, ago.on(today)):
            return False
    return not question.choices or all(any(fits(arm, values, today) for arm in arms) for arms in question.choices)


def _joined(joins: Sequence[Join], number: int, row: Row, items: Sequence[Item]) -> bool:
    """Say whether a fact fits the facts of the row; what is unknown on either side fits nothing."""
    for join in joins:
        here, there = items[number].values[join.property], items[row[join.position]].values[join.other]
        if here is None or there is None or not join.compare(here, there):
            return False
    return True
