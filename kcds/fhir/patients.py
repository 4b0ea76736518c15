"""A Patient resource as a `Patient`."""

from kcds.fhir.elements import Elements
from kcds.fhir.record import Patient
from kcds.fhir.validation import Effort, Json, read_resource


def read_patient(resource: Json, *, reference: str, key: str | None, effort: Effort) -> Patient:
    """Read the person. Raises UnreadableError.

    A date of death counts as death even where the date itself cannot be read.
    """

    def convert(elements: Elements, repaired: frozenset[str]) -> Patient:
        return Patient(
            reference=reference,
            repaired=repaired,
            key=key,
            birth_date=elements.date("birthDate"),
            gender=elements.text("gender"),
            deceased=bool(elements.truth("deceasedBoolean"))
            or elements.has("deceasedDateTime")
            or "deceasedDateTime" in repaired,
        )

    return read_resource(resource, effort, convert)
