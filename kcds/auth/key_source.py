"""Where the keys of a client come from: its entry in the clients file, or its `jku`.

A fetched set is used for ten minutes. It is asked for again when it is older, and when a token names a key that is not
in it (keys rotate), but no faster than a bucket of five and then one per 30 seconds allows: forgers choose the `kid`.
While the server is down the last set goes on for a day. Callers at the same time cause one fetch.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

import structlog

from kcds.auth.keys import LARGEST_KEY_SET, KeySet, VerificationKey, read_key_set
from kcds.auth.refusal import Reason, RefusedError
from kcds.auth.strict_json import read_object
from kcds.errors import OutboundError
from kcds.outbound.client import OutboundClient
from kcds.outbound.deadline import Deadline

FRESH: Final = 600.0
USABLE: Final = 86_400.0
PAUSE: Final = 30.0
BURST: Final = 5
MOST_TOLD: Final = 5
"""Keys of a set that are logged as unusable: a set may hold a hundred thousand."""

_OK = 200
_HEADERS = {"Accept": "application/json"}

log = structlog.get_logger("kcds.auth")

Fetch: TypeAlias = Callable[[str, Deadline], bytes]
"""Gives the body behind an address; raises OutboundError."""


def reader_of_key_sets(outbound: OutboundClient) -> Fetch:
    """Return what reads key sets through the guarded client."""

    def read(jku: str, deadline: Deadline) -> bytes:
        answer = outbound.get(jku, headers=_HEADERS, deadline=deadline, largest=LARGEST_KEY_SET)
        if answer.status != _OK:
            raise OutboundError(f"status {answer.status}")
        return answer.body

    return read


class KeySource(Protocol):
    """Finds the key that a token names."""

    def find(self, kid: str, deadline: Deadline) -> VerificationKey:
        """Return the key; raises RefusedError."""


class WrittenKeys:
    """The keys in the clients file."""

    def __init__(self, keys: KeySet) -> None:
        """Use these and no others."""
        self._keys = keys

    def find(self, kid: str, deadline: Deadline) -> VerificationKey:  # noqa: ARG002
        """Return the key of that name; raises RefusedError."""
        if kid not in self._keys:
            raise RefusedError(Reason.UNKNOWN_KEY)
        return self._keys[kid]


@dataclass(frozen=True, slots=True)
class _Held:
    keys: KeySet
    at: float


class FetchedKeys:
    """The keys at a `jku`, held by this process; safe for threads."""

    def __init__(self, issuer: str, jku: str, fetch: Fetch, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Ask nothing yet: the first token does."""
        self._issuer = issuer
        self._jku = jku
        self._fetch = fetch
        self._monotonic = monotonic
        self._held = _Held({}, -math.inf)
        self._asking = threading.Lock()
        self._asked = 0
        self._last = -math.inf
        self._bucket = _Bucket()

    def find(self, kid: str, deadline: Deadline) -> VerificationKey:
        """Return the key of that name, asking for the set where that may help; raises RefusedError."""
        now, asked = self._monotonic(), self._asked
        if kid not in self._usable(now):
            self._learn(now, asked, deadline)
        elif now - self._held.at >= FRESH:
            self._renew(now, asked, deadline)
        keys = self._usable(now)
        if kid not in keys:
            raise RefusedError(Reason.UNKNOWN_KEY if now - self._held.at < USABLE else Reason.KEYS_UNAVAILABLE)
        return keys[kid]

    def _usable(self, now: float) -> KeySet:
        held = self._held
        return held.keys if now - held.at < USABLE else {}

    def _learn(self, now: float, asked: int, deadline: Deadline) -> None:
        """Ask for a key that is not known, or wait for the one who is asking."""
        if self._asking.acquire(timeout=deadline.left()):
            try:
                if self._asked == asked and self._bucket.take(now):
                    self._ask(deadline)
            finally:
                self._asking.release()

    def _renew(self, now: float, asked: int, deadline: Deadline) -> None:
        """Ask because the set is old; whoever calls meanwhile goes on with the old one."""
        if now - self._last >= PAUSE and self._asking.acquire(blocking=False):
            try:
                if self._asked == asked:
                    self._ask(deadline)
            finally:
                self._asking.release()

    def _ask(self, deadline: Deadline) -> None:
        try:
            keys, faults = read_key_set(read_object(self._fetch(self._jku, deadline)))
        except OutboundError as error:
            log.warning("key set not to be had", issuer=self._issuer, kind=error.kind)
        except ValueError:
            log.warning("key set not to be had", issuer=self._issuer, kind="no-key-set")
        else:
            self._held = _Held(keys, self._monotonic())
            for fault in faults[:MOST_TOLD]:
                log.warning("key not used", issuer=self._issuer, place=fault.place, problem=fault.problem)
        self._last = self._monotonic()
        self._asked += 1


class _Bucket:
    """Five at once, then one per pause."""

    def __init__(self) -> None:
        self._left = float(BURST)
        self._at = -math.inf

    def take(self, now: float) -> bool:
        """Whether there is one left; takes it."""
        self._left = min(BURST, self._left + max(0.0, now - self._at) / PAUSE)
        self._at = max(now, self._at)
        if self._left < 1:
            return False
        self._left -= 1
        return True
