"""What a signed token claims: for which endpoint, from when until when, once, for which tenant."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from kcds.auth.refusal import Reason, RefusedError

LEEWAY: Final = 60.0
"""Seconds by which the clocks of client and service may differ."""

LONGEST_LIFE: Final = 3600.0
"""Seconds between `iat` and `exp`; Epic's tokens have 900."""

LONGEST_ID: Final = 256
_LAST_SECOND: Final = 253_402_300_799  # of the year 9999


@dataclass(frozen=True, slots=True)
class Checked:
    """What is used of a token that holds: its id and how long to remember it, and for which tenant it is."""

    token_id: str
    until: datetime
    tenant: str | None


def check_claims(claims: dict[str, Any], audiences: frozenset[str], tenant: str | None, now: datetime) -> Checked:
    """Check every claim of a token whose signature holds; raises RefusedError."""
    second = now.timestamp()
    expires, issued = _time(claims, "exp"), _time(claims, "iat")
    if expires + LEEWAY <= second:
        raise RefusedError(Reason.EXPIRED)
    if max(issued, _time(claims, "nbf") if "nbf" in claims else 0) > second + LEEWAY:
        raise RefusedError(Reason.NOT_YET_VALID)
    if not 0 <= expires - issued <= LONGEST_LIFE:
        raise RefusedError(Reason.LIFETIME)
    if not audiences & _audiences(claims):
        raise RefusedError(Reason.AUDIENCE)
    named = _tenant(claims)
    if tenant is not None and named != tenant:
        raise RefusedError(Reason.TENANT)
    # a second longer than it is accepted: its last fraction counts too
    until = datetime.fromtimestamp(expires, UTC) + timedelta(seconds=LEEWAY + 1)
    return Checked(_id(claims), until, named)


def same_place(url: str) -> str:
    """Return a URL as audiences are compared: a slash at the end makes no other place."""
    return url.removesuffix("/")


def _time(claims: dict[str, Any], name: str) -> float:
    """Return a NumericDate (RFC 7519); true, NaN, negative and giant numbers are none."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LAST_SECOND:
        raise RefusedError(Reason.CLAIMS)
    return value


def _audiences(claims: dict[str, Any]) -> set[str]:
    found = claims.get("aud")
    values: list[Any] = found if isinstance(found, list) else [found]
    if not all(isinstance(value, str) for value in values):
        raise RefusedError(Reason.CLAIMS)
    return {same_place(value) for value in values}


def _tenant(claims: dict[str, Any]) -> str | None:
    value = claims.get("tenant")
    if value is not None and not isinstance(value, str):
        raise RefusedError(Reason.CLAIMS)
    return value


def _id(claims: dict[str, Any]) -> str:
    value = claims.get("jti")
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ID or not value.isprintable():
        raise RefusedError(Reason.CLAIMS)
    return value
