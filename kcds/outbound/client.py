"""The one way to another server: listed places only, checked addresses, no redirects, bounded size, one deadline.

Whatever happens is an `OutboundError` of a kind; neither the URL nor a header nor anything of the answer is in it.
"""

import asyncio
import weakref
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any, TypeVar

from kcds.errors import OutboundError
from kcds.outbound.addresses import Resolve, addresses_of
from kcds.outbound.answers import Allowance, Answer
from kcds.outbound.background import BACKGROUND
from kcds.outbound.calls import Call
from kcds.outbound.deadline import Deadline
from kcds.outbound.places import Place

T = TypeVar("T")


class OutboundClient:
    """Asks the places that an operator listed. Safe to share between threads, and to make before a fork."""

    def __init__(self, places: Iterable[Place], *, resolve: Resolve = addresses_of) -> None:
        """Connect to nothing yet; `resolve` gives the addresses of a name."""
        self._places = tuple(places)
        if self._places:
            from kcds.outbound.lines import Lines  # noqa: PLC0415 - httpx: slow to import, not needed where none is listed

            self._lines = Lines(resolve)
            weakref.finalize(self, self._lines.close).atexit = False

    def allows(self, url: str) -> bool:
        """Whether a URL lies in one of the places."""
        return self._place_of(url) is not None

    def get(self, url: str, *, headers: Mapping[str, str], deadline: Deadline, largest: int) -> Answer:
        """Read a URL; `largest` bytes may come back. Raises OutboundError, nothing else."""
        return self.run(self.get_async(url, headers=headers, deadline=deadline, largest=largest), deadline)

    def post_form(
        self, url: str, form: bytes, *, headers: Mapping[str, str], deadline: Deadline, largest: int
    ) -> Answer:
        """Send an encoded form, once; the body comes back whatever the status. Raises OutboundError, nothing else."""
        return self.run(self._ask(url, deadline, lambda: Call(url, headers, [Allowance(largest)], form)), deadline)

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

        def call() -> Call:
            return Call(url, headers, [Allowance(largest), *([together] if together else [])])

        return await self._ask(url, deadline, call)

    async def _ask(self, url: str, deadline: Deadline, call: Callable[[], Call]) -> Answer:
        place = self._place_of(url)
        if place is None:
            raise OutboundError("refused")
        try:
            async with asyncio.timeout(deadline.left()):
                return await self._lines.ask(place, call)
        except OutboundError as error:
            kind = error.kind
        except TimeoutError:
            kind = "timeout"
        except Exception:  # noqa: BLE001 - whatever a foreign server provokes is the same to the caller
            kind = "connection"
        raise OutboundError(kind)  # outside the block, so that no error hangs on it that quotes a header

    def _place_of(self, url: str) -> Place | None:
        return next((place for place in self._places if place.holds(url)), None)
