"""When a call arrived: not when a worker became free for it. Its deadline and its time count from there.

The steps of a call are timed from when a worker took it: the wait before is told in steps of four milliseconds only.
"""

import socket
import struct
import sys
import time
from contextvars import ContextVar
from dataclasses import dataclass

from flask import g

from kcds.outbound.deadline import Deadline

_LAST_DATA_RECEIVED = 52
"""Where `tcpi_last_data_recv` stands in Linux' `struct tcp_info`: milliseconds since the last data came."""

_LONG = 104
_WHOLE = struct.Struct("I")


@dataclass(frozen=True, slots=True)
class Arrival:
    """When the data of a request came, and when a worker took it; by the monotonic clock."""

    came: float
    taken: float


_noted: ContextVar[Arrival | None] = ContextVar("arrival", default=None)


def note_arrival(connection: socket.socket) -> None:
    """Remember when this connection, about to be read, got its data; to be called once for each."""
    now = time.monotonic()
    _noted.set(Arrival(now - _seconds_waited(connection), now))


def seconds_queued() -> float:
    """Return how long this connection had its data before a worker took it; 0 where no server has noted it."""
    noted = _noted.get()
    return noted.taken - noted.came if noted else 0.0


def begin_call() -> None:
    """Let the time of this request run, from its arrival where a server has noted it."""
    arrival = _noted.get()
    if arrival is None:
        now = time.monotonic()
        arrival = Arrival(now, now)
    g.arrival = arrival


def arrival_of_call() -> Arrival:
    """Return when this request arrived."""
    arrival: Arrival = g.arrival
    return arrival


def seconds_so_far() -> float:
    """Return how long ago this request arrived."""
    return time.monotonic() - arrival_of_call().came


def deadline_of_call(seconds: float) -> Deadline:
    """Return by when this request has to be answered; that it waited for a worker counts."""
    return Deadline(arrival_of_call().came + seconds)


def deadline_once_taken(seconds: float) -> Deadline:
    """Return by when a request has to be answered that is never refused for having waited."""
    return Deadline(arrival_of_call().taken + seconds)


def _seconds_waited(connection: socket.socket) -> float:
    """How long the data lay there already; 0 where the machine does not tell."""
    if sys.platform != "linux":
        return 0.0
    try:
        told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LONG)
        return float(_WHOLE.unpack_from(told, _LAST_DATA_RECEIVED)[0]) / 1000
    except (OSError, struct.error):
        return 0.0
