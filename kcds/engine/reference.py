"""A naive evaluator, meant to be obviously right: it checks what durable-rules answers, on every request.

A group's rows are built clause by clause: a pattern multiplies the rows by the facts that hold, an absence strikes
out the rows for which some fact holds.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from kcds.engine.answers import Row
from kcds.engine.clauses import Clause, Group
from kcds.engine.conditions import Check, DaysAgo, Operator, Reference
from kcds.engine.memory import Item
from kcds.engine.stages import Stage, evaluate_stages, stages_of
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


class ReferenceEngine:
    """Evaluates rules in plain Python."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        """Prepare the rules; raises KnowledgeError."""
        self._stages = stages_of(rules)

    def evaluate(self, facts: Sequence[Fact], *, today: date) -> Findings:
        """Answer every rule for these facts on this day."""
        return evaluate_stages(self._stages, self.match, facts, today=today)

    def match(self, stage: Stage, items: Sequence[Item], today: date) -> list[list[Row]]:
        """Return the rows of every group of the stage."""
        by_key = _by_key(stage, items)
        return [_rows(group, by_key, today) for group in stage.prepared.groups]


def _by_key(stage: Stage, items: Sequence[Item]) -> Mapping[tuple[object, ...], list[Item]]:
    """Sort the facts by kind, and by the strings that clauses ask for."""
    by_key: dict[tuple[object, ...], list[Item]] = {}
    for item in items:
        kind = item.fact.kind
        by_key.setdefault((kind,), []).append(item)
        for name in stage.readings[kind].wanted:
            by_key.setdefault((kind, name, item.values[name]), []).append(item)
    return by_key


def _rows(group: Group, by_key: Mapping[tuple[object, ...], list[Item]], today: date) -> list[Row]:
    """Match one group."""
    rows: list[dict[str, Item]] = [{}]
    for clause in group.clauses:
        fitting = [item for key in clause.keys for item in by_key.get(key, ()) if _fits(clause, item, today)]
        if clause.alias is None:
            rows = [row for row in rows if not any(_joins(clause, item, row) for item in fitting)]
        else:
            rows = [{**row, clause.alias: item} for row in rows for item in fitting if _joins(clause, item, row)]
        if not rows:
            return []
        if len(rows) > MOST_ROWS:
            raise EvaluationError(f"more than {MOST_ROWS} matches of one group of patterns")
    return [{alias: item.fact for alias, item in row.items()} for row in rows]


def _fits(clause: Clause, item: Item, today: date) -> bool:
    """Say whether a fact satisfies all conditions that do not refer to other facts."""
    if not _all_hold(clause.constants, item, today):
        return False
    return all(any(_all_hold(arm, item, today) for arm in choice) for choice in clause.choices)


def _all_hold(checks: Sequence[Check], item: Item, today: date) -> bool:
    """Say whether all of some such conditions hold."""
    for check in checks:  # noqa: SIM110 - asked for every fact; a generator would cost more than most checks
        if not _holds(check, item, today):
            return False
    return True


def _holds(check: Check, item: Item, today: date) -> bool:
    """Say whether one such condition holds."""
    value = item.values[check.property]
    if check.operator is Operator.UNKNOWN:
        return value is None
    if value is None:
        return False
    if check.operator is Operator.KNOWN:
        return True
    operand = check.operand.on(today) if isinstance(check.operand, DaysAgo) else check.operand
    return _COMPARE[check.operator](value, operand)


def _joins(clause: Clause, item: Item, row: Mapping[str, Item]) -> bool:
    """Say whether a fact fits the facts of the row; what is unknown on either side fits nothing."""
    for check in clause.joins:
        assert isinstance(check.operand, Reference)  # noqa: S101 - by Clause.of; tells mypy
        here, there = item.values[check.property], row[check.operand.alias].values[check.operand.property]
        if here is None or there is None or not _COMPARE[check.operator](here, there):
            return False
    return True
