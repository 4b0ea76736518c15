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
        candidates = _by_what_is_wanted(stage, items)
        return [_rows(group, candidates, today) for group in stage.prepared.groups]


def _by_what_is_wanted(stage: Stage, items: Sequence[Item]) -> Callable[[Clause], list[Item]]:
    """Sort the facts by kind and by the strings that clauses ask for; return the way to look them up."""
    by_kind: dict[str, list[Item]] = {}
    by_value: dict[tuple[str, str, object], list[Item]] = {}
    for item in items:
        by_kind.setdefault(item.fact.kind, []).append(item)
        for name in stage.readings[item.fact.kind].wanted:
            by_value.setdefault((item.fact.kind, name, item.values[name]), []).append(item)

    def candidates(clause: Clause) -> list[Item]:
        if clause.wanted is None:
            return by_kind.get(clause.kind, [])
        name, texts = clause.wanted
        return [item for text in texts for item in by_value.get((clause.kind, name, text), ())]

    return candidates


def _rows(group: Group, candidates: Callable[[Clause], list[Item]], today: date) -> list[Row]:
    """Match one group."""
    rows: list[dict[str, Item]] = [{}]
    for clause in group.clauses:
        fitting = [item for item in candidates(clause) if _fits(clause, item, today)]
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
    return all(_holds(check, item, today) for check in checks)


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
