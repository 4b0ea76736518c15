"""The lane of treatments that were tried: medicines and other treatments, from when to when, and how they ended."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kcds.cards.plain_text import opened
from kcds.facts.medications import identify_all, read_medicines
from kcds.facts.trial_attempts import Verdict
from kcds.facts.trial_spans import TrialSpan, trial_spans, trial_terms
from kcds.model.queries import Query
from kcds.pages.html import say_day
from kcds.pages.timeline.model import Bar, Outcome, Row, Treatment, TrialLane
from kcds.pages.timeline.past import Past
from kcds.pages.timeline.words import gap_words, number
from kcds.pages.words import counted

MOST = 10
"""Treatments that are drawn: the latest."""
MOST_ROWS = 200
OUTCOMES: dict[str, tuple[Outcome, str]] = {
    "not-tolerated": ("harm", "stopped: side effects"),
    "contraindicated": ("harm", "stopped: contraindicated"),
    "ineffective": ("no-effect", "stopped: no effect"),
    "ongoing": ("kept", "continuing"),
    "completed": ("kept", "completed"),
    "unknown": ("open", "outcome not recorded"),
}
VERDICTS = {
    Verdict.FAILED: "counts as a failed trial",
    Verdict.POSSIBLE: "may count as a failed trial",
    Verdict.INADEQUATE: "does not count as a failed trial: too short, or too low a dose",
    Verdict.ONGOING: "not ended",
}
WITHOUT_DRUG = {
    Verdict.FAILED: "counts as tried",
    Verdict.POSSIBLE: "may count as tried",
    Verdict.INADEQUATE: "does not count as tried",
}
QUERIES = (Query.MEDICATION_REQUESTS, Query.MEDICATION_STATEMENTS, Query.PROCEDURES)
MANY = "Treatment trials"
_DAY = timedelta(1)
_EXPLAINED = re.compile(r" \([^)]*\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Time:
    """One or several records of one treatment that follow each other without a day between."""

    start: date | None
    end: date | None
    last: TrialSpan
    sources: tuple[str, ...]

    @property
    def order(self) -> tuple[date, date]:
        """The place among others: by its end, what is not dated first."""
        start, end = self.start or self.end or date.min, self.end or self.start or date.min
        return end, start


def trial_lane(past: Past) -> TrialLane:
    """Return the treatments of twelve months; those before are in the table only."""
    record, knowledge = past.record, past.knowledge
    identified = identify_all(record.medications, knowledge.formulary)
    medicines = read_medicines(identified)
    terms = trial_terms(record, knowledge, past.today)
    by_name: dict[str, list[TrialSpan]] = defaultdict(list)
    for one in trial_spans(medicines, record.procedures, terms):
        by_name[one.attempt.label].append(one)
    times = {name: _times(spans, past.today) for name, spans in by_name.items()}
    drawn = {name: kept for name, of_one in times.items() if (kept := [one for one in of_one if _is_on(one, past)])}
    latest = sorted(drawn, key=lambda name: (drawn[name][-1].order, name))[-MOST:]
    treatments = tuple(
        Treatment(label=_label(drawn[name][-1]), bars=tuple(_bar(one, past) for one in drawn[name])) for name in latest
    )
    treatments = tuple(sorted(treatments, key=lambda one: (one.bars[0].start, one.label)))
    every = sorted((one for of_one in times.values() for one in of_one), key=lambda one: one.order, reverse=True)
    state = gap_words("Medicines and procedures", record, _asked(past), None, knowledge)
    notes = _notes(len(drawn) - len(latest), [one for one in every if not _is_on(one, past)], len(every))
    empty = state or f"No {MANY.lower()} on record" + (" in the last 12 months" if every else "")
    return TrialLane(
        id="treatment-trials",
        title=MANY,
        treatments=treatments,
        state=state if treatments else empty,
        notes=notes,
        rows=tuple(_row(one, past) for one in every[:MOST_ROWS]),
        summary=_summary(treatments, empty, past),
        is_empty=not treatments,
    )


def _asked(past: Past) -> list[Query]:
    """Return the queries that answer for trials: statements need not be there."""
    absent = past.record.retrievals.get(Query.MEDICATION_STATEMENTS) is None
    return [one for one in QUERIES if one is not Query.MEDICATION_STATEMENTS or not absent]


def _times(spans: Iterable[TrialSpan], today: date) -> list[_Time]:
    """Join records of one treatment that overlap or follow each other; how the last ended is how all did."""
    times: list[_Time] = []
    ends = sorted(((*_ends(one, today), one) for one in spans), key=lambda one: (one[0] or date.min, one[1] or today))
    for start, end, span in ends:
        before = times[-1] if times else None
        if before and before.end and start and start <= before.end + _DAY:
            later = span if end is None or end >= before.end else before.last
            last = max(before.end, end) if end else before.end
            sources = (*before.sources, span.attempt.source)
            times[-1] = _Time(start=before.start, end=last, last=later, sources=sources)
        else:
            times.append(_Time(start=start, end=end, last=span, sources=(span.attempt.source,)))
    return times


def _ends(one: TrialSpan, today: date) -> tuple[date | None, date | None]:
    """Return the first and the last day that are possible; what goes on lasts until today."""
    start = one.span.start.earliest if one.span.start is not None else None
    end = one.span.end.latest if one.span.end is not None else None
    if one.attempt.verdict is Verdict.ONGOING:
        return start, max(today, start) if start is not None else today
    return start, min(end, today) if end is not None else None


def _is_on(one: _Time, past: Past) -> bool:
    """Tell whether a time lies, in part at least, on the timeline."""
    days = [day for day in (one.start, one.end) if day is not None]
    return bool(days) and past.shows(max(days)) and min(days) <= past.today


def _bar(one: _Time, past: Past) -> Bar:
    outcome, _ = OUTCOMES[one.last.attempt.outcome]
    start, end = one.start or one.end or past.today, one.end or one.start or past.today
    return Bar(
        start=max(min(start, end), past.start),
        end=end,
        words=f"{_label(one)}, {_when(one)}; {_verdict(one.last)}",
        outcome=outcome,
        starts_here=one.start is not None and past.shows(one.start),
        ends_here=one.end is not None and one.last.attempt.verdict is not Verdict.ONGOING,
    )


def _label(one: _Time) -> str:
    """Say the treatment, its class and how it ended."""
    return " · ".join([*_titles(one.last), OUTCOMES[one.last.attempt.outcome][1]])


def _titles(span: TrialSpan) -> list[str]:
    """Return the treatment and its class; once where they are called alike."""
    group = _group(span)
    return [_name(span)] if group.casefold() == span.attempt.label.casefold() else [_name(span), group]


def _name(span: TrialSpan) -> str:
    name = opened(span.attempt.label)
    return f"{name} {number(float(span.daily_mg))} mg a day" if span.daily_mg else name


def _verdict(span: TrialSpan) -> str:
    """Say what a trial proves."""
    verdict = span.attempt.verdict
    return VERDICTS[verdict] if span.is_drug else WITHOUT_DRUG.get(verdict, VERDICTS[verdict])


def _group(span: TrialSpan) -> str:
    """Return the class without what its title explains."""
    return _EXPLAINED.sub("", span.group)


def _when(one: _Time) -> str:
    """Say from when to when, as far as the record does."""
    if one.start is None and one.end is None:
        return "dates not recorded"
    if one.last.attempt.verdict is Verdict.ONGOING:
        return f"since {say_day(one.start)}" if one.start is not None else "start not recorded"
    if one.start is None or one.end is None:
        known = f"from {say_day(one.start)}, end" if one.start else f"until {say_day(one.end or date.min)}, start"
        return f"{known} not recorded"
    return say_day(one.start) if one.start == one.end else f"{say_day(one.start)} to {say_day(one.end)}"


def _row(one: _Time, past: Past) -> Row:
    outcome, verdict = OUTCOMES[one.last.attempt.outcome][1], _verdict(one.last)
    return Row(
        when=_when(one),
        measure="Treatment trial",
        value=", ".join(_titles(one.last)),
        note=f"{outcome}; {verdict}" + ("" if _is_on(one, past) else "; not drawn"),
        sources=one.sources,
    )


def _notes(more: int, outside: Sequence[_Time], every: int) -> tuple[str, ...]:
    notes = [f"{counted(more, 'more treatment')} in the table only."] if more else []
    if outside:
        notes.append(f"{counted(len(outside), 'trial')} before these months, or without dates: in the table only.")
    if every > MOST_ROWS:
        notes.append(f"{every} trials; the latest {MOST_ROWS} are listed.")
    return tuple(notes)


def _summary(treatments: Sequence[Treatment], empty: str, past: Past) -> str:
    opening = f"Treatment trials, {say_day(past.start)} to {say_day(past.today)}."
    if not treatments:
        return f"{opening} {empty}."
    return " ".join([opening, *(f"{one.bars[-1].words}." for one in treatments)])
