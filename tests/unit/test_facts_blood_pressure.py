"""Blood pressure facts: what is a reading, which is the latest, what a day's highest is."""

from datetime import date
from decimal import Decimal

import pytest
from record_builders import observation, quantity, value
from terminology import CLOCK, value_sets

from kcds.facts.blood_pressure import PressureReading, latest_pressures, pressure_days, read_pressures
from kcds.facts.observations import read_reports
from kcds.facts.plausible import Bounds
from kcds.fhir.record import Observation, ObservationValue, Quantity

BOUNDS = Bounds(Decimal(40), Decimal(300))
PANEL = value(("loinc", "85354-9"))


def component(code: str, number: float | None, unit: str = "mm[Hg]") -> ObservationValue:
    return value(("loinc", code), quantity_=quantity(number, unit), absent=number is None)


def panel(systolic: float | None, diastolic: float | None, *, unit: str = "mm[Hg]", **more: object) -> Observation:
    parts = (component("8480-6", systolic, unit), component("8462-4", diastolic, unit))
    return observation(PANEL, components=parts, **more)


def read(*observations: Observation) -> tuple[PressureReading, ...]:
    return read_pressures(read_reports(observations, value_sets(), CLOCK), BOUNDS)


def test_a_panel_with_both_components_is_a_reading() -> None:
    (latest,) = latest_pressures(read(panel(122, 76, effective="2026-11-16")))

    assert (latest.systolic, latest.diastolic, latest.date) == (122, 76, date(2026, 11, 16))
    assert latest.preliminary is False
    assert latest.sources == ("Observation/o1",)


def test_components_reported_apart_at_one_moment_are_one_reading() -> None:
    at = "2026-11-16T09:00:00+00:00"
    systolic = observation(component("8480-6", 150), id_="s", effective=at)
    diastolic = observation(component("8462-4", 90), id_="d", effective=at)

    (reading,) = read(systolic, diastolic)

    assert (reading.value, reading.diastolic) == (150, 90)
    assert reading.sources == ("Observation/d", "Observation/s")


def test_one_moment_written_in_two_time_zones_is_one_moment() -> None:
    systolic = observation(component("8480-6", 150), id_="s", effective="2026-11-15T23:30:00-05:00")
    diastolic = observation(component("8462-4", 90), id_="d", effective="2026-11-16T04:30:00+00:00")

    (reading,) = read(systolic, diastolic)

    assert (reading.value, reading.diastolic) == (150, 90)


def test_components_of_different_days_are_no_reading() -> None:
    systolic = observation(component("8480-6", 150), id_="s", effective="2026-11-16")
    diastolic = observation(component("8462-4", 90), id_="d", effective="2026-11-17")

    assert read(systolic, diastolic) == ()


@pytest.mark.parametrize(
    ("systolic", "diastolic", "unit", "reason"),
    [
        (17, 10, "kPa", "another unit is not converted"),
        (150, None, "mm[Hg]", "one component is missing"),
        (301, 90, "mm[Hg]", "above the bounds"),
        (120, 39, "mm[Hg]", "below the bounds"),
    ],
)
def test_an_invalid_reading_is_none(systolic: float, diastolic: float | None, unit: str, reason: str) -> None:
    assert read(panel(systolic, diastolic, unit=unit)) == (), reason


@pytest.mark.parametrize("number", [40, 300])
def test_the_bounds_themselves_are_valid(number: float) -> None:
    (reading,) = read(panel(number, 40))

    assert reading.value == number


def test_a_unit_written_as_mmhg_without_a_ucum_code_is_accepted() -> None:
    plain = Quantity(Decimal(120), "mmHg", None)
    parts = (value(("loinc", "8480-6"), quantity_=plain), value(("loinc", "8462-4"), quantity_=plain))

    assert len(read(observation(PANEL, components=parts))) == 1


def test_a_value_with_a_comparator_is_no_reading() -> None:
    high = value(("loinc", "8480-6"), quantity_=quantity(180, "mm[Hg]", ">"))

    assert read(observation(PANEL, components=(high, component("8462-4", 90)))) == ()


def test_the_latest_reading_is_the_last_in_time_not_in_the_record() -> None:
    morning = panel(150, 95, id_="a", effective="2026-11-16T15:00:00+00:00")
    evening = panel(120, 70, id_="b", effective="2026-11-16T09:00:00+00:00")

    (latest,) = latest_pressures(read(morning, evening))

    assert latest.systolic == 150


def test_of_two_readings_of_a_day_without_a_time_each_component_is_the_highest() -> None:
    readings = read(panel(150, 80, id_="a", effective="2026-11-16"), panel(130, 95, id_="b", effective="2026-11-16"))

    (latest,) = latest_pressures(readings)

    assert (latest.systolic, latest.diastolic) == (150, 95)


def test_a_newer_preliminary_reading_is_given_beside_the_final_one() -> None:
    final = panel(120, 70, id_="a", effective="2026-11-16")
    preliminary = panel(190, 110, id_="b", effective="2026-11-17", status="preliminary")

    latest = latest_pressures(read(final, preliminary))

    assert [(one.systolic, one.preliminary) for one in latest] == [(120, False), (190, True)]


def test_a_preliminary_reading_that_a_final_one_followed_is_left_out() -> None:
    preliminary = panel(190, 110, id_="a", effective="2026-11-15", status="preliminary")
    final = panel(120, 70, id_="b", effective="2026-11-16")

    latest = latest_pressures(read(preliminary, final))

    assert [one.systolic for one in latest] == [120]


def test_a_day_has_one_fact_with_the_highest_of_each_component() -> None:
    morning = panel(165, 80, id_="a", effective="2026-11-16T08:00:00+00:00")
    evening = panel(130, 104, id_="b", effective="2026-11-16T20:00:00+00:00")
    copy = panel(165, 80, id_="c", effective="2026-11-16T08:00:00+00:00")

    (of_day,) = pressure_days(read(morning, evening, copy))

    assert (of_day.systolic, of_day.diastolic, of_day.date) == (165, 104, date(2026, 11, 16))


def test_a_preliminary_reading_makes_no_day() -> None:
    assert pressure_days(read(panel(190, 110, status="preliminary"))) == ()


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled", "registered", "unknown", None])
def test_a_reading_of_another_status_does_not_count(status: str | None) -> None:
    assert read(panel(190, 110, status=status)) == ()


def test_a_reading_dated_more_than_a_day_ahead_is_unused() -> None:
    reports = read_reports([panel(190, 110, effective="2026-11-23")], value_sets(), CLOCK)

    assert reports.usable == ()
    assert len(reports.future) == 1


def test_a_reading_dated_less_than_a_day_ahead_counts_as_of_today() -> None:
    (reading,) = read(panel(190, 110, effective="2026-11-22T08:00:00+00:00"))

    assert reading.day == date(2026, 11, 21)


def test_a_reading_whose_date_was_repaired_away_is_damaged() -> None:
    broken = panel(190, 110, effective=None, repaired=["effectiveDateTime"])

    reports = read_reports([broken], value_sets(), CLOCK)

    assert reports.usable == ()
    assert len(reports.damaged) == 1
