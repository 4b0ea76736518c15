from datetime import date

import pytest
from knowledge_builders import real_knowledge

from kcds.facts.measurements import PANELS
from kcds.knowledge.durations import parse_duration
from kcds.knowledge.rule import Comparison, Parameter, ParameterRef, Pattern

KNOWLEDGE = real_knowledge()
TODAY = date(2026, 11, 21)
LOINC = "http://loinc.org"
FREQUENT = {"blood-pressure", "blood-pressure-day", "measurement"}
"""Kinds of facts made from the measurements that are left out when they are too old."""


@pytest.mark.parametrize(
    ("code", "first_day", "reason"),
    [
        ("85354-9", date(2026, 10, 22), "blood pressure: 30 days"),
        ("29463-7", date(2026, 10, 22), "weight: 30 days"),
        ("1742-6", date(2026, 8, 23), "ALT: 90 days"),
        ("72514-3", date(2025, 10, 22), "pain intensity: 12 months of courses, and 30 days before the first"),
        ("91146-1", date(2026, 10, 22), "pain interference, which no response is judged by: 30 days"),
        ("33914-3", date(2025, 11, 21), "eGFR: 12 months"),
        ("75626-2", date(2025, 11, 21), "AUDIT-C: the longest window, 12 months"),
        ("99999-9", date(2025, 11, 21), "an unknown code: the longest window"),
    ],
)
def test_measurements_matter_as_long_as_their_window(code: str, first_day: date, reason: str) -> None:
    assert KNOWLEDGE.since(TODAY)([(LOINC, code)]) == first_day, reason


def test_no_rule_looks_back_further_than_the_measurements_that_facts_get() -> None:
    """The latest measurement of all (rank 0) is there whatever its age."""
    for rule in KNOWLEDGE.rules:
        for part in (part for part in (*rule.scope, *rule.when) if part.where.get("rank") != 0):
            kind = part.fact if isinstance(part, Pattern) else part.none
            for condition in part.where.values() if kind in FREQUENT else ():
                back = _looks_back_to(condition, rule.parameters)
                assert back is None or all(back >= day for day in _first_days(kind, part.where.get("concept"))), rule.id


def _first_days(kind: str, concepts: object) -> list[date]:
    """The first days from which facts hold the measurements that a condition is about."""
    windows = {concept.concept: panel.window for panel in PANELS for concept in panel.kinds}
    if kind != "measurement":
        names = ["blood_pressure_window"]
    elif isinstance(concepts, Comparison):
        names = [windows[concept] for concept in concepts.in_ or ()]
    else:
        names = [windows[concepts]] if isinstance(concepts, str) else list(windows.values())
    return [TODAY - KNOWLEDGE.parameters.duration(name) for name in names]


def _looks_back_to(condition: object, parameters: dict[str, Parameter]) -> date | None:
    if not isinstance(condition, Comparison) or condition.on_or_after is None:
        return None
    ago = getattr(condition.on_or_after, "ago", None)
    if isinstance(ago, ParameterRef):
        ago = str(parameters[ago.param].value)
    return TODAY - parse_duration(ago)
