# ruff: noqa: E402 - the search path must be set before the imports
"""Measure the engines on the real rules: python benchmarks/engine_speed.py --json engine.json.

First with all rules and 30 to 5,000 facts, then with 300 facts and a quarter of the rules up to twice as many: facts
drawn so that most fit some pattern. A real record has many more that no rule reads, and those cost nothing; so the
facts of the patient of the other benchmarks are measured too, where the folder with her data is there.
"""

import argparse
import gc
import json
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, TypeAlias

# The random cases live with the tests.
sys.path[:0] = [str(Path(__file__).parents[1] / "tests"), str(Path(__file__).parents[1])]

from processes import circumstances
from random_cases import TODAYS, FactSource

from kcds.engine.checked import CheckedEngine
from kcds.engine.durable import DurableRuleEngine
from kcds.engine.reference import ReferenceEngine
from kcds.facts.extract import extract_facts
from kcds.fhir.read import read_bundle
from kcds.knowledge.load import load_knowledge
from kcds.knowledge.rule import Absence, Comparison, Condition, Pattern, Rule
from kcds.model.facts import Fact

Engine: TypeAlias = DurableRuleEngine | ReferenceEngine | CheckedEngine

Times = dict[str, dict[str, float]]
"""Engine -> minimum and median, in milliseconds."""

FACTS = {30: 60, 100: 60, 300: 40, 1000: 15, 5000: 7}
"""How many fact sets of which size are evaluated."""

RECORDS = (50, 200, 500, 850, 2000)
"""Resources of the patient of the other benchmarks; with 850 she has 300 facts."""

OPPONENT = Path(__file__).parents[2] / "shared/benchmark"

SHARES = (0.25, 0.5, 0.75, 1, 2)
FACTS_AS_RULES_GROW = 300


def facts_of(source: FactSource, random: Random, number: int) -> list[Fact]:
    """Draw this many facts, data states included."""
    facts = source.draw(random, 0)
    while len(facts) < number:
        facts += [fact for fact in source.draw(random, 50) if fact.kind != "data"]
    return facts[:number]


def facts_of_record(folder: Path, resources: int) -> list[Fact]:
    """Return the facts of the patient whom the other benchmarks ask about, with this many resources."""
    sys.path.append(str(folder))
    sys.dont_write_bytecode = True  # the folder is not ours
    made = import_module("make_data").build(resources)
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": resource} for resource in made]}
    knowledge, now = load_knowledge(), datetime.now(UTC)
    record = read_bundle(bundle, wanted=knowledge.wants, since=knowledge.since(now.date()))
    return list(extract_facts(record, knowledge, today=now.date(), now=now))


def engines_of(rules: Sequence[Rule]) -> dict[str, Engine]:
    """Build the engines, and use them once."""
    engines: dict[str, Engine] = {
        "durable": DurableRuleEngine(rules),
        "reference": ReferenceEngine(rules),
        "checked": CheckedEngine(rules),
    }
    for engine in engines.values():
        engine.evaluate([], today=TODAYS[0])
    return engines


def times_of(engines: Mapping[str, Engine], fact_sets: Sequence[Sequence[Fact]]) -> Times:
    """Evaluate every fact set twice, after one for warming up; as in a worker, engines get ready between calls."""
    found: Times = {}
    for name, engine in engines.items():
        engine.evaluate(fact_sets[0], today=TODAYS[0])
        gc.freeze()
        times = []
        for facts in (*fact_sets, *fact_sets):
            gc.collect(1)
            if not isinstance(engine, ReferenceEngine):
                engine.get_ready()
            started = time.perf_counter()
            engine.evaluate(facts, today=TODAYS[0])
            times.append((time.perf_counter() - started) * 1000)
        found[name] = {"minimum": min(times), "median": median(times)}
    return found


def share_of(rules: Sequence[Rule], share: float) -> list[Rule]:
    """Take a part of the rules, always the same; beyond all: copies that share no pattern with the rules."""
    shuffled = Random(1).sample(rules, len(rules))
    return [*shuffled, *map(_copy, shuffled)][: round(len(rules) * share)]


