"""The lane of liver tests, each as a multiple of the upper limit on its own result."""

from collections.abc import Sequence
from datetime import date

from kcds.facts.measurements import LIVER_TESTS, PANELS, MeasuredReading, measurement_facts, read_measurements
from kcds.knowledge.timeline import LaneLine
from kcds.model.facts import Measurement
from kcds.model.queries import Query
from kcds.pages.html import say_day
from kcds.pages.timeline.lanes import (
    Topic,
    course_words,
    gap_of,
    left_out,
    lines_for,
    nothing_words,
    one_series,
    passed_words,
    period_words,
    rows_of,
    shown_lines,
    state_of,
    tone_of,
)
from kcds.pages.timeline.model import Latest, Line, MeasuredLane, Point, Row, Series, Tone
from kcds.pages.timeline.past import Past
from kcds.pages.timeline.thinned import MOST
from kcds.pages.timeline.words import TIMES, number, times
from kcds.pages.words import counted

LANE = "liver-tests"
NAMES = {"alt": "ALT", "ast": "AST", "alp": "ALP", "bilirubin": "Bilirubin"}
"""The tests that are drawn, and what they are called."""
PANEL = next(one for one in PANELS if one.domain == LANE)
LIMIT = "upper limit"
Read = dict[str, tuple[MeasuredReading, ...]]


def liver_lane(past: Past) -> MeasuredLane:
    """Return the liver tests of twelve months, and the lines of the rules for ALT and AST."""
    kinds = {kind.concept: kind for kind in LIVER_TESTS}
    read = {name: read_measurements(past.reports, kinds[name], past.knowledge.parameters) for name in NAMES}
    facts = {name: measurement_facts(read[name], kinds[name]) for name in NAMES}
    days = frozenset(one.day for name in PANEL.decisive for one in read[name] if not one.preliminary)
    sets = frozenset(kinds[name].value_set for name in NAMES)
    topic = Topic(id=LANE, many="Liver tests", query=Query.LIVER_TESTS, value_sets=sets, decisive=days)
    lines = lines_for(past, LANE)
    series, notes = _series(facts, lines, past)
    unranged = _without_range(facts, past)
    state = state_of(topic, past)
    empty = nothing_words(topic, past, max((one.day for of in read.values() for one in of), default=None), state)
    drawn = _lines(series, lines) if series else ()
    if unranged:
        notes.append(f"{counted(len(unranged), 'result')} without an upper limit: in the table, not drawn.")
    odd = left_out(topic, past, {one.source for of in read.values() for one in of})
    summary = [period_words("Liver tests as multiples of the upper limit on each result", past)]
    summary += [course_words(one, f"times the {LIMIT}") for one in series] or [f"{empty}."]
    summary += [f"Line: {line.words}." for line in drawn]
    return MeasuredLane(
        id=LANE,
        title=past.plan(LANE).title,
        unit="multiples of the upper limit",
        latest=_latest(facts, lines),
        series=series,
        lines=drawn,
        gap=gap_of(topic, past) if series else None,
        state=state if series else empty,
        notes=(*notes, *([odd] if odd else ())),
        rows=(*rows_of(series), *unranged),
        summary=" ".join(summary),
        is_empty=not series,
    )


def _series(
    facts: dict[str, tuple[Measurement, ...]], lines: tuple[LaneLine, ...], past: Past
) -> tuple[tuple[Series, ...], list[str]]:
    """Return one series for each test of which there are values."""
    found: list[Series] = []
    notes: list[str] = []
    for place, (concept, name) in enumerate(NAMES.items()):
        series, note = one_series(name, place, _points(facts[concept], name, lines, past))
        found += [series] if series.points else []
        notes += note
    return tuple(found), list(dict.fromkeys(notes))


def _points(facts: Sequence[Measurement], name: str, lines: tuple[LaneLine, ...], past: Past) -> list[Point]:
    """Return a point for the latest and for the worst value of each day that came with its range."""
    points: list[Point] = []
    days: set[date] = set()
    for fact in facts:
        if fact.date is None or fact.value is None or fact.times_upper is None or not past.shows(fact.date):
            continue
        first = fact.date not in days
        days.add(fact.date)
        measured, kind = _measured(fact), ", preliminary" if fact.preliminary else ""
        shown = times(fact.times_upper)
        points.append(
            Point(
                day=fact.date,
                value=fact.times_upper,
                words=f"{name} {shown} {LIMIT} ({measured}){kind} on {say_day(fact.date)}",
                shown=shown,
                measured=f"{measured}, {shown} {LIMIT}",
                tone=_tone(fact, lines),
                preliminary=bool(fact.preliminary),
                joined=first and not fact.preliminary,
                sources=fact.sources,
            )
        )
    return points


def _tone(fact: Measurement, lines: tuple[LaneLine, ...]) -> Tone:
    """Return how grave a value is: the lines are of the tests that decide."""
    return tone_of((("times-upper", fact.times_upper),), lines if fact.concept in PANEL.decisive else ())


def _measured(fact: Measurement) -> str:
    return f"{number(fact.value or 0)} {fact.unit}"


def _without_range(facts: dict[str, tuple[Measurement, ...]], past: Past) -> tuple[Row, ...]:
    """Return a row for each value that cannot be drawn."""
    return tuple(
        Row(
            when=say_day(fact.date),
            measure=NAMES[concept],
            value=_measured(fact),
            note="no upper limit on the result",
            sources=fact.sources,
        )
        for concept, of_one in facts.items()
        for fact in of_one[:MOST]
        if fact.date is not None and fact.times_upper is None and past.shows(fact.date)
    )


def _lines(series: tuple[Series, ...], lines: tuple[LaneLine, ...]) -> tuple[Line, ...]:
    """Return the lines of the rules, and the upper limit."""
    names = {NAMES[concept] for concept in PANEL.decisive}
    top = max((point.value for one in series if one.name in names for point in one.points), default=None)
    return (*shown_lines(lines, lambda _: top), Line(value=1, words="upper limit of normal", tone="neutral"))


def _latest(facts: dict[str, tuple[Measurement, ...]], lines: tuple[LaneLine, ...]) -> Latest | None:
    """Return the worse of the latest ALT and AST, of whatever age."""
    latest = [
        (fact.date, fact.times_upper or 0.0, fact)
        for concept in sorted(PANEL.decisive)
        for fact in facts[concept]
        if fact.rank == 0 and not fact.preliminary and fact.date is not None
    ]
    if not latest:
        return None
    day, _, fact = max(latest, key=lambda one: one[:2])
    name, tone = NAMES[fact.concept or ""], _tone(fact, lines)
    if fact.times_upper is None:
        return Latest(value=f"{name} {_measured(fact)}", day=day, note="no upper limit on the result")
    note = passed_words((("times-upper", fact.times_upper),), lines, TIMES)
    return Latest(value=f"{name} {times(fact.times_upper)}", day=day, tone=tone, note=note)
