"""What a rule answers: both engines, through the checked engine, on hand-written rules and facts."""

import datetime as dt
from typing import Any

import pytest
from random_cases import rule_of

from kcds.engine.answers import MOST_MATCHES
from kcds.engine.checked import CheckedEngine
from kcds.knowledge.rule import Rule
from kcds.model.facts import (
    BloodPressureDay,
    Condition,
    DataState,
    Fact,
    Measurement,
    Medication,
    Score,
    StudyDone,
    Treatment,
)
from kcds.model.findings import Applicability, Finding

TODAY = dt.date(2026, 11, 21)
APPLIES = Applicability.APPLIES
CANNOT_TELL = Applicability.CANNOT_TELL
DOES_NOT_APPLY = Applicability.DOES_NOT_APPLY


def finding_of(rule: Rule, *facts: Fact, today: dt.date = TODAY) -> Finding:
    return CheckedEngine([rule]).evaluate(facts, today=today).of(rule.id)


def answer_of(rule: Rule, *facts: Fact, today: dt.date = TODAY) -> Applicability:
    return finding_of(rule, *facts, today=today).answer


def known(domain: str, state: str = "known") -> DataState:
    return DataState(domain=domain, state=state)


MAOI = rule_of(
    "maoi",
    [{"as": "drug", "fact": "medication", "where": {"concept": "rx-maoi", "state": "active"}}],
    requires=["medications"],
)


def test_a_match_applies_even_when_required_data_is_missing() -> None:
    finding = finding_of(MAOI, Medication(concept="rx-maoi", state="active"))

    assert finding.answer is APPLIES
    assert finding.missing == ()


@pytest.mark.parametrize(
    ("state", "answer"),
    [
        ("known", DOES_NOT_APPLY),
        ("none-recorded", DOES_NOT_APPLY),
        ("missing", CANNOT_TELL),
        ("failed", CANNOT_TELL),
        ("stale", CANNOT_TELL),
    ],
)
def test_without_a_match_the_state_of_the_required_domain_decides(state: str, answer: Applicability) -> None:
    assert answer_of(MAOI, known("medications", state)) is answer


def test_a_domain_that_nothing_is_said_of_is_missing() -> None:
    finding = finding_of(MAOI)

    assert (finding.answer, finding.missing) == (CANNOT_TELL, ("medications",))


def test_a_domain_with_contradicting_states_is_not_known() -> None:
    assert answer_of(MAOI, known("medications"), known("medications", "failed")) is CANNOT_TELL


def test_outside_its_scope_a_rule_does_not_apply_whatever_is_missing() -> None:
    rule = rule_of(
        "nasal-pressure",
        [{"as": "bp", "fact": "blood-pressure", "where": {"systolic": {"gt": 140}}}],
        scope=[{"as": "order", "fact": "treatment", "where": {"route": "nasal"}}],
        requires=["blood-pressure"],
    )

    assert answer_of(rule, Treatment(route="iv")) is DOES_NOT_APPLY
    assert answer_of(rule, Treatment(route="nasal")) is CANNOT_TELL


NO_ECG = rule_of(
    "no-ecg",
    [{"none": "test-done", "where": {"concept": "obs-ecg", "date": {"after": {"ago": "P12M"}}}, "domain": "ecg"}],
)


def test_absence_applies_only_where_its_domain_is_known() -> None:
    unknown = finding_of(NO_ECG)

    assert answer_of(NO_ECG, known("ecg", "none-recorded")) is APPLIES
    assert (unknown.answer, unknown.missing) == (CANNOT_TELL, ("ecg",))


def test_absence_is_broken_by_one_fact_even_when_its_domain_is_not_known() -> None:
    assert answer_of(NO_ECG, StudyDone(concept="obs-ecg", date=TODAY)) is DOES_NOT_APPLY


def test_absence_by_reference_holds_where_what_it_refers_to_is_unknown() -> None:
    rule = rule_of(
        "alone",
        [
            {"as": "drug", "fact": "medication", "where": {"concept": "a"}},
            {"none": "medication", "where": {"concept": "b", "started": {"ref": "drug.started"}}, "domain": None},
        ],
    )
    other = Medication(concept="b", started=TODAY)

    assert answer_of(rule, Medication(concept="a", started=TODAY), other) is DOES_NOT_APPLY
    assert answer_of(rule, Medication(concept="a"), other) is APPLIES


