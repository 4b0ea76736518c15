"""From when to when a medicine was taken, and how long that was, as far as the record says it."""

from datetime import date

from kcds.facts.repaired import lost_of
from kcds.fhir.record import MedicationUse
from kcds.model.dates import PartialDate, Span

UNKNOWN = Span(None, None)


def period_of(use: MedicationUse) -> Span:
    """Return from when to when a medicine was taken, as the record says it.

    The period of the instructions counts before that for which the prescription is valid (CONVENTIONS 2). A statement
    dated with one moment says that it was taken then, not that it was taken for one day: no end is known. Where what
    says it best was repaired away nothing is known: what is left may be another time.
    """
    if use.repaired and lost_of(use, "effective"):
        return UNKNOWN
    if use.effective is not None:
        point = use.effective.start is not None and use.effective.start == use.effective.end
        return Span(use.effective.start, None if point else use.effective.end)
    bounds = []
    for dosage in use.dosages:
        if dosage.damaged:
            return UNKNOWN
        if dosage.bounds is not None:
            bounds.append(dosage.bounds)
    ordered = use.authored if use.type == "MedicationRequest" else None  # a statement may be made long afterwards
    if not bounds and lost_of(use, "dispenseRequest"):
        return UNKNOWN
    if not bounds:
        return Span(use.validity.start or ordered, use.validity.end) if use.validity else Span(ordered, None)
    starts = [span.start for span in bounds if span.start is not None]
    ends = [span.end for span in bounds if span.end is not None]
    return Span(min(starts, key=_earliest) if starts else ordered, max(ends, key=_latest) if ends else None)


def trial_days(period: Span, today: date) -> tuple[int | None, int | None]:
    """Return the certain and the longest possible length of a trial that has ended, in days; None where unknown.

    An end in the future was planned: what has ended did so before, nobody says when.
    """
    start, end = period.start, period.end
    if start is None or end is None:
        return None, None
    past_end = end.earliest if end.earliest is not None and end.earliest <= today else None
    return _days(start.latest, past_end), _days(start.earliest, min(end.latest or today, today))


def _days(start: date | None, end: date | None) -> int | None:
    """Return the days from one day to another, or None where that makes no sense."""
    return (end - start).days if start is not None and end is not None and end >= start else None


def _earliest(moment: PartialDate) -> date:
    """Order moments by their first possible day."""
    return moment.earliest or date.min


def _latest(moment: PartialDate) -> date:
    """Order moments by their last possible day."""
    return moment.latest or date.max
