# ruff: noqa: S311, C901, PLR0911 - seeded test data; the book is read in one piece
"""durable-rules, the reference evaluator and a reading of the rule language by the book give the same answers.

KCDS_ENGINE_CASES=20000 runs more cases than `make test` does.
"""

import operator
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import product
from random import Random
from typing import Any

import pytest
from knowledge_builders import real_knowledge
from random_cases import TODAYS, FactSource, constructs_of, disagreeing, random_rules

from kcds.engine.durable import DurableRuleEngine
from kcds.engine.reference import ReferenceEngine
from kcds.knowledge.durations import parse_duration
from kcds.knowledge.rule import Absence, Ago, Comparison, ParameterRef, Pattern, Rule
from kcds.model.facts import KNOWN_STATES, Fact, FindingFact
from kcds.model.findings import Finding

CASES = int(os.environ.get("KCDS_ENGINE_CASES", "2400"))
FACT_SETS_A_RULE_SET = 8
COMPARE = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "before": operator.lt,
    "on_or_before": operator.le,
    "after": operator.gt,
    "on_or_after": operator.ge,
}


@pytest.mark.parametrize("seed", range(4))
def test_durable_rules_and_the_reference_answer_random_rules_alike(seed: int) -> None:
    random = Random(seed)
    applied = 0

    for _ in range(CASES // 4 // FACT_SETS_A_RULE_SET):
        today = random.choice(TODAYS)
        rules = random_rules(random, random.randint(2, 6))
        source = FactSource(rules, today)
        durable, reference = DurableRuleEngine(rules), ReferenceEngine(rules)
        for _ in range(FACT_SETS_A_RULE_SET):
            facts = source.draw(random, 12)

            answered, expected = durable.evaluate(facts, today=today), reference.evaluate(facts, today=today)

            assert disagreeing(answered, expected) == ()
            applied += len(expected.applying)

    assert applied > CASES / 16


def test_durable_rules_and_the_reference_answer_the_real_rules_alike() -> None:
    random = Random(8)
    rules = real_knowledge().active_rules
    sources = {today: FactSource(rules, today) for today in TODAYS}
    durable, reference = DurableRuleEngine(rules), ReferenceEngine(rules)
    applied: set[str] = set()

    for _ in range(CASES // 8):
        today = random.choice(TODAYS)
        facts = sources[today].draw(random, 30)

        answered, expected = durable.evaluate(facts, today=today), reference.evaluate(facts, today=today)

        assert disagreeing(answered, expected) == ()
        applied |= {finding.rule for finding in expected.applying}

    assert len(applied) > len(rules) * 0.9


def test_the_reference_reads_the_rule_language_by_the_book() -> None:
    random = Random(5)

    for _ in range(CASES // FACT_SETS_A_RULE_SET):
        today = random.choice(TODAYS)
        rules = random_rules(random, random.randint(2, 4))
        source, reference = FactSource(rules, today), ReferenceEngine(rules)
        for _ in range(FACT_SETS_A_RULE_SET):
            facts = source.draw(random, 7)

            answered = reference.evaluate(facts, today=today)

            assert [_summary(finding) for finding in answered.all] == by_the_book(rules, facts, today)


def test_random_rules_use_every_construct() -> None:
    random = Random(6)

    used = set().union(*(constructs_of(random_rules(random, 6)) for _ in range(200)))

    comparisons = {f"{name} {kind}" for name in ("eq", "ne") for kind in ("str", "bool", "float", "Reference")}
    comparisons |= {f"{name} {kind}" for name in ("lt", "lte", "gt", "gte") for kind in ("float", "date", "DaysAgo")}
    others = {"scope", "having", "plan", "absence", "absence by ref", "two choices", "choice and join"}
    arms = {"known NoneType", "unknown NoneType", "choice of one", "choice of several"}
    assert comparisons | others | arms <= used


def test_the_order_of_facts_changes_nothing() -> None:
    random = Random(7)
    rules = random_rules(random, 6)
    durable = DurableRuleEngine(rules)
    source = FactSource(rules, TODAYS[0])

    for _ in range(50):
        facts = source.draw(random, 12)
        shuffled = random.sample(facts, len(facts))

        assert durable.evaluate(facts, today=TODAYS[0]) == durable.evaluate(shuffled, today=TODAYS[0])


def by_the_book(rules: list[Rule], facts: list[Fact], today: date) -> list[tuple[Any, ...]]:
    """Answer rules in the plainest way: try every combination of facts."""
    seen = list(facts)
    answers: dict[str, tuple[Any, ...]] = {}
    for stage in ("assess", "plan"):
        found = []
        for rule in rules:
            if rule.stage == stage:
                answers[rule.id] = _answer(rule, seen, today)
                said = answers[rule.id][1]
                if said != "does-not-apply":
                    found.append(FindingFact(rule=rule.id, category="caution", effect="caution", answer=said))
        seen += found
    return [answers[name] for name in sorted(answers)]


def _answer(rule: Rule, facts: list[Fact], today: date) -> tuple[Any, ...]:
    """Answer one rule: id, answer, missing domains, facts by alias."""
    states = {fact.domain: fact.state for fact in facts if fact.kind == "data"}  # type: ignore[attr-defined]
    unknown = {domain for domain in _domains(rule) if states.get(domain) not in KNOWN_STATES}
    if not list(_matches(rule, rule.scope, facts, today)):
        return rule.id, "does-not-apply", (), frozenset()
    matches = list(_matches(rule, (*rule.scope, *rule.when), facts, today))
    if matches and _counted(rule, matches):
        resting = {part.domain for part in (*rule.scope, *rule.when) if isinstance(part, Absence)}
        missing = tuple(sorted(unknown & resting))
        bound = _bound(matches)
        return rule.id, "data-required" if missing else "applies", missing, bound
    missing = tuple(sorted(unknown & set(rule.requires)))
    return rule.id, "data-required" if missing else "does-not-apply", missing, frozenset()


def _domains(rule: Rule) -> set[str | None]:
    absences = (part for part in (*rule.scope, *rule.when) if isinstance(part, Absence))
    return {*rule.requires, *(part.domain for part in absences if part.domain)}


def _matches(rule: Rule, parts: tuple[Any, ...], facts: list[Fact], today: date) -> Iterator[dict[str, Fact]]:
    """Go through every combination of facts in which all patterns hold and no absence is broken."""
    patterns = [part for part in parts if isinstance(part, Pattern)]
    absences = [part for part in parts if isinstance(part, Absence)]
    candidates = [[f for f in facts if f.kind == p.fact and _holds_alone(rule, p, f, today)] for p in patterns]
    for combination in product(*candidates):
        match = {pattern.as_: fact for pattern, fact in zip(patterns, combination, strict=True)}
        if all(_holds(rule, p.where, match[p.as_], match, today) for p in patterns) and not any(
            fact.kind == absence.none and _holds(rule, absence.where, fact, match, today)
            for absence in absences
            for fact in facts
        ):
            yield match


def _holds_alone(rule: Rule, pattern: Pattern, fact: Fact, today: date) -> bool:
    """Try what needs no other fact: keeps the combinations few."""
    alone = {
        name: condition
        for name, condition in pattern.where.items()
        if not (isinstance(condition, Comparison) and (condition.ref or condition.not_ref))
    }
    optional = (_holds(rule, {name: condition}, fact, {}, today) for name, condition in pattern.any.items())
    return _holds(rule, alone, fact, {}, today) and (not pattern.any or any(optional))


def _holds(rule: Rule, where: dict[str, Any], fact: Fact, match: dict[str, Fact], today: date) -> bool:
    return all(_condition(rule, value, getattr(fact, name), match, today) for name, value in where.items())


def _condition(rule: Rule, condition: Any, value: Any, match: dict[str, Fact], today: date) -> bool:
    if not isinstance(condition, Comparison):
        return value is not None and value == _plain(rule, condition, today)
    for key in condition.model_fields_set:
        operand = getattr(condition, key)
        if key == "known":
            if (value is not None) is not operand:
                return False
        elif value is None:
            return False
        elif key == "in_":
            if value not in operand:
                return False
        elif key in {"ref", "not_ref"}:
            alias, _, name = operand.partition(".")
            other = getattr(match[alias], name)
            if other is None or (value == other) is not (key == "ref"):
                return False
        elif not COMPARE[key](value, _plain(rule, operand, today)):
            return False
    return True


def _plain(rule: Rule, operand: Any, today: date) -> Any:
    if isinstance(operand, Ago):
        return today - parse_duration(_plain(rule, operand.ago, today))
    return rule.parameters[operand.param].value if isinstance(operand, ParameterRef) else operand


def _counted(rule: Rule, matches: list[dict[str, Fact]]) -> bool:
    having = rule.having
    if having is None:
        return True
    if having.count:
        number = len({id(match[having.count]) for match in matches})
    else:
        alias, _, name = (having.count_distinct or "").partition(".")
        number = len({getattr(match[alias], name) for match in matches} - {None})
    limits = {key: getattr(having, key) for key in ("gte", "gt", "lt", "lte", "eq")}
    return all(limit is None or COMPARE[key](number, limit) for key, limit in limits.items())


def _summary(finding: Finding) -> tuple[Any, ...]:
    return finding.rule, finding.answer.value, finding.missing, _bound(finding.matches)


def _bound(matches: Iterable[Mapping[str, Fact]]) -> frozenset[tuple[str, int]]:
    """Say which fact was found under which alias; findings are facts of our own making, different each time."""
    pairs = ((alias, fact) for match in matches for alias, fact in match.items())
    return frozenset((alias, id(fact)) for alias, fact in pairs if not isinstance(fact, FindingFact))
