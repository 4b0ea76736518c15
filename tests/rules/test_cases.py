"""Every case beside the rules, run through the engine of production."""

from pathlib import Path

import pytest

from kcds.engine.checked import CheckedEngine
from kcds.errors import Fault
from kcds.knowledge.cases import Case, load_cases
from kcds.knowledge.load import read_knowledge
from kcds.knowledge.run_cases import facts_in_words, run_cases

RULES = Path(__file__).parent.parent.parent / "rules"
READING = read_knowledge(RULES, as_of=None)
FAULTS: list[Fault] = list(READING.faults)
CASES = load_cases(RULES, READING.words, FAULTS)
BY_RULE = {rule: [case for case in CASES if case.rule == rule] for rule in sorted({case.rule for case in CASES})}


def test_rules_and_cases_can_be_read() -> None:
    assert [str(fault) for fault in FAULTS] == []


@pytest.mark.parametrize("rule", BY_RULE)
def test_the_rule_answers_as_its_cases_say(rule: str) -> None:
    cases: list[Case] = BY_RULE[rule]
    assert READING.knowledge is not None

    results = run_cases(READING.knowledge.rules_by_id, cases, CheckedEngine)

    assert [(one.case.name, one.problem, facts_in_words(one.case)) for one in results if not one.passed] == []
