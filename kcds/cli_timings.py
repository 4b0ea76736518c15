"""`kcds evaluate --timings`: how long each step takes for one patient, and which rules take longest.

A patient is assessed once for the cards and then again and again: the first time also warms up what is used.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from kcds.cds_hooks.services import Hook
from kcds.cli_input import Answered, assess_file
from kcds.engine.timing import time_rules
from kcds.model.steps import Step
from kcds.service import AdviceService
from kcds.web.timings import Timings

REPETITIONS = 20
SLOWEST = 10
"""Rules that are named."""

_TOTAL = "total"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Milliseconds of each run by step, all steps together last, and those of the slowest rules, slowest first."""

    steps: dict[str, tuple[float, ...]]
    rules: dict[str, float]


def measure(service: AdviceService, file: Path, hook: Hook | None, answered: Answered) -> Measured:
    """Assess the patient of a file again, with a clock; `answered` is what the first time came to."""
    runs = [_run(service, file, hook, answered) for _ in range(REPETITIONS)]
    steps = {name: tuple(run[name] for run in runs) for name in runs[0]}
    return Measured(steps=steps, rules=dict(islice(_slowest(service, answered), SLOWEST)))


def _run(service: AdviceService, file: Path, hook: Hook | None, answered: Answered) -> dict[str, float]:
    timings = Timings()
    assess_file(service, file, hook, replace(answered.moment, done=timings.done))
    run = {step.value: timings.seconds[step] * 1000 for step in Step if step in timings.seconds}
    return run | {_TOTAL: sum(run.values())}


def _slowest(service: AdviceService, answered: Answered) -> Iterator[tuple[str, float]]:
    """Give each rule with the milliseconds that it takes alone, the slowest first."""
    seconds = time_rules(
        service.knowledge.active_rules,
        answered.assessment.facts,
        today=answered.moment.today,
        clock=time.perf_counter,
        repetitions=REPETITIONS,
    )
    for rule in sorted(seconds, key=lambda each: -seconds[each]):
        yield rule, seconds[rule] * 1000


def timings_text(measured: Measured) -> str:
    """Write it for people."""
    lines = [f"Milliseconds of each step, {REPETITIONS} runs after the first:", f"  {'':10}{'median':>9}{'least':>9}"]
    lines += [f"  {name:10}{median(runs):9.2f}{min(runs):9.2f}" for name, runs in measured.steps.items()]
    lines += ["", f"The {len(measured.rules)} slowest rules, each alone (the least of {REPETITIONS} runs):"]
    lines += [f"  {milliseconds:7.3f}  {rule}" for rule, milliseconds in measured.rules.items()]
    return "\n".join(lines) + "\n\n"


def timings_json(measured: Measured) -> dict[str, Any]:
    """Write it for programs."""
    return {
        "repetitions": REPETITIONS,
        "milliseconds": {
            name: {"median": round(median(runs), 3), "least": round(min(runs), 3)}
            for name, runs in measured.steps.items()
        },
        "rules": [{"rule": rule, "milliseconds": round(each, 4)} for rule, each in measured.rules.items()],
    }
