"""An Observation resource as an `Observation`."""

from decimal import Decimal

from kcds.fhir.elements import Elements
from kcds.fhir.record import Concept, Observation, ObservationValue, Quantity
from kcds.fhir.validation import Effort, Json, read_resource
from kcds.model.dates import PartialDate

_ORDINALS = frozenset(
    {
        "http://hl7.org/fhir/StructureDefinition/ordinalValue",
        "http://hl7.org/fhir/StructureDefinition/itemWeight",
    }
)


def read_observation(resource: Json, *, reference: str, key: str | None, effort: Effort) -> Observation:
    """Read a measurement, score or answer. Raises UnreadableError."""

    def convert(elements: Elements, repaired: frozenset[str]) -> Observation:
        return Observation(
            reference=reference,
            repaired=repaired,
            key=key,
            status=elements.text("status"),
            value=_value(elements),
            components=tuple([_value(component) for component in elements.children("component")]),
            effective=_effective(elements),
        )

    return read_resource(resource, effort, convert)


def _effective(elements: Elements) -> PartialDate | None:
    """When it was true of the patient: the day, the end of a period (else its start), the last event of a timing."""
    when = elements.date("effectiveDateTime") or elements.date("effectiveInstant")
    if when:
        return when
    period = elements.period("effectivePeriod")
    if period:
        return period.end or period.start
    timing = elements.child("effectiveTiming")
    return timing.last_date("event") if timing else None


def _value(elements: Elements) -> ObservationValue:
    low, high = _normal_range(elements)
    whole = elements.number("valueInteger")
    return ObservationValue(
        code=elements.concept("code") or Concept(),
        quantity=elements.quantity("valueQuantity"),
        number=whole if whole is not None else _ordinal(elements),
        answer=elements.concept("valueCodeableConcept"),
        boolean=elements.truth("valueBoolean"),
        date=elements.date("valueDateTime"),
        text=elements.text("valueString"),
        absent=elements.has("dataAbsentReason"),
        low=low,
        high=high,
        interpretation=tuple([coding for concept in elements.concepts("interpretation") for coding in concept.codings]),
    )


def _ordinal(elements: Elements) -> Decimal | None:
    """Give the score that a coded answer carries as an extension."""
    answer = elements.child("valueCodeableConcept")
    if answer is None:
        return None
    for holder in (*answer.children("coding"), answer):
        for extension in holder.children("extension"):
            if extension.text("url") in _ORDINALS:
                return extension.number("valueDecimal")
    return None


def _normal_range(elements: Elements) -> tuple[Quantity | None, Quantity | None]:
    """Give the limits of normal: of a range typed "normal" or not typed, best one that is for everybody."""
    ranges = elements.children("referenceRange")
    if not ranges:
        return None, None
    normal = [entry for entry in ranges if entry.code("type") in (None, "normal")]
    general = [entry for entry in normal if not entry.has("appliesTo") and not entry.has("age")]
    chosen = next(iter(general or normal), None)
    return (chosen.quantity("low"), chosen.quantity("high")) if chosen else (None, None)
