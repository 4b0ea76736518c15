"""A Patient resource as a `Patient`."""

from kcds.fhir import elements
from kcds.fhir.elements import Json
from kcds.fhir.record import Patient
from kcds.fhir.validation import Effort, read_resource


def read_patient(resource: Json, *, reference: str, key: str | None, effort: Effort) -> Patient:
    """Read the person. Raises UnreadableError.

    A date of death counts as death even where the date itself cannot be read.
    """

    def convert(document: Json, repaired: frozenset[str]) -> Patient:
        return Patient(
            reference=reference,
            repaired=repaired,
            key=key,
            birth_date=elements.day(document, "birthDate"),
            gender=elements.text(document, "gender"),
            deceased=bool(elements.truth(document, "deceasedBoolean"))
            or elements.has(document, "deceasedDateTime")
            or "deceasedDateTime" in repaired,
        )

    return read_resource(resource, effort, convert)
