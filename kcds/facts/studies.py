"""Tests and studies that were done, whatever they showed: one fact a day, the latest first (M02-M06, M13, M17)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from kcds.facts.observations import Report
from kcds.model.facts import StudyDone

Studies = Mapping[str, frozenset[str]]
"""Concept of a study -> value sets of which any proves that it was done."""


def study_days(reports: Iterable[Report], studies: Studies) -> dict[str, dict[date, set[str]]]:
    """Return for each study the days on which it was done, and the reports that say so.

    A report without any value (data absent, and no components) proves nothing; nor does a preliminary one.
    """
    days: dict[str, dict[date, set[str]]] = {concept: defaultdict(set) for concept in studies}
    for report in reports:
        if report.preliminary or is_empty(report):
            continue
        for concept, proofs in studies.items():
            if report.concepts & proofs:
                days[concept][report.day].add(report.source)
    return days


def study_facts(days: Mapping[str, Mapping[date, Iterable[str]]]) -> tuple[StudyDone, ...]:
    """Return one fact for each study and day, the latest with rank 0."""
    return tuple(
        StudyDone(concept=concept, date=day, rank=float(rank), sources=tuple(sorted(sources)))
        for concept, by_day in sorted(days.items())
        for rank, (day, sources) in enumerate(sorted(by_day.items(), reverse=True))
    )


def is_empty(report: Report) -> bool:
    """Tell whether the report says that there is no result."""
    parts = report.observation.components
    return report.observation.value.absent and all(part.absent for part in parts)
