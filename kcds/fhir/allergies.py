"""An AllergyIntolerance resource as an `Allergy`."""

from kcds.fhir import elements
from kcds.fhir.elements import Json
from kcds.fhir.record import Allergy, Concept
from kcds.fhir.validation import Effort, read_resource


def read_allergy(resource: Json, *, reference: str, key: str | None, effort: Effort) -> Allergy:
    """Read an allergy, an intolerance, or the statement that there is none. Raises UnreadableError."""

    def convert(document: Json, repaired: frozenset[str]) -> Allergy:
        reactions = elements.children(document, "reaction")
        return Allergy(
            reference=reference,
            repaired=repaired,
            key=key,
            code=elements.concept(document, "code") or Concept(),
            clinical_status=elements.status(document, "clinicalStatus"),
            verification_status=elements.status(document, "verificationStatus"),
            type=elements.text(document, "type"),
            substances=tuple(
                [found for reaction in reactions if (found := elements.concept(reaction, "substance")) is not None]
            ),
            manifestations=tuple(
                [found for reaction in reactions for found in elements.concepts(reaction, "manifestation")]
            ),
        )

    return read_resource(resource, effort, convert)