def test_absence_sees_the_facts_that_patterns_found() -> None:
    rule = rule_of(
        "never",
        [
            {"as": "drug", "fact": "medication", "where": {"concept": "a"}},
            {"none": "medication", "where": {"drug": {"ref": "drug.drug"}}, "domain": None},
        ],
    )

    assert answer_of(rule, Medication(concept="a", drug="x")) is DOES_NOT_APPLY


@pytest.mark.parametrize(
    ("condition", "day", "answer"),
    [
        ({"on_or_after": {"ago": "P30D"}}, dt.date(2026, 10, 22), APPLIES),
        ({"on_or_after": {"ago": "P30D"}}, dt.date(2026, 10, 21), DOES_NOT_APPLY),
        ({"after": {"ago": "P30D"}}, dt.date(2026, 10, 22), DOES_NOT_APPLY),
        ({"before": {"ago": "P3M"}}, dt.date(2026, 8, 20), APPLIES),
        ({"before": {"ago": "P3M"}}, dt.date(2026, 8, 21), DOES_NOT_APPLY),
        ({"on_or_before": {"ago": "P1Y"}}, dt.date(2025, 11, 21), APPLIES),
        ({"before": dt.date(2026, 1, 1)}, dt.date(2025, 12, 31), APPLIES),
        ({"before": {"ago": "P30D"}}, None, DOES_NOT_APPLY),
    ],
)
def test_dates_are_compared_by_the_calendar(condition: dict[str, Any], day: dt.date, answer: Applicability) -> None:
    rule = rule_of("dated", [{"as": "test", "fact": "test-done", "where": {"date": condition}}])

    assert answer_of(rule, StudyDone(date=day)) is answer


def test_a_month_before_the_end_of_march_is_the_end_of_february() -> None:
    rule = rule_of("dated", [{"as": "t", "fact": "test-done", "where": {"date": {"on_or_after": {"ago": "P1M"}}}}])

    assert answer_of(rule, StudyDone(date=dt.date(2024, 2, 29)), today=dt.date(2024, 3, 31)) is APPLIES
    assert answer_of(rule, StudyDone(date=dt.date(2024, 2, 28)), today=dt.date(2024, 3, 31)) is DOES_NOT_APPLY


@pytest.mark.parametrize(
    ("condition", "matching", "others"),
    [
        (1.5, [1.5], [1.4, None]),
        ({"ne": 2}, [1.0], [2.0, None]),
        ({"gt": 160}, [160.1], [160.0, None]),
        ({"gte": {"param": "limit"}}, [160.0], [159.9, None]),
        ({"lt": 0}, [-1e-9], [0.0, -0.0, None]),
        ({"lte": 0}, [0.0, -0.0, -1e300], [5e-324, None]),
        ({"gte": 100, "lt": 160}, [100.0, 159.9], [99.9, 160.0, None]),
        ({"known": True}, [0.0], [None]),
        ({"known": False}, [None], [0.0]),
    ],
)
def test_numbers_are_compared_exactly(condition: object, matching: list[Any], others: list[Any]) -> None:
    rule = rule_of(
        "number",
        [{"as": "m", "fact": "measurement", "where": {"value": condition}}],
        parameters={"limit": {"value": 160, "unit": "mm[Hg]"}},
    )

    assert all(answer_of(rule, Measurement(value=value)) is APPLIES for value in matching)
    assert all(answer_of(rule, Measurement(value=value)) is DOES_NOT_APPLY for value in others)


def test_zero_equals_minus_zero_in_another_fact() -> None:
    rule = rule_of(
        "zeros",
        [
            {"as": "one", "fact": "score", "where": {"scale": "a"}},
            {"as": "two", "fact": "score", "where": {"scale": "b", "value": {"ref": "one.value"}}},
        ],
    )

    assert answer_of(rule, Score(scale="a", value=0.0), Score(scale="b", value=-0.0)) is APPLIES


@pytest.mark.parametrize("text", ["a b", 'quote " and \\', "ümlaut", "\ud800", "line\nbreak\x00", "%22", "x" * 70_000])
def test_any_text_is_told_from_any_other(text: str) -> None:
    same = rule_of("same", [{"as": "c", "fact": "condition", "where": {"label": {"in": ["never", text]}}}])
    other = rule_of("other", [{"as": "c", "fact": "condition", "where": {"label": {"ne": text}}}])

    assert answer_of(same, Condition(label=text)) is APPLIES
    assert answer_of(same, Condition(label=text + "x")) is DOES_NOT_APPLY
    assert answer_of(other, Condition(label=text)) is DOES_NOT_APPLY
    assert answer_of(other, Condition(label=text + "x")) is APPLIES


