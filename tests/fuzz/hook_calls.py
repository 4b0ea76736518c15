# ruff: noqa: E402 - the search path must be set before the imports
"""Send changed hook requests and spoilt bytes to the application for some minutes: part of `make fuzz`.

Processes work through seeds of their own; what is wrong with a mutant is printed with its seed and with those of its
changes that it needs. Ends with status 1 where anything was wrong, or a process crashed.

    python tests/fuzz/hook_calls.py --minutes 5 --seed 1
    python tests/fuzz/hook_calls.py --mutant 1000017
"""

import argparse
import json
import multiprocessing
import os
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

# The parts of the fuzzing live with the tests.
sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from request_cases import Seen, judge, judge_bytes, smallest
from request_mutations import mutant
from service_builders import make_client

SEEDS_A_RUN = 1_000_000
BYTES_EVERY = 4
"""After so many mutants, a body of spoilt bytes."""
ENOUGH = 5
LONGEST_OVERTIME = 300.0  # seconds: then a process hangs
FORK = multiprocessing.get_context("fork")


def _work(first: int, step: int, until: float, place: Any, answers: Connection) -> None:
    """Try every so many seeds until the time is over; send what was seen and what was wrong."""
    client, seen, wrong = make_client(), Seen(), list[str]()
    seed = first
    while time.monotonic() < until and len(wrong) < ENOUGH:
        place.value = seed
        found = judge(client, mutant(seed, big=True), seen)
        if found:
            small = smallest(client, seed, found, big=True)
            wrong.append(f"--mutant {seed} ({small.name}: {', '.join(small.changes)}): {'; '.join(found)}")
        if seed // step % BYTES_EVERY == 0:
            wrong += [f"bytes of {seed}: {fault}" for fault in judge_bytes(client, seed, seen)]
        seed += step
    answers.send((seen, wrong))


def fuzz(minutes: float, seed: int, processes: int) -> int:
    """Run for some minutes; returns the exit status."""
    _print(f"seed {seed}, {processes} processes, {minutes:g} minutes")
    until = time.monotonic() + minutes * 60
    running = []
    for number in range(processes):
        here, there = FORK.Pipe(duplex=False)
        place = FORK.Value("q", 0, lock=False)
        first = seed * SEEDS_A_RUN + number
        process = FORK.Process(target=_work, args=(first, processes, until, place, there), daemon=True)
        process.start()
        there.close()
        running.append((process, here, place))
    seen, wrong = Seen(), list[str]()
    for process, here, place in running:
        try:
            if not here.poll(max(until - time.monotonic(), 0) + LONGEST_OVERTIME):
                process.kill()
            its_own, found = here.recv()
        except EOFError:
            process.join()
            wrong.append(f"--mutant {place.value}: the process crashed or hung (exit code {process.exitcode})")
            continue
        process.join()
        wrong += found
        for name in ("statuses", "dispositions", "relations"):
            getattr(seen, name).update(getattr(its_own, name))
        seen.slowest = max(seen.slowest, its_own.slowest)
    return _summary(seen, wrong)


def _summary(seen: Seen, wrong: list[str]) -> int:
    for fault in wrong:
        _print(f"WRONG: {fault}")
    for name in ("statuses", "dispositions", "relations"):
        _print(f"{name}: {', '.join(f'{what} {count:,}' for what, count in getattr(seen, name).most_common())}")
    _print(f"slowest answer: {seen.slowest:.2f} s; {sum(seen.statuses.values()):,} calls; wrong: {len(wrong)}")
    return 1 if wrong else 0


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--mutant", type=int, help="try one mutant, and print it as small as it can be")
    options = parser.parse_args()
    if options.mutant is None:
        return fuzz(options.minutes, options.seed, options.processes)
    client = make_client()
    found = judge(client, mutant(options.mutant, big=True), Seen())
    small = smallest(client, options.mutant, found, big=True) if found else mutant(options.mutant, big=True)
    _print(f"{json.dumps(small.request)}\n{small.name}: {', '.join(small.changes)}\n{found or 'nothing is wrong'}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
