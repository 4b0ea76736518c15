"""What a resource looks like that is certainly FHIR R4 and needs no repair: the plain form that nearly all have.

`fhir.resources` stays the judge of what FHIR is, but it is slow, and nearly every resource is of the plainest form.
Whatever fits here is accepted by `fhir.resources` as it stands, and holds nothing that could change its meaning
(ADR 12; tests/unit/test_fhir_plain.py compares). What does not fit is not wrong: `fhir.resources` looks at it.

Only the elements are listed that are left after `validation` has taken away what kcds never reads.
"""

from functools import cache
from typing import Annotated, Literal, Required, cast

from pydantic import Field, TypeAdapter
from pydantic_core import SchemaValidator
from typing_extensions import TypedDict

from kcds.fhir.plain_types import (
    Code,
    CodeableConcept,
    Date,
    DateTime,
    Dosage,
    Instant,
    Integer,
    Period,
    Quantity,
    Range,
    Ratio,
    Reference,
    Text,
    Timing,
    UnsignedInt,
    one_of,
    plain,
)


@plain
class _Patient(TypedDict, total=False):
    resourceType: Required[Literal["Patient"]]
    gender: Code
    birthDate: Date
    deceasedBoolean: bool
    deceasedDateTime: DateTime


@plain
class _Condition(TypedDict, total=False):
    resourceType: Required[Literal["Condition"]]
    clinicalStatus: CodeableConcept
    verificationStatus: CodeableConcept
    code: CodeableConcept
    subject: Required[Reference]
    onsetDateTime: DateTime
    onsetAge: Quantity
    onsetPeriod: Period
    onsetString: Text
    abatementDateTime: DateTime
    abatementAge: Quantity
    abatementPeriod: Period
    abatementString: Text
    recordedDate: DateTime


@plain
class ReferenceRange(TypedDict, total=False):
    """What is normal."""

    id: Text
    low: Quantity
    high: Quantity
    type: CodeableConcept
    appliesTo: list[CodeableConcept]
    age: Range
    text: Text


class _Value(TypedDict, total=False):
    code: Required[CodeableConcept]
    valueQuantity: Quantity
    valueCodeableConcept: CodeableConcept
    valueString: Text
    valueBoolean: bool
    valueInteger: Integer
    valueDateTime: DateTime
    dataAbsentReason: CodeableConcept
    interpretation: list[CodeableConcept]
    referenceRange: list[ReferenceRange]


_ONE_VALUE = one_of(*(name for name in _Value.__annotations__ if name.startswith("value")))


@plain
class _Component(_Value, total=False):
    id: Text


@plain
class _Observation(_Value, total=False):
    resourceType: Required[Literal["Observation"]]
    status: Required[Code]
    effectiveDateTime: DateTime
    effectivePeriod: Period
    effectiveTiming: Timing
    effectiveInstant: Instant
    component: list[Annotated[_Component, _ONE_VALUE]]


@plain
class _Procedure(TypedDict, total=False):
    resourceType: Required[Literal["Procedure"]]
    status: Required[Code]
    code: CodeableConcept
    subject: Required[Reference]
    performedDateTime: DateTime
    performedPeriod: Period
    performedString: Text
    usedCode: list[CodeableConcept]
    usedReference: list[Reference]


@plain
class Reaction(TypedDict, total=False):
    """What an allergy did."""

    id: Text
    substance: CodeableConcept
    manifestation: Required[list[CodeableConcept]]
    description: Text
    onset: DateTime
    severity: Code
    exposureRoute: CodeableConcept


@plain
class _AllergyIntolerance(TypedDict, total=False):
    resourceType: Required[Literal["AllergyIntolerance"]]
    clinicalStatus: CodeableConcept
    verificationStatus: CodeableConcept
    type: Code
    code: CodeableConcept
    patient: Required[Reference]
    onsetDateTime: DateTime
    onsetAge: Quantity
    onsetPeriod: Period
    onsetString: Text
    lastOccurrence: DateTime
    reaction: list[Reaction]


