"""A Procedure resource as a `Procedure`."""

from kcds.fhir import elements
from kcds.fhir.elements import Json
from kcds.fhir.medicines import Pharmacy
from kcds.fhir.record import Concept, Procedure
from kcds.fhir.validation import read_resource


def read_procedure(resource: Json, *, reference: str, key: str | None, pharmacy: Pharmacy) -> Procedure:
    """Read a procedure, with the medicines that were used in it. Raises UnreadableError."""

    def convert(document: Json, repaired: frozenset[str]) -> Procedure:
        used = [*elements.concepts(document, "usedCode")]
        for target in elements.children(document, "usedReference"):
            medicine = pharmacy.find(elements.text(target, "reference"), resource)
            if medicine is not None:
                used += [medicine.code, *medicine.ingredients]
        return Procedure(
            reference=reference,
            repaired=repaired,
            key=key,
            status=elements.text(document, "status"),
            code=elements.concept(document, "code") or Concept(),
            performed=elements.when(document, "performedDateTime", "performedPeriod"),
            used=tuple(used),
        )

    return read_resource(resource, pharmacy.effort, convert)
