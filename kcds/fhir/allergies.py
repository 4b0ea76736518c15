"""An AllergyIntolerance resource as an `Allergy`."""

from kcds.fhir.elements import Elements
from kcds.fhir.record import Allergy, Concept
from kcds.fhir.validation import Effort, Json, read_resource


def read_allergy(resource: Json, *, reference: str, key: str | None, effort: Effort) -> Allergy:
    """Read an allergy, an intolerance, or the statement that there is none. Raises UnreadableError."""

    def convert(elements: Elements, repaired: frozenset[str]) -> Allergy:
        reactions = elements.children("reaction")
        return Allergy(
            reference=reference,
            repaired=repaired,
            key=key,
            code=elements.concept("code") or Concept(),
            clinical_status=elements.code("clinicalStatus"),
            verification_status=elements.code("verificationStatus"),
            type=elements.text("type"),
            substances=tuple(
                substance for reaction in reactions if (substance := reaction.concept("substance")) is not None
            ),
            manifestations=tuple(
                manifestation for reaction in reactions for manifestation in reaction.concepts("manifestation")
            ),
        )

    return read_resource(resource, effort, convert)
