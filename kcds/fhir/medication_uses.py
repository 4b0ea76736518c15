"""A MedicationRequest, MedicationStatement or MedicationAdministration as a `MedicationUse`."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from kcds.fhir.elements import Elements
from kcds.fhir.medicines import Medicine, Pharmacy, code_of, contained
from kcds.fhir.record import Amount, Concept, Dosage, Limit, MedicationUse, Quantity
from kcds.fhir.references import relative
from kcds.fhir.validation import Json, read_resource

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

    def convert(elements: Elements, repaired: frozenset[str]) -> MedicationUse:
        medicine, unresolved = _medication(elements, resource, pharmacy)
        dispensing = elements.child("dispenseRequest")
        referenced = _referenced_reasons(elements, resource, pharmacy, problems)
        return MedicationUse(
            reference=reference,
            repaired=repaired | {"medicationReference"} if medicine.repaired else repaired,
            key=key,
            type=str(resource["resourceType"]),
            status=elements.text("status"),
            intent=elements.text("intent"),
            category=elements.concepts("category"),
            do_not_perform=bool(elements.truth("doNotPerform")),
            medication=medicine.code,
            ingredients=medicine.ingredients,
            strengths=medicine.strengths,
            unresolved=unresolved,
            status_reason=_status_reason(elements, resource),
            reason=(*elements.concepts("reasonCode"), *(code for code in referenced if code is not None)),
            reason_unresolved=None in referenced or not _REASONS.isdisjoint(repaired),
            authored=elements.date("authoredOn"),
            effective=elements.when("effective"),
            validity=dispensing.period("validityPeriod") if dispensing else None,
            dosages=_dosages(elements, resource, damaged=not _DOSAGES.isdisjoint(repaired)),
        )

    return read_resource(resource, pharmacy.effort, convert)


def _medication(elements: Elements, resource: Json, pharmacy: Pharmacy) -> tuple[Medicine, bool]:
    """Give the medicine, and whether it is named by a reference that leads nowhere.

    Such a reference leaves the words it was displayed with: text never decides, but it can be shown.
    """
    target = elements.child("medicationReference")
    if target is None:
        return Medicine(code=elements.concept("medicationCodeableConcept") or Concept()), False
    medicine = pharmacy.find(target.text("reference"), resource)
    if medicine is None:
        return Medicine(code=Concept(text=target.text("display") or None)), True
    return medicine, False


def _status_reason(elements: Elements, resource: Json) -> tuple[Concept, ...]:
    """Read why it was stopped: a single concept on a request, a list on the others."""
    if resource["resourceType"] == "MedicationRequest":
        reason = elements.concept("statusReason")
        return (reason,) if reason else ()
    return elements.concepts("statusReason")


def _referenced_reasons(
    elements: Elements, resource: Json, pharmacy: Pharmacy, problems: Mapping[str, Concept]
) -> list[Concept | None]:
    """Give the codes of what is named as reason by reference; None for what is not at hand."""
    found: list[Concept | None] = []
    for target in elements.children("reasonReference"):
        reference = target.text("reference") or ""
        if reference.startswith("#"):
            condition = contained(resource, reference[1:], "Condition")
            code = code_of(condition, pharmacy.effort) if condition else None
        else:
            code = problems.get(relative(reference) or reference)
        found.append(code)
    return found


def _dosages(elements: Elements, resource: Json, *, damaged: bool) -> tuple[Dosage, ...]:
    """Read the instructions. Where one was repaired all are damaged: it is not known what of them is left."""
    found = _stated_dosages(elements, resource)
    if not damaged:
        return found
    return tuple([replace(dosage, damaged=True) for dosage in found or (Dosage(),)])


def _stated_dosages(elements: Elements, resource: Json) -> tuple[Dosage, ...]:
    if resource["resourceType"] == "MedicationAdministration":
        given = elements.child("dosage")
        return (_administered(given),) if given else ()
    name = "dosageInstruction" if resource["resourceType"] == "MedicationRequest" else "dosage"
    return tuple([_instructed(dosage) for dosage in elements.children(name)])


def _administered(dosage: Elements) -> Dosage:
    amount = Amount(dose=dosage.quantity("dose"), rate=_rate(dosage))
    return Dosage(route=dosage.concept("route"), amounts=(amount,))


def _instructed(dosage: Elements) -> Dosage:
    timing = dosage.child("timing") or Elements({})
    repeat = timing.child("repeat") or Elements({})
    frequency, period, unit = repeat.number("frequency"), repeat.number("period"), repeat.text("periodUnit")
    if not (repeat.has("frequency") or repeat.has("period")):
        frequency, period, unit = _CODED_TIMES.get(timing.code("code") or "", (None, None, unit))
    times = _times_named(repeat)
    most_frequency = repeat.number("frequencyMax")
    if frequency is None:
        frequency = times
    elif times is not None and times > frequency:
        most_frequency = max(times, most_frequency or times)
    return Dosage(
        route=dosage.concept("route"),
        amounts=tuple([_amount(amount) for amount in dosage.children("doseAndRate")]),
        frequency=frequency,
        most_frequency=most_frequency,
        period=period,
        most_period=repeat.number("periodMax"),
        period_unit=unit,
        duration=repeat.number("duration"),
        most_duration=repeat.number("durationMax"),
        duration_unit=repeat.text("durationUnit"),
        count=repeat.number("countMax") or repeat.number("count") or _moments(timing),
        bounds=repeat.period("boundsPeriod"),
        bounds_length=repeat.quantity("boundsDuration"),
        limit=_limit(dosage),
        as_needed=bool(dosage.truth("asNeededBoolean")) or dosage.has("asNeededCodeableConcept"),
    )


def _times_named(repeat: Elements) -> Decimal | None:
    """Count how often in its day or week a timing names a time ("morning and evening"); None if not more than once.

    With a frequency beside it, it is not said whether that is for each of these times or for all.
    """
    unit = repeat.text("periodUnit")
    times = max(repeat.size("when"), repeat.size("timeOfDay"), 1)
    days = max(repeat.size("dayOfWeek"), 1) if unit == "wk" else 1
    return Decimal(times * days) if unit in {"d", "wk"} and times * days > 1 else None


def _moments(timing: Elements) -> Decimal | None:
    """Count the points in time that are named one by one."""
    return Decimal(timing.size("event")) or None


def _amount(amount: Elements) -> Amount:
    dose = amount.child("doseRange")
    if dose is None:
        return Amount(dose=amount.quantity("doseQuantity"), rate=_rate(amount))
    return Amount(dose=dose.quantity("high"), least_dose=dose.quantity("low"), rate=_rate(amount))


def _rate(amount: Elements) -> Quantity | None:
    """Read a rate, given as a quantity ("10 mg/h"), as a range or as a ratio ("10 mg" to "1 h")."""
    rates = amount.child("rateRange")
    return amount.ratio("rateRatio") or (rates.quantity("high") if rates else amount.quantity("rateQuantity"))


def _limit(dosage: Elements) -> Limit | None:
    most = dosage.child("maxDosePerPeriod")
    amount, period = (most.quantity("numerator"), most.quantity("denominator")) if most else (None, None)
    return Limit(amount=amount, period=period) if amount is not None and period is not None else None
