"""Dates of FHIR as intervals of whole days."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kcds.fhir.dates import exact_day, mended_timestamp, parse_date
from kcds.model.dates import PartialDate


def test_a_year_is_every_day_of_it() -> None:
    assert parse_date("2019") == PartialDate(date(2019, 1, 1), date(2019, 12, 31))


def test_a_month_ends_on_its_own_last_day() -> None:
    assert parse_date("2024-02") == PartialDate(date(2024, 2, 1), date(2024, 2, 29))


def test_a_full_date_is_one_day() -> None:
    assert parse_date("2019-05-07") == PartialDate.day(date(2019, 5, 7))


def test_a_timestamp_is_the_day_as_written_in_its_own_zone() -> None:
    read = parse_date("2026-11-20T23:30:00-05:00")

    assert read is not None
    assert read.exact == date(2026, 11, 20)
    assert read.instant == datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
    assert read.instant.tzinfo == timezone(timedelta(hours=-5))


def test_fractions_of_a_second_are_kept_to_the_microsecond() -> None:
    read = parse_date("2026-11-20T08:00:00.1234567Z")

    assert read is not None
    assert read.instant == datetime(2026, 11, 20, 8, 0, 0, 123456, tzinfo=UTC)


def test_a_leap_second_is_told_as_the_second_before() -> None:
    read = parse_date("2016-12-31T23:59:60Z")

    assert read is not None
    assert read.instant == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("2019-13-45", "2019-13", "2019-00", "2019-02-30", "0000", "0000-01-01", "19", "2019-1-1", "", "yesterday"),
        *("2019-01-01T25:00:00Z", "2019-01-01T10:61:00Z", "2019-02-30T10:00:00Z", "2019-01-01\n"),
    ],
)
def test_what_is_no_date_of_the_calendar_is_not_read(text: str) -> None:
    assert parse_date(text) is None


def test_a_timestamp_without_zone_is_trusted_for_its_day() -> None:
    assert mended_timestamp("2019-05-07T10:00:00") == "2019-05-07"


def test_a_timestamp_without_seconds_gets_them() -> None:
    assert mended_timestamp("2019-05-07T10:00+02:00") == "2019-05-07T10:00:00+02:00"


def test_a_timestamp_of_no_day_is_trusted_for_nothing() -> None:
    assert mended_timestamp("2019-02-30T10:00:00") is None


@given(
    st.one_of(
        st.from_regex(
            r"\d{4}(-[0-3]\d(-[0-3]\d(T[0-2]\d:[0-6]\d(:[0-6]\d(\.\d{1,8})?)?(Z|[+-][01]\d:[0-6]\d)?)?)?)?",
            fullmatch=True,
        ),
        st.dates().map(str),
        st.datetimes().map(datetime.isoformat),
        st.text(max_size=12),
    )
)
@settings(max_examples=500, deadline=None)
def test_the_exact_day_is_that_of_the_whole_date(text: str) -> None:
    read = parse_date(text)

    assert exact_day(text) == (read.exact if read is not None else None)


@pytest.mark.parametrize("text", ["2019-05-0\u0667T10:00:00Z", "2019-05-07T1\u0660:00:00Z"])
def test_a_timestamp_with_digits_of_another_script_is_none(text: str) -> None:
    assert parse_date(text) is None
    assert exact_day(text) is None