def _copy(rule: Rule) -> Rule:
    """Name a rule and its patterns anew."""
    having = rule.having
    if having is not None:
        counted = {"count": _renamed(having.count), "count_distinct": _renamed(having.count_distinct)}
        having = having.model_copy(update=counted)
    parts = {"scope": [*map(_copy_part, rule.scope)], "when": [*map(_copy_part, rule.when)]}
    return rule.model_copy(update={"id": f"{rule.id}-copy", "having": having, **parts})


def _copy_part(part: Pattern | Absence) -> Pattern | Absence:
    """Give a pattern another alias, and refer to others by theirs."""
    where = {name: _copy_condition(condition) for name, condition in part.where.items()}
    if isinstance(part, Absence):
        return part.model_copy(update={"where": where})
    return part.model_copy(update={"where": where, "as_": _renamed(part.as_)})


def _copy_condition(condition: Condition) -> Condition:
    """Refer to the patterns of the copy."""
    if not isinstance(condition, Comparison):
        return condition
    refers = condition.model_fields_set & {"ref", "not_ref"}
    return condition.model_copy(update={key: _renamed(getattr(condition, key)) for key in refers})


def _renamed(text: str | None) -> str | None:
    """Rename an alias, alone or before a property."""
    return None if text is None else ".".join((f"{text.split('.')[0]}_copy", *text.split(".")[1:]))


def line_of(number: int, times: Times) -> str:
    """Lay out one measurement."""
    return f"{number:6} " + " ".join(f"{of['minimum']:9.2f} {of['median']:9.2f}" for of in times.values())


def entry_of(name: str, number: int, times: Times) -> dict[str, Any]:
    """Put one measurement into the file: medians by engine, and the minima beside them."""
    medians = {engine: round(of["median"], 3) for engine, of in times.items()}
    return {name: number, **medians, "minimum": {engine: round(of["minimum"], 3) for engine, of in times.items()}}


def main() -> None:
    """Print two tables, and write them if asked to."""
    gc.disable()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--opponent", type=Path, default=OPPONENT, help="the folder with the data of the patient")
    parser.add_argument("--json", type=Path, help="write the measurements to this file")
    options = parser.parse_args()
    rules = load_knowledge().active_rules
    started = time.perf_counter()
    engines = engines_of(rules)
    print(f"{len(rules)} rules; building all engines took {(time.perf_counter() - started) * 1000:.0f} ms")
    heading = " ".join(f"{name:>19}" for name in engines)
    print(f"{'facts':>6} {heading}   (minimum and median, ms)")
    random, source = Random(1), FactSource(rules, TODAYS[0])
    by_facts = []
    for number, sets in FACTS.items():
        times = times_of(engines, [facts_of(source, random, number) for _ in range(sets)])
        print(line_of(number, times), flush=True)
        by_facts.append(entry_of("facts", number, times))
    print(f"{'facts':>6} {heading}   (of records)")
    of_records = []
    for resources in RECORDS if options.opponent.is_dir() else ():
        facts = facts_of_record(options.opponent, resources)
        times = times_of(engines, [facts] * FACTS[FACTS_AS_RULES_GROW])
        print(line_of(len(facts), times), flush=True)
        of_records.append({"resources": resources, **entry_of("facts", len(facts), times)})
    print(f"{'rules':>6} {heading}   ({FACTS_AS_RULES_GROW} facts)")
    fact_sets = [facts_of(source, random, FACTS_AS_RULES_GROW) for _ in range(FACTS[FACTS_AS_RULES_GROW])]
    by_rules = []
    for share in SHARES:
        some = share_of(rules, share)
        times = times_of(engines_of(some), fact_sets)
        print(line_of(len(some), times), flush=True)
        by_rules.append(entry_of("rules", len(some), times))
    if options.json:
        told = {"about": circumstances(), "rules": len(rules), "facts": by_facts, "records": of_records}
        told["rules_growth"] = by_rules
        options.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
