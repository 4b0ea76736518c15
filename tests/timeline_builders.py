"""Timelines for tests: of records as a test writes them, over the shipped rules or those of a site."""

from knowledge_builders import real_knowledge
from record_builders import NOW, TODAY, at, medicine, observation, quantity, record, value

from kcds.facts.extract import extract_facts
from kcds.fhir.person import Person
from kcds.fhir.record import MedicationUse, Observation, Quantity, Record
from kcds.knowledge.load import Knowledge
from kcds.model.facts import Fact
from kcds.pages.timeline.make import make_timeline
from kcds.pages.timeline.model import MeasuredLane, Timeline
from kcds.service import Assessment, Review

KETAMINE = ("rxnorm", "238083")
NUMERIC, PAST_WEEK = "72514-3", "75893-8"
ALT, AST, BILIRUBIN = "1742-6", "1920-8", "1975-2"


def facts_of(of: Record, knowledge: Knowledge) -> tuple[Fact, ...]:
    """The facts that rules would see."""
    return extract_facts(of, knowledge, today=TODAY, now=NOW)


def timeline(of: Record | None = None, knowledge: Knowledge | None = None, **parts: object) -> Timeline:
    """The timeline of a record, or of one made of these parts."""
    known = knowledge or real_knowledge()
    read = of or record(**parts)  # type: ignore[arg-type]
    made: object = object()
    assessment = Assessment(
        record=read,
        facts=facts_of(read, known),
        findings=made,  # type: ignore[arg-type]
        advice=made,  # type: ignore[arg-type]
        speech=made,  # type: ignore[arg-type]
        made=(),
    )
    person = Person.__new__(Person)
    return make_timeline(Review(assessment=assessment, person=person), known, today=TODAY, now=NOW)


def lane(of: Timeline, name: str) -> MeasuredLane:
    """One lane of measured values."""
    return next(one for one in of.measured if one.id == name)


def pain(number: float, when: str, code: str = NUMERIC, **more: object) -> Observation:
    elements: dict[str, object] = {"id_": f"pain-{code}-{when}-{number}", "effective": when} | more
    return observation(value(("loinc", code), number=number), **elements)  # type: ignore[arg-type]


def pressure(systolic: float, diastolic: float, when: str, **more: object) -> Observation:
    elements: dict[str, object] = {"id_": f"bp-{when}-{systolic}", "effective": when} | more
    parts = [
        value(("loinc", "8480-6"), quantity_=quantity(systolic, "mm[Hg]")),
        value(("loinc", "8462-4"), quantity_=quantity(diastolic, "mm[Hg]")),
    ]
    return observation(value(("loinc", "85354-9")), components=parts, **elements)  # type: ignore[arg-type]


def enzyme(number: float, when: str, code: str = ALT, high: float | None = 40, **more: object) -> Observation:
    elements: dict[str, object] = {"id_": f"{code}-{when}-{number}", "effective": when} | more
    limit: Quantity | None = quantity(high, "U/L") if high is not None else None
    measured = value(("loinc", code), quantity_=quantity(number, "U/L"), high=limit)
    return observation(measured, **elements)  # type: ignore[arg-type]


def given(when: str, **more: object) -> MedicationUse:
    """Ketamine given on a day."""
    elements: dict[str, object] = {"id_": when, "effective": at(when)} | more
    return medicine(KETAMINE, type_="MedicationAdministration", status="completed", **elements)  # type: ignore[arg-type]
