"""A body that has ended its worker twice is not judged a third time.

A crash of the C engine, or an endless loop: each costs the one call, and another worker takes the place. Sent again and
again, it would cost a worker each time. So a worker writes down, in memory that it shares with the process that forked
it, which body it is about to judge. If it dies, the body is remembered a while; not if somebody killed it.

What is written down is a tag under a key of this start, not a plain digest: from the tags alone nobody can try which
patient it was. Members that a client changes when it asks the same again are left out.
"""

import time
from collections.abc import Iterator
from mmap import mmap
from struct import Struct

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kcds.errors import EvaluationError
from kcds.web.metrics import Metrics

DEATHS = 2
"""So many workers may end over one body."""

MEMORY = 600.0
"""Seconds for which a body is remembered."""

_MOST = 64
_TAG = 16
_KEY = 256
_NONCE = bytes(12)
"""Always the same: the cipher only makes tags here, and what it encrypts stays in the memory of this service."""

_ENTRY = Struct(f"={_TAG}sd")
_EDGE = 4096
"""Bytes at the begin and the end of a body in which the changing members are looked for."""

_CHANGING = (b'"hookInstance"', b'"access_token"')


class Slot:
    """What a worker tells the process that forked it, also when it cannot speak any more; made before the fork."""

    _STATE, _JUDGING, _BODY = 0, 1, 2
    _READY, _ENDED = 1, 2

    def __init__(self) -> None:
        """Say nothing yet."""
        self._shared = mmap(-1, self._BODY + _TAG)

    @property
    def is_ready(self) -> bool:
        """Whether the worker takes calls, or has taken some."""
        return self._shared[self._STATE] != 0

    @property
    def ended_in_order(self) -> bool:
        """Whether the worker did not die."""
        return self._shared[self._STATE] == self._ENDED

    @property
    def body(self) -> bytes | None:
        """The tag of the body that is being judged."""
        return self._shared[self._BODY :] if self._shared[self._JUDGING] else None

    def say_ready(self) -> None:
        """Calls can be taken."""
        self._shared[self._STATE] = self._READY

    def say_ended(self) -> None:
        """All that was begun has been answered."""
        self._shared[self._STATE] = self._ENDED

    def say_judging(self, body: bytes) -> None:
        """A body is about to be judged."""
        self._shared[self._BODY :] = body
        self._shared[self._JUDGING] = 1

    def say_judged(self) -> None:
        """It was answered."""
        self._shared[self._JUDGING] = 0


class Crashes:
    """The bodies over which workers died. Written by the process that forks, read by all."""

    def __init__(self) -> None:
        """Remember none; to be made before the first fork."""
        self._cipher = AESGCM(AESGCM.generate_key(_KEY))
        self._refused = mmap(-1, _MOST * _ENTRY.size)
        self._deaths: dict[bytes, list[float]] = {}
        self._next = 0

    def tag_of(self, body: bytes) -> bytes:
        """Name a body, without what changes when the same is asked again."""
        tag = b""
        for part in _staying(body):
            tag = self._cipher.encrypt(_NONCE, tag, part)[-_TAG:]
        return tag

    def is_refused(self, tag: bytes) -> bool:
        """Say whether this body has ended too many workers."""
        at = self._refused.find(tag, 0)
        while at >= 0:
            if at % _ENTRY.size == 0 and _ENTRY.unpack_from(self._refused, at)[1] > time.monotonic():
                return True
            at = self._refused.find(tag, at + 1)
        return False

    def note_death(self, tag: bytes) -> bool:
        """Remember that a worker died over this body; return whether it is refused from now on."""
        now = time.monotonic()
        recent = [at for at in self._deaths.pop(tag, []) if at > now - MEMORY]
        self._deaths[tag] = [*recent, now]
        while len(self._deaths) > _MOST:
            del self._deaths[next(iter(self._deaths))]
        if len(self._deaths[tag]) < DEATHS:
            return False
        _ENTRY.pack_into(self._refused, self._next * _ENTRY.size, tag, now + MEMORY)
        self._next = (self._next + 1) % _MOST
        return True

    def forget(self) -> None:
        """Give every body another chance: other rules may bear it."""
        self._deaths.clear()
        self._refused[:] = bytes(len(self._refused))


class BodyGuard:
    """Looks at each body before a worker judges it."""

    def __init__(self, crashes: Crashes, slot: Slot, metrics: Metrics) -> None:
        """Guard one worker."""
        self._crashes, self._slot, self._metrics = crashes, slot, metrics

    def look_at(self, body: bytes) -> None:
        """Write down that it is judged; raises EvaluationError where it has ended too many workers."""
        tag = self._crashes.tag_of(body)
        if self._crashes.is_refused(tag):
            self._metrics.count_repeated_crash()
            raise EvaluationError("a body that has ended two workers is not judged again")
        self._slot.say_judging(tag)


def _staying(body: bytes) -> Iterator[memoryview]:
    """Give the parts of a body that stay the same when a client asks the same again."""
    whole, done = memoryview(body), 0
    for begin, end in sorted(filter(None, (_value_of(name, body) for name in _CHANGING))):
        if begin >= done:
            yield whole[done:begin]
            done = end
    yield whole[done:]


def _value_of(name: bytes, body: bytes) -> tuple[int, int] | None:
    """Say from where to where the text of a member stands, near the begin or the end of a body."""
    at = body.find(name, 0, _EDGE)
    if at < 0:
        at = body.rfind(name, max(0, len(body) - _EDGE))
    begin = body.find(b'"', at + len(name)) if at >= 0 else -1
    end = body.find(b'"', begin + 1) if begin >= 0 else -1
    return (begin, end) if end >= 0 else None
