"""Who called: a client that the operator has registered, or this machine where authentication is off."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from kcds.outbound.deadline import Deadline


class Profile(StrEnum):
    """What a kind of client needs otherwise than the standard has it; see docs/integrate/."""

    GENERIC = "generic"
    EPIC = "epic"
    ORACLE_HEALTH = "oracle-health"
    ATHENAHEALTH = "athenahealth"
    SANDBOX = "sandbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A CDS client: the issuer of its tokens, and how it wants its cards."""

    issuer: str
    profile: Profile = Profile.GENERIC
    tenant: str | None = None  # of this call's token: one issuer may serve many sites, whose patients' ids overlap
    order_codes: Mapping[str, str] = field(
        default_factory=dict, hash=False
    )  # LOINC code of an offered order -> the site's own


LOCAL = Client(issuer="local")
"""Whoever calls where authentication is off."""


class Authenticator(Protocol):
    """Tells who calls."""

    def authenticate(self, authorization: str | None, path: str, deadline: Deadline) -> Client:
        """Return the client behind an Authorization header; raises UnauthorizedError, which does not say why.

        `path` is the path of the endpoint called ("/cds-services/ketamine-order-sign"); the token's audience has to
        be the URL of that endpoint under the configured public URL.
        """


class Anybody:
    """Authentication is off: whoever reaches the loopback address is the local client."""

    def authenticate(self, authorization: str | None, path: str, deadline: Deadline) -> Client:  # noqa: ARG002
        """Return the local client."""
        return LOCAL
