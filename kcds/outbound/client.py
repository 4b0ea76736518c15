"""The one way to another server: listed places only, checked addresses, no redirects, bounded size, one deadline.

Whatever happens is an `OutboundError` of a kind; neither the URL nor a header nor anything of the answer is in it.
"""

import asyncio
import os
import weakref
from collections.abc import Coroutine, Iterable, Mapping
from typing import Any, TypeVar

import httpx

from kcds.errors import OutboundError
from kcds.outbound.addresses import Resolve, addresses_of
from kcds.outbound.answers import Allowance, Answer
from kcds.outbound.background import BACKGROUND
from kcds.outbound.deadline import Deadline
from kcds.outbound.line import Call, Line
from kcds.outbound.places import Place

T = TypeVar("T")

_BUSY = frozenset({429, 502, 503, 504})
"""Statuses after which it makes sense to ask once more."""
_PAUSE = 0.1
"""Seconds before a call is made once more."""


class _Lines:
    """The lines of one client in one event loop; after a fork the child's loop is another, and so are its lines."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._loop: asyncio.AbstractEventLoop | None = None
        self._process = os.getpid()
        self._lines: dict[Place, Line] = {}
        self._inherited: list[object] = []

    def line(self, place: Place) -> Line:
        """Return the line to a place; to be called in the loop only."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._inherited.append(self._lines)
            self._loop, self._process, self._lines = loop, os.getpid(), {}
        if place not in self._lines:
            self._lines[place] = Line(place, self._resolve)
        return self._lines[place]

    def close(self) -> None:
        """Have the loop close the connections, where there are any."""
        if self._lines and self._loop is not None and self._process == os.getpid():
            asyncio.run_coroutine_threadsafe(_close_all(list(self._lines.values())), self._loop)


async def _close_all(lines: list[Line]) -> None:
    for line in lines:
        await line.close()


class OutboundClient:
    """Reads from the places that an operator listed. Safe to share between threads, and to make before a fork."""

    def __init__(self, places: Iterable[Place], *, resolve: Resolve = addresses_of) -> None:
        """Connect to nothing yet; `resolve` gives the addresses of a name."""
        self._places = tuple(places)
        self._lines = _Lines(resolve)
        weakref.finalize(self, self._lines.close).atexit = False

    def allows(self, url: str) -> bool:
        """Whether a URL lies in one of the places."""
        return self._place_of(url) is not None

    def get(self, url: str, *, headers: Mapping[str, str], deadline: Deadline, largest: int) -> Answer:
        """Read a URL; `largest` bytes may come back. Raises OutboundError, nothing else."""
        return self.run(self.get_async(url, headers=headers, deadline=deadline, largest=largest), deadline)

    def run(self, work: Coroutine[Any, Any, T], deadline: Deadline) -> T:
        """Do work that consists of many calls at once; raises OutboundError where it has not ended in time."""
        return BACKGROUND.wait_for(work, deadline)

    async def get_async(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        deadline: Deadline,
        largest: int,
        together: Allowance | None = None,
    ) -> Answer:
        """Read a URL inside `run`; `together` is what all answers of a piece of work may come to."""
        place = self._place_of(url)
        if place is None:
            raise OutboundError("refused")
        try:
            async with asyncio.timeout(deadline.left()):
                return await self._patiently(place, url, headers, largest, together)
        except OutboundError as error:
            kind = error.kind
        except TimeoutError:
            kind = "timeout"
        except Exception:  # noqa: BLE001 - whatever a foreign server provokes is the same to the caller
            kind = "connection"
        raise OutboundError(kind)  # outside the block, so that no error hangs on it that quotes a header

    async def _patiently(
        self, place: Place, url: str, headers: Mapping[str, str], largest: int, together: Allowance | None
    ) -> Answer:
        """Ask once more, a moment later, where the server is busy or the connection broke: a GET can be repeated."""
        line = self._lines.line(place)

        def call() -> Call:
            return Call(url, headers, [Allowance(largest), *([together] if together else [])])

        try:
            answer = await line.get(call())
        except (httpx.NetworkError, httpx.RemoteProtocolError):
            answer = None
        if answer is not None and answer.status not in _BUSY:
            return answer
        await asyncio.sleep(_PAUSE)
        return await line.get(call())

    def _place_of(self, url: str) -> Place | None:
        return next((place for place in self._places if place.holds(url)), None)
