# ruff: noqa: E402 - the search path must be set before the imports
"""Poisoned requests for the soak: malformed, huge, odd, slow, cut off, and as large as is allowed.

Each says which statuses may answer it; where a client has not sent a whole request, closing its connection is an answer
too (None).
"""

import socket
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

# The dangerous bodies live with the tests.
sys.path[:0] = [str(Path(__file__).parents[1] / "tests"), str(Path(__file__).parents[1])]

from bad_bodies import DANGEROUS, encoded, with_text
from service_builders import hook_call

from kcds.web.body import LARGEST_BODY
from kcds.web.json_limits import MOST_COMMAS, MOST_CONTAINERS

VIEW = "/cds-services/ketamine-patient-view"
_GOOD = encoded(hook_call())
_PATIENCE = 30
_SPARE = 1000
"""Of a body at the caps: what is left for the request around it."""

Statuses = frozenset[int | None]
Call = Callable[[int], int | None]
"""Sends something to a port; returns the status, or None where the connection was closed without one."""


@dataclass(frozen=True, slots=True)
class Poison:
    """One thing that a client should not send."""

    name: str
    send: Call
    allowed: Statuses


def poisons() -> list[Poison]:
    """Return every kind once: the bodies are made beforehand, since making them takes long."""
    bodies = {name: (make(), statuses) for name, (make, statuses) in DANGEROUS.items()} | _at_the_caps() | _refused()
    posted = [Poison(name, _posting(body), frozenset(statuses)) for name, (body, statuses) in bodies.items()]
    return posted + [Poison(name, call, allowed) for name, (call, allowed) in _ILL_BEHAVED.items()]


def _at_the_caps() -> dict[str, tuple[bytes, frozenset[int]]]:
    """Bodies that are just allowed; another limit may still refuse them."""
    text = LARGEST_BODY - len(with_text(b'""')) - 1
    return {
        "a body one byte below the cap": (with_text(b'"' + b"x" * text + b'"'), frozenset({200, 413})),
        "as many objects as are allowed": (_listing(b"{}", MOST_CONTAINERS - _SPARE), frozenset({200, 400})),
        "as many values as are allowed": (_listing(b"0", MOST_COMMAS - _SPARE), frozenset({200, 400})),
    }


def _listing(item: bytes, number: int) -> bytes:
    return with_text(b"[" + b",".join([item] * number) + b"]")


def _refused() -> dict[str, tuple[bytes, frozenset[int]]]:
    return {
        "no JSON": (b"not JSON at all", frozenset({400})),
        "nothing": (b"", frozenset({400})),
        "JSON that ends in the middle": (_GOOD[: len(_GOOD) // 2], frozenset({400})),
        "a list": (b"[]", frozenset({400})),
        "no context": (encoded({"hook": "patient-view"}), frozenset({400})),
        "another hook's request": (encoded(hook_call() | {"hook": "order-sign"}), frozenset({400})),
        "an empty prefetch": (encoded(hook_call() | {"prefetch": {}}), frozenset({400, 412})),
        "a wrong resource": (
            encoded(hook_call() | {"prefetch": {"patient": {"resourceType": "Device"}}}),
            frozenset({400, 412}),
        ),
    }


def _head(length: int) -> bytes:
    lines = (f"POST {VIEW} HTTP/1.1", "Host: x", "Content-Type: application/json", f"Content-Length: {length}")
    return "\r\n".join((*lines, "", "")).encode()


def _posting(body: bytes) -> Call:
    return lambda port: _exchange(port, _head(len(body)) + body)


def _exchange(port: int, sent: bytes, *, end: bool = False) -> int | None:
    with closing(socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):  # refused before all was sent: there may be an answer
            connection.sendall(sent)
            if end:
                connection.shutdown(socket.SHUT_WR)
        return _status(connection)


def _status(connection: socket.socket) -> int | None:
    with suppress(ConnectionResetError):
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
        if answer.startswith(b"HTTP/1."):
            return int(answer.split(b" ", 2)[1])
    return None


def _cut_off(port: int) -> int | None:
    """Promise more than is sent."""
    return _exchange(port, _head(len(_GOOD)) + _GOOD[:-200], end=True)


def _silent(port: int) -> int | None:
    """Begin, and say no more."""
    return _exchange(port, _head(len(_GOOD)) + _GOOD[:500])


def _dripping(port: int) -> int | None:
    """Send byte after byte, for longer than anybody has patience."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(_head(len(_GOOD)))
            for number in range(_PATIENCE):
                connection.sendall(_GOOD[number : number + 1])
                time.sleep(0.3)
        return _status(connection)


def _gone(port: int) -> int | None:
    """Ask, and do not wait for the answer."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)) as connection:
        connection.sendall(_head(len(_GOOD)) + _GOOD)
    return None


def _no_http(port: int) -> int | None:
    return _exchange(port, b"\x16\x03\x01 this is no HTTP\r\n\r\n")


def _wrong_path(port: int) -> int | None:
    return _exchange(port, _head(len(_GOOD)).replace(b"patient-view", b"no-such-service") + _GOOD)


def _wrong_type(port: int) -> int | None:
    return _exchange(port, _head(len(_GOOD)).replace(b"application/json", b"text/plain") + _GOOD)


_ILL_BEHAVED: dict[str, tuple[Call, Statuses]] = {
    "a body that is cut off": (_cut_off, frozenset({400})),
    "a client that falls silent": (_silent, frozenset({400, 408, None})),
    "a client that drips": (_dripping, frozenset({400, 408, None})),
    "a client that is gone": (_gone, frozenset({None})),
    "no HTTP": (_no_http, frozenset({400})),
    "a service that there is not": (_wrong_path, frozenset({404})),
    "a type that is not JSON": (_wrong_type, frozenset({415})),
}
