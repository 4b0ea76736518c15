"""What all lanes of measured values share: their lines, their gap, what is left out, and what they say in words."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from kcds.facts.studies import is_empty
from kcds.knowledge.timeline import LaneLine
from kcds.model.queries import Query
from kcds.pages.html import say_day
from kcds.pages.timeline.model import Gap, Line, Point, Row, Series, Tone
from kcds.pages.timeline.past import Past
from kcds.pages.timeline.thinned import thinned
from kcds.pages.timeline.words import between, gap_words, number
from kcds.pages.words import counted

_GRAVITY: dict[Tone, int] = {"neutral": 0, "caution": 1, "stop": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What a lane is about: how it is called, and where its values come from."""

    id: str
    many: str  # "Pain scores"
    query: Query
    value_sets: frozenset[str]
    decisive: frozenset[date] = field(default_factory=frozenset)  # days of results that hold for a while


def tone_of(values: Iterable[tuple[str, float | None]], lines: Iterable[LaneLine]) -> Tone:
    """Return how grave the gravest line is that some of these values are beyond."""
    measured = tuple(values)
    passed = [
        line.tone
        for line in lines
        for name, value in measured
        if value is not None and name == line.of and line.is_passed(value)
    ]
    return max(passed, key=_GRAVITY.__getitem__, default="neutral")


def passed_words(values: Iterable[tuple[str, float | None]], lines: Iterable[LaneLine], unit: str = "") -> str:
    """Say beyond which lines some of these values are, of each measure the farthest: "above 160 systolic"."""
    held, parts = tuple(lines), []
    for name, value in values:
        passed = [line.value for line in held if value is not None and line.of == name and line.is_passed(value)]
        parts += [f"{number(max(passed))}{unit or ' ' + name}"] if passed else []
    return f"above {' and '.join(parts)}" if parts else ""


def lines_for(past: Past, lane: str) -> tuple[LaneLine, ...]:
    """Return the lines of a lane but those of rules that the site has muted."""
    muted = past.knowledge.local.muted
    return tuple(line for line in past.plan(lane).lines if line.rule not in muted)


def shown_lines(lines: Iterable[LaneLine], highest: Callable[[str], float | None]) -> tuple[Line, ...]:
    """Return the lines that are drawn: some only where a value comes up to them."""
    found = []
    for line in lines:
        top = highest(line.of)
        if not line.only_reached or (top is not None and top >= line.value):
            found.append(Line(value=line.value, words=line.words, tone=line.tone, band=line.band))
    return tuple(found)


def one_series(name: str, place: int, points: Iterable[Point]) -> tuple[Series, tuple[str, ...]]:
    """Return a series of few enough points, and what to say where some are left out."""
    ordered = sorted(points, key=lambda one: (one.day, one.joined))
    kept, days = thinned(ordered, lambda one: one.day, _gravity_of)
    kind = f"every {days} days" if days > 1 else "each day"
    note = f"Many values: of {kind} the highest is drawn and listed, and the latest of all."
    return Series(name=name, place=place, points=kept), (note,) if len(kept) < len(ordered) else ()


def _gravity_of(point: Point) -> tuple[float, ...]:
    return (_GRAVITY[point.tone], point.value, point.lower or 0)


def gap_of(topic: Topic, past: Past) -> Gap | None:
    """Return the time since the last result where that no longer holds, or was not had in full."""
    plan = past.plan(topic.id)
    last = max(topic.decisive, default=None)
    unread = state_of(topic, past)
    if last is None or (unread is None and past.clock.within(last, plan.gap.window)):
        return None
    words = unread or plan.gap.words.replace("{days}", str((past.today - last).days))
    start = max(last, past.start)
    return Gap(start=start, end=past.today, words=words) if start < past.today else None


def state_of(topic: Topic, past: Past) -> str | None:
    """Say why results may be lacking."""
    return gap_words(topic.many, past.record, [topic.query], topic.value_sets, past.knowledge)


def nothing_words(topic: Topic, past: Past, last: date | None, state: str | None) -> str:
    """Say that there is nothing to draw, and why."""
    if state is not None:
        return state
    if last is not None:
        return f"No {topic.many.lower()} on record in the last 12 months; the last on {say_day(last)}"
    if any(past.reports.about(name) for name in topic.value_sets):
        return f"No {topic.many.lower()} on record that can be drawn"
    return f"No {topic.many.lower()} on record"


def left_out(topic: Topic, past: Past, used: Collection[str]) -> str | None:
    """Say how many results of these months have no value, unit or date that could be used."""
    reports = past.reports
    odd = [*reports.undated, *reports.future, *reports.damaged]
    lost = {one.source for one in odd if not one.concepts.isdisjoint(topic.value_sets)}
    about = (report for name in topic.value_sets for report in reports.about(name))
    lost |= {one.source for one in about if past.shows(one.day) and one.source not in used and not is_empty(one)}
    return f"{counted(len(lost), 'result')} left out: no usable value, unit or date." if lost else None


def rows_of(series: Iterable[Series]) -> tuple[Row, ...]:
    """Return a row for every point, the newest first."""
    rows = [(point.day, _row(one.name, point)) for one in series for point in one.points]
    return tuple(row for _, row in sorted(rows, key=lambda pair: pair[0], reverse=True))


def _row(measure: str, point: Point) -> Row:
    note = "preliminary" if point.preliminary else ""
    return Row(when=say_day(point.day), measure=measure, value=point.measured, note=note, sources=point.sources)


def course_words(series: Series, unit: str) -> str:
    """Say what a series does: how many values, the first, the lowest, the highest and the latest."""
    days = {day: list(points) for day, points in groupby(series.points, key=lambda one: one.day)}
    first, last = series.points[0], series.points[-1]
    if len(series.points) == 1:
        return f"{series.name}: {first.measured} on {say_day(first.day)}."
    low = min(series.points, key=lambda one: one.value)
    high = max(series.points, key=lambda one: one.value)
    parts = [
        f"{len(series.points)} values on {counted(len(days), 'day')}",
        f"first {first.shown} on {say_day(first.day)}",
        f"lowest {low.shown} on {say_day(low.day)}",
        f"highest {high.shown} on {say_day(high.day)}",
        f"latest {last.shown} on {say_day(last.day)}",
    ]
    return f"{series.name} ({unit}): {', '.join(parts)}."


def period_words(title: str, past: Past) -> str:
    """Open a summary: what, and from when to when."""
    return f"{title}, {between(past.start, past.today)}."
