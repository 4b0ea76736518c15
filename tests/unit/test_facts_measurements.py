"""Measurement facts: units, the range on the observation, the latest value."""

from datetime import date

import pytest
from record_builders import observation, quantity, value
from terminology import CLOCK, parameters, value_sets

from kcds.facts.measurements import PANELS, Kind, latest_reading, measurement_facts, read_measurements
from kcds.facts.observations import read_reports
from kcds.fhir.record import Observation
from kcds.model.facts import Measurement

KINDS = {kind.concept: kind for panel in PANELS for kind in panel.kinds}
CODES = {
    "alt": "1742-6",
    "bilirubin": "1975-2",
    "albumin": "1751-7",
    "weight": "29463-7",
    "spo2": "59408-5",
    "inr": "6301-6",
    "egfr": "33914-3",
    "tsh": "3016-3",
    "free-t4": "3024-7",
}


def facts(concept: str, *observations: Observation) -> tuple[Measurement, ...]:
    kind: Kind = KINDS[concept]
    reports = read_reports(observations, value_sets(), CLOCK)
    return measurement_facts(read_measurements(reports, kind, parameters()), kind)


def measured(  # noqa: PLR0913 - one argument for each part of a result
    concept: str,
    number: float,
    unit: str | None,
    *,
    low: float | None = None,
    high: float | None = None,
    comparator: str | None = None,
    **more: object,
) -> Observation:
    least, most = (quantity(limit, unit) if limit is not None else None for limit in (low, high))
    reading = value(("loinc", CODES[concept]), quantity_=quantity(number, unit, comparator), low=least, high=most)
    return observation(reading, **more)


def test_the_upper_limit_is_that_of_the_range_on_the_observation() -> None:
    (alt,) = facts("alt", measured("alt", 130, "U/L", high=40))

    assert (alt.value, alt.upper_limit, alt.times_upper) == (130, 40, 3.25)


@pytest.mark.parametrize(
    ("concept", "code"),
    [("alt", "1743-4"), ("alt", "1744-2"), ("ast", "30239-8"), ("ast", "88112-8"), ("bilirubin", "14631-6")],
)
def test_a_test_counts_by_whatever_method_and_amount_the_laboratory_names_it(concept: str, code: str) -> None:
    unit = "umol/L" if concept == "bilirubin" else "U/L"
    reading = value(("loinc", code), quantity_=quantity(60, unit), high=quantity(20, unit))

    (found,) = facts(concept, observation(reading))

    assert found.times_upper == 3


def test_exactly_three_times_the_limit_is_exactly_three() -> None:
    (alt,) = facts("alt", measured("alt", 120, "U/L", high=40))

    assert alt.times_upper == 3


def test_without_a_range_there_is_no_multiple() -> None:
    (alt,) = facts("alt", measured("alt", 130, "U/L"))

    assert alt.times_upper is None


@pytest.mark.parametrize(
    ("concept", "number", "unit", "expected"),
    [
        ("bilirubin", 34.2, "umol/L", 2.0),
        ("alt", 2, "ukat/L", 120.0),
        ("alt", 2000, "nkat/L", 120.0),
        ("bilirubin", 0.9, "mg/dL", 0.9),
        ("albumin", 42, "g/L", 4.2),
        ("weight", 150, "[lb_av]", 68.0388555),
        ("weight", 72000, "g", 72.0),
        ("inr", 1.2, "{INR}", 1.2),
        ("alt", 30, "[IU]/L", 30),
        ("egfr", 88, "mL/min/{1.73_m2}", 88),
        ("egfr", 88, "mL/min/1.73m2", 88),
        ("egfr", 88, "mL/min", 88),
        ("tsh", 0.02, "u[IU]/mL", 0.02),
        ("tsh", 0.02, "μIU/mL", 0.02),
        ("tsh", 2.1, "mIU/L", 2.1),
        ("free-t4", 12.87, "pmol/L", 1.0),
        ("free-t4", 14, "ng/L", 1.4),
        ("free-t4", 1.4, "ng/dL", 1.4),
    ],
)
def test_a_value_is_converted_to_the_unit_of_its_concept(
    concept: str, number: float, unit: str, expected: float
) -> None:
    (fact,) = facts(concept, measured(concept, number, unit))

    assert fact.value == pytest.approx(expected)
    assert fact.unit == KINDS[concept].unit


def test_a_quantity_without_a_number_is_unused() -> None:
    assert facts("weight", observation(value(("loinc", "29463-7"), quantity_=quantity(None, "kg")))) == ()


def test_a_value_in_an_unknown_unit_is_unused() -> None:
    assert facts("bilirubin", measured("bilirubin", 1.0, "mmol/L")) == ()


