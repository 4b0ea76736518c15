"""One event loop of this process, in a thread of its own, made when it is first needed.

Calls come from threads and forked workers that know no event loop; one loop lets their connections be kept open
between calls. A forked child makes its own: what it inherits belongs to its parent and is never touched.
"""

import asyncio
import os
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from kcds.errors import OutboundError
from kcds.outbound.deadline import Deadline

T = TypeVar("T")

_GRACE = 0.2
"""Seconds that work which ends itself at the deadline may take for ending."""


class BackgroundLoop:
    """The loop, and the thread that runs it."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._inherited: list[object] = []

    def loop(self) -> asyncio.AbstractEventLoop:
        """Return the running loop of this process."""
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="kcds-outbound", daemon=True).start()
            return self._loop

    def wait_for(self, work: Coroutine[Any, Any, T], deadline: Deadline) -> T:
        """Do work in the loop; raises OutboundError where it has not ended at the deadline."""
        future = asyncio.run_coroutine_threadsafe(work, self.loop())
        try:
            return future.result(timeout=deadline.left() + _GRACE)
        except TimeoutError:
            future.cancel()
        raise OutboundError("timeout")

    def after_fork(self) -> None:
        """Forget the parent's loop in a child, but keep it: what is torn down here would be missing there."""
        self._inherited.append(self._loop)
        self._lock = threading.Lock()
        self._loop = None


BACKGROUND = BackgroundLoop()
os.register_at_fork(after_in_child=BACKGROUND.after_fork)
