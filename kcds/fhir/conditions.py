"""A Condition resource as a `Condition`."""

from kcds.fhir.elements import Elements
from kcds.fhir.record import Concept, Condition
from kcds.fhir.validation import Effort, Json, read_resource


def read_condition(resource: Json, *, reference: str, key: str | None, effort: Effort) -> Condition:
    """Read a problem. Raises UnreadableError."""

    def convert(elements: Elements, repaired: frozenset[str]) -> Condition:
        return Condition(
            reference=reference,
            repaired=repaired,
            key=key,
            code=elements.concept("code") or Concept(),
            clinical_status=elements.code("clinicalStatus"),
            verification_status=elements.code("verificationStatus"),
            onset=elements.when("onset"),
            abatement=elements.when("abatement"),
            abated=any(name.startswith("abatement") and resource.get(name) is not None for name in resource),
            recorded=elements.date("recordedDate"),
        )

    return read_resource(resource, effort, convert)
