"""The lines of one client: one to each place, in one event loop; a call is made once more where that makes sense."""

import asyncio
import os
from collections.abc import Callable

import httpx

from kcds.outbound.addresses import Resolve
from kcds.outbound.answers import Answer
from kcds.outbound.calls import Call
from kcds.outbound.line import Line
from kcds.outbound.places import Place

_BUSY = frozenset({429, 502, 503, 504})
"""Statuses after which it makes sense to ask once more."""
_PAUSE = 0.1
"""Seconds before a call is made once more."""


class Lines:
    """The lines of one client in one event loop; after a fork the child's loop is another, and so are its lines."""

    def __init__(self, resolve: Resolve) -> None:
        """Connect to nothing yet."""
        self._resolve = resolve
        self._loop: asyncio.AbstractEventLoop | None = None
        self._process = os.getpid()
        self._lines: dict[Place, Line] = {}
        self._inherited: list[object] = []

    async def ask(self, place: Place, call: Callable[[], Call]) -> Answer:
        """Ask once more, a moment later, where the server is busy or the connection broke: a GET can be repeated.

        A form is sent once: what it asks for (a token for a code) may be given once only.
        """
        line, first = self._line(place), call()
        if first.form is not None:
            return await line.ask(first)
        try:
            answer = await line.ask(first)
        except (httpx.NetworkError, httpx.RemoteProtocolError):
            answer = None
        if answer is not None and answer.status not in _BUSY:
            return answer
        await asyncio.sleep(_PAUSE)
        return await line.ask(call())

    def close(self) -> None:
        """Have the loop close the connections, where there are any."""
        if self._lines and self._loop is not None and self._process == os.getpid():
            asyncio.run_coroutine_threadsafe(_close_all(list(self._lines.values())), self._loop)

    def _line(self, place: Place) -> Line:
        """Return the line to a place; to be called in the loop only."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._inherited.append(self._lines)
            self._loop, self._process, self._lines = loop, os.getpid(), {}
        if place not in self._lines:
            self._lines[place] = Line(place, self._resolve)
        return self._lines[place]


async def _close_all(lines: list[Line]) -> None:
    for line in lines:
        await line.close()
