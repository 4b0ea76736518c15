"""Random rules of every construct, and random facts near the numbers, dates and words that rules ask for."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from kcds.engine.clauses import Clause
from kcds.engine.conditions import Check, DaysAgo, Operator, Reference
from kcds.engine.stages import stages_of
from kcds.knowledge.rule import Absence, Rule
from kcds.model.facts import FACT_KINDS, DataState, Fact, schema_of
from kcds.model.findings import Findings

TODAYS = (date(2026, 11, 21), date(2024, 2, 29), date(2025, 3, 31))
DOMAINS = ("ecg", "liver", "medications")
STATES = ("known", "none-recorded", "missing", "stale", None)
_KINDS = ("condition", "medication", "blood-pressure-day", "measurement", "substance-use")
_TEXTS = ("a", "b", "1", "a b", 'b:é"\\\n')
_NUMBERS = (0, 1, 2, 2.5, 160)
_DURATIONS = ("P1D", "P1M", "P2W", "P1Y")
_DAYS = (date(2026, 11, 20), date(2024, 1, 31))


def rule_of(name: str, when: list[dict[str, Any]], **other: Any) -> Rule:
    """Make a rule of which only the logic matters."""
    evidence = {
        "citation": "none",
        "grade": "Design",
        "verified": "D",
        "last_reviewed": date(2026, 1, 1),
        "review_by": date(2027, 1, 1),
    }
    frame = {
        "id": name,
        "version": "1.0.0",
        "status": "active",
        "title": name,
        "category": "caution",
        "effect": "caution",
        "claims": ["A01"],
        "evidence": [evidence],
        "card": {"summary": name},
        "when": when,
    }
    return Rule.model_validate(frame | other)


def random_rules(random: Random, number: int) -> list[Rule]:
    """Make a few rules that use every construct of the language; the last ones are of the plan stage."""
    return [_random_rule(random, f"r{index}", plan=index >= number - 1) for index in range(number)]


def _random_rule(random: Random, name: str, *, plan: bool) -> Rule:
    scope: list[dict[str, Any]] = []
    when: list[dict[str, Any]] = []
    for part, most in ((scope, random.choice((0, 0, 1, 2))), (when, random.randint(1, 3))):
        aliases: dict[str, str] = {}
        for _ in range(most):
            part.append(_random_part(random, aliases, f"{'s' if part is scope else 'w'}_{'abc'[len(part)]}"))
    if plan and random.random() < 0.7:
        when.append({"as": "w_f", "fact": "finding", "where": {"rule": random.choice(("r0", "r1"))}})
    having = _random_having(random, scope + when)
    return rule_of(
        name,
        when,
        scope=scope,
        stage="plan" if plan else "assess",
        requires=random.sample(DOMAINS, random.randint(0, 2)),
        parameters={"number": {"value": random.choice(_NUMBERS)}, "window": {"value": random.choice(_DURATIONS)}},
        **({"having": having} if having else {}),
    )


def _random_part(random: Random, aliases: dict[str, str], alias: str) -> dict[str, Any]:
    kind = random.choice(_KINDS)
    names = list(schema_of(kind))
    where: dict[str, Any] = {}
    for name in random.sample(names, random.randint(0, min(2, len(names)))):
        where[name] = _random_condition(random, kind, name)
    for other, other_kind in aliases.items():
        pairs = [(n, m) for n in names for m in schema_of(other_kind) if schema_of(kind)[n] is schema_of(other_kind)[m]]
        if pairs and random.random() < 0.6:
            name, their = random.choice(pairs)
            where[name] = {random.choice(("ref", "not_ref")): f"{other}.{their}"}
    if random.random() < 0.3:
        return {"none": kind, "where": where, "domain": random.choice((*DOMAINS, None))}
    aliases[alias] = kind
    optional: dict[str, Any] = {}
    if random.random() < 0.4:
        for name in random.sample(names, random.randint(1, min(3, len(names)))):
            optional[name] = _random_condition(random, kind, name, ago=False)
    return {"as": alias, "fact": kind, "where": where, "any": optional}


def _random_condition(random: Random, kind: str, name: str, *, ago: bool = True) -> Any:
    if random.random() < 0.15:
        return {"known": random.random() < 0.5}
    match schema_of(kind)[name].__name__:
        case "str":
            value = random.choice(_TEXTS)
            return random.choice((value, {"ne": value}, {"in": random.sample(_TEXTS, random.randint(1, 3))}))
        case "bool":
            value = random.random() < 0.5
            return random.choice((value, {"ne": value}))
        case "float":
            number = random.choice((random.choice(_NUMBERS), {"param": "number"}))
            both = {"gte": random.choice(_NUMBERS), "lt": random.choice(_NUMBERS)}
            return random.choice((number, {random.choice(("eq", "ne", "gt", "gte", "lt", "lte")): number}, both))
        case _:
            day: Any = random.choice(_DAYS)
            if ago and random.random() < 0.7:
                day = {"ago": random.choice((random.choice(_DURATIONS), {"param": "window"}))}
            return {random.choice(("before", "on_or_before", "after", "on_or_after")): day}


def _random_having(random: Random, parts: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    aliases = {part["as"]: part["fact"] for part in parts if "as" in part}
    if not aliases or random.random() < 0.6:
        return None
    alias = random.choice(sorted(aliases))
    counted = (
        {"count": alias}
        if random.random() < 0.5
        else {"count_distinct": f"{alias}.{random.choice(list(schema_of(aliases[alias])))}"}
    )
    return counted | {random.choice(("gte", "gt", "lt", "lte", "eq")): random.randint(1, 2)}


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


def constructs_of(rules: Iterable[Rule]) -> set[str]:
    """Name the constructs that rules use: to prove that random rules use all."""
    used = set()
    for stage in stages_of(list(rules)):
        for clause in (clause for group in stage.prepared.groups for clause in group.clauses):
            used |= _constructs(clause)
            used |= {stage.name}
        used |= {"scope" for rule in stage.prepared.rules if rule.scope}
        used |= {"having" for rule in stage.prepared.rules if rule.having}
    return used


def _constructs(clause: Clause) -> set[str]:
    used = {"pattern" if clause.alias else "absence"}
    used |= {f"{check.operator.value} {type(check.operand).__name__}" for check in clause.every_check()}
    used |= {"absence by ref"} if clause.joins and not clause.alias else set()
    used |= {"two choices"} if len(clause.choices) > 1 else set()
    used |= {"choice of one" if len(arm) == 1 else "choice of several" for choice in clause.choices for arm in choice}
    used |= {"choice and join" for check in clause.joins if clause.choices and isinstance(check.operand, Reference)}
    return used


def disagreeing(one: Findings, other: Findings) -> tuple[str, ...]:
    """Return the ids of the rules on which two sets of findings differ."""
    rules = sorted({finding.rule for finding in (*one.all, *other.all)})
    answers = [{finding.rule: finding for finding in findings.all} for findings in (one, other)]
    return tuple(rule for rule in rules if answers[0].get(rule) != answers[1].get(rule))
