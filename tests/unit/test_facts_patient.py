from datetime import date

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import example, given
from hypothesis import strategies as st
from record_builders import TODAY, patient, record, retrievals
from terminology import value_sets

from kcds.facts.patient import age_state, completed_years, patient_fact, possible_ages
from kcds.fhir.record import Record, Retrieval
from kcds.model.facts import DataState, Patient

VALUE_SETS = value_sets()


def fact_of(seen: Record) -> Patient:
    return patient_fact(seen.patient, today=TODAY, adult_age=18)


def age_of(seen: Record) -> DataState:
    return age_state(seen, fact_of(seen), VALUE_SETS)


@pytest.mark.parametrize(
    ("born", "adult", "age"),
    [
        ("2008-11-21", True, 18),  # the eighteenth birthday is today
        ("2008-11-22", False, 17),  # one day younger
        ("2008-11", None, 17),  # some day of the month of the birthday: it may have been, it may be to come
        ("2008-10", True, 18),  # every day of that month is over
        ("2008-12", False, 17),  # no day of that month has come
        ("2008", None, 17),
        ("2007", True, 18),  # born on the last of December 2007 the person would be eighteen
        ("2009", False, 16),
    ],
)
def test_adult_is_who_has_turned_eighteen_on_every_possible_birthday(born: str, adult: bool | None, age: int) -> None:  # noqa: FBT001
    fact = fact_of(record(person=patient(born)))

    assert (fact.adult, fact.age) == (adult, age)


def test_a_person_born_on_a_leap_day_comes_of_age_on_the_last_of_february() -> None:
    person = patient("2008-02-29")

    day_before = patient_fact(person, today=date(2026, 2, 27), adult_age=18)
    birthday = patient_fact(person, today=date(2026, 2, 28), adult_age=18)

    assert (day_before.adult, birthday.adult) == (False, True)


@given(st.dates(date(1900, 1, 1), date(2035, 12, 31)), st.dates(date(1900, 1, 1), date(2035, 12, 31)))
@example(date(2008, 2, 29), date(2026, 2, 28))
@example(date(2008, 2, 29), date(2028, 2, 28))
def test_completed_years_are_those_of_calendar_arithmetic(one: date, other: date) -> None:
    born, today = sorted((one, other))

    assert completed_years(born, today) == relativedelta(today, born).years


def test_a_partial_birth_date_allows_several_ages() -> None:
    assert possible_ages(patient("1970"), TODAY) == (55, 56)


@pytest.mark.parametrize("born", ["2026-11-22", "2027"])
def test_a_birth_date_in_the_future_is_a_data_error_and_gives_no_age(born: str) -> None:
    seen = record(person=patient(born))

    fact = fact_of(seen)

    assert (fact.future_birth, fact.age, fact.adult) == (True, None, None)
    assert age_of(seen).state == "uncertain"


def test_somebody_born_today_is_not_of_the_future() -> None:
    fact = fact_of(record(person=patient("2026-11-21")))

    assert (fact.future_birth, fact.age, fact.adult) == (False, 0, False)


def test_age_is_known_when_a_partial_birth_date_settles_adulthood() -> None:
    assert age_of(record(person=patient("1970"))).state == "known"


def test_age_is_uncertain_when_a_partial_birth_date_leaves_adulthood_open() -> None:
    assert age_of(record(person=patient("2008"))).state == "uncertain"


def test_age_is_missing_without_a_birth_date() -> None:
    seen = record(person=patient(None))

    assert age_of(seen).state == "missing"
    assert fact_of(seen).adult is None


def test_age_is_uncertain_when_the_birth_date_was_invalid() -> None:
    assert age_of(record(person=patient(None, repaired=["birthDate"]))).state == "uncertain"


def test_age_is_failed_when_the_person_could_not_be_fetched() -> None:
    seen = record(person=patient(None), retrieved=retrievals(patient=Retrieval.FAILED))

    assert age_of(seen).state == "failed"


@pytest.mark.parametrize("gender", ["female", "male", "other", "unknown", None])
def test_sex_is_the_administrative_gender_as_recorded(gender: str | None) -> None:
    assert fact_of(record(person=patient(gender=gender))).sex == gender


def test_an_invalid_gender_is_not_known() -> None:
    assert fact_of(record(person=patient(gender=None, repaired=["gender"]))).sex is None


def test_death_is_a_fact_and_keeps_its_source() -> None:
    fact = fact_of(record(person=patient(deceased=True)))

    assert fact.deceased is True
    assert fact.sources == ("Patient/p1",)
