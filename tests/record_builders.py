"""Builders of records for tests: every argument has a default, so that a test shows only what it is about.

Dates are given as ISO text (`"2026-11-01"`, `"2019-05"`, `"2019"`); codes as `("icd-10-cm", "F11.20")` with the short
names of `SYSTEMS`. All people are invented.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from kcds.fhir.record import (
    Allergy,
    Amount,
    Coding,
    Concept,
    Condition,
    Dosage,
    Limit,
    MedicationUse,
    Observation,
    ObservationValue,
    Patient,
    Procedure,
    Quantity,
    Record,
    Retrieval,
    Unreadable,
)
from kcds.model.dates import PartialDate, Span
from kcds.model.queries import Query

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

SYSTEMS = {
    "snomed": "http://snomed.info/sct",
    "icd-10-cm": "http://hl7.org/fhir/sid/icd-10-cm",
    "icd-10": "http://hl7.org/fhir/sid/icd-10",
    "icd-9-cm": "http://hl7.org/fhir/sid/icd-9-cm",
    "loinc": "http://loinc.org",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "ndc": "http://hl7.org/fhir/sid/ndc",
    "atc": "http://www.whocc.no/atc",
    "interpretation": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
    "local": "urn:oid:2.999.7.1",
}

Code = tuple[str, str] | tuple[str, str, str]
"""(short system name, code) or (short system name, code, display)."""


def day(text: str | None) -> PartialDate | None:
    """Read "2026-11-01", "2019-05" or "2019" as a partial date, "2026-11-01T09:30:00Z" as an instant."""
    if text is None:
        return None
    if "T" in text:
        instant = datetime.fromisoformat(text)
        return PartialDate(instant.date(), instant.date(), instant)
    numbers = [int(part) for part in text.split("-")]
    if len(numbers) == 1:
        return PartialDate.year(*numbers)
    return PartialDate.month(*numbers) if len(numbers) == 2 else PartialDate.day(date(*numbers))


def span(start: str | None = None, end: str | None = None) -> Span:
    """From when to when; leave an end out where it is unknown."""
    return Span(day(start), day(end))


def at(text: str) -> Span:
    """One point in time, as `onsetDateTime` gives it: start and end are the same."""
    return span(text, text)


def coding(code: Code) -> Coding:
    """Make a coding from a short system name (or a full URI) and a code."""
    system, value, *display = code
    return Coding(SYSTEMS.get(system, system), value, display[0] if display else None)


def concept(*codes: Code, text: str | None = None) -> Concept:
    """Make a CodeableConcept of any number of codings."""
    return Concept(tuple(coding(code) for code in codes), text)


def quantity(value: float | str | None, unit: str | None = None, comparator: str | None = None) -> Quantity:
    """Make a quantity whose unit is a UCUM code."""
    return Quantity(None if value is None else Decimal(str(value)), unit, unit, comparator)


def patient(
    born: str | None = "1980-01-01",
    gender: str | None = "female",
    *,
    deceased: bool = False,
    repaired: Iterable[str] = (),
) -> Patient:
    """Make a person, by default a woman of 46."""
    return Patient(
        reference="Patient/p1",
        birth_date=day(born),
        gender=gender,
        deceased=deceased,
        repaired=frozenset(repaired),
        key=Query.PATIENT,
    )


def problem(  # noqa: PLR0913 - one argument for each element of a Condition
    *codes: Code,
    id_: str = "c1",
    text: str | None = None,
    clinical: str | None = "active",
    verification: str | None = "confirmed",
    onset: str | Span | None = None,
    abatement: str | Span | None = None,
    abated: bool | None = None,
    repaired: Iterable[str] = (),
) -> Condition:
    """Make a problem, by default active and confirmed."""
    return Condition(
        reference=f"Condition/{id_}",
        code=concept(*codes, text=text),
        clinical_status=clinical,
        verification_status=verification,
        onset=at(onset) if isinstance(onset, str) else onset,
        abatement=at(abatement) if isinstance(abatement, str) else abatement,
        abated=abatement is not None if abated is None else abated,
        repaired=frozenset(repaired),
        key=Query.CONDITIONS,
    )


def value(  # noqa: PLR0913 - one argument for each kind of value
    *codes: Code,
    quantity_: Quantity | None = None,
    number: float | None = None,
    answer: Concept | None = None,
    boolean: bool | None = None,
    date_: str | None = None,
    text: str | None = None,
    absent: bool = False,
    low: Quantity | None = None,
    high: Quantity | None = None,
    interpretation: Iterable[Code] = (),
) -> ObservationValue:
    """Make the coded question and the value of an observation or of one of its components."""
    return ObservationValue(
        code=concept(*codes),
        quantity=quantity_,
        number=None if number is None else Decimal(str(number)),
        answer=answer,
        boolean=boolean,
        date=day(date_),
        text=text,
        absent=absent,
        low=low,
        high=high,
        interpretation=tuple(coding(code) for code in interpretation),
    )


def observation(  # noqa: PLR0913 - one argument for each element of an Observation
    value_: ObservationValue,
    *,
    id_: str = "o1",
    status: str | None = "final",
    effective: str | None = "2026-11-20",
    components: Iterable[ObservationValue] = (),
    repaired: Iterable[str] = (),
    key: str | None = None,
) -> Observation:
    """Make an observation, by default final and of yesterday."""
    return Observation(
        reference=f"Observation/{id_}",
        status=status,
        value=value_,
        components=tuple(components),
        effective=day(effective),
        repaired=frozenset(repaired),
        key=key,
    )


def dosage(  # noqa: PLR0913 - one argument for each element of a Dosage
    *,
    route: Code | None = None,
    dose: Quantity | None = None,
    least_dose: Quantity | None = None,
    rate: Quantity | None = None,
    amounts: Iterable[Amount] = (),
    frequency: float | None = None,
    most_frequency: float | None = None,
    period: float | None = None,
    most_period: float | None = None,
    period_unit: str | None = None,
    duration: float | None = None,
    most_duration: float | None = None,
    duration_unit: str | None = None,
    count: int | None = None,
    bounds: Span | None = None,
    bounds_length: Quantity | None = None,
    limit: tuple[Quantity, Quantity] | None = None,
    as_needed: bool = False,
) -> Dosage:
    """Make one dosage instruction; nothing is stated by default."""
    one = Amount(dose=dose, least_dose=least_dose, rate=rate)
    return Dosage(
        route=None if route is None else concept(route),
        amounts=(*([] if one == Amount() else [one]), *amounts),
        frequency=_decimal(frequency),
        most_frequency=_decimal(most_frequency),
        period=_decimal(period),
        most_period=_decimal(most_period),
        period_unit=period_unit,
        duration=_decimal(duration),
        most_duration=_decimal(most_duration),
        duration_unit=duration_unit,
        count=_decimal(count),
        bounds=bounds,
        bounds_length=bounds_length,
        limit=None if limit is None else Limit(amount=limit[0], period=limit[1]),
        as_needed=as_needed,
    )


def _decimal(number: float | None) -> Decimal | None:
    return None if number is None else Decimal(str(number))


def medicine(  # noqa: PLR0913 - one argument for each element of a MedicationRequest or -Statement
    *codes: Code,
    id_: str = "m1",
    type_: str = "MedicationRequest",
    text: str | None = None,
    status: str | None = "active",
    intent: str | None = "order",
    do_not_perform: bool = False,
    ingredients: Iterable[Concept] = (),
    strengths: Iterable[Quantity | None] = (),
    category: Iterable[Concept] = (),
    unresolved: bool = False,
    status_reason: Iterable[Concept] = (),
    reason: Iterable[Concept] = (),
    authored: str | None = None,
    effective: Span | None = None,
    validity: Span | None = None,
    dosages: Iterable[Dosage] = (),
    repaired: Iterable[str] = (),
) -> MedicationUse:
    """Make a medicine of the record, by default an active order."""
    return MedicationUse(
        reference=f"{type_}/{id_}",
        type=type_,
        status=status,
        intent=intent if type_ == "MedicationRequest" else None,
        do_not_perform=do_not_perform,
        medication=concept(*codes, text=text),
        ingredients=tuple(ingredients),
        strengths=tuple(strengths),
        category=tuple(category),
        unresolved=unresolved,
        status_reason=tuple(status_reason),
        reason=tuple(reason),
        authored=day(authored),
        effective=effective,
        validity=validity,
        dosages=tuple(dosages),
        repaired=frozenset(repaired),
    )


def procedure(  # noqa: PLR0913 - one argument for each element of a Procedure
    *codes: Code,
    id_: str = "pr1",
    text: str | None = None,
    status: str | None = "completed",
    performed: str | Span | None = None,
    used: Iterable[Concept] = (),
    repaired: Iterable[str] = (),
) -> Procedure:
    """Make a procedure, by default completed."""
    return Procedure(
        reference=f"Procedure/{id_}",
        status=status,
        code=concept(*codes, text=text),
        performed=at(performed) if isinstance(performed, str) else performed,
        used=tuple(used),
        repaired=frozenset(repaired),
        key=Query.PROCEDURES,
    )


def allergy(  # noqa: PLR0913 - one argument for each element of an AllergyIntolerance
    *codes: Code,
    id_: str = "a1",
    text: str | None = None,
    clinical: str | None = "active",
    verification: str | None = "confirmed",
    type_: str | None = None,
    substances: Iterable[Concept] = (),
    manifestations: Iterable[Concept] = (),
    repaired: Iterable[str] = (),
) -> Allergy:
    """Make an allergy, by default active and confirmed, its type not stated."""
    return Allergy(
        reference=f"AllergyIntolerance/{id_}",
        code=concept(*codes, text=text),
        clinical_status=clinical,
        verification_status=verification,
        type=type_,
        substances=tuple(substances),
        manifestations=tuple(manifestations),
        repaired=frozenset(repaired),
        key=Query.ALLERGIES,
    )


def unreadable(type_: str, key: str | None, *codes: Code, id_: str = "x1") -> Unreadable:
    """Make a resource that could not be read, with the codes seen in it."""
    seen = (coding(code) for code in codes)
    return Unreadable(type_, f"{type_}/{id_}", key, frozenset((c.system, c.code) for c in seen if c.system and c.code))


def retrievals(**changed: Retrieval) -> Mapping[str, Retrieval]:
    """Every query given, except those named: `retrievals(conditions=Retrieval.FAILED)`."""
    return {query.value: Retrieval.GIVEN for query in Query} | changed


def record(  # noqa: PLR0913 - one argument for each part of a Record
    *,
    person: Patient | None = None,
    conditions: Iterable[Condition] = (),
    medications: Iterable[MedicationUse] = (),
    observations: Iterable[Observation] = (),
    procedures: Iterable[Procedure] = (),
    allergies: Iterable[Allergy] = (),
    orders: Iterable[MedicationUse] = (),
    retrieved: Mapping[str, Retrieval] | None = None,
    not_read: Iterable[Unreadable] = (),
) -> Record:
    """Make a record in which every query was answered and everything could be read."""
    return Record(
        patient=person or patient(),
        conditions=tuple(conditions),
        medications=tuple(medications),
        observations=tuple(observations),
        procedures=tuple(procedures),
        allergies=tuple(allergies),
        orders=tuple(orders),
        retrievals=retrievals() if retrieved is None else retrieved,
        unreadable=tuple(not_read),
    )
