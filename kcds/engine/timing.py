"""How long each rule takes, for `kcds evaluate --timings`: measured with the plain evaluator, each rule alone."""

from collections.abc import Callable, Sequence
from datetime import date

from kcds.engine.memory import Item, items_of
from kcds.engine.reference import ReferenceEngine
from kcds.engine.stages import Rows, Stage, evaluate_stages
from kcds.knowledge.rule import Rule
from kcds.model.facts import Fact


def time_rules(
    rules: Sequence[Rule],
    facts: Sequence[Fact],
    *,
    today: date,
    clock: Callable[[], float],
    repetitions: int = 20,
) -> dict[str, float]:
    """Return the seconds that matching takes by rule id, the fastest of some repetitions; sorted by id.

    Rules share patterns, so the sum of all is more than one evaluation of all takes.
    """
    engine = ReferenceEngine(rules)
    seen: dict[str, list[Fact]] = {}

    def match(stage: Stage, items: Sequence[Item], today: date) -> Rows:
        seen[stage.name] = [item.fact for item in items]  # what earlier stages found is among them
        return engine.match(stage, items, today)

    evaluate_stages(engine.stages, match, facts, today=today)
    active = sorted((rule for rule in rules if rule.status == "active"), key=lambda rule: rule.id)
    return {rule.id: _time(rule, seen[rule.stage], today, clock, repetitions) for rule in active}


def _time(rule: Rule, facts: Sequence[Fact], today: date, clock: Callable[[], float], repetitions: int) -> float:
    """Match one rule over and over; the fastest run is the one that other work on the machine disturbed least."""
    engine = ReferenceEngine([rule])
    stage = next(stage for stage in engine.stages if stage.name == rule.stage)
    items = items_of(facts, stage.readings)
    runs = []
    for _ in range(repetitions):
        started = clock()
        engine.match(stage, items, today)
        runs.append(clock() - started)
    return min(runs)
