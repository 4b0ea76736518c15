"""Measurements too old to matter, left out before anything is validated.

A hospital record holds years of vital signs and laboratory results; rules look back a year at most, for many of them a
month. Of a number measured before that, only the latest of its kind is kept: it says how old the latest one is. Of
several of one moment all are: which of them counts is for the facts, and must not hang on the order they were sent in.
Everything that is not plainly an old number stays: coded answers, text, odd dates, odd shapes, anything preliminary.
"""

from collections.abc import Iterable

from kcds.fhir.codes import Relevance, as_written
from kcds.fhir.dates import exact_day
from kcds.fhir.elements import Json
from kcds.fhir.sent import Sent

_VALID = ("final", "amended", "corrected")


def without_outdated(sent: Iterable[Sent], relevance: Relevance) -> list[Sent]:
    """Return what may matter, in the order sent."""
    items = list(sent)
    latest: dict[bytes, tuple[str, list[int]]] = {}
    outdated: set[int] = set()
    for position, item in enumerate(items):
        measured = _outdated(item.resource, relevance) if item.type == "Observation" else None
        if measured is not None:
            outdated.add(position)
            kind, when = measured
            newest, positions = latest.get(kind, ("", []))
            if when == newest:
                positions.append(position)
            elif when > newest:
                latest[kind] = (when, [position])
    kept = {position for _, positions in latest.values() for position in positions}
    return [item for position, item in enumerate(items) if position not in outdated or position in kept]


def _outdated(resource: Json, relevance: Relevance) -> tuple[bytes, str] | None:
    """Return what kind of number an old one is and when it was measured; None for whatever may matter."""
    when = resource.get("effectiveDateTime")
    if not isinstance(when, str) or resource.get("status") not in _VALID or not _is_plain_number(resource):
        return None
    kind = as_written(resource.get("code"))
    first_day = relevance.first_day(resource, kind) if kind is not None else None
    if kind is None or first_day is None:
        return None
    day = exact_day(when)
    return (kind, when) if day is not None and day < first_day else None


def _is_plain_number(resource: Json) -> bool:
    parts = resource.get("component")
    if parts is None:
        return _is_number(resource)
    return isinstance(parts, list) and all(isinstance(part, dict) and _is_number(part) for part in parts)


def _is_number(part: Json) -> bool:
    return isinstance(part.get("valueQuantity"), dict) or isinstance(part.get("valueInteger"), int)
