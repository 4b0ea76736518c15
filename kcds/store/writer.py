"""Writing later: a bounded queue and one thread that gathers for a moment and writes down what came in one batch.

Putting something in never waits and never fails. What cannot be written stays in the queue and is tried again; when the
queue is full, what comes is dropped and counted. Closing writes down what is left, within bounds.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Generic, TypeVar

import structlog

from kcds.errors import StoreError, place_of

log = structlog.get_logger("kcds.store")

ROOM = 5000
BATCH = 200
GATHERING = 0.1
"""Seconds for which the first item waits for others: a transaction costs as much as five items in it."""

PAUSE = 1.0
"""Seconds until what could not be written is tried again."""

CHORES = 30.0
"""Seconds between two looks at what is to be tidied up."""

Item = TypeVar("Item")


class Writer(Generic[Item]):
    """Gives what is put in to `write`, in order; calls `tidy` now and then. Neither is ever called by two threads."""

    def __init__(
        self,
        write: Callable[[Sequence[Item]], None],
        tidy: Callable[[], None],
        count: Callable[[str], None],
        room: int = ROOM,
    ) -> None:
        """Start the thread with the first item."""
        self._write, self._tidy, self._count, self._room = write, tidy, count, room
        self._waiting: deque[Item] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._tidy_at = time.monotonic() + CHORES
        self._thread: threading.Thread | None = None

    def put(self, item: Item) -> None:
        """Take an item, or drop and count it where there is no room left."""
        with self._changed:
            if self._closing or len(self._waiting) >= self._room:
                self._count("dropped")
                return
            self._waiting.append(item)
            self._begin()
            if len(self._waiting) in (1, BATCH):  # for one in between the thread is not woken: it gathers, or writes
                self._changed.notify()

    def start(self) -> None:
        """Begin to tidy up now and then, though there is nothing to write."""
        with self._changed:
            if not self._closing:
                self._begin()

    def close(self, seconds: float) -> None:
        """Write down what is left, for so many seconds at most; the rest is dropped and counted."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(seconds)
        with self._changed:
            while self._waiting:
                self._waiting.popleft()
                self._count("dropped")

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="kcds-store-write", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while batch := self._next():
            if self._written(batch):
                with self._changed:
                    for _ in batch[: len(self._waiting)]:
                        self._waiting.popleft()
            elif self._closing:
                return
            else:
                with self._changed:
                    self._changed.wait_for(lambda: self._closing, PAUSE)

    def _next(self) -> list[Item]:
        """Wait for items, tidying up now and then; none when all is written and it is closing."""
        while True:
            with self._changed:
                if self._changed.wait_for(lambda: self._waiting or self._closing, CHORES):
                    self._changed.wait_for(lambda: len(self._waiting) >= BATCH or self._closing, GATHERING)
                batch = list(islice(self._waiting, BATCH))
                if self._closing:
                    return batch
            if time.monotonic() >= self._tidy_at:
                self._tidy_at = time.monotonic() + CHORES
                self._tidy()
            if batch:
                return batch

    def _written(self, batch: Sequence[Item]) -> bool:
        """Whether these items need not be tried again: written, or such that they can never be."""
        try:
            self._write(batch)
        except StoreError as error:
            if error.state != "refused":
                return False
        except Exception as error:  # noqa: BLE001 - one item that nobody thought of does not end the writing
            log.error("cannot be kept", place=place_of(error))  # noqa: TRY400 - a traceback may quote the item
        else:
            return True
        if len(batch) == 1:
            self._count("dropped")
            return True
        done = [self._written([item]) for item in batch]
        return all(done)