@pytest.mark.parametrize("number", [0, -5])
def test_a_value_that_cannot_be_is_unused(number: float) -> None:
    assert facts("weight", measured("weight", number, "kg")) == ()


def test_the_latest_has_rank_zero_whatever_the_order_of_the_record() -> None:
    new = measured("alt", 30, "U/L", id_="a", effective="2026-11-10")
    old = measured("alt", 90, "U/L", id_="b", effective="2026-10-10")

    ranks = {fact.date: fact.rank for fact in facts("alt", new, old)}

    assert ranks == {date(2026, 11, 10): 0, date(2026, 10, 10): 1}


def test_of_two_values_of_a_day_without_a_time_the_worse_is_the_latest() -> None:
    low = measured("albumin", 2.1, "g/dL", id_="a", effective="2026-11-10")
    high = measured("albumin", 4.1, "g/dL", id_="b", effective="2026-11-10")

    (albumin,) = facts("albumin", low, high)

    assert albumin.value == 2.1


def test_an_earlier_worse_value_of_the_same_day_is_kept_behind_the_latest() -> None:
    worse = measured("alt", 300, "U/L", id_="a", effective="2026-11-10T08:00:00+00:00")
    latest = measured("alt", 50, "U/L", id_="b", effective="2026-11-10T18:00:00+00:00")

    assert [(fact.value, fact.rank) for fact in facts("alt", worse, latest)] == [(50, 0), (300, 1)]


def test_a_copy_of_a_value_changes_nothing() -> None:
    one = measured("alt", 50, "U/L", id_="a", effective="2026-11-10")
    copy = measured("alt", 50, "U/L", id_="b", effective="2026-11-10")

    assert len(facts("alt", one, copy)) == 1


@pytest.mark.parametrize(
    ("concept", "comparator", "is_open"),
    [("spo2", "<", True), ("spo2", ">", False), ("alt", ">", True), ("alt", "<=", False), ("egfr", ">", False)],
)
def test_a_value_that_may_be_worse_than_its_number_is_marked_open(
    concept: str, comparator: str, *, is_open: bool
) -> None:
    unit = {"spo2": "%", "alt": "U/L", "egfr": "mL/min/{1.73_m2}"}[concept]
    reports = read_reports([measured(concept, 60, unit, comparator=comparator)], value_sets(), CLOCK)
    (reading,) = read_measurements(reports, KINDS[concept], parameters())

    assert reading.open is is_open


def test_more_than_a_high_number_is_as_certain_a_concern_as_the_number() -> None:
    (alt,) = facts("alt", measured("alt", 1000, "U/L", high=40, comparator=">"))

    assert (alt.times_upper, alt.preliminary) == (25, False)


def test_the_lower_limit_is_that_of_the_range_on_the_observation() -> None:
    (suppressed,) = facts("tsh", measured("tsh", 0.02, "mIU/L", low=0.4, high=4))
    (exactly,) = facts("tsh", measured("tsh", 0.4, "mIU/L", low=0.4))
    (unjudged,) = facts("tsh", measured("tsh", 0.02, "mIU/L"))

    assert (suppressed.lower_limit, suppressed.below_range) == (0.4, True)
    assert exactly.below_range is False
    assert (unjudged.lower_limit, unjudged.below_range) == (None, None)


def test_the_latest_reading_is_the_latest_final_one() -> None:
    readings = [
        measured("alt", 30, "U/L", id_="old", effective="2026-11-01"),
        measured("alt", 40, "U/L", id_="new", effective="2026-11-10"),
        measured("alt", 90, "U/L", id_="unfinished", effective="2026-11-12", status="preliminary"),
    ]
    reports = read_reports(readings, value_sets(), CLOCK)
    latest = latest_reading(read_measurements(reports, KINDS["alt"], parameters()), KINDS["alt"])

    assert latest is not None
    assert latest.source == "Observation/new"
    assert latest_reading([], KINDS["alt"]) is None


def test_a_value_that_may_be_better_than_its_number_is_taken_as_it_stands() -> None:
    (alt,) = facts("alt", measured("alt", 5, "U/L", comparator="<"))

    assert (alt.value, alt.preliminary) == (5, False)


@pytest.mark.parametrize("number", [1e308, 5e-324])
def test_a_value_or_limit_whose_ratio_no_float_can_hold_is_unused(number: float) -> None:
    assert facts("alt", measured("alt", number, "U/L", high=40)) == ()
    (alt,) = facts("alt", measured("alt", 130, "U/L", low=number, high=number))
    assert (alt.value, alt.upper_limit, alt.lower_limit, alt.times_upper, alt.below_range) == (130, *[None] * 4)
