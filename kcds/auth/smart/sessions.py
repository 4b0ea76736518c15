"""Launches under way and reviews that are open: sealed, short-lived, and of one browser each.

What is kept can be read only with the secret of this service, the name of the session and the key that the browser
alone holds in its cookie: the store and its backups tell nobody a token or a patient. Another browser finds nothing.
"""

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Protocol

import orjson

from kcds.auth.smart.discovery import Endpoints
from kcds.auth.smart.refusal import Why, refusal
from kcds.errors import StoreError

_NAME_BYTES, _KEY_BYTES = 16, 32
_LONGEST = 200
"""Characters of a name or key that somebody sends."""


class SessionStore(Protocol):
    """Keeps sealed sessions; see `kcds.store.records.Store`."""

    def keep_session(self, digest: bytes, sealed: bytes, expires: datetime) -> None:
        """Keep one; raises StoreError."""

    def find_session(self, digest: bytes, now: datetime) -> bytes | None:
        """Give one; raises StoreError."""

    def take_session(self, digest: bytes, now: datetime) -> bytes | None:
        """Give one, and forget it; raises StoreError."""


class Keys(Protocol):
    """Hashes and seals; see `kcds.store.keys.KeyRing`."""

    def digest(self, purpose: str, *parts: str) -> bytes:
        """Hash the parts with a secret key."""

    def seal(self, purpose: str, text: str, *parts: str) -> bytes:
        """Encrypt a text so that it takes the secret and the parts to read it."""

    def unseal(self, purpose: str, sealed: bytes, *parts: str) -> str:
        """Read it; raises StoreError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A launch that waits for the EHR's answer."""

    iss: str
    endpoints: Endpoints
    asked: tuple[str, ...]
    verifier: str = field(repr=False)
    nonce: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Launched:
    """An open review: of which patient, at which EHR, and by which right it reads."""

    run: str
    ehr: str  # its name
    server: str  # base URL of FHIR
    token: str = field(repr=False)
    patient_id: str
    user: str | None = None  # "Practitioner/p1"
    card: str | None = None  # the call whose card it was opened from
    refused: frozenset[str] = frozenset()  # types of resources that the EHR does not permit
    need_patient_banner: bool = True
    expires: datetime


def new_name() -> str:
    """Make a name that nobody can guess."""
    return secrets.token_urlsafe(_NAME_BYTES)


def new_browser_key() -> str:
    """Make the key that a browser is given."""
    return secrets.token_urlsafe(_KEY_BYTES)


class Sessions:
    """Keeps and finds them; a browser is known by its key."""

    def __init__(self, store: SessionStore, keys: Keys) -> None:
        """Keep nothing yet."""
        self._store, self._keys = store, keys

    def begin(self, pending: Pending, browser: str, expires: datetime) -> str:
        """Keep a launch under way, and return its state; raises StoreError."""
        state = new_name()
        self._keep("state", state, browser, asdict(pending), expires)
        return state

    def take(self, state: str | None, browser: str | None, now: datetime) -> Pending | None:
        """Give the launch of a state to the browser that began it, once; raises StoreError."""
        content = self._read(self._store.take_session, "state", state, browser, now)
        if content is None:
            return None
        endpoints = Endpoints(**content.pop("endpoints"))
        return Pending(endpoints=endpoints, asked=tuple(content.pop("asked")), **content)

    def open(self, launched: Launched, browser: str) -> None:
        """Keep an open review until it expires; raises StoreError."""
        content = asdict(launched) | {"refused": sorted(launched.refused)}
        self._keep("run", launched.run, browser, content, launched.expires)

    def find(self, run: str, browser_key: str | None, now: datetime) -> Launched:
        """Return the review of this name in this browser; raises PageError where it is not there (any more)."""
        try:
            content = self._read(self._store.find_session, "run", run, browser_key, now)
        except StoreError:
            raise refusal(Why.STORE) from None
        if content is None:
            raise refusal(Why.ENDED)
        expires = datetime.fromisoformat(content.pop("expires"))
        return Launched(refused=frozenset(content.pop("refused")), expires=expires, **content)

    def end(self, run: str, browser_key: str | None, now: datetime) -> None:
        """Forget a review, of this browser only; raises PageError where the store is not there."""
        try:
            self._read(self._store.take_session, "run", run, browser_key, now)
        except StoreError:
            raise refusal(Why.STORE) from None

    def _keep(self, kind: str, name: str, browser: str, content: dict[str, Any], expires: datetime) -> None:
        sealed = self._keys.seal("session", orjson.dumps(content).decode(), kind, name, browser)
        self._store.keep_session(self._keys.digest("session", kind, name, browser), sealed, expires)

    def _read(
        self,
        ask: Callable[[bytes, datetime], bytes | None],
        kind: str,
        name: str | None,
        browser: str | None,
        now: datetime,
    ) -> dict[str, Any] | None:
        if not name or not browser or len(name) > _LONGEST or len(browser) > _LONGEST:
            return None
        sealed = ask(self._keys.digest("session", kind, name, browser), now)
        if sealed is None:
            return None
        content: dict[str, Any] = orjson.loads(self._keys.unseal("session", sealed, kind, name, browser))
        return content
