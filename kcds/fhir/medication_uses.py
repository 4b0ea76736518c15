"""A MedicationRequest, MedicationStatement or MedicationAdministration as a `MedicationUse`."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from kcds.fhir import elements
from kcds.fhir.elements import Json
from kcds.fhir.medicines import Medicine, Pharmacy, code_of, contained
from kcds.fhir.record import Amount, Concept, Dosage, Limit, MedicationUse, Quantity
from kcds.fhir.references import relative
from kcds.fhir.validation import read_resource

MEDICATION_USES = ("MedicationRequest", "MedicationStatement", "MedicationAdministration")
_DOSAGES = frozenset({"dosageInstruction", "dosage"})
_REASONS = frozenset({"reasonCode", "reasonReference"})

_ONCE, _PER_DAY = Decimal(1), (Decimal(1), "d")
_CODED_TIMES: dict[str, tuple[Decimal | None, Decimal | None, str | None]] = {
    **dict.fromkeys(("QD", "AM", "PM", "BED"), (_ONCE, *_PER_DAY)),
    **{code: (Decimal(times), *_PER_DAY) for code, times in (("BID", 2), ("TID", 3), ("QID", 4))},
    **{f"Q{hours}H": (_ONCE, Decimal(hours), "h") for hours in (1, 2, 3, 4, 6, 8)},
    "QOD": (_ONCE, Decimal(2), "d"),
    "WK": (_ONCE, _ONCE, "wk"),
}
"""How often a timing code means (frequency, period, unit): the value set bound to `Timing.code` in FHIR R4."""

_MORE_THAN_HOW_OFTEN = frozenset(
    {"route", "doseAndRate", "maxDosePerPeriod", "asNeededCodeableConcept"}
    | {"frequencyMax", "periodMax", "duration", "durationMax", "durationUnit", "count", "countMax"}
    | {"boundsPeriod", "boundsDuration", "when", "timeOfDay", "dayOfWeek"}
)
"""Elements of an instruction and of its timing that many do not have: those say how often, and whether as needed."""


def read_medication_use(
    resource: Json,
    *,
    reference: str,
    key: str | None,
    pharmacy: Pharmacy,
    problems: Mapping[str, Concept],
) -> MedicationUse:
    """Read the order, statement or giving of a medicine. Raises UnreadableError.

    `problems` are the codes of the record's Conditions, for reasons that are given by reference.
    """

    def convert(document: Json, repaired: frozenset[str]) -> MedicationUse:
        medicine, unresolved = _medication(document, resource, pharmacy)
        dispensing = elements.child(document, "dispenseRequest")
        referenced = _referenced_reasons(document, resource, pharmacy, problems)
        return MedicationUse(
            reference=reference,
            repaired=repaired | {"medicationReference"} if medicine.repaired else repaired,
            key=key,
            type=str(resource["resourceType"]),
            status=elements.text(document, "status"),
            intent=elements.text(document, "intent"),
            category=elements.concepts(document, "category"),
            do_not_perform=bool(elements.truth(document, "doNotPerform")),
            medication=medicine.code,
            ingredients=medicine.ingredients,
            strengths=medicine.strengths,
            unresolved=unresolved,
            status_reason=_status_reason(document, resource),
            reason=(*elements.concepts(document, "reasonCode"), *(code for code in referenced if code is not None)),
            reason_unresolved=None in referenced or not _REASONS.isdisjoint(repaired),
            authored=elements.day(document, "authoredOn"),
            effective=elements.when(document, "effectiveDateTime", "effectivePeriod"),
            validity=elements.period(dispensing, "validityPeriod") if dispensing else None,
            dosages=_dosages(document, resource, damaged=not _DOSAGES.isdisjoint(repaired)),
        )

    return read_resource(resource, pharmacy.effort, convert)


def _medication(document: Json, resource: Json, pharmacy: Pharmacy) -> tuple[Medicine, bool]:
    """Give the medicine, and whether it is named by a reference that leads nowhere.

    Such a reference leaves the words it was displayed with: text never decides, but it can be shown.
    """
    target = elements.child(document, "medicationReference")
    if target is None:
        return Medicine(code=elements.concept(document, "medicationCodeableConcept") or Concept()), False
    medicine = pharmacy.find(elements.text(target, "reference"), resource)
    if medicine is None:
        return Medicine(code=Concept(text=elements.text(target, "display") or None)), True
    return medicine, False


def _status_reason(document: Json, resource: Json) -> tuple[Concept, ...]:
    """Read why it was stopped: a single concept on a request, a list on the others."""
    if resource["resourceType"] == "MedicationRequest":
        reason = elements.concept(document, "statusReason")
        return (reason,) if reason else ()
    return elements.concepts(document, "statusReason")


def _referenced_reasons(
    document: Json, resource: Json, pharmacy: Pharmacy, problems: Mapping[str, Concept]
) -> list[Concept | None]:
    """Give the codes of what is named as reason by reference; None for what is not at hand."""
    found: list[Concept | None] = []
    for target in elements.children(document, "reasonReference"):
        reference = elements.text(target, "reference") or ""
        if reference.startswith("#"):
            condition = contained(resource, reference[1:], "Condition")
            code = code_of(condition, pharmacy.effort) if condition else None
        else:
            code = problems.get(relative(reference) or reference)
        found.append(code)
    return found


def _dosages(document: Json, resource: Json, *, damaged: bool) -> tuple[Dosage, ...]:
    """Read the instructions. Where one was repaired all are damaged: it is not known what of them is left."""
    found = _stated_dosages(document, resource)
    if not damaged:
        return found
    return tuple([replace(dosage, damaged=True) for dosage in found or (Dosage(),)])


def _stated_dosages(document: Json, resource: Json) -> tuple[Dosage, ...]:
    if resource["resourceType"] == "MedicationAdministration":
        given = elements.child(document, "dosage")
        return (_administered(given),) if given is not None else ()
    name = "dosageInstruction" if resource["resourceType"] == "MedicationRequest" else "dosage"
    return tuple([_instructed(dosage) for dosage in elements.children(document, name)])


def _administered(dosage: Json) -> Dosage:
    amount = Amount(dose=elements.quantity(dosage, "dose"), rate=_rate(dosage))
    return Dosage(route=elements.concept(dosage, "route"), amounts=(amount,))


def _instructed(dosage: Json) -> Dosage:
    timing = elements.child(dosage, "timing") or {}
    repeat = elements.child(timing, "repeat") or {}
    frequency, period = elements.number(repeat, "frequency"), elements.number(repeat, "period")
    unit = elements.text(repeat, "periodUnit")
    if not (elements.has(repeat, "frequency") or elements.has(repeat, "period")):
        frequency, period, unit = _CODED_TIMES.get(elements.status(timing, "code") or "", (None, None, unit))
    if _MORE_THAN_HOW_OFTEN.isdisjoint(dosage) and _MORE_THAN_HOW_OFTEN.isdisjoint(repeat):
        return Dosage(
            frequency=frequency,
            period=period,
            period_unit=unit,
            count=_moments(timing),
            as_needed=bool(elements.truth(dosage, "asNeededBoolean")),
        )
    times = _times_named(repeat)
    most_frequency = elements.number(repeat, "frequencyMax")
    if frequency is None:
        frequency = times
    elif times is not None and times > frequency:
        most_frequency = max(times, most_frequency or times)
    return Dosage(
        route=elements.concept(dosage, "route"),
        amounts=tuple([_amount(amount) for amount in elements.children(dosage, "doseAndRate")]),
        frequency=frequency,
        most_frequency=most_frequency,
        period=period,
        most_period=elements.number(repeat, "periodMax"),
        period_unit=unit,
        duration=elements.number(repeat, "duration"),
        most_duration=elements.number(repeat, "durationMax"),
        duration_unit=elements.text(repeat, "durationUnit"),
        count=elements.number(repeat, "countMax") or elements.number(repeat, "count") or _moments(timing),
        bounds=elements.period(repeat, "boundsPeriod"),
        bounds_length=elements.quantity(repeat, "boundsDuration"),
        limit=_limit(dosage),
        as_needed=bool(elements.truth(dosage, "asNeededBoolean")) or elements.has(dosage, "asNeededCodeableConcept"),
    )


def _times_named(repeat: Json) -> Decimal | None:
    """Count how often in its day or week a timing names a time ("morning and evening"); None if not more than once.

    With a frequency beside it, it is not said whether that is for each of these times or for all.
    """
    unit = elements.text(repeat, "periodUnit")
    times = max(elements.size(repeat, "when"), elements.size(repeat, "timeOfDay"), 1)
    days = max(elements.size(repeat, "dayOfWeek"), 1) if unit == "wk" else 1
    return Decimal(times * days) if unit in {"d", "wk"} and times * days > 1 else None


def _moments(timing: Json) -> Decimal | None:
    """Count the points in time that are named one by one."""
    return Decimal(elements.size(timing, "event")) or None


def _amount(amount: Json) -> Amount:
    dose = elements.child(amount, "doseRange")
    if dose is None:
        return Amount(dose=elements.quantity(amount, "doseQuantity"), rate=_rate(amount))
    return Amount(dose=elements.quantity(dose, "high"), least_dose=elements.quantity(dose, "low"), rate=_rate(amount))


def _rate(amount: Json) -> Quantity | None:
    """Read a rate, given as a quantity ("10 mg/h"), as a range or as a ratio ("10 mg" to "1 h")."""
    rates = elements.child(amount, "rateRange")
    if (as_ratio := elements.ratio(amount, "rateRatio")) is not None:
        return as_ratio
    return elements.quantity(amount, "rateQuantity") if rates is None else elements.quantity(rates, "high")


def _limit(dosage: Json) -> Limit | None:
    most = elements.child(dosage, "maxDosePerPeriod")
    if most is None:
        return None
    amount, period = elements.quantity(most, "numerator"), elements.quantity(most, "denominator")
    return Limit(amount=amount, period=period) if amount is not None and period is not None else None
