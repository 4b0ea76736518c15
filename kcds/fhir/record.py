"""One patient's record in plain, typed form: what `facts/` reads.

Everything FHIR (validation, repair, references, partial dates, choice types) is settled before a record exists.
Status codes are kept as written; facts decide what they mean. Text of the record is kept apart from codes.
"""

from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal
from enum import StrEnum

from kcds.model.dates import PartialDate, Span
from kcds.model.immutable import immutable


@immutable
class Coding:
    """A code in a code system; `system` is normalised (canonical URI), `display` as written in the record."""

    system: str | None
    code: str | None
    display: str | None = None


@immutable
class Concept:
    """A CodeableConcept."""

    codings: tuple[Coding, ...] = ()
    text: str | None = None


@immutable
class Quantity:
    """A number with its unit: `code` is UCUM where the record says so, else the unit as written."""

    value: Decimal | None
    unit: str | None = None
    code: str | None = None
    comparator: str | None = None


@immutable(kw_only=True)
class Resource:
    """What all resources of a record share."""

    reference: str  # relative, "Condition/123", as the client sent it, without the server's base
    repaired: frozenset[str] = frozenset()  # element names that were removed because they were invalid
    key: str | None = None  # prefetch key it came with


@immutable(kw_only=True)
class Patient(Resource):
    """The person."""

    birth_date: PartialDate | None = None
    gender: str | None = None
    deceased: bool = False


@immutable(kw_only=True)
class Condition(Resource):
    """A problem or diagnosis."""

    code: Concept
    clinical_status: str | None = None
    verification_status: str | None = None
    onset: Span | None = None  # onsetDateTime: start == end; onsetPeriod: its ends
    abatement: Span | None = None
    abated: bool = False  # an abatement element is present, dated or not
    recorded: PartialDate | None = None


@immutable(kw_only=True)
class Amount:
    """How much at a time, and how fast; of a range the highest, and its lowest dose beside it."""

    dose: Quantity | None = None
    least_dose: Quantity | None = None
    rate: Quantity | None = None


@immutable(kw_only=True)
class Limit:
    """The most that may be taken in a period of time."""

    amount: Quantity
    period: Quantity


@immutable(kw_only=True)
class Dosage:
    """One dosage instruction, as far as it is coded; what has two ends ("1-2 times") has its higher one as `most_`."""

    route: Concept | None = None
    amounts: tuple[Amount, ...] = ()  # the same dose in several ways: as ordered, as calculated
    frequency: Decimal | None = None
    most_frequency: Decimal | None = None
    period: Decimal | None = None
    most_period: Decimal | None = None
    period_unit: str | None = None
    duration: Decimal | None = None  # of one administration
    most_duration: Decimal | None = None
    duration_unit: str | None = None
    count: Decimal | None = None  # how often in all, the most; or the number of points in time named
    bounds: Span | None = None
    bounds_length: Quantity | None = None
    limit: Limit | None = None
    as_needed: bool = False
    damaged: bool = False  # something of the instructions was repaired away, here or beside


@immutable(kw_only=True)
class MedicationUse(Resource):
    """A MedicationRequest, MedicationStatement or MedicationAdministration."""

    type: str  # MedicationRequest | MedicationStatement | MedicationAdministration
    status: str | None
    intent: str | None = None
    category: tuple[Concept, ...] = ()  # of a request: where it is to be given
    do_not_perform: bool = False
    medication: Concept = Concept()  # resolved through contained, sibling or included Medication
    ingredients: tuple[Concept, ...] = ()  # of the resolved Medication
    strengths: tuple[Quantity | None, ...] = ()  # of these ingredients, in the same order
    unresolved: bool = False  # a medicationReference that leads nowhere
    status_reason: tuple[Concept, ...] = ()
    reason: tuple[Concept, ...] = ()  # reasonCode, and codes of Conditions behind reasonReference
    reason_unresolved: bool = False  # a reasonReference that leads nowhere, or a reason that was repaired away
    authored: PartialDate | None = None
    effective: Span | None = None  # effective[x] of a statement or administration
    validity: Span | None = None  # dispenseRequest.validityPeriod
    dosages: tuple[Dosage, ...] = ()


@immutable(kw_only=True)
class ObservationValue:
    """The value of an observation or of one of its components."""

    code: Concept
    quantity: Quantity | None = None
    number: Decimal | None = None  # valueInteger, or ordinalValue of a coded answer
    answer: Concept | None = None  # valueCodeableConcept
    boolean: bool | None = None
    date: PartialDate | None = None  # valueDateTime
    text: str | None = None  # valueString: kept to know that there was a value, never read for logic
    absent: bool = False  # dataAbsentReason
    low: Quantity | None = None  # normal reference range
    high: Quantity | None = None
    interpretation: tuple[Coding, ...] = ()


@immutable(kw_only=True)
class Observation(Resource):
    """A measurement, score or answer."""

    status: str | None
    value: ObservationValue
    components: tuple[ObservationValue, ...] = ()
    effective: PartialDate | None = None  # instant kept where known; of a period, its end (else start)


@immutable(kw_only=True)
class Procedure(Resource):
    """A procedure."""

    status: str | None
    code: Concept
    performed: Span | None = None
    used: tuple[Concept, ...] = ()  # usedCode, and codes of Medications behind usedReference


@immutable(kw_only=True)
class Allergy(Resource):
    """An allergy, an intolerance, or the statement that there is none."""

    code: Concept
    clinical_status: str | None = None
    verification_status: str | None = None
    type: str | None = None  # allergy | intolerance
    substances: tuple[Concept, ...] = ()  # reaction.substance
    manifestations: tuple[Concept, ...] = ()


class Retrieval(StrEnum):
    """What became of one query (prefetch key)."""

    GIVEN = "given"  # answered, with or without results
    ABSENT = "absent"  # not asked: the key was left out
    FAILED = "failed"  # an OperationOutcome, or the fetch failed
    INCOMPLETE = "incomplete"  # a further page could not be had


@immutable
class Unreadable:
    """A resource that could not be read, and where it would have counted."""

    type: str
    reference: str | None
    key: str | None
    codes: frozenset[tuple[str, str]]  # (system, code) seen in the raw JSON: what it could have said


@immutable(kw_only=True)
class Record:
    """One patient's data, and what became of each query for it."""

    patient: Patient
    conditions: tuple[Condition, ...] = ()
    medications: tuple[MedicationUse, ...] = ()
    observations: tuple[Observation, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    allergies: tuple[Allergy, ...] = ()
    orders: tuple[MedicationUse, ...] = ()  # drafted (order-sign) or selected (order-select) medication orders
    retrievals: Mapping[str, Retrieval] = field(default_factory=dict)  # by prefetch key
    unreadable: tuple[Unreadable, ...] = ()
