"""Whether a resource is FHIR R4, and what is left of it when it is not.

The only place that knows `fhir.resources`. A resource that is refused loses the offending element (the deepest one that
stands alone), is marked with the name of the top-level element, and is tried again. What cannot be repaired so, or says
that its meaning is changed in a way we do not know (`modifierExtension`, `implicitRules`), is unreadable.

Elements that kcds never reads are left out before: they cost time, and their faults say nothing about the rest.
"""

import copy
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Protocol, TypeVar, cast

from pydantic import ValidationError

from kcds.errors import TooMuchDataError
from kcds.fhir.codes import as_written
from kcds.fhir.dates import mended_timestamp
from kcds.fhir.elements import Json, Path, WrongShapeError
from kcds.fhir.plain import is_plain

T = TypeVar("T")

MAX_REPAIRS = 25
MAX_DEPTH = 40

MOST_JUDGED = 200_000
"""Values that `fhir.resources` judges for one request, counted anew after each repair: up to three seconds. All that
the largest real bundle holds is a third of it, and nearly all of that is plain."""

_BYTES_OF_A_VALUE = 64

_ALWAYS_UNREAD = frozenset({"id", "meta", "text", "language", "contained", "extension", "identifier", "note"})
_UNREAD_OF_TYPE: dict[str, frozenset[str]] = {
    "Patient": frozenset(
        {"name", "telecom", "address", "maritalStatus", "photo", "contact", "communication", "generalPractitioner"}
        | {"managingOrganization", "link", "active", "multipleBirthBoolean", "multipleBirthInteger"}
    ),
    "Condition": frozenset(
        {"category", "severity", "bodySite", "encounter", "recorder", "asserter", "stage", "evidence"}
    ),
    "Observation": frozenset(
        {"category", "basedOn", "partOf", "focus", "encounter", "issued", "performer", "bodySite", "method", "specimen"}
        | {"device", "hasMember", "derivedFrom", "subject"}  # whose it is has been settled before
    ),
    "Procedure": frozenset(
        {"basedOn", "partOf", "category", "encounter", "recorder", "asserter", "performer", "location", "reasonCode"}
        | {"reasonReference", "bodySite", "outcome", "report", "complication", "complicationDetail", "followUp"}
        | {"focalDevice", "instantiatesCanonical", "instantiatesUri", "statusReason"}
    ),
    "AllergyIntolerance": frozenset({"category", "criticality", "encounter", "recordedDate", "recorder", "asserter"}),
    "MedicationRequest": frozenset(
        {"priority", "reportedBoolean", "reportedReference", "encounter", "supportingInformation"}
        | {"requester", "performer", "performerType", "recorder", "basedOn", "groupIdentifier", "courseOfTherapyType"}
        | {"insurance", "substitution", "priorPrescription", "detectedIssue", "eventHistory", "instantiatesUri"}
        | {"instantiatesCanonical"}
    ),
    "MedicationStatement": frozenset(
        {"basedOn", "partOf", "category", "context", "dateAsserted", "informationSource", "derivedFrom"}
    ),
    "MedicationAdministration": frozenset(
        {"instantiates", "partOf", "category", "context", "supportingInformation", "performer", "request", "device"}
        | {"eventHistory"}
    ),
    "Medication": frozenset({"manufacturer", "form", "amount", "batch"}),
}
_UNREAD = {resource_type: _ALWAYS_UNREAD | names for resource_type, names in _UNREAD_OF_TYPE.items()}
RESOURCE_TYPES = frozenset(_UNREAD)
"""The types that kcds reads."""

_UNHARMED: frozenset[str] = frozenset()

_FIRST_NAME = "a"
"""Names of FHIR begin with a small letter; `_status`, what is said about a status, stands before these."""

_LONE = ("category", "reasonCode")
"""Lists wherever kcds reads them; some clients (the HL7 sandbox, Epic's examples) send their one concept alone."""

_CHOICES = ("onset", "abatement", "value", "effective", "performed", "medication", "deceased", "asNeeded", "bounds")
"""Elements that may come in one type only (`onsetDateTime` or `onsetPeriod`)."""

