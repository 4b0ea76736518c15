"""A token as it comes in: one compact JWT after `Bearer`, its header and claims read strictly, nothing verified yet."""

import base64
import re
from dataclasses import dataclass
from typing import Any, Final

from kcds.auth.keys import ALGORITHMS
from kcds.auth.refusal import Reason, RefusedError
from kcds.auth.strict_json import read_object

LONGEST_TOKEN: Final = 8192
"""Characters; those of real clients have about a thousand."""

_LONGEST_HEADER: Final = LONGEST_TOKEN + len("Bearer ")
_BEARER = re.compile(r"bearer +([\w-]+\.[\w-]+\.[\w-]+)", re.ASCII | re.IGNORECASE)
_NOT_UNDERSTOOD = {"crit", "b64"}
"""Members of a header that change how a token is to be read (RFC 7515 section 4.1.11, RFC 7797)."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token that is well formed. Keys that its header brings or points to (jwk, x5c, x5u) are never looked at."""

    text: str
    header: dict[str, Any]
    claims: dict[str, Any]
    kid: str
    issuer: str


def read_token(authorization: str | None) -> Token:
    """Read the Authorization header; raises RefusedError."""
    if authorization is None:
        raise RefusedError(Reason.NO_TOKEN)
    match = _BEARER.fullmatch(authorization) if len(authorization) <= _LONGEST_HEADER else None
    if match is None:
        raise RefusedError(Reason.MALFORMED)
    text = match[1]
    header, claims = map(_decoded, text.split(".")[:2])
    return Token(text=text, header=header, claims=claims, kid=_checked_kid(header), issuer=_issuer(claims))


def _decoded(segment: str) -> dict[str, Any]:
    try:
        return read_object(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except ValueError:
        raise RefusedError(Reason.MALFORMED) from None


def _checked_kid(header: dict[str, Any]) -> str:
    """Check what the standard wants of the header, and return the name of the key."""
    alg, kid = header.get("alg"), header.get("kid")
    if not isinstance(alg, str) or alg not in ALGORITHMS:
        raise RefusedError(Reason.ALGORITHM)
    if header.get("typ") != "JWT" or not isinstance(kid, str) or not kid or _NOT_UNDERSTOOD & header.keys():
        raise RefusedError(Reason.HEADER)
    return kid


def _issuer(claims: dict[str, Any]) -> str:
    issuer = claims.get("iss")
    if not isinstance(issuer, str):
        raise RefusedError(Reason.CLAIMS)
    return issuer
