"""What an EHR says of itself (`.well-known/smart-configuration`): where to send the browser, and whom to ask.

Its word is taken only within what the operator registered: tokens and keys come from the host of the FHIR server or
from the host that is listed, or not at all.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from kcds.auth.smart.asking import Asking
from kcds.auth.smart.ehrs import Ehr
from kcds.auth.smart.refusal import LaunchRefusedError, Why
from kcds.outbound.places import Place

FRESH: Final = 600.0
"""Seconds for which an EHR is taken at its word without being asked again."""
REST: Final = 5.0
"""Seconds for which one that did not answer is not asked again: whoever waits for it holds up everybody else."""
_BASIC, _POST = "client_secret_basic", "client_secret_post"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Where an EHR gives codes, tokens and the keys of its identity tokens, and how it wants to be asked."""

    authorization: str
    token: str
    issuer: str | None = None
    keys: str | None = None
    version_2: bool = True
    secret_in_form: bool = False


@dataclass(frozen=True, slots=True)
class _Said:
    """What came of asking, and until when that counts."""

    outcome: Endpoints | LaunchRefusedError
    until: float


class Discoveries:
    """What the EHRs said of themselves, as this process has heard it."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Ask nothing yet: the first launch does."""
        self._monotonic = monotonic
        self._said: dict[str, _Said] = {}

    def would_ask(self, iss: str) -> bool:
        """Whether this EHR would be asked now, and whoever wants to know would wait for it."""
        said = self._said.get(iss)
        return said is None or said.until <= self._monotonic()

    def of(self, ehr: Ehr, asking: Asking) -> Endpoints:
        """Return what an EHR says of itself; raises LaunchRefusedError."""
        if self.would_ask(ehr.iss):
            self._said[ehr.iss] = self._asked(ehr, asking)
        said = self._said[ehr.iss]
        if isinstance(said.outcome, LaunchRefusedError):
            raise LaunchRefusedError(said.outcome.why, said.outcome.detail)
        return said.outcome

    def _asked(self, ehr: Ehr, asking: Asking) -> _Said:
        try:
            return _Said(discover(ehr, asking), self._monotonic() + FRESH)
        except LaunchRefusedError as error:
            return _Said(LaunchRefusedError(error.why, error.detail), self._monotonic() + REST)


def discover(ehr: Ehr, asking: Asking) -> Endpoints:
    """Ask an EHR; raises LaunchRefusedError."""
    said = asking.read(f"{ehr.iss.rstrip('/')}/.well-known/smart-configuration")
    token, keys = said.get("token_endpoint"), said.get("jwks_uri")
    if not isinstance(token, str) or not _of_this(ehr, token):
        raise LaunchRefusedError(Why.UNFIT, "token-endpoint")
    issuer = said.get("issuer")
    checkable = isinstance(keys, str) and isinstance(issuer, str)
    if checkable and not _of_this(ehr, str(keys)):
        raise LaunchRefusedError(Why.UNFIT, "jwks-uri")
    return Endpoints(
        authorization=_authorization(ehr, said.get("authorization_endpoint")),
        token=token,
        issuer=issuer if isinstance(issuer, str) else None,
        keys=keys if checkable else None,
        version_2="permission-v2" in _listed(said, "capabilities"),
        secret_in_form=_wants_form(_listed(said, "token_endpoint_auth_methods_supported")),
    )


def _of_this(ehr: Ehr, url: str) -> bool:
    """Whether a URL is on a host of this EHR, not of another in the file."""
    return any(place.holds(url) for place in ehr.places())


def _authorization(ehr: Ehr, url: object) -> str:
    """Check where the browser is to be sent: over https, or within this machine where the EHR itself is there."""
    try:
        place = Place.parse(url.partition("?")[0]) if isinstance(url, str) and "#" not in url else None
    except ValueError:
        place = None
    if place is None or place.port is None or (place.scheme == "http" and Place.of_url(ehr.iss).scheme != "http"):
        raise LaunchRefusedError(Why.UNFIT, "authorization-endpoint")
    return str(url)


def _listed(said: dict[str, Any], name: str) -> list[Any]:
    found = said.get(name)
    return found if isinstance(found, list) else []


def _wants_form(methods: list[Any]) -> bool:
    """Whether the secret goes into the form: only where the header, which the standard asks for, is not offered."""
    return _POST in methods and _BASIC not in methods
