"""A Condition resource as a `Condition`."""

from kcds.fhir import elements
from kcds.fhir.elements import Json
from kcds.fhir.record import Concept, Condition
from kcds.fhir.validation import Effort, read_resource


def read_condition(resource: Json, *, reference: str, key: str | None, effort: Effort) -> Condition:
    """Read a problem. Raises UnreadableError."""

    def convert(document: Json, repaired: frozenset[str]) -> Condition:
        return Condition(
            reference=reference,
            repaired=repaired,
            key=key,
            code=elements.concept(document, "code") or Concept(),
            clinical_status=elements.status(document, "clinicalStatus"),
            verification_status=elements.status(document, "verificationStatus"),
            onset=elements.when(document, "onsetDateTime", "onsetPeriod"),
            abatement=elements.when(document, "abatementDateTime", "abatementPeriod"),
            abated=bool([name for name in resource if name.startswith("abatement") and resource[name] is not None]),
            recorded=elements.day(document, "recordedDate"),
        )

    return read_resource(resource, effort, convert)
