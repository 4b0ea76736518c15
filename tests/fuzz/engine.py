# ruff: noqa: E402, S311 - the search path must be set before the imports; seeded test data
"""Compare durable-rules, the reference and the rule book, for as many cases as wanted: `make fuzz`.

A case is one random rule set and one random set of facts. Blocks of rule sets run in processes of their own: a ruleset
of C is never freed, and a crash must end one block only and name its case. Ends with status 1 where anything differs,
crashes, hangs, or where a construct of the rule language was never seen to apply and never seen not to.

    python tests/fuzz/engine.py --cases 1000000 --seed 1
    python tests/fuzz/engine.py --rule-set 10000122 --case 78      one case again, made small
"""

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from random import Random
from typing import Any

# The parts of the fuzzing live with the tests.
sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from engine_cases import Case, DifferenceError, Tally, facts_of, run_rule_set, today_of, written
from engine_shrink import differs, shrink
from random_facts import FactSource
from random_rules import random_rule_set
from rule_constructs import CONSTRUCTS

SETS_A_BLOCK = 20
CASES_A_SET = 100
SETS_A_SEED = 10_000_000
MOST_REFUSED = 0.02
LONGEST_CASE = 300.0  # seconds without a new case: it hangs
ENOUGH = 5
"""So many different cases, and no more are looked for."""
BETWEEN_LINES = 15.0  # seconds
FORK = multiprocessing.get_context("fork")


@dataclass
class Block:
    """One running process, and where it stands."""

    process: Any
    answers: Connection
    place: Any  # rule set, case: shared with the process, and still there when it crashed
    seen: tuple[int, int]
    since: float

    def hangs(self) -> bool:
        """Whether it has been at the same case for very long."""
        now = (self.place[0], self.place[1])
        if now != self.seen:
            self.seen, self.since = now, time.monotonic()
        return time.monotonic() - self.since > LONGEST_CASE


def _work(first: int, sets: int, place: Any, answers: Connection) -> None:
    """Run a block of rule sets; send the tally, or what differs."""
    tally = Tally()

    def at(number: int) -> None:
        place[1] = number

    with tempfile.TemporaryDirectory() as directory:
        try:
            for seed in range(first, first + sets):
                place[0], place[1] = seed, -1
                run_rule_set(seed, CASES_A_SET, Path(directory), tally, at)
        except DifferenceError as error:
            answers.send((tally, error.what, error.case))
            return
    answers.send((tally, "", None))


def _start(first: int, sets: int) -> Block:
    here, there = FORK.Pipe(duplex=False)
    place = FORK.Array("q", 2, lock=False)
    process = FORK.Process(target=_work, args=(first, sets, place, there), daemon=True)
    process.start()
    there.close()
    return Block(process, here, place, (0, 0), time.monotonic())


def _finished(running: list[Block]) -> Iterator[tuple[Block, Tally, str, Case | None]]:
    """The blocks that are done, or crashed, or hang: what they counted, and what is wrong with which case."""
    wait([block.process.sentinel for block in running] + [block.answers for block in running], timeout=1)
    for block in list(running):
        tally, wrong, case = Tally(), "", None
        if block.answers.poll():
            try:
                tally, wrong, case = block.answers.recv()
            except EOFError:
                block.process.join()
                wrong = f"the process crashed (exit code {block.process.exitcode})"
        elif not block.process.is_alive():
            wrong = f"the process crashed (exit code {block.process.exitcode})"
        elif block.hangs():
            block.process.kill()
            wrong = f"no answer within {LONGEST_CASE:.0f} seconds"
        else:
            continue
        block.process.join()
        running.remove(block)
        yield block, tally, wrong, case


def case_of(seed: int, number: int) -> Case:
    """Make one case again."""
    random = Random(seed)
    raw = random_rule_set(random)
    today = today_of(seed)
    return Case(raw, facts_of(seed, max(number, 0), FactSource(raw, today))[0] if number >= 0 else (), today)


def _differs_or_crashes(case: Case) -> bool:
    """Ask in a process of its own, so that a crash is an answer too."""
    process = FORK.Process(target=lambda: os._exit(1 if differs(case) else 0))
    process.start()
    process.join(60)
    process.kill()
    process.join()
    return process.exitcode != 0


def _report(seed: int, number: int, what: str, case: Case, directory: Path) -> None:
    """Say what is wrong, and keep the case, made small."""
    path = directory / f"fuzz-{seed}-{number}.txt"
    path.write_text(f"# {what}\n{written(case)}", encoding="utf-8")  # first of all: what follows may fail
    path.write_text(f"# {what}\n{written(shrink(case, _differs_or_crashes))}", encoding="utf-8")
    _print(
        f"DIFFERENT: {what}; again with --rule-set {seed} --case {number}; {path}\n{path.read_text(encoding='utf-8')}"
    )


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _line(tally: Tally, cases: int, started: float, wrong: int) -> str:
    took = time.monotonic() - started
    done = tally.cases["all"]
    return (
        f"{took:7.0f} s: {done:,} of {cases:,} cases, {tally.seeds['sets']:,} rule sets, "
        f"{done / max(took, 1e-9):,.0f} cases a second, {wrong} different"
    )


def fuzz(cases: int, seed: int, processes: int, directory: Path) -> int:
    """Run so many cases; returns the exit status."""
    tally, running, wrong = Tally(), list[Block](), 0
    started = last = time.monotonic()
    first = seed * SETS_A_SEED
    _print(f"seed {seed}, {processes} processes; counterexamples go to {directory}")
    while wrong < ENOUGH and (running or tally.cases["all"] < cases):
        while len(running) < processes and tally.cases["all"] + len(running) * SETS_A_BLOCK * CASES_A_SET < cases:
            running.append(_start(first, SETS_A_BLOCK))
            first += SETS_A_BLOCK
        if not running:
            running.append(_start(first, 1))
            first += 1
        for block, counted, what, case in _finished(running):
            tally += counted
            if what:
                wrong += 1
                at = block.place[0], block.place[1]
                _report(*at, what, case or case_of(*at), directory)
        if time.monotonic() - last > BETWEEN_LINES:
            last = time.monotonic()
            _print(_line(tally, cases, started, wrong))
    for block in running:
        block.process.kill()
    _print(_line(tally, cases, started, wrong))
    return _summary(tally, wrong)


def _summary(tally: Tally, wrong: int) -> int:
    """Print what was covered; returns the exit status."""
    never = tally.never()
    refused = sum(count for name, count in tally.seeds.items() if name.startswith("refused"))
    for name in ("seeds", "cases", "answers"):
        _print(f"{name}: {', '.join(f'{what} {count:,}' for what, count in getattr(tally, name).most_common())}")
    _print(f"constructs seen to apply and not to apply: {len(CONSTRUCTS) - len(never)} of {len(CONSTRUCTS)}")
    if never:
        _print(f"not seen: {', '.join(never)}")
    share = refused / max(tally.seeds["sets"], 1)
    _print(f"rule sets refused by the limits of C: {share:.2%}")
    _print(f"different: {wrong}")
    return 1 if wrong or never or share > MOST_REFUSED else 0


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()), help="folder for counterexamples")
    parser.add_argument("--rule-set", type=int)
    parser.add_argument("--case", type=int, default=0)
    options = parser.parse_args()
    if options.rule_set is None:
        return fuzz(options.cases, options.seed, options.processes, options.keep)
    case = case_of(options.rule_set, options.case)
    small = shrink(case, _differs_or_crashes)
    _print(written(small))
    _print("this is different" if _differs_or_crashes(case) else "no difference")
    return 0


if __name__ == "__main__":
    sys.exit(main())
