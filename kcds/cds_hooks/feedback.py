"""What became of the cards, as clients report it: checked at the door, plain inside.

The shape of the standard, and Epic's: `overrideReasons` for `overrideReason`, reasons of its own in an `extension`, and
cards whose id is no UUID. Strict about what is said, tolerant about who says it and when: entries may come in batches,
late, again, and about cards that nobody here remembers. Nothing of a batch is taken where one entry is malformed, so
that the client may send the same batch again. Error messages name the element and never quote a value.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from kcds.errors import RequestError, TooMuchDataError

MOST_ENTRIES = 1_000
"""Entries of one batch."""

LONGEST_COMMENT = 2_000
"""Characters of a user's comment that are read; the rest is cut off."""

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
"""RFC 3339, section 5.6, in capitals."""

_Name = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f]+$")]


class _Wire(BaseModel):
    """JSON of the standard: camelCase, types as written, unknown members ignored."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True, strict=True)


def _instant(text: object) -> datetime:
    """Read a moment; a leap second is the end of its minute."""
    written = text.upper() if isinstance(text, str) else ""
    if _INSTANT.fullmatch(written) is None:
        raise ValueError("must be a date and time with its offset, as RFC 3339 writes it: 2026-11-21T12:00:00Z")
    try:
        return datetime.fromisoformat(written.replace(":60", ":59", 1)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("must be a day and time of the calendar") from None


class _Suggestion(_Wire):
    id: _Name


class _Coding(_Wire):
    code: _Name
    system: _Name


class _OverrideReason(_Wire):
    reason: _Coding | None = None
    user_comment: str | None = None
    extension: dict[str, Any] | None = None  # Epic: a reason of the site's own


class _Entry(_Wire):
    card: _Name
    outcome: Literal["accepted", "overridden"]
    outcome_timestamp: Annotated[datetime, BeforeValidator(_instant)]
    accepted_suggestions: Annotated[list[_Suggestion], Field(max_length=100)] | None = None
    override_reason: _OverrideReason | None = None
    override_reasons: _OverrideReason | None = None  # Epic


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What one user did with one card."""

    card: str
    outcome: str
    at: datetime  # in UTC
    accepted_suggestions: tuple[str, ...] = ()
    reason_code: str | None = None
    reason_system: str | None = None
    comment: str | None = None


def read_feedback(payload: object) -> tuple[Feedback, ...]:
    """Check the body of a feedback call; raises RequestError naming the first element at fault."""
    if not isinstance(payload, dict):
        raise RequestError("the body must be a JSON object")
    entries = payload.get("feedback")
    if not isinstance(entries, list):
        raise RequestError("must be an array of feedback entries", "feedback")
    if len(entries) > MOST_ENTRIES:
        raise TooMuchDataError(f"has more than {MOST_ENTRIES} entries: send them in several calls", "feedback")
    return tuple(_read_entry(entry, f"feedback[{number}]") for number, entry in enumerate(entries))


def feedback_schema() -> dict[str, Any]:
    """Describe the body of a feedback call, as JSON Schema; what no schema can say stays with the reader above."""
    entry = _Entry.model_json_schema()
    entries = {"type": "array", "maxItems": MOST_ENTRIES, "items": entry}
    parts = entry.pop("$defs")
    return {"type": "object", "properties": {"feedback": entries}, "required": ["feedback"], "$defs": parts}


def _read_entry(raw: object, place: str) -> Feedback:
    try:
        entry = _Entry.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        message = first["msg"].removeprefix("Value error, ")
        raise RequestError(message, place + "".join(map(_step, first["loc"]))) from None
    return Feedback(
        card=_canonical(entry.card),
        outcome=entry.outcome,
        at=entry.outcome_timestamp,
        **(_accepted(entry, place) if entry.outcome == "accepted" else _overridden(entry, place)),
    )


def _accepted(entry: _Entry, place: str) -> dict[str, Any]:
    if not entry.accepted_suggestions:
        raise RequestError("must name what was accepted", f"{place}.acceptedSuggestions")
    return {"accepted_suggestions": tuple(_canonical(suggestion.id) for suggestion in entry.accepted_suggestions)}


def _overridden(entry: _Entry, place: str) -> dict[str, Any]:
    why = entry.override_reason or entry.override_reasons
    if why is None:
        return {}
    if why.reason is None and why.user_comment is None and why.extension is None:
        named = "overrideReason" if entry.override_reason else "overrideReasons"
        raise RequestError("must have a reason, a userComment or both", f"{place}.{named}")
    comment = (why.user_comment or "")[:LONGEST_COMMENT]
    given = {"reason_code": why.reason.code, "reason_system": why.reason.system} if why.reason else {}
    return given | {"comment": comment or None}


def _step(part: int | str) -> str:
    return f"[{part}]" if isinstance(part, int) else f".{part}"


def _canonical(name: str) -> str:
    """Write a UUID as we do; any other name stays as it was sent."""
    try:
        return str(UUID(name))
    except ValueError:
        return name
