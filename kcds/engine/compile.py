"""Groups of clauses -> the JSON definition of a durable-rules ruleset, by the pattern that held (ADR 0001).

* The first pattern of a compiled rule is a trigger fact, asserted last: each is evaluated once, with all facts in.
  Only rules on one fact and constants do without.
* A group that is one absence is compiled as the presence of what must not be there.
* Inside `$and`: constants, joins, a join that is always true, then the choices (constants only).
* Both sides of a join are guarded against null. Dates counted from today are joins with the trigger.
* How strings and numbers are written: encode.py.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any, TypeAlias

from kcds.engine.clauses import Clause, Group
from kcds.engine.conditions import Arm, Check, Choice, DaysAgo, Operator, Reference
from kcds.engine.encode import ALWAYS, KIND, is_marked, mark, mark_of, opening, text, written
from kcds.engine.limits import check_limits
from kcds.engine.messages import Writers
from kcds.engine.stages import Stage
from kcds.errors import Fault, KnowledgeError

Term: TypeAlias = dict[str, Any]
"""A part of a durable-rules expression."""

TRIGGER = "__go"
END = "__end"
GROUPS_A_TRIGGER = 100
"""The C extension allows fewer than 256 patterns on one condition, so every 100 groups get a trigger of their own."""

MOST_REFERENCES_OF_ABSENCES = 4
"""Each doubles the compiled rules of its group."""

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
    triggers: Sequence[str]  # kinds of the trigger facts, in order of assertion
    days: Mapping[str, DaysAgo]  # date properties of the trigger facts
    writers: Writers
    aliases: Sequence[tuple[str, ...]]  # of each group
    absences: Sequence[int]  # groups that have a row if nothing matched

    def trigger_messages(self, today: date) -> list[str]:
        """Write the trigger facts for one day."""
        days = "".join(f',"{name}":{written(day.on(today))}' for name, day in self.days.items())
        return [f'{{"id":"{kind}",{opening(kind)}{days}}}' for kind in self.triggers]


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
    definition[END] = {"pri": 65_000, "all": [{TRIGGER: {mark(KIND, triggers[-1]): 1}}]}
    writers = Writers.of(groups)
    check_limits(definition, {*days, *writers.names()})
    absences = [number for number, group in enumerate(groups) if _is_absence(group)]
    return Compiled(json.dumps(definition), triggers, days, writers, stage.aliases, absences)


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
        patterns: list[Term] = [{TRIGGER: {mark(KIND, trigger): 1}}] if trigger else []
        for number, clause in enumerate(group.clauses):
            if clause.alias or not any(check.operand in unknown for check in clause.joins):
                known = _properties((by_patterns | by_absences) - unknown, clause)
                terms = _terms(clause, known, _properties(unknown, clause))
                absence = f"n{number}" if _is_absence(group) else f"n{number}$not"
                patterns.append({clause.alias or absence: {"$and": list(terms)}})
        yield {"pri": 1, "cap": 65_000, "dist": 0, "all": patterns}


def _is_absence(group: Group) -> bool:
    """Say whether a group is nothing but one absence."""
    return len(group.clauses) == 1 and group.clauses[0].alias is None


def _stands_alone(group: Group) -> bool:
    """Say whether one fact and constants decide, so that no trigger is needed: the C code works through less.

    With other choices than of one value it is needed: a fact that fulfils several arms would match as often.
    """
    first, *others = group.clauses
    by_constants = not any(isinstance(check.operand, (DaysAgo, Reference)) for check in first.every_check())
    return not others and by_constants and all(_excludes(choice) for choice in first.choices)


def _excludes(choice: Choice) -> bool:
    """Say whether a fact can fulfil only one arm: all ask for different values of the same property."""
    single = all(len(arm) == 1 and arm[0].operator is Operator.EQUAL for arm in choice)
    return single and len({arm[0].property for arm in choice}) == 1 and len(set(choice)) == len(choice)


def _properties(references: Iterable[object], clause: Clause) -> set[str]:
    """Return the properties of this clause's fact that are referred to."""
    return {ref.property for ref in references if isinstance(ref, Reference) and ref.alias == clause.alias}


def _terms(clause: Clause, known: set[str], unknown: set[str]) -> Iterator[Term]:
    """Compile one clause; of the properties that others refer to, some must be known, some must not."""
    against_today = [check for check in clause.constants if isinstance(check.operand, DaysAgo)]
    constants = [check for check in clause.constants if check not in against_today]
    joins = [*against_today, *clause.joins]
    yield {mark(KIND, clause.kind): 1}
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
    if is_marked(check):
        return {mark_of(check): 1}
    assert not isinstance(check.operand, (DaysAgo, Reference))  # noqa: S101 - sorted out by the caller; tells mypy
    operand = text(check.operand) if isinstance(check.operand, (str, date)) else check.operand
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
