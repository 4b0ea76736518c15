"""Which Medications the data refer to without holding them: clients and servers rarely send them along.

Those of drafted orders come first, then those of current ones: only so many are read.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from kcds.fhir.bundles import Entry, listed, type_of
from kcds.fhir.elements import Json
from kcds.fhir.references import relative
from kcds.fhir.sent import distinct
from kcds.outbound.places import Place

_PAST = frozenset({"completed", "stopped", "cancelled", "ended", "entered-in-error", "not-taken", "not-done"})


def unresolved(drafted: Iterable[Entry], recorded: Iterable[Entry], base: Place) -> dict[str, str | None]:
    """Give the Medications to be read from a server (`Medication/id`), most important first.

    Each with the key of the answer that refers to it.
    """
    drafts, record = list(drafted), list(recorded)
    known = {name for sent in distinct([*drafts, *record]) if sent.type == "Medication" for name in sent.names}
    current = sorted(record, key=lambda entry: _is_past(entry.resource.get("status")))
    found: dict[str, str | None] = {}
    for entry in chain(drafts, current):
        for reference in _references(entry.resource):
            name = _name_at(reference, base)
            if name is not None and name not in known:
                found.setdefault(name, entry.key)
    return found


def _is_past(status: object) -> bool:
    return isinstance(status, str) and status in _PAST


def _references(resource: Json) -> Iterator[object]:
    """Give every reference to a medicine in a resource."""
    kind = type_of(resource)
    if kind in ("MedicationRequest", "MedicationStatement", "MedicationAdministration"):
        yield _target(resource.get("medicationReference"))
    elif kind == "Procedure":
        yield from map(_target, listed(resource.get("usedReference")))
    elif kind == "Medication":
        for part in listed(resource.get("ingredient")):
            yield _target(part.get("itemReference")) if isinstance(part, Mapping) else None


def _target(element: object) -> object:
    return element.get("reference") if isinstance(element, Mapping) else None


def _name_at(reference: object, base: Place) -> str | None:
    """Say which Medication of this server a reference means; None for contained ones and those of other servers."""
    if not isinstance(reference, str) or (":" in reference and not base.holds(reference)):
        return None
    name = relative(reference)
    return name if name is not None and name.startswith("Medication/") else None