_REFUSALS = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What `fhir.resources` raises, besides its ValidationError, on input that it did not expect."""


class UnreadableError(Exception):
    """A resource cannot be read, and nothing of it may be used."""


class Effort:
    """How much one request may ask of `fhir.resources`; whoever sends faults without end gets no answer."""

    def __init__(self) -> None:
        """Begin with all of it."""
        self._left = MOST_JUDGED

    def spend(self, document: Json) -> None:
        """Take what it costs to judge this; raises TooMuchDataError where that is more than is left."""
        written = as_written(document) or b""
        self._left -= written.count(b",") + len(written) // _BYTES_OF_A_VALUE
        if self._left < 0:
            raise TooMuchDataError("more resources that are no plain FHIR R4 than can be judged")


class _Model(Protocol):
    def model_validate(self, obj: object) -> object: ...


def warm_up() -> None:
    """Load the R4B models of every type that kcds reads, so that no request pays for it."""
    for resource_type in RESOURCE_TYPES:
        _model(resource_type)
    is_plain({})


@cache
def _model(resource_type: str) -> _Model:
    module = import_module(f"fhir.resources.R4B.{resource_type.lower()}")
    return cast("_Model", getattr(module, resource_type))


def read_resource(resource: Json, effort: Effort, convert: Callable[[Json, frozenset[str]], T]) -> T:
    """Validate a resource, repair it where that is possible, and convert what is left.

    `convert` gets the elements that are left and the names of the repaired ones. Raises UnreadableError.
    """
    document = kept_elements(resource)
    if is_plain(document):
        try:
            return convert(document, _UNHARMED)
        except WrongShapeError:
            pass  # what is raised further on shall not hold this fault: it holds what was sent
    elif _changes_meaning(document) or resource.get("implicitRules") is not None:
        raise UnreadableError
    return _read_repaired(document, effort, convert)


def _read_repaired(document: Json, effort: Effort, convert: Callable[[Json, frozenset[str]], T]) -> T:
    """Repair what is no plain FHIR until it can be converted."""
    repaired: set[str] = set()
    for attempt in range(MAX_REPAIRS):
        faults = [] if is_plain(document) else _faults(document, effort)
        if not faults:
            try:
                return convert(document, frozenset(repaired))
            except WrongShapeError as fault:
                faults = [(*_path_of(fault.holder, document), *fault.steps)]
        if attempt == 0:
            document = copy.deepcopy(document)  # what was sent stays as it is
        repaired |= _repair(document, faults)
    raise UnreadableError


def kept_elements(resource: Json) -> Json:
    """Leave out what kcds never reads, and put a concept that stands alone into its list."""
    unread = _UNREAD[str(resource.get("resourceType"))]
    kept = {name: value for name, value in resource.items() if name not in unread}
    if min(kept) < _FIRST_NAME:
        kept = {name: value for name, value in kept.items() if not name.startswith("_")}
    for name in _LONE:
        if isinstance(value := kept.get(name), dict):
            kept[name] = [value]
    return kept


def _path_of(holder: Json, document: Json) -> Path:
    """Find where this very object stands in the document."""
    level: list[tuple[Path, object]] = [((), document)]
    for path, value in level:
        if value is holder:
            return path
        inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        level += [((*path, step), item) for step, item in inside]
    raise UnreadableError


def _faults(document: Json, effort: Effort) -> list[Path]:
    """Say what `fhir.resources` finds wrong, as paths."""
    effort.spend(document)
    try:
        _model(str(document["resourceType"])).model_validate(document)
    except ValidationError as refusal:
        return [error["loc"] for error in refusal.errors(include_url=False, include_context=False)]
    except _REFUSALS as refusal:
        raise UnreadableError from refusal
    return []


def _changes_meaning(document: Json) -> bool:
    """Whether something inside changes the meaning in a way we do not know, or lies too deep to look at."""
    level: list[object] = [document]
    for _ in range(MAX_DEPTH):
        below: list[object] = []
        for value in level:
            if isinstance(value, dict):
                if value.get("modifierExtension"):
                    return True
                below += [item for item in value.values() if isinstance(item, (dict, list))]
            elif isinstance(value, list):
                below += [item for item in value if isinstance(item, (dict, list))]
        if not below:
            return False
        level = below
    return True


def _repair(document: Json, faults: list[Path]) -> set[str]:
    """Remove (or mend) the elements at fault; give the top-level names of those that lost something.

    What says the same without its fault loses nothing: spaces around a text, an empty text, a clock time without zone.
    """
    removals: dict[tuple[int, str | int], tuple[Json, str]] = {}
    names: set[str] = set()
    for path in (target for fault in faults for target in _targets(document, fault)):
        container, key, value = _place(document, path)
        mended = _mended(value) if isinstance(value, str) else None
        if mended:
            container[key] = mended
            continue
        if mended is None:
            names.add(str(path[0]))
            container, key, _ = _place(document, _standing_alone(path))
        removals[id(container), key] = (container, key)
    positions_last_first = sorted(removals.values(), key=lambda removal: _position(removal[1]), reverse=True)
    for container, key in positions_last_first:
        del container[key]
    return names


def _mended(text: str) -> str | None:
    """Write a text without its fault; empty where it says nothing, None where that cannot be done."""
    bare = text.strip()
    return bare if bare != text or not bare else mended_timestamp(text)


def _standing_alone(path: Path) -> Path:
    """Widen to the coding: a code without its system, or the other way round, would mean something else."""
    return path[:-1] if path[-3:-2] == ("coding",) and path[-1] in ("system", "code") else path


def _position(key: str | int) -> int:
    return key if isinstance(key, int) else -1


def _targets(document: Json, fault: Path) -> list[Path]:
    """Say which elements are at fault: the deepest that exists on the path, or every rival of a choice."""
    path: list[str | int] = []
    value: object = document
    for step in fault:
        inside = (isinstance(value, dict) and step in value) or (
            isinstance(value, list) and isinstance(step, int) and step < len(value)
        )
        if not inside:
            break
        path.append(step)
        value = cast("Json", value)[cast("str", step)]
    rivals = _rivals(value) if len(path) == len(fault) and isinstance(value, dict) else []
    if rivals:
        return [(*path, name) for name in rivals]
    if not path or path == ["resourceType"]:
        raise UnreadableError
    return [tuple(path)]


def _rivals(element: Json) -> list[str]:
    for stem in _CHOICES:
        names = [name for name in element if name.startswith(stem) and name[len(stem) :][:1].isupper()]
        if len(names) > 1:
            return names
    return []


def _place(document: Json, path: Path) -> tuple[Json, str, object]:
    """Find the container (an object or a list), the key or position in it, and the value there."""
    value: object = document
    for step in path[:-1]:
        value = cast("Json", value)[cast("str", step)]
    container, key = cast("Json", value), cast("str", path[-1])
    return container, key, container[key]
