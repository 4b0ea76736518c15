"""Whatever numbers a record holds: every property of every fact is None, or a finite value of its declared type."""

import math
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st
from knowledge_builders import real_knowledge
from record_builders import NOW, TODAY, at, concept, dosage, medicine, observation, quantity, record, value

from kcds.facts.extract import extract_facts
from kcds.fhir.record import Dosage, MedicationUse, Observation, Quantity, Record
from kcds.model.facts import Fact, schema_of, values_of

USUAL = (-0.0, 0, 1, 7.5, 40)
ODD = (5e-324, 1e-300, -1, 1e22, 1e41, 1e308)
KETAMINE, BARE_KETAMINE = ("rxnorm", "238083"), ("rxnorm", "6130")
OXYCODONE, PATCH, ACETAMINOPHEN, COMBINED = (("rxnorm", code) for code in ("1049621", "197696", "198440", "1049221"))
AMOUNTS = {OXYCODONE: "tablet", PATCH: "patch", ACETAMINOPHEN: "g", COMBINED: "tablet", KETAMINE: "mg/kg"}
MEASURED = {
    "1742-6": "U/L",
    "1975-2": "umol/L",
    "29463-7": "kg",
    "3016-3": "mIU/L",
    "8480-6": "mm[Hg]",
    "2106-3": "U/L",
}
PAIN = "72514-3"

numbers = st.sampled_from(USUAL) | st.sampled_from(ODD)
maybe = st.none() | numbers


@st.composite
def amounts(draw: st.DrawFn, unit: str) -> Quantity:
    return quantity(draw(numbers), unit)


@st.composite
def dosages(draw: st.DrawFn, unit: str) -> Dosage:
    return dosage(
        route=("snomed", "47625008") if unit == "mg/kg" else None,
        dose=draw(amounts(unit)),
        least_dose=draw(st.none() | amounts(unit)),
        rate=draw(st.none() | amounts("mg/h")) if unit == "mg/kg" else None,
        frequency=draw(maybe),
        most_frequency=draw(maybe),
        period=draw(st.just(1) | numbers),
        most_period=draw(maybe),
        period_unit="d",
        duration=draw(maybe),
        most_duration=draw(maybe),
        duration_unit="h",
        count=draw(maybe),
        bounds_length=draw(st.none() | amounts("d")),
        limit=draw(st.none() | st.tuples(amounts(unit), amounts("d"))),
        as_needed=draw(st.booleans()),
    )


@st.composite
def taken(draw: st.DrawFn) -> list[MedicationUse]:
    codes = draw(st.lists(st.sampled_from([*AMOUNTS][:-1]), min_size=1, max_size=3))
    return [
        medicine(code, id_=f"m{number}", dosages=[draw(dosages(AMOUNTS[code]))]) for number, code in enumerate(codes)
    ]


@st.composite
def ordered(draw: st.DrawFn) -> MedicationUse:
    unit = draw(st.sampled_from(("mg/kg", "mg", "mL")))
    mixture = {"ingredients": [concept(BARE_KETAMINE)], "strengths": [draw(amounts("mg/mL"))]}
    return medicine(KETAMINE, id_="order", status="draft", dosages=[draw(dosages(unit))], **mixture)


@st.composite
def results(draw: st.DrawFn) -> list[Observation]:
    return [
        observation(
            value(("loinc", code), quantity_=draw(amounts(unit)), low=draw(amounts(unit)), high=draw(amounts(unit))),
            id_=code,
        )
        for code, unit in MEASURED.items()
    ]


@st.composite
def pain(draw: st.DrawFn) -> list[Observation]:
    return [
        observation(value(("loinc", PAIN), quantity_=draw(amounts("{score}"))), id_=day, effective=day)
        for day in ("2026-09-30", "2026-10-12", "2026-11-20")
    ]


@st.composite
def records(draw: st.DrawFn) -> Record:
    infused = medicine(
        KETAMINE, id_="given", type_="MedicationAdministration", status="completed", effective=at("2026-10-01")
    )
    return record(
        medications=[infused, *draw(taken())],
        orders=[draw(ordered())],
        observations=[*draw(results()), *draw(pain())],
    )


def unsound(facts: tuple[Fact, ...]) -> Iterator[str]:
    for fact in facts:
        types = schema_of(fact.kind)
        for name, found in values_of(fact).items():
            finite = not isinstance(found, float) or math.isfinite(found)
            if found is not None and (type(found) is not types[name] or not finite):
                yield f"{fact.kind}.{name}"


@settings(max_examples=100, deadline=None)
@given(records())
def test_no_number_of_a_record_makes_a_fact_that_is_not_of_its_type(seen: Record) -> None:
    assert list(unsound(extract_facts(seen, real_knowledge(), today=TODAY, now=NOW))) == []
