"""What one answer, one Bundle or one NDJSON file holds: its entries, and whether the query behind it was answered.

The states are kept apart up to the facts: none found, not asked, failed, and "there is more that was not sent".
"""

from typing import NamedTuple

import orjson

from kcds.errors import RequestError
from kcds.fhir.elements import Json
from kcds.fhir.record import Retrieval

_HARMLESS = ("warning", "information")


class Entry(NamedTuple):
    """One resource as it was sent, and where it stood."""

    resource: Json
    type: str  # empty if it does not tell
    full_url: str | None
    key: str | None
    within: str
    position: int | None = None  # among the entries of a Bundle

    @property
    def place(self) -> str:
        """The element path, for error messages."""
        return self.within if self.position is None else f"{self.within}.entry[{self.position}].resource"


def bundle_entries(bundle: Json, *, key: str | None, place: str) -> tuple[list[Entry], Retrieval]:
    """Give the resources of a Bundle of any type, and what became of the query it answers."""
    listed = bundle.get("entry")
    if listed is None:
        listed = []
    if not isinstance(listed, list):
        raise RequestError("entry must be a list", place)
    entries = _resources(listed, key, place)
    if bundle.get("type") == "history":
        entries.reverse()  # newest first: elsewhere the last version of a resource is the one that counts
    outcomes = [entry.resource for entry in entries if entry.type == "OperationOutcome"]
    if outcomes and any(_tells_of_failure(outcome) for outcome in outcomes):
        return entries, Retrieval.FAILED
    return entries, Retrieval.INCOMPLETE if _has_next_page(bundle) else Retrieval.GIVEN


def answer_entries(value: object, *, key: str, resource_type: str) -> tuple[list[Entry], Retrieval]:
    """Give the resources of one prefetched answer: null, a Bundle, one resource, or an OperationOutcome."""
    place = f"prefetch.{key}"
    if value is None:
        return [], Retrieval.GIVEN
    found = value.get("resourceType") if isinstance(value, dict) else None
    if not isinstance(value, dict) or found not in ("Bundle", "OperationOutcome", resource_type):
        raise RequestError(f"must be null, a Bundle, a resource of type {resource_type} or an OperationOutcome", place)
    if found == "OperationOutcome":
        return [], Retrieval.FAILED
    if found == "Bundle":
        return bundle_entries(value, key=key, place=place)
    return [Entry(value, type_of(value), None, key, place)], Retrieval.GIVEN


def ndjson_entries(lines: bytes) -> list[Entry]:
    r"""Give the resources of an NDJSON file. Only \n ends a line: other line separators may stand inside strings."""
    entries = []
    for number, line in enumerate(lines.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            resource = orjson.loads(line)
        except orjson.JSONDecodeError as fault:
            raise RequestError("is not JSON", f"line {number}") from fault
        if not isinstance(resource, dict):
            raise RequestError("must be a resource, a JSON object", f"line {number}")
        entries.append(Entry(resource, type_of(resource), None, None, f"line {number}"))
    return entries


def _resources(listed: list[object], key: str | None, place: str) -> list[Entry]:
    """Give all entries that hold a resource; deletions and responses hold none."""
    entries = []
    for position, entry in enumerate(listed):
        if not isinstance(entry, dict):
            raise RequestError("must be an object", f"{place}.entry[{position}]")
        resource = entry.get("resource")
        if resource is None:
            continue
        if not isinstance(resource, dict):
            raise RequestError("must be a resource, a JSON object", f"{place}.entry[{position}].resource")
        url, kind = entry.get("fullUrl"), resource.get("resourceType")
        entries.append(
            Entry(
                resource,
                kind if isinstance(kind, str) else "",
                url if isinstance(url, str) else None,
                key,
                place,
                position,
            )
        )
    return entries


def type_of(resource: Json) -> str:
    """Say the type of a resource; empty if it does not tell."""
    found = resource.get("resourceType")
    return found if isinstance(found, str) else ""


def _tells_of_failure(outcome: Json) -> bool:
    """Whether an outcome says that the search failed: any issue that is not known to be harmless does."""
    issues = outcome.get("issue")
    if not isinstance(issues, list) or not issues:
        return True
    severities = [issue.get("severity") if isinstance(issue, dict) else None for issue in issues]
    return any(severity not in _HARMLESS for severity in severities)


def listed(element: object) -> list[object]:
    """Return a list that was sent; nothing where it is none."""
    return element if isinstance(element, list) else []


def _has_next_page(bundle: Json) -> bool:
    links = bundle.get("link")
    return bool(links) and any(isinstance(link, dict) and link.get("relation") == "next" for link in listed(links))
