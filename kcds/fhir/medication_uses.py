"""A MedicationRequest, MedicationStatement or MedicationAdministration as a `MedicationUse`."""

from collections.abc import Mapping

from kcds.fhir.elements import Elements
from kcds.fhir.medicines import Pharmacy, code_of, contained
from kcds.fhir.record import Concept, Dosage, MedicationUse, Quantity
from kcds.fhir.references import relative
from kcds.fhir.validation import Json, read_resource

MEDICATION_USES = ("MedicationRequest", "MedicationStatement", "MedicationAdministration")


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
        medication, ingredients, unresolved, mended = _medication(elements, resource, pharmacy)
        dispensing = elements.child("dispenseRequest")
        referenced = _referenced_reasons(elements, resource, problems)
        return MedicationUse(
            reference=reference,
            repaired=repaired | {"medicationReference"} if mended else repaired,
            key=key,
            type=str(resource["resourceType"]),
            status=elements.text("status"),
            intent=elements.text("intent"),
            do_not_perform=bool(elements.truth("doNotPerform")),
            medication=medication,
            ingredients=ingredients,
            unresolved=unresolved,
            status_reason=_status_reason(elements, resource),
            reason=(*elements.concepts("reasonCode"), *(code for code in referenced if code is not None)),
            reason_unresolved=None in referenced,
            authored=elements.date("authoredOn"),
            effective=elements.when("effective"),
            validity=dispensing.period("validityPeriod") if dispensing else None,
            dosages=_dosages(elements, resource),
        )

    return read_resource(resource, convert)


def _medication(
    elements: Elements, resource: Json, pharmacy: Pharmacy
) -> tuple[Concept | None, tuple[Concept, ...], bool, bool]:
    """Give the medicine, its ingredients, whether the reference leads nowhere, and whether the Medication was repaired.

    A reference that leads nowhere leaves the words it was displayed with: text never decides, but it can be shown.
    """
    target = elements.child("medicationReference")
    if target is None:
        return elements.concept("medicationCodeableConcept"), (), False, False
    medicine = pharmacy.find(target.text("reference"), resource)
    if medicine is None:
        display = target.text("display")
        return (Concept(text=display) if display else None), (), True, False
    return medicine.code, medicine.ingredients, False, medicine.repaired


def _status_reason(elements: Elements, resource: Json) -> tuple[Concept, ...]:
    """Read why it was stopped: a single concept on a request, a list on the others."""
    if resource["resourceType"] == "MedicationRequest":
        reason = elements.concept("statusReason")
        return (reason,) if reason else ()
    return elements.concepts("statusReason")


def _referenced_reasons(elements: Elements, resource: Json, problems: Mapping[str, Concept]) -> list[Concept | None]:
    """Give the codes of what is named as reason by reference; None for what is not at hand."""
    found: list[Concept | None] = []
    for target in elements.children("reasonReference"):
        reference = target.text("reference") or ""
        if reference.startswith("#"):
            condition = contained(resource, reference[1:], "Condition")
            code = code_of(condition) if condition else None
        else:
            code = problems.get(relative(reference) or reference)
        found.append(code)
    return found


def _dosages(elements: Elements, resource: Json) -> tuple[Dosage, ...]:
    if resource["resourceType"] == "MedicationAdministration":
        given = elements.child("dosage")
        return (_administered(given),) if given else ()
    name = "dosageInstruction" if resource["resourceType"] == "MedicationRequest" else "dosage"
    return tuple(_instructed(dosage) for dosage in elements.children(name))


def _administered(dosage: Elements) -> Dosage:
    return Dosage(route=dosage.concept("route"), dose=dosage.quantity("dose"), rate=_rate(dosage))


def _instructed(dosage: Elements) -> Dosage:
    amounts = dosage.children("doseAndRate")
    timing = dosage.child("timing")
    repeat = timing.child("repeat") if timing else None
    count = repeat.number("count") if repeat else None
    return Dosage(
        route=dosage.concept("route"),
        dose=next((dose for amount in amounts if (dose := amount.quantity("doseQuantity"))), None),
        rate=next((rate for amount in amounts if (rate := _rate(amount))), None),
        frequency=repeat.number("frequency") if repeat else None,
        period=repeat.number("period") if repeat else None,
        period_unit=repeat.text("periodUnit") if repeat else None,
        count=int(count) if count is not None else None,
        bounds=repeat.period("boundsPeriod") if repeat else None,
        as_needed=bool(dosage.truth("asNeededBoolean")) or dosage.has("asNeededCodeableConcept"),
    )


def _rate(amount: Elements) -> Quantity | None:
    """Read a rate, given as a quantity ("10 mg/h") or as a ratio ("10 mg" to "1 h")."""
    ratio = amount.child("rateRatio")
    if ratio is None:
        return amount.quantity("rateQuantity")
    top, bottom = ratio.quantity("numerator"), ratio.quantity("denominator")
    if top is None or bottom is None or top.value is None or not bottom.value or not top.code or not bottom.code:
        return None
    unit = f"{top.code}/{bottom.code}"
    return Quantity(top.value / bottom.value, unit, unit, top.comparator)