class _Use(TypedDict, total=False):
    status: Required[Code]
    medicationCodeableConcept: CodeableConcept
    medicationReference: Reference
    subject: Required[Reference]
    reasonCode: list[CodeableConcept]
    reasonReference: list[Reference]


_ONE_MEDICINE = one_of("medicationCodeableConcept", "medicationReference", required=True)


@plain
class DispenseRequest(TypedDict, total=False):
    """What the pharmacy is to hand out."""

    id: Text
    dispenseInterval: Quantity
    validityPeriod: Period
    numberOfRepeatsAllowed: UnsignedInt
    quantity: Quantity
    expectedSupplyDuration: Quantity
    performer: Reference


@plain
class _MedicationRequest(_Use, total=False):
    resourceType: Required[Literal["MedicationRequest"]]
    statusReason: CodeableConcept
    intent: Required[Code]
    category: list[CodeableConcept]
    doNotPerform: bool
    authoredOn: DateTime
    dosageInstruction: list[Dosage]
    dispenseRequest: DispenseRequest


@plain
class _MedicationStatement(_Use, total=False):
    resourceType: Required[Literal["MedicationStatement"]]
    statusReason: list[CodeableConcept]
    effectiveDateTime: DateTime
    effectivePeriod: Period
    dosage: list[Dosage]


@plain
class _Given(TypedDict, total=False):
    id: Text
    text: Text
    site: CodeableConcept
    route: CodeableConcept
    method: CodeableConcept
    dose: Quantity
    rateRatio: Ratio
    rateQuantity: Quantity


@plain
class _MedicationAdministration(_Use, total=False):
    resourceType: Required[Literal["MedicationAdministration"]]
    statusReason: list[CodeableConcept]
    effectiveDateTime: DateTime
    effectivePeriod: Period
    dosage: Annotated[_Given, one_of("rateRatio", "rateQuantity")]


@plain
class _Ingredient(TypedDict, total=False):
    id: Text
    itemCodeableConcept: CodeableConcept
    itemReference: Reference
    isActive: bool
    strength: Ratio


@plain
class _Medication(TypedDict, total=False):
    resourceType: Required[Literal["Medication"]]
    code: CodeableConcept
    status: Code
    ingredient: list[Annotated[_Ingredient, one_of("itemCodeableConcept", "itemReference", required=True)]]


_ONE_ONSET = one_of("onsetDateTime", "onsetAge", "onsetPeriod", "onsetString")
_ONE_ABATEMENT = one_of("abatementDateTime", "abatementAge", "abatementPeriod", "abatementString")
_ONE_TIME = one_of("effectiveDateTime", "effectivePeriod", "effectiveTiming", "effectiveInstant")

_Resource = Annotated[
    Annotated[_Patient, one_of("deceasedBoolean", "deceasedDateTime")]
    | Annotated[_Condition, _ONE_ONSET, _ONE_ABATEMENT]
    | Annotated[_Observation, _ONE_VALUE, _ONE_TIME]
    | Annotated[_Procedure, one_of("performedDateTime", "performedPeriod", "performedString")]
    | Annotated[_AllergyIntolerance, _ONE_ONSET]
    | Annotated[_MedicationRequest, _ONE_MEDICINE]
    | Annotated[_MedicationStatement, _ONE_MEDICINE, _ONE_TIME]
    | Annotated[_MedicationAdministration, _ONE_MEDICINE, one_of("effectiveDateTime", "effectivePeriod", required=True)]
    | _Medication,
    Field(discriminator="resourceType"),
]


@cache
def _validator() -> SchemaValidator:
    """Compile the forms, once."""
    return cast("SchemaValidator", TypeAdapter[object](_Resource).validator)


def is_plain(document: dict[str, object]) -> bool:
    """Whether a resource, without what is never read, is certainly FHIR R4 and means what it says."""
    return _validator().isinstance_python(document)
