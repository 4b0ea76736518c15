"""The person: age and adulthood from a birth date that may be partial, recorded sex, and whether alive (E10, Q08)."""

from calendar import monthrange
from datetime import date

from kcds.facts.data_states import state_of_queries
from kcds.fhir.record import Patient as Person
from kcds.fhir.record import Record
from kcds.knowledge.value_sets import ValueSets
from kcds.model.facts import DataState, Patient
from kcds.model.queries import Query


def patient_fact(person: Person, *, today: date, adult_age: int) -> Patient:
    """Return the one fact on the person."""
    ages = possible_ages(person, today)
    return Patient(
        age=float(ages[0]) if ages else None,
        adult=_is_adult(ages, adult_age),
        sex=None if "gender" in person.repaired else person.gender,
        deceased=person.deceased,
        future_birth=_born_in_the_future(person, today),
        sources=(person.reference,),
    )


def age_state(record: Record, fact: Patient, value_sets: ValueSets) -> DataState:
    """Return whether the age is known well enough to tell an adult from a minor."""
    if fact.adult is not None:
        state = "known"
    elif fact.future_birth or fact.age is not None or "birthDate" in record.patient.repaired:
        state = "uncertain"
    else:
        state = state_of_queries(record, [Query.PATIENT], None, value_sets) or "missing"
    return DataState(domain="age", state=state, sources=fact.sources)


def possible_ages(person: Person, today: date) -> tuple[int, int] | None:
    """Return the youngest and the oldest age, in completed years, that the birth date allows."""
    born = person.birth_date
    if born is None or born.earliest is None or born.latest is None or _born_in_the_future(person, today):
        return None
    oldest = completed_years(born.earliest, today)
    return completed_years(min(born.latest, today), today) if born.exact is None else oldest, oldest


def completed_years(born: date, today: date) -> int:
    """Return how many birthdays have passed; who was born on 29 February has it on the 28th where there is no 29th."""
    last_of_month = monthrange(today.year, born.month)[1]
    birthday_comes = (today.month, today.day) < (born.month, min(born.day, last_of_month))
    return today.year - born.year - birthday_comes


def _is_adult(ages: tuple[int, int] | None, adult_age: int) -> bool | None:
    """Tell whether the person is of age; None if the birth date leaves it open."""
    if ages is None:
        return None
    youngest, oldest = ages
    return True if youngest >= adult_age else False if oldest < adult_age else None


def _born_in_the_future(person: Person, today: date) -> bool:
    """Tell whether the birth date is a data error."""
    born = person.birth_date
    return born is not None and born.earliest is not None and born.earliest > today
