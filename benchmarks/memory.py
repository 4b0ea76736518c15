"""Memory of the processes over many requests of invented patients of mixed sizes.

    python benchmarks/memory.py --requests 100000 --json docs/performance/memory.json        15 to 25 minutes
    python benchmarks/memory.py --requests 2000                                              for a try

One worker answers all of them: workers are replaced after some thousand requests in production, which is switched off
here alone, in the settings of gunicorn. Every answer must be 200.
"""

import argparse
import http.client
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import orjson
from processes import circumstances, megabytes
from serving import Served, free_port, serving
from soak_patients import Patient, make_patients

from kcds.advice_app import make_service

WITHOUT_RECYCLING = """
from gunicorn.arbiter import Arbiter
begin = Arbiter.__init__
def without_recycling(self, app):
    app.cfg.set("max_requests", 0)
    begin(self, app)
Arbiter.__init__ = without_recycling
from kcds.cli import main
main()
"""
"""`kcds serve` whose workers live for ever."""

MOST_GROWTH_PERCENT = 2
MOST_MB = 120
SAMPLES = 100
SETTLED = 2
"""Hundredths of the requests after which memory is compared: until then things are loaded that are needed first now."""

_NEAR = 3
_JSON = {"Content-Type": "application/json"}


def main() -> None:
    """Measure, print, and write the numbers down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--patients", type=int, default=300)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    about, now, began = circumstances(), datetime.now(UTC), time.perf_counter()
    patients = make_patients(make_service(), options.patients, 1, now, now)
    port = options.port or free_port()
    command = (sys.executable, "-P", "-c", WITHOUT_RECYCLING, "serve")
    with serving(port, options.workers, command=command, deadline="8") as served:
        samples = _watch(served, _requests(patients), options.requests)
    sizes = sorted(len(patient.body()) for patient in patients)
    result: dict[str, Any] = {
        "about": about,
        "requests": options.requests,
        "workers": options.workers,
        "patients": len(patients),
        "body_kb": {"median": round(median(sizes) / 1000, 1), "largest": round(sizes[-1] / 1000)},
        "samples": samples,
        "growth_percent": {name: _growth(samples, name) for name in ("rss", "pss")},
        "worker_mb": max(sample["workers"][0]["rss"] for sample in samples),
        "master_mb": samples[-1]["master"]["rss"],
        "minutes": round((time.perf_counter() - began) / 60, 1),
    }
    print(_text(result))
    if options.json:
        options.json.write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2) + b"\n")


def _requests(patients: list[Patient]) -> Callable[[], tuple[str, bytes]]:
    """Return what gives the next request: bodies are made once, the patients drawn anew each time."""
    random, ready = Random(1), [(patient.path, patient.body()) for patient in patients]
    return lambda: random.choice(ready)


def _watch(served: Served, draw: Callable[[], tuple[str, bytes]], number: int) -> list[dict[str, Any]]:
    """Ask, and look at the memory after each hundredth."""
    samples: list[dict[str, Any]] = []
    each = max(1, number // SAMPLES)
    first = served.workers()
    for done in range(each, number + 1, each):
        _ask(served.port, draw, each, at_a_time=2 * len(first))
        if served.workers() != first:
            raise SystemExit("a worker was replaced: its memory cannot be compared")
        workers = [megabytes(pid) for pid in first]
        samples.append({"requests": done, "workers": workers, "master": megabytes(served.master)})
        print(f"{done:8} requests: {workers}", file=sys.stderr, flush=True)
    return samples


def _ask(port: int, draw: Callable[[], tuple[str, bytes]], number: int, *, at_a_time: int) -> None:
    """Ask so often, from several threads; raises where an answer is not 200."""
    left, lock, bad = number, threading.Lock(), list[int]()

    def ask() -> None:
        nonlocal left
        while True:
            with lock:
                if left == 0 or bad:
                    return
                left -= 1
                path, body = draw()
            while (status := _status(port, path, body)) == http.client.SERVICE_UNAVAILABLE:
                time.sleep(1)  # the machine is busy with other work
            if status != http.client.OK:
                bad.append(status)

    threads = [threading.Thread(target=ask) for _ in range(at_a_time)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if bad or left:
        raise SystemExit(f"not every answer was 200: {bad}, {left} not asked")


def _status(port: int, path: str, body: bytes) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("POST", path, body, _JSON)
        response = connection.getresponse()
        response.read()
        return response.status


def _growth(samples: list[dict[str, Any]], name: str) -> float:
    """Return by how many percent the worker that grew most has grown since things had settled."""
    begin = max(0, len(samples) * SETTLED // 100 - 1)
    changes = []
    for worker in range(len(samples[0]["workers"])):
        values = [sample["workers"][worker][name] for sample in samples]
        changes.append(median(values[-_NEAR:]) / median(values[begin : begin + _NEAR]) * 100 - 100)
    return float(round(max(changes), 2))


def _text(result: dict[str, Any]) -> str:
    growth = result["growth_percent"]
    met = growth["rss"] < MOST_GROWTH_PERCENT and result["worker_mb"] < MOST_MB
    return (
        f"{result['requests']} requests of {result['patients']} patients in {result['minutes']} minutes: "
        f"a worker held {result['worker_mb']} MB at most (resident), the master {result['master_mb']} MB; "
        f"growth after the first {SETTLED} %: {growth['rss']} % (with shared parts divided: {growth['pss']} %); "
        f"under {MOST_MB} MB and {MOST_GROWTH_PERCENT} %: {'met' if met else 'NOT MET'}"
    )


if __name__ == "__main__":
    main()
