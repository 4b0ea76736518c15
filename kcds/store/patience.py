"""Not waiting for ever: work that may hang runs in a thread that can be left behind, and what failed rests a while.

A database that hangs (stopped, unreachable, on a disk that does not answer) cannot be interrupted from here. The thread
that waits for it is left behind and comes back when the database does; their number is bounded.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

from kcds.errors import StoreError

MOST_THREADS = 8
REST = 5.0
"""Seconds for which a database that failed is not asked what can be done without."""

Answer = TypeVar("Answer")


class Askers:
    """A few threads that ask for others."""

    def __init__(self) -> None:
        """Start none yet."""
        self._idle: list[SimpleQueue[tuple[Callable[[], Any], Future[Any]]]] = []
        self._started = 0
        self._lock = threading.Lock()

    def ask(self, work: Callable[[], Answer], seconds: float) -> Answer:
        """Return what the work returns, or raise what it raises; raises StoreError when the seconds are over."""
        answer: Future[Answer] = Future()
        self._take().put((work, answer))
        try:
            return answer.result(timeout=seconds)
        except TimeoutError:
            raise StoreError("the store did not answer in time") from None

    def _take(self) -> "SimpleQueue[tuple[Callable[[], Any], Future[Any]]]":
        with self._lock:
            if self._idle:
                return self._idle.pop()
            if self._started >= MOST_THREADS:
                raise StoreError("the store does not answer")
            self._started += 1
        tasks: SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = SimpleQueue()
        threading.Thread(target=self._work, args=(tasks,), name="kcds-store-ask", daemon=True).start()
        return tasks

    def _work(self, tasks: "SimpleQueue[tuple[Callable[[], Any], Future[Any]]]") -> None:
        while True:
            work, answer = tasks.get()
            try:
                result = work()
            except BaseException as error:  # noqa: BLE001 - the caller raises it
                self._idle.append(tasks)  # before the answer, so that the next question finds this thread
                answer.set_exception(error)
            else:
                self._idle.append(tasks)
                answer.set_result(result)
            del work, answer  # holds nothing while it waits


class Breaker:
    """Whether it is worth asking: not for a while after two failures on end, and then after one more."""

    def __init__(self, rest: float = REST) -> None:
        """Begin by asking."""
        self._rest = rest
        self._failures = 0
        self._until = 0.0

    @property
    def is_open(self) -> bool:
        """Whether it has to be done without for now."""
        return time.monotonic() < self._until

    def failed(self) -> None:
        """Rest from now on, unless it was the first time: a machine may be busy for a moment."""
        self._failures += 1
        if self._failures > 1:
            self._until = time.monotonic() + self._rest

    def worked(self) -> None:
        """Ask on."""
        self._failures = 0


def run_apart(work: Callable[[], object], seconds: float) -> None:
    """Do this in a thread made for it; raises what it raises, and StoreError when the seconds are over."""
    done: Future[None] = Future()

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - the caller raises it
            done.set_exception(error)
        else:
            done.set_result(None)

    thread = threading.Thread(target=run, name="kcds-store-apart", daemon=True)
    thread.start()
    thread.join(seconds)
    if not done.done():
        raise StoreError("the store did not answer in time")
    done.result()
