"""An Observation resource as an `Observation`."""

from decimal import Decimal

from kcds.fhir import elements
from kcds.fhir.elements import Json
from kcds.fhir.record import Concept, Observation, ObservationValue, Quantity
from kcds.fhir.validation import Effort, read_resource
from kcds.model.dates import PartialDate

_ORDINALS = frozenset(
    {
        "http://hl7.org/fhir/StructureDefinition/ordinalValue",
        "http://hl7.org/fhir/StructureDefinition/itemWeight",
    }
)

_MORE_THAN_A_NUMBER = frozenset(
    {"valueInteger", "valueCodeableConcept", "valueBoolean", "valueDateTime", "valueString"}
    | {"dataAbsentReason", "interpretation", "referenceRange"}
)
"""Elements that most observations do not have: those are a quantity and no more."""


def read_observation(resource: Json, *, reference: str, key: str | None, effort: Effort) -> Observation:
    """Read a measurement, score or answer. Raises UnreadableError."""

    def convert(document: Json, repaired: frozenset[str]) -> Observation:
        return Observation(
            reference=reference,
            repaired=repaired,
            key=key,
            status=elements.text(document, "status"),
            value=_value(document),
            components=tuple([_value(component) for component in elements.children(document, "component")]),
            effective=_effective(document),
        )

    return read_resource(resource, effort, convert)


def _effective(json: Json) -> PartialDate | None:
    """When it was true of the patient: the day, the end of a period (else its start), the last event of a timing."""
    moment = elements.day(json, "effectiveDateTime") or elements.day(json, "effectiveInstant")
    if moment:
        return moment
    period = elements.period(json, "effectivePeriod")
    if period:
        return period.end or period.start
    timing = elements.child(json, "effectiveTiming")
    return elements.last_day(timing, "event") if timing else None


def _value(json: Json) -> ObservationValue:
    code = elements.concept(json, "code") or Concept()
    quantity = elements.quantity(json, "valueQuantity")
    if _MORE_THAN_A_NUMBER.isdisjoint(json):
        return ObservationValue(code=code, quantity=quantity)
    low, high = _normal_range(json)
    whole = elements.number(json, "valueInteger")
    return ObservationValue(
        code=code,
        quantity=quantity,
        number=whole if whole is not None else _ordinal(json),
        answer=elements.concept(json, "valueCodeableConcept"),
        boolean=elements.truth(json, "valueBoolean"),
        date=elements.day(json, "valueDateTime"),
        text=elements.text(json, "valueString"),
        absent=elements.has(json, "dataAbsentReason"),
        low=low,
        high=high,
        interpretation=tuple(
            [coding for found in elements.concepts(json, "interpretation") for coding in found.codings]
        ),
    )


def _ordinal(json: Json) -> Decimal | None:
    """Give the score that a coded answer carries as an extension."""
    answer = elements.child(json, "valueCodeableConcept")
    if answer is None:
        return None
    for holder in (*elements.children(answer, "coding"), answer):
        for extension in elements.children(holder, "extension"):
            if elements.text(extension, "url") in _ORDINALS:
                return elements.number(extension, "valueDecimal")
    return None


def _normal_range(json: Json) -> tuple[Quantity | None, Quantity | None]:
    """Give the limits of normal: of a range typed "normal" or not typed, best one that is for everybody."""
    ranges = elements.children(json, "referenceRange")
    if not ranges:
        return None, None
    normal = [entry for entry in ranges if elements.status(entry, "type") in (None, "normal")]
    general = [entry for entry in normal if not elements.has(entry, "appliesTo") and not elements.has(entry, "age")]
    chosen = next(iter(general or normal), None)
    return (elements.quantity(chosen, "low"), elements.quantity(chosen, "high")) if chosen else (None, None)
