from datetime import date
from pathlib import Path

import pytest

from kcds.knowledge.rule import Rule
from kcds.knowledge.templates import fill, say
from kcds.knowledge.yaml_files import read_yaml
from kcds.model.facts import (
    BloodPressure,
    BloodPressureDay,
    DataState,
    Fact,
    SubstanceUse,
    UnidentifiedMedication,
)
from kcds.model.findings import Applicability, Finding

SOUND_RULE = Path(__file__).parent / "broken_rules" / "cases" / "sound_rule.yaml"


def make_rule(**changes: object) -> Rule:
    content = read_yaml(SOUND_RULE, "sound_rule.yaml")
    assert isinstance(content, dict)
    return Rule.model_validate({**content, **changes})


def found(*facts: Fact) -> Finding:
    return Finding("sound-rule", Applicability.APPLIES, tuple({"reading": fact} for fact in facts))


def day(systolic: float | None, on: int) -> BloodPressureDay:
    return BloodPressureDay(systolic=systolic, date=date(2026, 11, on))


def test_facts_and_parameters_fill_a_text() -> None:
    text = "{reading.systolic} on {reading.date}, above {limit} within {window}"

    filled = fill(text, found(day(181.0, 20)), make_rule())

    assert filled == "181 on 2026-11-20, above 180 within 30 days"


def test_show_all_joins_distinct_values_in_order() -> None:
    finding = found(day(190, 3), day(181, 20), day(190, 21))

    filled = fill("{reading.systolic}", finding, make_rule(show="all"))

    assert filled == "190; 181"


def test_show_worst_names_the_match_with_the_highest_value() -> None:
    finding = found(day(181, 20), day(None, 21), day(190, 3))

    filled = fill("{reading.systolic} on {reading.date}", finding, make_rule(show="worst", worst_by="reading.systolic"))

    assert filled == "190 on 2026-11-03"


def test_show_latest_names_the_match_with_the_latest_date() -> None:
    finding = found(day(181, 20), day(190, 3))

    filled = fill("{reading.systolic}", finding, make_rule(show="latest", worst_by="reading.date"))

    assert filled == "181"


@pytest.mark.parametrize(("show", "worst_by"), [("all", None), ("worst", "reading.systolic")])
def test_what_the_record_does_not_say_is_said_so(show: str, worst_by: str | None) -> None:
    filled = fill("systolic {reading.systolic}", found(day(None, 20)), make_rule(show=show, worst_by=worst_by))

    assert filled == "systolic not recorded"


@pytest.mark.parametrize(
    ("having", "count", "reason"),
    [
        (None, "3", "matches"),
        ({"count": "reading", "gte": 1}, "3", "different facts"),
        ({"count_distinct": "reading.systolic", "gte": 1}, "2", "different known values"),
    ],
)
def test_count_is_what_the_rule_counts(having: object, count: str, reason: str) -> None:
    finding = found(day(181, 20), day(181, 21), day(190, 3))

    filled = fill("{count}", finding, make_rule(having=having))

    assert filled == count, reason


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (160.0, "160"),
        (0.35, "0.35"),
        (161.33333, "161.33"),
        (3.997, "3.99"),
        (2.50, "2.5"),
        (1200000.0, "1200000"),
        (-0.0, "0"),
    ],
)
def test_numbers_are_written_without_needless_digits(value: float, words: str) -> None:
    filled = fill("{reading.systolic}", found(day(value, 20)), make_rule())

    assert filled == words


@pytest.mark.parametrize(("value", "word"), [(True, "yes"), (False, "no")])
def test_truth_values_read_as_yes_and_no(*, value: bool, word: str) -> None:
    fact = BloodPressure(preliminary=value)

    filled = fill("{reading.preliminary}", found(fact), make_rule())

    assert filled == word


def test_text_of_the_record_that_looks_like_a_placeholder_is_left_alone() -> None:
    fact = UnidentifiedMedication(reason="text-only", text="{limit} {reading.reason}")

    filled = fill("{reading.text}", found(fact), make_rule())

    assert filled == "{limit} {reading.reason}"


def test_names_of_closed_lists_and_domains_are_said_without_hyphens() -> None:
    match: dict[str, Fact] = {"u": SubstanceUse(state="sustained-remission"), "d": DataState(domain="substance-use")}

    text = fill("{u.state}; {d.domain}", Finding("said", Applicability.APPLIES, (match,)), make_rule())

    assert text == "sustained remission; substance use"


def test_a_long_list_is_cut_and_says_how_many_more_there_are() -> None:
    matches = tuple({"m": UnidentifiedMedication(text=f"medicine {number}")} for number in range(1, 10))

    text = fill("{m.text}", Finding("said", Applicability.APPLIES, matches), make_rule())

    assert text.endswith("medicine 6 and 3 more")


@pytest.mark.parametrize(
    ("number", "said"), [(1e308, "1.0e+308"), (-2.5e27, "-2.5e+27"), (999_999_999_999.5, "999999999999.5")]
)
def test_a_number_that_nothing_measures_is_said_by_its_size(number: float, said: str) -> None:
    assert say(number) == said
