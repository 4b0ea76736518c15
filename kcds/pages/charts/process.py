"""The renderer as a worker sees it: a process that is started on first need, asked, and replaced where it fails."""

import atexit
import os
import struct
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from threading import Event, Lock, Thread, Timer

import orjson

from kcds.pages.charts.protocol import HEADER, LONGEST, READY

COMMAND = (sys.executable, "-I", "-m", "kcds.pages.charts.renderer")
"""Apart from the worker's settings and its working directory; nothing of a patient is ever in it."""
START = 30.0
"""Seconds that a process may take until it is ready: on a busy machine its libraries alone take many."""
PATIENCE = 1.5
"""Seconds that a page waits for a process that is not ready, or that draws for another page."""
TIMEOUT = 3.0
"""Seconds for the pictures of one page, once the process is ready."""


class _Child:
    """One process, and whether it is ready: a thread of its own waits for that."""

    def __init__(self, command: tuple[str, ...], start: float) -> None:
        """Start it; raises OSError where that cannot be done."""
        self.owner = os.getpid()
        self.process = subprocess.Popen(  # noqa: S603 - our own module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={},
            start_new_session=True,
        )
        self.settled = Event()
        self.is_ready = False
        self._limit = start
        self._waiting = Thread(target=self._wait, daemon=True)
        self._waiting.start()

    def _wait(self) -> None:
        """Wait for the word that it is ready; end it where that does not come."""
        timer = self.killer(self._limit)
        with suppress(OSError, ValueError):
            self.is_ready = self.process.stdout is not None and self.process.stdout.read(len(READY)) == READY
        timer.cancel()
        self.settled.set()

    def killer(self, seconds: float) -> Timer:
        """End the process after a while, unless what is returned is cancelled."""
        timer = Timer(seconds, self.process.kill)
        timer.daemon = True
        timer.start()
        return timer

    def end(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.wait()
        self._waiting.join()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


class Renderer:
    """One worker's own process for pictures. What fails costs the pictures, never the page."""

    def __init__(
        self,
        command: tuple[str, ...] = COMMAND,
        *,
        timeout: float = TIMEOUT,
        patience: float = PATIENCE,
        start: float = START,
    ) -> None:
        """Start nothing yet."""
        self._command = command
        self._timeout = timeout
        self._patience = patience
        self._start = start
        self._lock = Lock()
        self._child: _Child | None = None
        self._number = 0

    @property
    def is_starting(self) -> bool:
        """Whether there is a process that is not ready yet: a page that is loaded again may have its pictures."""
        child = self._child
        return child is not None and not child.settled.is_set()

    def prepare(self) -> None:
        """Start the process, so that it is ready when it is asked; waits for nothing."""
        if self._lock.acquire(blocking=False):
            try:
                self._started()
            finally:
                self._lock.release()

    def draw(self, charts: Sequence[object]) -> list[str] | None:
        """Return the pictures in order; None where they cannot be had, or not yet."""
        if not self._lock.acquire(timeout=self._patience):
            return None
        try:
            child = self._started()
            if child is None or not child.settled.wait(self._patience):
                return None
            answer = self._ask(child, charts) if child.is_ready else None
            if answer is None:
                self._end()
            return answer
        finally:
            self._lock.release()

    def stop(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            self._end()

    def _started(self) -> _Child | None:
        """Return the process of this worker, running."""
        if self._child is not None and self._child.owner != os.getpid():
            self._child = None  # a copy of a worker must not speak to that worker's process
        if self._child is not None and self._child.process.poll() is not None:
            self._end()
        if self._child is None:
            with suppress(OSError):
                self._child = _Child(self._command, self._start)
        return self._child

    def _ask(self, child: _Child, charts: Sequence[object]) -> list[str] | None:
        """Send one request and wait for its answer; None where the process ended, or answers something else."""
        self._number += 1
        body = orjson.dumps({"number": self._number, "charts": charts})
        pipes = child.process.stdin, child.process.stdout
        if pipes[0] is None or pipes[1] is None or len(body) > LONGEST:
            return None
        timer = child.killer(self._timeout)
        try:
            pipes[0].write(struct.pack(HEADER, len(body)) + body)
            pipes[0].flush()
            (length,) = struct.unpack(HEADER, pipes[1].read(struct.calcsize(HEADER)))
            answer = orjson.loads(pipes[1].read(length)) if length <= LONGEST else None
        except (OSError, ValueError, struct.error):
            return None
        finally:
            timer.cancel()
        return _pictures(answer, self._number, len(charts))

    def _end(self) -> None:
        """End the process and forget it."""
        child, self._child = self._child, None
        if child is not None and child.owner == os.getpid():
            child.end()


def _pictures(answer: object, number: int, count: int) -> list[str] | None:
    """Return the pictures of an answer, if it is one to this request."""
    if not isinstance(answer, dict) or answer.get("number") != number:
        return None
    pictures = answer.get("charts")
    if not isinstance(pictures, list) or len(pictures) != count:
        return None
    return pictures if all(isinstance(picture, str) for picture in pictures) else None


def can_draw() -> bool:
    """Tell whether what draws is installed (`kcds[pages]`), without importing it."""
    return find_spec("vl_convert") is not None


@cache
def own_renderer() -> Renderer:
    """Return the renderer of this worker."""
    renderer = Renderer()
    atexit.register(renderer.stop)
    return renderer
