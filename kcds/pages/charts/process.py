"""The renderer as a worker sees it: a process that is started on first need, asked, and replaced where it fails."""

import atexit
import json
import os
import struct
import subprocess
import sys
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from threading import Lock, Timer
from typing import Any

from kcds.pages.charts.protocol import HEADER, LONGEST

COMMAND = (sys.executable, "-I", "-m", "kcds.pages.charts.renderer")
"""Apart from the worker's settings and its working directory; nothing of a patient is ever in it."""
TIMEOUT = 3.0
"""Seconds for the pictures of one page, the start of the process included."""
Json = dict[str, Any]


class Renderer:
    """One worker's own process for pictures. What fails costs the pictures, never the page."""

    def __init__(self, command: tuple[str, ...] = COMMAND, timeout: float = TIMEOUT) -> None:
        """Start nothing yet."""
        self._command = command
        self._timeout = timeout
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner: int | None = None
        self._number = 0

    def prepare(self) -> None:
        """Start the process, so that it is ready when it is asked; waits for nothing."""
        with self._lock:
            self._started()

    def draw(self, charts: list[Json]) -> list[str] | None:
        """Return the pictures in order; None where they cannot be had."""
        with self._lock:
            process = self._started()
            if process is None:
                return None
            self._number += 1
            timer = Timer(self._timeout, process.kill)
            timer.start()
            try:
                answer = self._ask(process, {"number": self._number, "charts": charts})
            finally:
                timer.cancel()
            if answer is None:
                self._end()
            return answer

    def stop(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            self._end()

    def _started(self) -> subprocess.Popen[bytes] | None:
        """Return the process of this worker, running."""
        if self._owner != os.getpid():  # a copy of a worker must not speak to that worker's process
            self._process, self._owner = None, os.getpid()
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._process is None:
            try:
                self._process = subprocess.Popen(  # noqa: S603 - our own module
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    cwd="/",
                    env={},
                    start_new_session=True,
                )
            except OSError:
                return None
        return self._process

    def _ask(self, process: subprocess.Popen[bytes], request: Json) -> list[str] | None:
        """Send one request and wait for its answer; None where the process ended, or answers something else."""
        body = json.dumps(request, allow_nan=False).encode()
        if process.stdin is None or process.stdout is None or len(body) > LONGEST:
            return None
        try:
            process.stdin.write(struct.pack(HEADER, len(body)) + body)
            process.stdin.flush()
            header = process.stdout.read(struct.calcsize(HEADER))
            length = struct.unpack(HEADER, header)[0]
            answer = json.loads(process.stdout.read(length)) if length <= LONGEST else {}
        except (OSError, ValueError, struct.error):
            return None
        return _pictures(answer, request)

    def _end(self) -> None:
        """End the process and forget it."""
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


def _pictures(answer: object, request: Json) -> list[str] | None:
    """Return the pictures of an answer, if it is one to this request."""
    if not isinstance(answer, dict) or answer.get("number") != request["number"]:
        return None
    pictures = answer.get("charts")
    if not isinstance(pictures, list) or len(pictures) != len(request["charts"]):
        return None
    return pictures if all(isinstance(picture, str) for picture in pictures) else None


def can_draw() -> bool:
    """Tell whether the libraries are installed (`kcds[pages]`), without importing them."""
    return all(find_spec(name) is not None for name in ("altair", "vl_convert"))


@cache
def own_renderer() -> Renderer:
    """Return the renderer of this worker."""
    renderer = Renderer()
    atexit.register(renderer.stop)
    return renderer
