from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from knowledge_builders import words_with

from kcds.errors import Fault
from kcds.knowledge.cases import Case, load_cases
from kcds.knowledge.rule import Rule
from kcds.knowledge.run_cases import CaseResult, facts_in_words, run_cases
from kcds.knowledge.yaml_files import read_yaml
from kcds.model.facts import BloodPressure, DataState, Fact
from kcds.model.findings import Applicability, Finding, Findings

SOUND_RULE = Path(__file__).parent / "broken_rules" / "cases" / "sound_rule.yaml"
RULE = Rule.model_validate(read_yaml(SOUND_RULE, "sound_rule.yaml"))


@dataclass
class FakeEngine:
    """Answers every rule with one finding, and remembers what it was asked."""

    answer: Applicability
    missing: tuple[str, ...] = ()
    rules: Sequence[Rule] = ()
    asked: Sequence[Fact] = ()
    today: date | None = None

    def make(self, rules: Sequence[Rule]) -> "FakeEngine":
        self.rules = rules
        return self

    def evaluate(self, facts: Sequence[Fact], *, today: date) -> Findings:
        self.asked, self.today = facts, today
        matches = tuple({"reading": fact} for fact in facts if isinstance(fact, BloodPressure))
        return Findings((Finding("sound-rule", self.answer, matches, self.missing),))


def cases_of(text: str, directory: Path) -> tuple[Case, ...]:
    (directory / "sound_rule.cases.yaml").write_text(f"rule: sound-rule\ncases:\n{text}")
    faults: list[Fault] = []
    cases = load_cases(directory, words_with(frozenset({"sound-rule"})), faults)
    assert faults == []
    return cases


def run(text: str, engine: FakeEngine, directory: Path, rule: Rule = RULE) -> tuple[CaseResult, ...]:
    return run_cases({"sound-rule": rule}, cases_of(text, directory), engine.make)


HIGH = "  - {name: high, facts: [{fact: blood-pressure, systolic: 181, date: 2026-11-20}], expect: applies"
NONE = "  - {name: none, facts: [], unknown: [blood-pressure], expect: data-required"


def test_a_case_passes_if_the_rule_answers_as_expected(tmp_path: Path) -> None:
    (result,) = run(f"{HIGH}}}", FakeEngine(Applicability.APPLIES), tmp_path)

    assert result.passed


def test_a_case_fails_with_both_answers_if_the_rule_answers_otherwise(tmp_path: Path) -> None:
    (result,) = run(f"{HIGH}}}", FakeEngine(Applicability.CANNOT_TELL, ("blood-pressure",)), tmp_path)

    assert result.problem == "expected applies, was data-required (missing: blood-pressure)"


@pytest.mark.parametrize(
    ("missing", "passed", "reason"),
    [
        ("", True, "the case does not say what is missing"),
        (", missing: [blood-pressure]", True, "the same domain"),
        (", missing: [weight]", False, "another domain"),
        (", missing: []", False, "nothing missing"),
    ],
)
def test_missing_data_is_compared_where_the_case_names_it(
    *, missing: str, passed: bool, reason: str, tmp_path: Path
) -> None:
    engine = FakeEngine(Applicability.CANNOT_TELL, ("blood-pressure",))

    (result,) = run(f"{NONE}{missing}}}", engine, tmp_path)

    assert result.passed is passed, reason


@pytest.mark.parametrize(
    ("summary", "passed"),
    [
        ("Systolic blood pressure 181 on 2026-11-20, above 180 within 30 days", True),
        ("Systolic blood pressure 182 on 2026-11-20, above 180 within 30 days", False),
    ],
)
def test_the_filled_summary_is_compared_where_the_case_names_it(*, summary: str, passed: bool, tmp_path: Path) -> None:
    (result,) = run(f'{HIGH}, summary: "{summary}"}}', FakeEngine(Applicability.APPLIES), tmp_path)

    assert result.passed is passed


def test_every_domain_is_known_but_those_that_the_case_calls_unknown(tmp_path: Path) -> None:
    engine = FakeEngine(Applicability.CANNOT_TELL)

    run(f"{NONE}}}", engine, tmp_path)

    states = {fact.domain: fact.state for fact in engine.asked if isinstance(fact, DataState)}
    assert states.pop("blood-pressure") == "missing"
    assert set(states.values()) == {"known"}


def test_a_data_fact_of_the_case_wins_over_the_default(tmp_path: Path) -> None:
    engine = FakeEngine(Applicability.APPLIES)
    text = "  - {name: stale, facts: [{fact: data, domain: blood-pressure, state: stale}], expect: applies}"

    run(text, engine, tmp_path)

    states = [fact.state for fact in engine.asked if isinstance(fact, DataState) and fact.domain == "blood-pressure"]
    assert states == ["stale"]


@pytest.mark.parametrize(("today", "day"), [("", date(2026, 11, 21)), (", today: 2025-02-28", date(2025, 2, 28))])
def test_a_case_takes_place_on_its_day(today: str, day: date, tmp_path: Path) -> None:
    engine = FakeEngine(Applicability.CANNOT_TELL)

    run(f"{NONE}{today}}}", engine, tmp_path)

    assert engine.today == day


def test_two_equal_facts_of_a_case_are_two_facts(tmp_path: Path) -> None:
    engine = FakeEngine(Applicability.APPLIES)
    fact = "{fact: blood-pressure, systolic: 181, date: 2026-11-20}"

    run(f"  - {{name: twice, facts: [{fact}, {fact}], expect: applies}}", engine, tmp_path)

    readings = [fact for fact in engine.asked if isinstance(fact, BloodPressure)]
    assert len(set(readings)) == 2


def test_a_draft_is_tested_as_if_it_were_active(tmp_path: Path) -> None:
    engine = FakeEngine(Applicability.APPLIES)

    run(f"{HIGH}}}", engine, tmp_path, RULE.model_copy(update={"status": "draft"}))

    assert [rule.status for rule in engine.rules] == ["active"]


def test_a_retired_rule_is_not_tested(tmp_path: Path) -> None:
    results = run(
        f"{HIGH}}}", FakeEngine(Applicability.APPLIES), tmp_path, RULE.model_copy(update={"status": "retired"})
    )

    assert results == ()


def test_the_facts_of_a_case_read_like_the_case_file(tmp_path: Path) -> None:
    (case,) = cases_of(f"{NONE}}}".replace("facts: []", "facts: [{fact: blood-pressure, systolic: 181}]"), tmp_path)

    assert facts_in_words(case) == [
        "blood-pressure {systolic: 181.0}",
        "data {domain: blood-pressure, state: missing}",
    ]
