"""Measurements too old to matter, left out before anything is validated.

A hospital record holds years of vital signs and laboratory results; rules look back a year at most. Of a number
measured before that, only the latest of its kind is kept: it says how old the latest one is. Everything that is not
plainly an old number stays: coded answers, text, odd dates, odd shapes, anything preliminary or in error.
"""

import re
from collections.abc import Iterable
from datetime import date

from kcds.fhir.dates import parse_date
from kcds.fhir.sent import Sent
from kcds.fhir.validation import Json

_DAY = re.compile(r"\d{4}-\d\d-\d\d(T|$)")
_VALID = frozenset({"final", "amended", "corrected"})


def without_outdated(sent: Iterable[Sent], since: date | None) -> list[Sent]:
    """Return what may matter, in the order sent; without `since` everything may."""
    items = list(sent)
    if since is None:
        return items
    first_day = since.isoformat()
    latest: dict[str, tuple[str, int]] = {}
    outdated: set[int] = set()
    for position, item in enumerate(items):
        measured = _measured(item.resource) if item.type == "Observation" else None
        if measured is None or measured[1] >= first_day:
            continue
        outdated.add(position)
        kind, day = measured
        latest[kind] = max(latest.get(kind, ("", -1)), (day, position))
    kept = {position for _, position in latest.values()}
    return [item for position, item in enumerate(items) if position not in outdated or position in kept]


def _measured(resource: Json) -> tuple[str, str] | None:
    """Return what kind of number this is and when it was measured; None for anything but a plain, valid number."""
    when = resource.get("effectiveDateTime")
    if resource.get("status") not in _VALID or not isinstance(when, str) or not _DAY.match(when):
        return None
    if parse_date(when) is None:
        return None
    components = resource.get("component")
    parts = [resource] if components is None else components
    if not isinstance(parts, list) or not all(isinstance(part, dict) and _is_number(part) for part in parts):
        return None
    return str(resource.get("code")), when


def _is_number(part: Json) -> bool:
    return isinstance(part.get("valueQuantity"), dict) or isinstance(part.get("valueInteger"), int)
