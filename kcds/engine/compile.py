"""Groups of clauses -> the JSON definition of a durable-rules ruleset, by the pattern that held (ADR 0001).

* The first pattern of a compiled rule is a trigger fact, asserted last: each is evaluated once, with all facts in.
  Only rules on one fact and constants do without.
* Inside `$and`: constants, joins, a join that is always true, then the choices (constants only).
* Both sides of a join are guarded against null. Dates counted from today are joins with the trigger.
* Strings are percent-encoded and numbers have no exponent, in rules and in facts: C never sees an escape.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from itertools import combinations
from typing import Any, TypeAlias
from urllib.parse import quote

from kcds.engine.clauses import Clause, Group
from kcds.engine.conditions import Arm, Check, Constant, DaysAgo, Operator, Reference
from kcds.engine.limits import check_limits
from kcds.engine.memory import Reading
from kcds.engine.stages import Stage
from kcds.errors import Fault, KnowledgeError

Term: TypeAlias = dict[str, Any]
"""A part of a durable-rules expression."""

TRIGGER = "__go"
END = "__end"
KIND = "k"
ALWAYS = "z"
GROUPS_A_TRIGGER = 100
"""The C extension allows fewer than 256 patterns on one condition, so every 100 groups get a trigger of their own."""

MOST_REFERENCES_OF_ABSENCES = 4
"""Each doubles the compiled rules of its group."""

_LONGEST_STRING = 200
_PLAIN = re.compile(r"[A-Za-z0-9_.~ /:-]*")
_OPERATORS = {
    Operator.LESS: "$lt",
    Operator.AT_MOST: "$lte",
    Operator.MORE: "$gt",
    Operator.AT_LEAST: "$gte",
    Operator.DIFFERENT: "$neq",
}


@dataclass(frozen=True, slots=True)
class Compiled:
    """A ruleset for the C extension, and what must be asserted for it."""

    definition: str
    triggers: tuple[str, ...]  # kinds of the trigger facts, in order of assertion
    days: Mapping[str, DaysAgo]  # date properties of the trigger facts
    readings: Mapping[str, Reading]

    def trigger_messages(self, today: date) -> list[str]:
        """Write the trigger facts for one day."""
        days = "".join(f',"{name}":{written(day.on(today))}' for name, day in self.days.items())
        return [f'{{"id":"{kind}","sid":"p","{ALWAYS}":1,"{KIND}":"{kind}"{days}}}' for kind in self.triggers]


def compile_stage(stage: Stage) -> Compiled:
    """Compile the groups of a stage; raises KnowledgeError where the C extension would not be safe."""
    groups = stage.prepared.groups
    triggered = [group for group in groups if not _stands_alone(group)]
    trigger_of = {group: f"{TRIGGER}{number // GROUPS_A_TRIGGER}" for number, group in enumerate(triggered)}
    triggers = tuple(dict.fromkeys(trigger_of.values())) or (f"{TRIGGER}0",)
    days = {
        _day_name(check.operand): check.operand
        for group in groups
        for clause in group.clauses
        for check in clause.every_check()
        if isinstance(check.operand, DaysAgo)
    }
    definition: dict[str, Term] = {
        f"{number}.{variant}": rule
        for number, group in enumerate(groups)
        for variant, rule in enumerate(_rules_of(group, trigger_of.get(group)))
    }
    definition[END] = {"pri": 65_000, "all": [{TRIGGER: {KIND: triggers[-1]}}]}
    check_limits(definition, {name for reading in stage.readings.values() for name in reading.properties} | set(days))
    return Compiled(json.dumps(definition), triggers, days, stage.readings)


def written(value: Constant | None) -> str:
    """Write a value of a fact as JSON that the C extension reads exactly."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        digits = format(Decimal(repr(value)), "f")
        return digits if "." in digits else f"{digits}.0"
    return f'"{_text(value)}"'


def _text(value: str | date) -> str:
    """Write a string in plain ASCII without quotes or escapes: different strings stay different."""
    if isinstance(value, date):
        return value.isoformat()
    if len(value) > _LONGEST_STRING:
        return f"sha256%{sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()}"
    return value if _PLAIN.fullmatch(value) else quote(value, safe=" /:", errors="surrogatepass")


