"""Load on one service, and how it answered: from wrk where that is installed and the service is fast, else from Python.

Every answer is looked at: it must be 200 and hold a text so many times. One that is not makes the measurement void.
"""

import http.client
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import orjson

_SCRIPT = Path(__file__).with_name("post.lua")
_OK = 200
_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and what each answer holds: a text, so many times."""

    url: str
    body: bytes
    text: str
    times: int

    def is_right(self, status: int, answer: bytes) -> bool:
        """Whether this is such an answer."""
        return status == _OK and answer.count(self.text.encode()) == self.times


@dataclass(frozen=True, slots=True)
class Measured:
    """How one service answered for a while."""

    p50_ms: float
    p99_ms: float
    requests: int
    per_second: float
    bad: int
    generator: str = "wrk"
    cpu_ms: float = 0


def has_wrk() -> bool:
    """Whether wrk is installed here."""
    return shutil.which("wrk") is not None


def wrk_load(question: Question, connections: int, seconds: float) -> Measured:
    """Let wrk ask for so long."""
    with tempfile.NamedTemporaryFile(prefix="kcds-bench-", suffix=".json") as file:
        file.write(question.body)
        file.flush()
        asked = {"BODY": file.name, "EXPECT": question.text, "COUNT": str(question.times)}
        done = subprocess.run(  # noqa: S603 - arguments of ours
            [
                *("wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{round(seconds)}s"),
                *("--timeout", "60s", "--script", str(_SCRIPT), question.url),
            ],
            env=os.environ | asked,
            capture_output=True,
            text=True,
            check=False,
        )
    found = re.search(r"JSON(\{.*\})", done.stdout)
    if found is None:
        raise SystemExit(f"wrk failed: {done.stdout[-500:]}{done.stderr[-500:]}")
    return Measured(**orjson.loads(found[1]))


def python_load(question: Question, connections: int, seconds: float, least: int) -> Measured:
    """Ask from threads of this process for so long, and at least so often."""
    begin, lock = time.perf_counter(), threading.Lock()
    times: list[float] = []
    started, bad = 0, 0

    def ask() -> None:
        nonlocal started, bad
        while True:
            with lock:
                if started >= least and time.perf_counter() - begin >= seconds:
                    return
                started += 1
            asked = time.perf_counter()
            status, answer = post(question.url, question.body)
            took = time.perf_counter() - asked
            with lock:
                times.append(took * 1000)
                bad += not question.is_right(status, answer)

    threads = [threading.Thread(target=ask) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall = time.perf_counter() - begin
    return Measured(
        statistics.median(times), percentile(times, 99), len(times), len(times) / wall, bad, generator="Python threads"
    )


def percentile(values: Iterable[float], part: int) -> float:
    """Return the value below which so many of a hundred lie; of few values the greatest."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * part // 100)]


def post(url: str, body: bytes) -> tuple[int, bytes]:
    """Ask once, on a connection of its own."""
    status, _, answer = post_and_see(url, body)
    return status, answer


def post_and_see(url: str, body: bytes) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Ask once; the headers of the answer too."""
    place = urlsplit(url)
    with closing(http.client.HTTPConnection(place.hostname or "", place.port, timeout=120)) as connection:
        connection.request("POST", place.path, body, _JSON)
        response = connection.getresponse()
        return response.status, response.headers, response.read()
