# ruff: noqa: E402 - the search path must be set before the imports
"""Compare durable-rules with the reference: python benchmarks/engine_difference.py --cases 20000.

The rules are the real ones; facts are drawn near their numbers, dates and words. Prints how often each answer was
given, the rules that never applied, and every difference; ends with status 1 if there is one.
"""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

# The random cases live with the tests.
sys.path[:0] = [str(Path(__file__).parents[1] / "tests"), str(Path(__file__).parents[1])]

from random_cases import TODAYS, FactSource, disagreeing

from kcds.engine.durable import DurableRuleEngine
from kcds.engine.reference import ReferenceEngine
from kcds.knowledge.load import load_knowledge


def main() -> int:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--facts", type=int, default=30, help="at most so many facts a case, besides the data states")
    options = parser.parse_args()
    rules = load_knowledge().active_rules
    durable, reference = DurableRuleEngine(rules), ReferenceEngine(rules)
    sources = [FactSource(rules, today) for today in TODAYS]
    random = Random(options.seed)
    answers: Counter[str] = Counter()
    applied: set[str] = set()
    differences = 0
    started = time.perf_counter()
    for number in range(options.cases):
        index = random.randrange(len(TODAYS))
        facts = sources[index].draw(random, options.facts)
        expected = reference.evaluate(facts, today=TODAYS[index])
        different = disagreeing(durable.evaluate(facts, today=TODAYS[index]), expected)
        if different:
            differences += 1
            print(f"case {number}: {', '.join(different)}")
        answers.update(finding.answer.value for finding in expected.all)
        applied.update(finding.rule for finding in expected.applying)
    never = sorted({rule.id for rule in rules} - applied)
    print(f"{options.cases} fact sets, {len(rules)} rules, {time.perf_counter() - started:.0f} s: {dict(answers)}")
    print(f"rules that never applied: {', '.join(never) or 'none'}")
    print(f"fact sets with a difference: {differences}")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
