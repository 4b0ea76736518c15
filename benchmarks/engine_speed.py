# ruff: noqa: E402 - the search path must be set before the imports
"""Measure the engines on the real rules and 30 to 5,000 facts: python benchmarks/engine_speed.py.

Facts are drawn so that most fit some pattern: a real record has many more that no rule reads, and those cost nothing.
"""

import sys
import time
from pathlib import Path
from random import Random
from statistics import median

# The random cases live with the tests.
sys.path[:0] = [str(Path(__file__).parents[1] / "tests"), str(Path(__file__).parents[1])]

from random_cases import TODAYS, FactSource

from kcds.engine.checked import CheckedEngine
from kcds.engine.durable import DurableRuleEngine
from kcds.engine.protocol import RuleEngine
from kcds.engine.reference import ReferenceEngine
from kcds.knowledge.load import load_knowledge
from kcds.model.facts import Fact


def facts_of(source: FactSource, random: Random, number: int) -> list[Fact]:
    """Draw this many facts, data states included."""
    facts = source.draw(random, 0)
    while len(facts) < number:
        facts += [fact for fact in source.draw(random, 50) if fact.kind != "data"]
    return facts[:number]


def milliseconds(engine: RuleEngine, fact_sets: list[list[Fact]]) -> float:
    """Return the median time of one evaluation."""
    times = []
    for facts in fact_sets:
        started = time.perf_counter()
        engine.evaluate(facts, today=TODAYS[0])
        times.append(time.perf_counter() - started)
    return median(times) * 1000


def main() -> None:
    """Print a table."""
    rules = load_knowledge().active_rules
    started = time.perf_counter()
    engines = {
        "durable": DurableRuleEngine(rules),
        "reference": ReferenceEngine(rules),
        "checked": CheckedEngine(rules),
    }
    for engine in engines.values():
        engine.evaluate([], today=TODAYS[0])
    print(f"{len(rules)} rules; building all engines took {(time.perf_counter() - started) * 1000:.0f} ms")
    print(f"{'facts':>6} " + " ".join(f"{name:>10}" for name in engines) + "   (median, ms)")
    random, source = Random(1), FactSource(rules, TODAYS[0])
    for number, repetitions in ((30, 40), (100, 40), (300, 40), (1000, 10), (5000, 5)):
        fact_sets = [facts_of(source, random, number) for _ in range(repetitions)]
        print(f"{number:6} " + " ".join(f"{milliseconds(engine, fact_sets):10.2f}" for engine in engines.values()))


if __name__ == "__main__":
    main()
