"""A Procedure resource as a `Procedure`."""

from kcds.fhir.elements import Elements
from kcds.fhir.medicines import Pharmacy
from kcds.fhir.record import Concept, Procedure
from kcds.fhir.validation import Json, read_resource


def read_procedure(resource: Json, *, reference: str, key: str | None, pharmacy: Pharmacy) -> Procedure:
    """Read a procedure, with the medicines that were used in it. Raises UnreadableError."""

    def convert(elements: Elements, repaired: frozenset[str]) -> Procedure:
        used = [*elements.concepts("usedCode")]
        for target in elements.children("usedReference"):
            medicine = pharmacy.find(target.text("reference"), resource)
            if medicine is not None:
                used += [medicine.code, *medicine.ingredients]
        return Procedure(
            reference=reference,
            repaired=repaired,
            key=key,
            status=elements.text("status"),
            code=elements.concept("code") or Concept(),
            performed=elements.when("performed"),
            used=tuple(used),
        )

    return read_resource(resource, pharmacy.effort, convert)
