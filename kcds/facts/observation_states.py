"""How well each domain that rests on Observations is known: whether there is a valid and current value, or why not."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from dateutil.relativedelta import relativedelta

from kcds.facts.observations import Clock, Report, Reports
from kcds.model.facts import DataState
from kcds.model.queries import Query


@dataclass(frozen=True, slots=True)
class Coverage:
    """What answers for a domain: its query, its value sets, the days of its valid final values, how long they hold."""

    domain: str
    query: Query
    value_sets: frozenset[str]
    days: frozenset[date]
    window: relativedelta
    required: bool = False  # must be known for everybody: nothing found is "missing", not "none recorded"


def data_state(coverage: Coverage, reports: Reports, gap: str | None, clock: Clock) -> DataState:
    """Say how well a domain is known. `gap` is what became of its query, if that was not answered in full."""
    latest = max(coverage.days, default=None)
    return DataState(domain=coverage.domain, state=_state(coverage, reports, gap, clock), date=latest)


def _state(coverage: Coverage, reports: Reports, gap: str | None, clock: Clock) -> str:
    """Choose the state: first what may hide a value, then whether there is a current one, then why there is none."""
    latest = max(coverage.days, default=None)
    current = latest is not None and clock.within(latest, coverage.window)
    if gap is not None and not (gap == "incomplete" and current):
        return gap
    if any(latest is None or report.day >= latest for report in _of(coverage, reports.damaged)):
        return "unreadable"
    if current:
        return "known"
    if _of(coverage, reports.future) or _of(coverage, reports.undated):
        return "conflicting" if _of(coverage, reports.future) else "uncertain"
    if not coverage.required:
        return "none-recorded"
    return "stale" if latest is not None else "missing"


def _of(coverage: Coverage, reports: Iterable[Report]) -> list[Report]:
    """Keep the reports that say something in the domain."""
    return [report for report in reports if report.concepts & coverage.value_sets]
