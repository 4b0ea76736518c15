"""Random facts near the numbers, dates and words that the real rules ask for; for random rules see random_rules.py."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from random_rules import frame_of

from kcds.engine.clauses import Clause
from kcds.engine.conditions import Check, DaysAgo, Operator
from kcds.engine.stages import stages_of
from kcds.knowledge.rule import Absence, Rule
from kcds.model.facts import FACT_KINDS, DataState, Fact, schema_of
from kcds.model.findings import Findings

TODAYS = (date(2026, 11, 21), date(2024, 2, 29), date(2025, 3, 31))
DOMAINS = ("ecg", "liver", "medications")
STATES = ("known", "none-recorded", "missing", "stale", None)
_TEXTS = ("a", "b", "1", "a b", 'b:é"\\\n')
_NUMBERS = (0, 1, 2, 2.5, 160)
_DAYS = (date(2026, 11, 20), date(2024, 1, 31))


def rule_of(name: str, when: list[dict[str, Any]], **other: Any) -> Rule:
    """Make a rule of which only the logic matters."""
    return Rule.model_validate(frame_of(name) | {"when": when} | other)


class FactSource:
    """Draws facts that come close to what some rules ask for, on either side of it."""

    def __init__(self, rules: Sequence[Rule], today: date) -> None:
        """Collect the clauses of the rules, and the values that they name."""
        stages = stages_of(rules)
        self._today = today
        every = [clause for stage in stages for group in stage.prepared.groups for clause in group.clauses]
        self._values: dict[tuple[str, str], list[Any]] = {}
        for clause in every:
            for check in clause.every_check():
                self._values.setdefault((clause.kind, check.property), []).extend(self._near(check))
        self._clauses = [clause for clause in every if clause.kind not in {"data", "finding"}]
        known = self._values.get(("data", "domain"), [])
        rests = {part.domain for rule in rules for part in (*rule.scope, *rule.when) if isinstance(part, Absence)}
        domains = {domain for rule in rules for domain in rule.requires} | (rests | set(known)) - {None}
        self._domains = sorted(domains | set(DOMAINS))

    def draw(self, random: Random, most: int) -> list[Fact]:
        """Draw up to so many facts, most of them made to fit some pattern, and the state of each domain."""
        few = random.choices(self._clauses, k=3)  # several facts for one pattern, so that counts and joins are reached
        facts = [
            self._fact(random, random.choice(few if random.random() < 0.5 else self._clauses))
            for _ in range(random.randint(0, most))
        ]
        well_known = random.random()
        states = (*STATES, *self._values.get(("data", "state"), ()))
        for domain in self._domains:
            state = "known" if random.random() < well_known else random.choice(states)
            facts.append(DataState(domain=domain, state=state))
        random.shuffle(facts)
        return facts

    def _fact(self, random: Random, clause: Clause) -> Fact:
        values = {name: self._any_value(random, clause.kind, name) for name in schema_of(clause.kind)}
        checks = list(clause.constants)
        for choice in clause.choices:
            checks += random.choice(choice)
        for check in checks:
            values[check.property] = self._fitting(random, check)
        if random.random() < 0.35:
            spoilt = random.choice(list(values))
            values[spoilt] = self._any_value(random, clause.kind, spoilt)
        return FACT_KINDS[clause.kind](**values, sources=(f"Thing/{random.randint(0, 9)}",))

    def _any_value(self, random: Random, kind: str, name: str) -> Any:
        if random.random() < 0.15:
            return None
        named = self._values.get((kind, name))
        if named and random.random() < 0.8:
            return random.choice(named)
        match schema_of(kind)[name].__name__:
            case "str":
                return random.choice(_TEXTS)
            case "bool":
                return random.random() < 0.5
            case "float":
                return float(random.choice((*_NUMBERS, -0.0, 1e-7, 0.1 + 0.2, 1e15)))
            case _:
                return random.choice((*_DAYS, self._today, self._today - timedelta(days=random.randint(0, 400))))

    def _fitting(self, random: Random, check: Check) -> Any:
        if check.operator is Operator.UNKNOWN:
            return None
        if check.operator is Operator.EQUAL:
            return check.operand
        return random.choice(self._near(check) or [None])

    def _near(self, check: Check) -> list[Any]:
        operand = check.operand.on(self._today) if isinstance(check.operand, DaysAgo) else check.operand
        if isinstance(operand, date):
            return [operand + timedelta(days=days) for days in (-1, 0, 1)]
        if isinstance(operand, bool):
            return [True, False]
        if isinstance(operand, float):
            return [operand - 1, operand - 0.1, operand, operand + 0.1, operand + 1]
        return [operand, "other"] if isinstance(operand, str) else []


def disagreeing(one: Findings, other: Findings) -> tuple[str, ...]:
    """Return the ids of the rules on which two sets of findings differ."""
    rules = sorted({finding.rule for finding in (*one.all, *other.all)})
    answers = [{finding.rule: finding for finding in findings.all} for findings in (one, other)]
    return tuple(rule for rule in rules if answers[0].get(rule) != answers[1].get(rule))