def _rules_of(group: Group, trigger: str | None) -> Iterator[Term]:
    """Compile one group: one rule, or several whose rows are united.

    What an absence refers to may be unknown; then nothing can break the absence. durable-rules cannot compare with
    null, so there is one rule for each combination of such properties that are unknown, without the absences
    that refer to them. `dist: 0` lets two aliases name one fact, and an absence see the facts that are bound.
    """
    by_patterns = {check.operand for clause in group.clauses if clause.alias for check in clause.joins}
    by_absences = {check.operand for clause in group.clauses if not clause.alias for check in clause.joins}
    optional = sorted(by_absences - by_patterns, key=str)
    if len(optional) > MOST_REFERENCES_OF_ABSENCES:
        problem = f"absences refer to {len(optional)} properties; {MOST_REFERENCES_OF_ABSENCES} can be."
        raise KnowledgeError([Fault("rules", f"patterns on {group.clauses[0].kind}", problem, "Split the rule.")])
    for unknown in (set(chosen) for size in range(len(optional) + 1) for chosen in combinations(optional, size)):
        patterns: list[Term] = [{TRIGGER: {KIND: trigger}}] if trigger else []
        for number, clause in enumerate(group.clauses):
            if clause.alias or not any(check.operand in unknown for check in clause.joins):
                known = _properties((by_patterns | by_absences) - unknown, clause)
                terms = _terms(clause, known, _properties(unknown, clause))
                patterns.append({clause.alias or f"n{number}$not": {"$and": list(terms)}})
        yield {"pri": 1, "cap": 65_000, "dist": 0, "all": patterns}


def _stands_alone(group: Group) -> bool:
    """Say whether one fact and constants decide, so that no trigger is needed: the C code works through less.

    With a choice it is needed: a fact that fulfils several arms would match as often.
    """
    first, *others = group.clauses
    by_constants = not any(isinstance(check.operand, (DaysAgo, Reference)) for check in first.every_check())
    return not others and first.alias is not None and by_constants and not first.choices


def _properties(references: Iterable[object], clause: Clause) -> set[str]:
    """Return the properties of this clause's fact that are referred to."""
    return {ref.property for ref in references if isinstance(ref, Reference) and ref.alias == clause.alias}


def _terms(clause: Clause, known: set[str], unknown: set[str]) -> Iterator[Term]:
    """Compile one clause; of the properties that others refer to, some must be known, some must not."""
    against_today = [check for check in clause.constants if isinstance(check.operand, DaysAgo)]
    constants = [check for check in clause.constants if check not in against_today]
    joins = [*against_today, *clause.joins]
    yield {KIND: clause.kind}
    for check in sorted(constants, key=_selectiveness):
        yield _constant_term(check)
    for name in sorted(unknown):
        yield {name: None}
    for name in sorted({*known, *(check.property for check in joins)}):
        yield _known(name)
    for check in joins:
        yield _join(check)
    if joins:
        yield {ALWAYS: {TRIGGER: ALWAYS}}
    for choice in clause.choices:
        yield {"$or": [_arm(arm) for arm in choice]}


def _selectiveness(check: Check) -> tuple[bool, str]:
    """Put equality first: fewer partial matches, and more conditions shared between rules."""
    return check.operator is not Operator.EQUAL, check.property


def _arm(arm: Arm) -> Term:
    """Compile one arm of a choice."""
    terms = [_constant_term(check) for check in arm]
    return terms[0] if len(terms) == 1 else {"$and": terms}


def _constant_term(check: Check) -> Term:
    """Compile a comparison with a constant."""
    if check.operator is Operator.KNOWN:
        return _known(check.property)
    if check.operator is Operator.UNKNOWN:
        return {check.property: None}
    assert not isinstance(check.operand, (DaysAgo, Reference))  # noqa: S101 - sorted out by the caller; tells mypy
    operand = _text(check.operand) if isinstance(check.operand, (str, date)) else check.operand
    if check.operator is Operator.EQUAL:
        return {check.property: operand}
    return {_OPERATORS[check.operator]: {check.property: operand}}  # with a constant, null fails every comparison


def _join(check: Check) -> Term:
    """Compile a comparison with another fact, or with a day that the trigger carries."""
    if isinstance(check.operand, DaysAgo):
        other = {TRIGGER: _day_name(check.operand)}
    else:
        assert isinstance(check.operand, Reference)  # noqa: S101 - joins hold nothing else; tells mypy
        other = {check.operand.alias: check.operand.property}
    if check.operator is Operator.EQUAL:
        return {check.property: other}
    return {_OPERATORS[check.operator]: {check.property: other}}


def _known(name: str) -> Term:
    """Compile "is not null"."""
    return {"$neq": {name: None}}


def _day_name(day: DaysAgo) -> str:
    """Name the trigger's property for a day."""
    return f"d_{day.duration}"
