"""The lane of blood pressures: the highest of each day, as the rules see it."""

from kcds.facts.blood_pressure import (
    DIASTOLIC,
    SYSTOLIC,
    PressureReading,
    latest_pressures,
    pressure_days,
    read_pressures,
)
from kcds.facts.plausible import bounds_of
from kcds.knowledge.timeline import LaneLine
from kcds.model.facts import BloodPressure, BloodPressureDay
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
from kcds.pages.timeline.model import Latest, MeasuredLane, Point
from kcds.pages.timeline.past import Past
from kcds.pages.timeline.words import number

LANE = "blood-pressure"
UNIT = "mmHg"


def pressure_lane(past: Past) -> MeasuredLane:
    """Return each day's highest pressures of twelve months, and the lines of the rules."""
    bounds = bounds_of("blood_pressure_lowest", "blood_pressure_highest", past.knowledge.parameters)
    readings = read_pressures(past.reports, bounds)
    days = frozenset(one.day for one in readings if not one.preliminary)
    topic = Topic(
        id=LANE,
        many="Blood pressures",
        query=Query.BLOOD_PRESSURE,
        value_sets=frozenset({SYSTOLIC, DIASTOLIC}),
        decisive=days,
    )
    lines = lines_for(past, LANE)
    series, notes = one_series("Blood pressure", 0, _points(readings, lines, past))
    there = (series,) if series.points else ()
    state = state_of(topic, past)
    empty = nothing_words(topic, past, max(days, default=None), state)
    used = {source for one in readings for source in one.sources}
    drawn = shown_lines(lines, lambda of: _highest(series.points, of)) if there else ()
    summary = [period_words("Blood pressure, the highest of each day", past)]
    summary += [course_words(one, UNIT) for one in there] or [f"{empty}."]
    summary += [_beyond(series.points, lines)] if there else []
    summary += [f"Line: {line.words}." for line in drawn]
    return MeasuredLane(
        id=LANE,
        title=past.plan(LANE).title,
        unit=UNIT,
        latest=_latest(readings, lines),
        series=there,
        lines=drawn,
        gap=gap_of(topic, past) if there else None,
        state=state if there else empty,
        notes=tuple(one for one in (*notes, left_out(topic, past, used)) if one),
        rows=rows_of(there),
        summary=" ".join(summary),
        is_empty=not there,
    )


def _points(readings: tuple[PressureReading, ...], lines: tuple[LaneLine, ...], past: Past) -> list[Point]:
    """Return a point a day, and one for the latest preliminary reading that nothing final follows."""
    preliminary = [fact for fact in latest_pressures(readings) if fact.preliminary]
    facts: list[BloodPressure | BloodPressureDay] = [*pressure_days(readings), *preliminary]
    return [point for fact in facts if (point := _point(fact, lines)) is not None and past.shows(point.day)]


def _point(fact: BloodPressure | BloodPressureDay, lines: tuple[LaneLine, ...]) -> Point | None:
    if fact.systolic is None or fact.diastolic is None or fact.date is None:
        return None
    preliminary = isinstance(fact, BloodPressure) and bool(fact.preliminary)
    shown = f"{number(fact.systolic)}/{number(fact.diastolic)}"
    kind = ", preliminary" if preliminary else ""
    measured = (("systolic", fact.systolic), ("diastolic", fact.diastolic))
    over = passed_words(measured, lines)
    return Point(
        day=fact.date,
        value=fact.systolic,
        lower=fact.diastolic,
        words=f"Blood pressure {shown} {UNIT}{kind} on {say_day(fact.date)}{over and ', ' + over}",
        shown=shown,
        measured=f"{shown} {UNIT}",
        tone=tone_of(measured, lines),
        preliminary=preliminary,
        joined=False,
        sources=fact.sources,
    )


def _highest(points: tuple[Point, ...], of: str) -> float | None:
    values = [point.value if of == "systolic" else point.lower for point in points]
    return max((one for one in values if one is not None), default=None)


def _beyond(points: tuple[Point, ...], lines: tuple[LaneLine, ...]) -> str:
    """Say on how many days a pressure was above a line; where none was, above which: rules may know lower ones."""
    over = [point for point in points if point.tone != "neutral" and not point.preliminary]
    if not over:
        named = " or ".join(f"{number(line.value)} {line.of}" for line in lines if not line.only_reached)
        return f"None above {named}." if named else "No line is drawn."
    return f"Above a line on {len(over)} of {len(points)} days, last {say_day(over[-1].day)}."


def _latest(readings: tuple[PressureReading, ...], lines: tuple[LaneLine, ...]) -> Latest | None:
    """Return the latest final reading of whatever age, as the facts know it."""
    fact = next((one for one in latest_pressures(readings) if not one.preliminary), None)
    point = _point(fact, lines) if fact is not None else None
    if point is None:
        return None
    note = passed_words((("systolic", point.value), ("diastolic", point.lower)), lines)
    return Latest(value=f"{point.shown} {UNIT}", day=point.day, tone=point.tone, note=note)
