# ruff: noqa: S311 - seeded test data
"""durable-rules, the reference evaluator and the book give the same answers about the real rules.

About random rules: test_fuzz_engine.py, and `make fuzz` for long.
"""

from pathlib import Path
from random import Random

from knowledge_builders import real_knowledge
from random_cases import TODAYS, FactSource, disagreeing
from random_facts import FactSource as FactsOfRandomRules
from random_rules import random_rule_set, rules_in, yaml_of
from rule_book import RuleBook, differences

from kcds.engine.durable import DurableRuleEngine
from kcds.engine.reference import ReferenceEngine

CASES = 300


def test_three_evaluators_answer_the_real_rules_alike() -> None:
    random = Random(8)
    rules = real_knowledge().active_rules
    sources = {today: FactSource(rules, today) for today in TODAYS}
    durable, reference, book = DurableRuleEngine(rules), ReferenceEngine(rules), RuleBook(rules)
    applied: set[str] = set()

    for _ in range(CASES):
        today = random.choice(TODAYS)
        facts = sources[today].draw(random, 30)
        durable.get_ready()  # as workers do

        answered, expected = durable.evaluate(facts, today=today), reference.evaluate(facts, today=today)

        assert disagreeing(answered, expected) == ()
        assert differences(expected, book.answers(facts, today)) == []
        applied |= {finding.rule for finding in expected.applying}

    assert len(applied) > len(rules) * 0.9


def test_the_order_of_facts_changes_nothing(tmp_path: Path) -> None:
    random = Random(7)
    raw = random_rule_set(random)
    durable = DurableRuleEngine(rules_in(tmp_path, yaml_of(raw)))
    source = FactsOfRandomRules(raw, TODAYS[0])

    for _ in range(50):
        facts = source.draw(random, 12)
        shuffled = random.sample(facts, len(facts))

        assert durable.evaluate(facts, today=TODAYS[0]) == durable.evaluate(shuffled, today=TODAYS[0])
