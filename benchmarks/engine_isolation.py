# ruff: noqa: E402 - the search path must be set before the imports
"""Prove that no request sees another's facts: python benchmarks/engine_isolation.py --requests 10000 --threads 16.

Every patient's facts carry that patient's own sources. Each thread evaluates patients in random order with one shared
engine; a finding that differs from the one computed alone, or names a foreign source, is a crossing. Memory is read
from /proc after each tenth; it must be flat after the first.
"""

import argparse
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

# The random cases live with the tests.
sys.path[:0] = [str(Path(__file__).parents[1] / "tests"), str(Path(__file__).parents[1])]

from random_cases import TODAYS, FactSource

from kcds.engine.checked import CheckedEngine
from kcds.engine.protocol import RuleEngine
from kcds.engine.reference import ReferenceEngine
from kcds.knowledge.load import load_knowledge
from kcds.model.facts import Fact
from kcds.model.findings import Findings

PATIENTS = 200


def patients_of(source: FactSource, random: Random) -> list[tuple[Fact, ...]]:
    """Draw patients whose facts all name them as their source."""
    return [
        tuple(replace(fact, sources=(f"Patient/{number}",)) for fact in source.draw(random, 30))
        for number in range(PATIENTS)
    ]


def crossings(
    engine: RuleEngine, patients: Sequence[tuple[Fact, ...]], alone: Sequence[Findings], seed: int, requests: int
) -> int:
    """Evaluate patients in random order; count the findings that are not the patient's own."""
    random, crossed = Random(seed), 0
    for _ in range(requests):
        number = random.randrange(len(patients))
        findings = engine.evaluate(patients[number], today=TODAYS[0])
        sources = {source for finding in findings.all for source in finding.supporting}
        crossed += findings != alone[number] or not sources <= {f"Patient/{number}"}
    return crossed


def main() -> int:
    """Run the threads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=16)
    options = parser.parse_args()
    rules = load_knowledge().active_rules
    engine, reference = CheckedEngine(rules), ReferenceEngine(rules)
    patients = patients_of(FactSource(rules, TODAYS[0]), Random(1))
    alone = [reference.evaluate(facts, today=TODAYS[0]) for facts in patients]
    found: list[int] = []

    def work(seed: int) -> None:
        found.append(crossings(engine, patients, alone, seed, options.requests // 10 // options.threads + 1))

    for tenth in range(10):
        started = time.perf_counter()
        threads = [threading.Thread(target=work, args=(tenth * 1000 + number,)) for number in range(options.threads)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        done = (tenth + 1) * options.threads * (options.requests // 10 // options.threads + 1)
        print(f"{done:7} requests, {pages * 4096 / 2**20:6.1f} MB, {time.perf_counter() - started:5.1f} s", flush=True)
    print(f"crossings: {sum(found)}; engines retired: {engine.retired}; threads that ended: {len(found)}")
    return 0 if not sum(found) and not engine.retired and len(found) == 10 * options.threads else 1


if __name__ == "__main__":
    sys.exit(main())
