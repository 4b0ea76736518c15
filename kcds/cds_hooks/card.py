"""Cards as the standard has them. `to_json` leaves out what has no value: the standard forbids null and empty ones."""

from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

from kcds.model.immutable import immutable

SUMMARY_LIMIT = 140
"""A summary has fewer than 140 characters (CDS Hooks 2.0.1, Card Attributes)."""


class Indicator(StrEnum):
    """Urgency of a card, nothing else."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@immutable(kw_only=True)
class Coding:
    """A FHIR Coding."""

    code: str
    system: str
    display: str | None = None


@immutable(kw_only=True)
class Source:
    """Where the advice comes from: a name, an absolute page, and the topic by which clients group cards."""

    label: str
    url: str | None = None
    topic: Coding | None = None


@immutable(kw_only=True)
class Action:
    """One offered change: `create` carries the whole new resource, `delete` a relative reference."""

    type: str
    description: str
    resource: dict[str, Any] | None = None  # plain JSON
    resourceId: str | None = None  # noqa: N815 - the standard's name


@immutable(kw_only=True)
class Suggestion:
    """An offer of one action (Epic takes no more than one)."""

    label: str
    uuid: UUID
    actions: tuple[Action, ...]


class LinkType(StrEnum):
    """How a client opens a link: as any page, or by a SMART launch."""

    ABSOLUTE = "absolute"
    SMART = "smart"


@immutable(kw_only=True)
class Link:
    """Where a card leads. None is ever opened by a client itself: `autolaunchable` is left out."""

    label: str
    url: str
    type: LinkType
    appContext: str | None = None  # noqa: N815 - the standard's name; for SMART links only


@immutable(kw_only=True)
class Card:
    """What the clinician sees."""

    uuid: UUID
    summary: str
    detail: str
    indicator: Indicator
    source: Source
    suggestions: tuple[Suggestion, ...] = ()
    selectionBehavior: str | None = None  # noqa: N815 - the standard's name
    overrideReasons: tuple[Coding, ...] = ()  # noqa: N815 - the standard's name
    links: tuple[Link, ...] = ()
    extension: dict[str, Any]  # plain JSON


def to_json(value: object) -> Any:  # noqa: ANN401 - JSON
    """Turn a card, or any part of one, into plain JSON without null or empty members.

    Extensions and resources are dictionaries that are plain JSON from the start; they stay as they are.
    """
    if isinstance(value, (str, dict)) and not isinstance(value, StrEnum):
        return value
    if isinstance(value, (tuple, list)):
        return [to_json(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        pairs = [(name, to_json(getattr(value, name))) for name in _members_of(type(value))]
        return {name: item for name, item in pairs if item or item not in (None, "", [], {})}
    if isinstance(value, (UUID, StrEnum)):
        return str(value)
    return value


@cache
def _members_of(part: type) -> tuple[str, ...]:
    """Return the names of the members that a part of a card may have."""
    return tuple(field.name for field in fields(part))
