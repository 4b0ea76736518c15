"""How well each domain that rests on Observations is known: whether there is a valid and current value, or why not."""

from collections.abc import Collection, Iterable
from datetime import date

from dateutil.relativedelta import relativedelta

from kcds.facts.observations import Clock, Reading, Report, Reports
from kcds.facts.studies import is_empty
from kcds.model.facts import DataState
from kcds.model.immutable import immutable
from kcds.model.queries import Query


@immutable
class Coverage:
    """What answers for a domain: its query, its value sets, the days of its valid final values, how long they hold."""

    domain: str
    query: Query
    value_sets: frozenset[str]
    days: frozenset[date]
    window: relativedelta
    required: bool = False  # must be known for everybody: nothing found is "missing", not "none recorded"
    doubtful: bool = False  # a current report is there that cannot be judged: it is not "none", and not normal


def data_state(coverage: Coverage, reports: Reports, gap: str | None, clock: Clock) -> DataState:
    """Say how well a domain is known. `gap` is what became of its query, if that was not answered in full."""
    latest = max(coverage.days, default=None)
    state = _state(coverage, reports, gap, clock)
    basis = "unusable-value" if state == "uncertain" else None
    return DataState(domain=coverage.domain, state=state, basis=basis, date=latest)


def final_days(readings: Iterable[Reading]) -> frozenset[date]:
    """Return the days of readings; preliminary ones cover nothing."""
    return frozenset([one.day for one in readings if not one.preliminary])


def holds_unusable(
    reports: Reports, value_set: str, used: Collection[str], clock: Clock, window: relativedelta
) -> bool:
    """Tell whether a current final report has a value that could not be used: in an unknown unit, off the scale."""
    for report in reports.about(value_set):
        unused = report.source not in used and not report.preliminary
        if unused and clock.within(report.day, window) and not is_empty(report):
            return True
    return False


def _state(coverage: Coverage, reports: Reports, gap: str | None, clock: Clock) -> str:
    """Choose the state: first what may hide a value, then whether there is a current one, then why there is none."""
    latest = max(coverage.days, default=None)
    current = latest is not None and clock.within(latest, coverage.window)
    if gap is not None and not (gap == "incomplete" and current):
        return gap
    if reports.damaged and any(latest is None or report.day >= latest for report in _of(coverage, reports.damaged)):
        return "unreadable"
    if coverage.doubtful:
        return "uncertain"
    return "known" if current else _why_not_known(coverage, reports, clock)


def _why_not_known(coverage: Coverage, reports: Reports, clock: Clock) -> str:
    """Say why a domain that could be read in full has no current value. What cannot be used is unclear, not absent."""
    if _of(coverage, reports.future):
        return "conflicting"
    if _of(coverage, reports.undated):
        return "uncertain"
    if not coverage.required:
        return "none-recorded"
    said = (report for name in coverage.value_sets for report in reports.about(name))
    if any(clock.within(report.day, coverage.window) and not is_empty(report) for report in said):
        return "uncertain"
    return "stale" if coverage.days else "missing"


def _of(coverage: Coverage, reports: Iterable[Report]) -> list[Report]:
    """Keep the reports that say something in the domain."""
    return [report for report in reports if not report.concepts.isdisjoint(coverage.value_sets)]
