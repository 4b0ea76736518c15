"""Who the patient is, and what is under review."""

from datetime import datetime

from kcds.cards.plain_text import opened, plain
from kcds.cards.wording import STATE_WORDS
from kcds.fhir.person import Person, born_on
from kcds.fhir.record import Allergy as RecordedAllergy
from kcds.fhir.record import Retrieval
from kcds.knowledge.templates import say
from kcds.model.facts import Allergy, DataState, Measurement, Patient, Treatment
from kcds.model.queries import Query
from kcds.pages.html import say_day, say_moment
from kcds.pages.review.model import Banner, Dated
from kcds.pages.review.treatment_words import order_in_words
from kcds.pages.review.words import day_or_none, listed, readable
from kcds.service import Assessment, Review

MOST_ALLERGIES = 3
"""Allergies that the banner names; it counts the others."""

NOT_ON_RECORD = "Not on record"
_WEIGHT, _NO_ALLERGY = "weight", "no-known-allergy"
_VOID = frozenset({"refuted", "entered-in-error"})
_PAST = frozenset({"inactive", "resolved"})


def make_banner(review: Review) -> Banner:
    """Say who the patient is, as recorded."""
    person = review.person
    return Banner(
        name=person.name or "Name not on record",
        born=_born(person, review.assessment),
        sex=opened(person.sex) if person.sex else NOT_ON_RECORD,
        record_number=person.record_number,
        weight=_weight(review.assessment),
        allergies=_allergies(review.assessment),
    )


def _born(person: Person, assessment: Assessment) -> str:
    """Say the birth date as recorded, and the age that the rules go by."""
    if person.born is None:
        return NOT_ON_RECORD
    day = born_on(person)
    written = say_day(day) if day is not None else readable(person.born)
    patient = next((fact for fact in assessment.facts if isinstance(fact, Patient)), None)
    age = f" ({say(patient.age)})" if patient is not None and patient.age is not None else ""
    return written + age


def _weight(assessment: Assessment) -> Dated:
    weights = [f for f in assessment.facts if isinstance(f, Measurement) and f.concept == _WEIGHT and f.date]
    if not weights:
        state = next((f.state for f in assessment.facts if isinstance(f, DataState) and f.domain == _WEIGHT), None)
        unread = state in ("failed", "incomplete", "unreadable")
        return Dated(text=opened(STATE_WORDS[state]) if state and unread else NOT_ON_RECORD)
    latest = min(weights, key=lambda fact: fact.rank or 0)
    return Dated(text=f"{say(latest.value)} kg", when=day_or_none(latest.date))


def _allergies(assessment: Assessment) -> Dated:
    """Name the allergies as recorded. "None known" only where the record says so in a code."""
    record = assessment.record
    denied = {
        source
        for fact in assessment.facts
        if isinstance(fact, Allergy) and fact.concept == _NO_ALLERGY and fact.state == "active"
        for source in fact.sources
    }
    names = [_named(one) for one in record.allergies if one.reference not in denied and _holds(one)]
    if names:
        return Dated(text=listed(list(dict.fromkeys(names)), MOST_ALLERGIES))
    if denied:
        return Dated(text="None known")
    if record.retrievals.get(Query.ALLERGIES) in (Retrieval.FAILED, Retrieval.INCOMPLETE):
        return Dated(text="Could not be loaded")
    return Dated(text=NOT_ON_RECORD)


def _holds(entry: RecordedAllergy) -> bool:
    return entry.verification_status not in _VOID and entry.clinical_status not in _PAST


def _named(entry: RecordedAllergy) -> str:
    """Name an entry in the words of the record, made harmless."""
    displays = (coding.display for coding in entry.code.codings)
    name = next(filter(None, (entry.code.text, *displays)), "")
    return plain(name) or "an entry without a name"


def subject_of(assessment: Assessment) -> tuple[str, bool]:
    """Say what is under review, and whether it is an order."""
    orders = [fact for fact in assessment.facts if isinstance(fact, Treatment) and fact.drafted]
    if orders:
        return opened("; ".join(dict.fromkeys(order_in_words(order) for order in orders))), True
    question = next((f.label for f in assessment.facts if isinstance(f, Treatment) and f.label), "ketamine")
    return opened(question), False


def run_line(banner: Banner, now: datetime) -> str:
    """Return the line by which a second printed page is known to be of this patient."""
    number = f", MRN {banner.record_number}" if banner.record_number else ""
    return f"{banner.name}, born {banner.born}{number}. Ketamine review, data read {say_moment(now)}. Advice only."
