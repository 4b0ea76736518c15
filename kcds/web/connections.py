"""The connections of a worker: a client can neither fall silent, nor drip, nor be slow to go.

An answered connection is closed for good when the client has closed its side: before, the kernel would throw away
what the client has not read yet, where it sent more than was read. A worker does not wait for that: the connection is
put aside, and looked at again between calls.
"""

import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Any

SILENCE = 3
"""Seconds for which a client may send, or take, nothing before its connection is closed."""

RECEIPT = 5
"""Seconds in which a whole request has to be there, once a worker has begun to read it."""

TAKING = 5
"""Seconds that a client may keep a worker waiting while it takes an answer, all waits together: pages come in parts."""

PARTING = 2.0
"""Seconds that an answered client has to close its side."""

_MORE_FOLLOWS = getattr(socket, "MSG_MORE", 0)
"""Of Linux: what is sent waits a moment for what comes after it."""

_UNTIL_DATA = 30
"""Seconds for which the kernel keeps a connection on which nothing came."""

_MOST_ASIDE = 64
_CHUNK = 4096
_MOST_DISCARDED = 64 * 1024


class BoundedSocket(socket.socket):
    """A connection on which a client cannot keep a worker waiting."""

    def __init__(self, fileno: int, on_sent: Callable[[], object] = lambda: None) -> None:
        """Let the time for its request begin; `on_sent` is called with each part of the answer that was taken."""
        super().__init__(fileno=fileno)
        self._on_sent = on_sent
        self._waited = 0.0
        self._ends = time.monotonic() + RECEIPT
        self._left = _MOST_DISCARDED
        self._begun = False
        self._answered = False

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """Receive within the time that is left."""
        self._bound()
        return super().recv(bufsize, flags)

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:  # noqa: ANN401 - memory of any kind
        """Receive within the time that is left."""
        self._bound()
        return super().recv_into(buffer, nbytes, flags)

    def sendall(self, data: Any, flags: int = 0) -> None:  # noqa: ANN401 - bytes of any kind
        """Send to a client that takes it: the head of an answer together with its body, or with its end."""
        began, left = time.monotonic(), TAKING - self._waited
        if left <= 0:
            raise TimeoutError
        self.settimeout(min(SILENCE, left))
        super().sendall(data, flags if self._begun else flags | _MORE_FOLLOWS)
        self._begun = True
        self._waited += time.monotonic() - began
        self._on_sent()

    def shutdown(self, how: int) -> None:
        """Say that the answer is whole; from here on nobody waits for this client."""
        super().shutdown(how)
        self._answered = True
        self._ends = time.monotonic() + PARTING

    def close(self) -> None:
        """Close it, unless it was answered and the client has not gone yet."""
        if not self._answered or self._is_over():
            self.end()

    def end(self) -> None:
        """Close it."""
        super().close()

    def _is_over(self) -> bool:
        """Say whether the answered client has closed its side, or has had its time."""
        try:
            self.settimeout(0)
            while self._left > 0 and time.monotonic() < self._ends:
                sent = super().recv(_CHUNK)
                if not sent:
                    return True
                self._left -= len(sent)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def _bound(self) -> None:
        if self._answered:
            raise BlockingIOError
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.settimeout(min(SILENCE, left, self.gettimeout() or SILENCE))


def accept_with_data(listener: socket.socket) -> None:
    """Let the kernel hand a connection over when its first data are there, where it can.

    Browsers open connections ahead of their need; each would keep a worker until it had been silent for long enough.
    """
    if option := getattr(socket, "TCP_DEFER_ACCEPT", None):
        listener.setsockopt(socket.IPPROTO_TCP, option, _UNTIL_DATA)


class Partings:
    """Answered connections whose clients have not closed their side yet."""

    def __init__(self) -> None:
        """Begin with none."""
        self._aside: deque[BoundedSocket] = deque()

    def add(self, connection: BoundedSocket) -> None:
        """Put one aside that is still open; where there are too many, the oldest has had its time."""
        if connection.fileno() < 0:
            return
        self._aside.append(connection)
        if len(self._aside) > _MOST_ASIDE:
            self._aside.popleft().end()

    def look(self) -> None:
        """Let those go that are over."""
        for connection in list(self._aside):
            connection.close()
            if connection.fileno() < 0:
                self._aside.remove(connection)
