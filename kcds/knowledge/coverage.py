"""Whether the cases of a rule try every answer, and every threshold at both sides."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kcds.errors import Fault
from kcds.knowledge.cases import SUFFIX, Case
from kcds.knowledge.clauses import Clause, clauses_of, domains_of, resolve
from kcds.knowledge.durations import parse_duration
from kcds.knowledge.rule import Ago, Comparison, ParameterRef, Rule
from kcds.knowledge.rule_files import RuleFile
from kcds.model.findings import Applicability

_CONDITIONS = ("scope", "when", "parameters")
_UP = frozenset({"gt", "lte", "after", "on_or_before"})
"""Operators whose answer turns between the threshold and the values above it; for the others, below it."""

_NUMERIC = frozenset({"gt", "gte", "lt", "lte"})
_ORDERED = _NUMERIC | {"before", "on_or_before", "after", "on_or_after"}
_NEAR_DAYS = 3
_NEAR_SHARE = 0.1
_NEAR = 1.0


@dataclass(frozen=True, slots=True)
class Threshold:
    """One comparison with a limit, and which cases there are around it."""

    clause: Clause
    met: bool  # some case lies exactly on it
    crossed: bool  # and some just across


def check_coverage(files: Iterable[RuleFile], cases: Iterable[Case], faults: Sequence[Fault]) -> Iterator[Fault]:
    """Find answers and thresholds that no case tries; where cases or conditions have `faults`, those come first."""
    by_rule: dict[str, list[Case]] = {}
    for case in cases:
        by_rule.setdefault(case.rule, []).append(case)
    faulty = {fault.file for fault in faults}
    unclear = {fault.file for fault in faults if fault.key.startswith(_CONDITIONS)}
    for one in files:
        file = one.file.removesuffix(".yaml") + SUFFIX
        if one.rule.status != "retired" and file not in faulty and one.file not in unclear:
            yield from _check_rule(one.rule, file, by_rule.get(one.rule.id, []))


def _check_rule(rule: Rule, file: str, cases: Sequence[Case]) -> Iterator[Fault]:
    if not cases:
        yield Fault(file, "file", "is missing.", f"Write cases for `{rule.id}` beside the rule.")
        return
    answers = {case.expect for case in cases}
    wanted = [Applicability.APPLIES, Applicability.DOES_NOT_APPLY]
    if domains_of(rule):
        wanted.append(Applicability.CANNOT_TELL)
    elif Applicability.CANNOT_TELL in answers:
        remedy = "Add `requires`, or the `domain` of an absence, to the rule; or mend the case."
        problem = f"a case expects {Applicability.CANNOT_TELL}, which the rule never answers."
        yield Fault(file, "cases", problem, remedy)
    for answer in wanted:
        if answer not in answers:
            yield Fault(file, "cases", f"no case expects {answer}.", "Add one.")
    for threshold in thresholds_of(rule, cases):
        yield from _check_threshold(threshold, rule, file)


def thresholds_of(rule: Rule, cases: Sequence[Case]) -> Iterator[Threshold]:
    """Say of each threshold of a rule whether a case lies exactly on it, and one just across."""
    for clause in clauses_of(rule):
        if clause.operator in _ORDERED:
            tried = list(_distances(clause, rule, cases))
            up = clause.operator in _UP
            yield Threshold(
                clause=clause,
                met=any(distance == 0 for distance, _ in tried),
                crossed=any(0 < (distance if up else -distance) <= near for distance, near in tried),
            )


def _check_threshold(threshold: Threshold, rule: Rule, file: str) -> Iterator[Fault]:
    """Ask for a value exactly on the threshold, and one just across."""
    clause = threshold.clause
    up = clause.operator in _UP
    day = clause.operator not in _NUMERIC
    side = ("after" if up else "before") if day else ("above" if up else "below")
    name = f"{clause.kind}.{clause.property} ({clause.operator} {_name(clause, rule)})"
    if not threshold.met:
        yield Fault(file, "cases", f"no case has {name} exactly on the threshold.", "Add one.")
    if not threshold.crossed:
        yield Fault(file, "cases", f"no case has {name} just {side} the threshold.", "Add one.")


def _distances(clause: Clause, rule: Rule, cases: Iterable[Case]) -> Iterator[tuple[float, float]]:
    """Return how far the facts of all cases are from the threshold, and how far still counts as near."""
    limit = resolve(clause.operand, rule)
    for case in cases:
        for fact in case.facts:
            value = getattr(fact, clause.property, None) if fact.kind == clause.kind else None
            if value is None or not _otherwise_meant(clause, fact, rule):
                continue
            if isinstance(value, dt.date):
                day = case.today - parse_duration(str(limit)) if isinstance(clause.operand, Ago) else limit
                if isinstance(day, dt.date):
                    yield (value - day).days, _NEAR_DAYS
            elif isinstance(limit, int | float):
                yield value - limit, max(_NEAR, abs(limit) * _NEAR_SHARE)


def _otherwise_meant(clause: Clause, fact: object, rule: Rule) -> bool:
    """Whether a fact satisfies the plain equalities of the pattern, so that it is this threshold that decides."""
    return all(
        getattr(fact, name) == resolve(condition, rule)
        for name, condition in clause.pattern.where.items()
        if name != clause.property and not isinstance(condition, Comparison)
    )


def _name(clause: Clause, rule: Rule) -> str:
    inner = clause.operand.ago if isinstance(clause.operand, Ago) else clause.operand
    return inner.param if isinstance(inner, ParameterRef) else str(resolve(clause.operand, rule))
