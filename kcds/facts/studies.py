"""Tests and studies that were done, whatever they showed: one fact a day, the latest first (M02-M06, M13, M17)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from kcds.facts.observations import Report, Reports
from kcds.model.facts import StudyDone
from kcds.model.immutable import immutable
from kcds.model.queries import Query


@immutable
class Study:
    """One test or study: the value sets of which any proves that it was done, and how they reach us."""

    concept: str
    query: Query
    proofs: frozenset[str]


STUDIES = (
    Study("obs-ecg", Query.ECG, frozenset({"obs-ecg"})),
    Study("obs-liver", Query.LIVER_TESTS, frozenset({"measure-alt", "measure-ast"})),
    Study("obs-urinalysis", Query.URINE_TESTS, frozenset({"obs-urinalysis"})),
    Study("obs-urine-drug-screen", Query.URINE_TESTS, frozenset({"obs-urine-drug-screen"})),
    Study("obs-pregnancy", Query.PREGNANCY_TESTS, frozenset({"obs-hcg"})),
    Study("obs-cognition", Query.COGNITION, frozenset({"obs-cognition"})),
)
PROCEDURES_DONE = ("proc-pdmp-review", "proc-urine-drug-screen")
"""Value sets of procedures that show that a check was done."""


def study_days(reports: Reports) -> dict[str, dict[date, set[str]]]:
    """Return for each study the days on which it was done, and the reports that say so.

    A report without any value (data absent, and no components) proves nothing; nor does a preliminary one.
    """
    days: dict[str, dict[date, set[str]]] = {study.concept: defaultdict(set) for study in STUDIES}
    for study in STUDIES:
        for proof in study.proofs:
            for report in reports.about(proof):
                if not report.preliminary and not is_empty(report):
                    days[study.concept][report.day].add(report.source)
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
    observation = report.observation
    return observation.value.absent and all(part.absent for part in observation.components)