PRESSURE = rule_of(
    "pressure",
    [
        {
            "as": "day",
            "fact": "blood-pressure-day",
            "where": {"date": {"on_or_after": {"ago": "P30D"}}},
            "any": {"systolic": {"gt": 160}, "diastolic": {"gt": 100}},
        }
    ],
    having={"count_distinct": "day.date", "gte": 2},
    requires=["blood-pressure"],
)


def test_having_counts_distinct_values() -> None:
    first = BloodPressureDay(systolic=161.0, date=TODAY)
    same_day = BloodPressureDay(diastolic=101.0, date=TODAY)
    next_day = BloodPressureDay(diastolic=101.0, date=dt.date(2026, 11, 20))

    assert answer_of(PRESSURE, first, same_day, known("blood-pressure")) is DOES_NOT_APPLY
    assert answer_of(PRESSURE, first, next_day) is APPLIES


def test_too_few_matches_are_no_match_so_that_missing_data_still_counts() -> None:
    finding = finding_of(PRESSURE, BloodPressureDay(systolic=161.0, date=TODAY))

    assert (finding.answer, finding.matches) == (CANNOT_TELL, ())


def test_identical_facts_are_counted_each() -> None:
    rule = rule_of("two", [{"as": "s", "fact": "score", "where": {"scale": "pain"}}], having={"count": "s", "eq": 2})

    assert answer_of(rule, Score(scale="pain"), Score(scale="pain")) is APPLIES


def test_two_aliases_may_name_one_fact_unless_not_ref_tells_them_apart() -> None:
    both = [{"as": "one", "fact": "score", "where": {}}, {"as": "two", "fact": "score", "where": {}}]
    apart = [both[0], {"as": "two", "fact": "score", "where": {"scale": {"not_ref": "one.scale"}}}]

    assert answer_of(rule_of("same", both), Score(scale="pain")) is APPLIES
    assert answer_of(rule_of("apart", apart), Score(scale="pain")) is DOES_NOT_APPLY


def test_independent_patterns_are_laid_side_by_side_and_no_fact_is_lost() -> None:
    rule = rule_of("sides", [{"as": "c", "fact": "condition"}, {"as": "s", "fact": "score"}])
    conditions = [Condition(concept=name) for name in "abc"]

    finding = finding_of(rule, Score(scale="pain"), *conditions)

    assert [match["c"] for match in finding.matches] == conditions
    assert [match["s"] for match in finding.matches] == [Score(scale="pain")] * 3


def test_many_matches_are_bounded_but_every_fact_is_kept() -> None:
    rule = rule_of(
        "pairs",
        [
            {"as": "one", "fact": "score", "where": {"scale": "pain"}},
            {"as": "two", "fact": "score", "where": {"scale": {"ref": "one.scale"}}},
        ],
    )
    scores = [Score(scale="pain", value=float(value)) for value in range(40)]

    matches = finding_of(rule, *scores).matches

    assert MOST_MATCHES <= len(matches) < 40 * 40
    assert {match["two"].sources for match in matches} == {()}
    assert {id(match["one"]) for match in matches} == {id(score) for score in scores}


def test_plan_rules_see_what_assess_rules_found_and_where_it_came_from() -> None:
    plan = rule_of(
        "plan",
        [{"as": "f", "fact": "finding", "where": {"rule": "maoi", "answer": "applies"}}],
        stage="plan",
    )
    engine = CheckedEngine([plan, MAOI])

    findings = engine.evaluate(
        [Medication(concept="rx-maoi", state="active", sources=("MedicationRequest/7",))], today=TODAY
    )

    assert findings.of("plan").answer is APPLIES
    assert findings.of("plan").supporting == ("MedicationRequest/7",)
    assert [finding.rule for finding in findings.all] == ["maoi", "plan"]


def test_drafts_and_retired_rules_are_not_evaluated() -> None:
    rules = [rule_of("draft", MAOI.model_dump(by_alias=True)["when"], status="draft"), MAOI]

    findings = CheckedEngine(rules).evaluate([], today=TODAY)

    assert [finding.rule for finding in findings.all] == ["maoi"]
