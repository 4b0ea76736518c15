"""How long it takes to start: `kcds serve` until it is ready, `kcds evaluate` until it has printed its cards.

    python benchmarks/startup.py --runs 7 --json docs/performance/startup.json        under a minute

The first start, which makes the store, and one run that finds nothing in the caches of the disk are not counted. The
processor time says what a quiet machine would do: other work makes the clock slower, not it. kcds is compiled before,
as pip does when it installs a wheel; from sources that nobody has compiled each start takes a fifth of a second more.
"""

import argparse
import compileall
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import orjson
from processes import circumstances, cpu_seconds, family_of
from serving import KCDS, free_port, serving

import kcds
from kcds.sample import samples_directory

READY_S = 2
_SAMPLE = "crps-candidate"
_EVALUATED = samples_directory() / _SAMPLE / "request.json"


def main() -> None:
    """Measure, print, and write the numbers down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    about = circumstances()
    compileall.compile_dir(kcds.__path__[0], quiet=1)
    with tempfile.TemporaryDirectory(prefix="kcds-bench-") as store:
        served = [_serve(options.port or free_port(), options.workers, store) for _ in range(options.runs + 1)]
    evaluated = [_evaluate() for _ in range(options.runs + 1)]
    result: dict[str, Any] = {
        "about": about,
        "runs": options.runs,
        "workers": options.workers,
        "serve": _medians(served[1:]) | {"first_s": round(served[0][0], 3)},
        "evaluate": _medians(evaluated[1:]),
    }
    for name in ("serve", "evaluate"):
        found = result[name]
        print(f"kcds {name}: {found['median_s']} s (least {found['least_s']}), processor {found['cpu_s']} s")
    print(f"start to ready under {READY_S} s: {'met' if result['serve']['median_s'] < READY_S else 'NOT MET'}")
    if options.json:
        options.json.write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2) + b"\n")


def _serve(port: int, workers: int, store: str) -> tuple[float, float]:
    """Return the seconds from the start of the process to the first 200 of /health/ready, and the processor's."""
    with serving(port, workers, data_dir=store) as served:
        return served.seconds_to_ready, cpu_seconds(family_of(served.master))


def _evaluate() -> tuple[float, float]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KCDS_")}
    before, started = _used_by_children(), time.perf_counter()
    command = [KCDS, "evaluate", str(_EVALUATED), "--as-of", "2026-11-21", "--audience", "pain"]
    subprocess.run(command, env=kept, check=True, capture_output=True)  # noqa: S603 - our own program
    return time.perf_counter() - started, _used_by_children() - before


def _used_by_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _medians(runs: list[tuple[float, float]]) -> dict[str, float]:
    seconds, cpu = [run[0] for run in runs], [run[1] for run in runs]
    found = {"median_s": median(seconds), "least_s": min(seconds), "most_s": max(seconds), "cpu_s": median(cpu)}
    return {name: round(value, 3) for name, value in found.items()}


if __name__ == "__main__":
    main()
