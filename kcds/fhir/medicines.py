"""Which medicine a reference means: Medications that are contained, sent beside the resource, or among the orders."""

from collections.abc import Mapping

from kcds.fhir import elements
from kcds.fhir.elements import Json
from kcds.fhir.record import Concept, Quantity
from kcds.fhir.references import conditional, relative
from kcds.fhir.validation import Effort, UnreadableError, read_resource
from kcds.model.immutable import immutable

_VOID = "entered-in-error"


@immutable
class Medicine:
    """What a Medication resource says: its code, its ingredients, and whether something of it had to be removed."""

    code: Concept
    ingredients: tuple[Concept, ...] = ()
    strengths: tuple[Quantity | None, ...] = ()  # of the ingredients, in the same order
    repaired: bool = False


class Pharmacy:
    """The Medications at hand; each is read once, when it is first asked for."""

    def __init__(self, medications: Mapping[str, Json], effort: Effort) -> None:
        """Keep the raw Medications by every name they go by (`Medication/5`, `urn:uuid:...`)."""
        self._raw = medications
        self.effort = effort
        self._read: dict[str, Medicine | None] = {}

    def raw(self, reference: object, owner: Json) -> Json | None:
        """Find the JSON of the Medication that a reference, standing in `owner`, means."""
        if not isinstance(reference, str):
            return None
        if reference.startswith("#"):
            return contained(owner, reference[1:], "Medication")
        return self._raw.get(relative(reference) or conditional(reference))

    def find(self, reference: str | None, owner: Json) -> Medicine | None:
        """Read the medicine that a reference, standing in `owner`, means; None if it leads nowhere readable."""
        raw = self.raw(reference, owner)
        if reference is None or raw is None:
            return None
        if reference.startswith("#"):
            return self._read_medication(raw, owner)
        if reference not in self._read:
            self._read[reference] = self._read_medication(raw, raw)
        return self._read[reference]

    def _read_medication(self, resource: Json, owner: Json) -> Medicine | None:
        """Read a Medication; what it refers to as contained stands in `owner`."""

        def convert(document: Json, repaired: frozenset[str]) -> Medicine | None:
            if elements.text(document, "status") == _VOID:
                return None
            named = [
                (concept, elements.ratio(item, "strength"))
                for item in elements.children(document, "ingredient")
                if (concept := self._ingredient(item, owner)) is not None
            ]
            return Medicine(
                code=elements.concept(document, "code") or Concept(),
                ingredients=tuple(concept for concept, _ in named),
                strengths=tuple(strength for _, strength in named),
                repaired=bool(repaired),
            )

        try:
            return read_resource(resource, self.effort, convert)
        except UnreadableError:
            return None

    def _ingredient(self, item: Json, owner: Json) -> Concept | None:
        """Read the code of an ingredient; of one that is itself a Medication its own ingredients are not followed."""
        raw = self.raw(elements.reference(item, "itemReference"), owner)
        return elements.concept(item, "itemCodeableConcept") or (code_of(raw, self.effort) if raw else None)


def contained(owner: Json, identifier: str, resource_type: str) -> Json | None:
    """Find a contained resource by its id."""
    resources = owner.get("contained")
    for resource in resources if isinstance(resources, list) else ():
        if (
            isinstance(resource, dict)
            and resource.get("id") == identifier
            and resource.get("resourceType") == resource_type
        ):
            return resource
    return None


def code_of(resource: Json, effort: Effort) -> Concept | None:
    """Read no more than the code of a resource; None if it has none or cannot be read."""
    try:
        return read_resource(resource, effort, lambda document, _: elements.concept(document, "code"))
    except UnreadableError:
        return None
