"""Lanes of measured values: lines, points, the lines of the rules and what is missing."""

from dataclasses import dataclass, replace
from math import ceil, floor

from kcds.pages.charts.frame import WIDTH, Frame, Taken, draw_frame, draw_infusions, draw_months, text_width
from kcds.pages.charts.marks import NONE, Box, Chart, Corner, Dot, Rule, Words, colour
from kcds.pages.timeline.model import Gap, Line, MeasuredLane, Point, Series

INKS = dict.fromkeys(("pain-score", "liver-tests"), ("viz-a", "viz-b", "viz-c", "viz-d"))
DASHES: tuple[tuple[int, ...], ...] = ((), (6, 3), (2, 2), (8, 3, 2, 3))
HEIGHTS = {"pain-score": 124, "blood-pressure": 126, "liver-tests": 116}
EMPTY = 40
"""Height of a lane in which nothing is drawn."""
SIZES = {"diamond": 60, "triangle-up": 64}
TONES = {"stop": "stop", "caution": "caution"}
STEP = 9.0
"""Pixels between places at which words are kept off a line."""


@dataclass(frozen=True, slots=True)
class Axis:
    """The numbers beside a lane."""

    values: tuple[float, float]
    ticks: tuple[float, ...]
    suffix: str = ""


def draw_lane(lane: MeasuredLane, frame: Frame, *, first: bool) -> Chart:
    """Return one lane; above the first stand the months and what is said of the infusions."""
    height = EMPTY if lane.is_empty else HEIGHTS[lane.id]
    axis = _axis(lane)
    head = 18 if first else 0
    low, high = axis.values
    chart = Chart(
        width=WIDTH,
        height=height + head,
        top=22 if first else 6,
        bottom=5,
        days=frame.days,
        values=(low, high + (high - low) * head / height),
        ticks=axis.ticks,
        suffix=axis.suffix,
        summary=lane.summary,
    )
    draw_frame(chart, frame)
    if first:
        draw_months(chart, frame, chart.values[1] + chart.value_units(12))
        draw_infusions(chart, frame, chart.values[1] - chart.value_units(6))
    if lane.is_empty:
        _write_nothing(chart, frame, lane.state or "", high)
        return chart
    taken = _taken(chart, frame, lane)
    if first:
        _write_today(chart, frame, taken)
    _draw_lines(chart, frame, lane, taken, high)
    _draw_series(chart, frame, lane)
    beside = _write_latest(chart, frame, lane, taken)
    if lane.gap is not None:
        _draw_gap(chart, frame, lane.gap, beside, high)
    return chart


def _axis(lane: MeasuredLane) -> Axis:
    """Choose the ends and the numbers of the axis."""
    if lane.is_empty:
        return Axis((0, 1), ())
    tops = [point.value for one in lane.series for point in one.points] + [line.value for line in lane.lines]
    if lane.highest is not None:
        return Axis((0, lane.highest * 1.02), (0, lane.highest / 2, lane.highest))
    if lane.id == "blood-pressure":
        ends = [*tops, *(point.lower for one in lane.series for point in one.points if point.lower is not None)]
        low, high = min([70.0, *(end - 6 for end in ends)]), max([*ends, 160]) + 26
        step = 40 * ceil((high - low) / 240)
        return Axis((low, high), tuple(float(at) for at in range(step * ceil(low / step), floor(high) + 1, step)))
    high = max([3.2, *tops]) * 1.12
    step = max(1, ceil(high / 5))
    return Axis((0, high), tuple(float(at) for at in range(step, floor(high) + 1, step)), "\N{MULTIPLICATION SIGN}")


def _top(chart: Chart, value: float) -> float:
    """Return the place of a value in pixels from the top."""
    return (chart.values[1] - value) * chart.height / (chart.values[1] - chart.values[0])


def _taken(chart: Chart, frame: Frame, lane: MeasuredLane) -> Taken:
    """Return the places of points and of the lines between them, so that words keep off."""
    taken = Taken()
    for one in lane.series:
        before: tuple[float, float] | None = None
        for point in one.points:
            x, y = frame.x(point.day), _top(chart, point.value)
            bottom = _top(chart, point.lower) if point.lower is not None else y
            taken.take(x - 5, x + 5, y - 5, bottom + 5)
            if point.joined and before is not None:
                steps = max(1, int(abs(x - before[0]) / STEP))
                for step in range(1, steps):
                    part = step / steps
                    at, up = before[0] + (x - before[0]) * part, before[1] + (y - before[1]) * part
                    taken.take(at - 4, at + 4, up - 3, up + 3)
            before = (x, y) if point.joined else before
    return taken


def _draw_lines(chart: Chart, frame: Frame, lane: MeasuredLane, taken: Taken, high: float) -> None:
    """Draw the lines of the rules, each with its words where they are in nobody's way."""
    first, last = chart.days
    lanes_own = INKS.get(lane.id, ("viz-bp",))[0]
    banded = [line.value for line in lane.lines if line.band]
    for line in lane.lines:
        ink = colour(TONES.get(line.tone, lanes_own if line.since else "ink-3"))
        start = frame.at(line.since) if line.since is not None else first
        plain = line.tone == "neutral" and line.since is None
        dash = () if plain else (5, 4)
        bold = 1 if plain else 0.75
        rule = Rule(x=start, x2=last, y=line.value, y2=line.value, stroke=ink, dash=dash, opacity=bold)
        chart.rules.append(rule)
        if line.band and line.value == min(banded):
            fill = colour(f"band-{line.tone}")
            chart.boxes.insert(0, Box(x=first, x2=last, y=line.value, y2=high, fill=fill))
        _write_on_line(chart, frame, line, rule, taken)


def _write_on_line(chart: Chart, frame: Frame, line: Line, rule: Rule, taken: Taken) -> None:
    """Write the words of a line above or below it, at the first place with the least in the way."""
    wide, y = text_width(line.words) + 6, _top(chart, line.value)
    left = frame.pixels(rule.x) + 6
    if left + wide > WIDTH:
        left = WIDTH - wide
    shifts = [left + shift for shift in range(0, max(1, int(WIDTH - left - wide)), 40)] or [left]
    places = [(x, up) for x in shifts for up in (-8, 9)]
    inside = [(x, up) for x, up in places if 0 <= y + up <= chart.height] or places
    x, up = min(inside, key=lambda place: taken.hits(place[0], place[0] + wide, y + place[1] - 6, y + place[1] + 6))
    words = Words(x=frame.units(x), y=line.value - chart.value_units(up), text=line.words, fill=rule.stroke)
    if taken.hits(x, x + wide, y + up - 6, y + up + 6):
        chart.words.append(replace(words, stroke=colour("surface"), fill=colour("surface")))
    chart.words.append(words)
    taken.take(x, x + wide, y + up - 6, y + up + 6)


def _draw_series(chart: Chart, frame: Frame, lane: MeasuredLane) -> None:
    """Draw the values: as points on a line, or as bars from the diastolic to the systolic pressure."""
    inks = INKS.get(lane.id)
    for number, one in enumerate(lane.series):
        ink = inks[one.place] if inks else "viz-bp"
        for point in one.points:
            own = colour(TONES.get(point.tone, ink))
            if point.lower is not None:
                _draw_pressure(chart, frame.at(point.day), point, point.lower, own)
            else:
                if point.tone != "neutral":
                    ring = Dot(
                        x=frame.at(point.day),
                        y=point.value,
                        shape="circle",
                        fill=NONE,
                        stroke=own,
                        label=point.words,
                        size=150,
                        width=1.6,
                    )
                    chart.dots.append(ring)
                _draw_value(chart, frame.at(point.day), point, one, colour(ink))
            if point.joined:
                corner = Corner(
                    series=number,
                    place=len(chart.corners),
                    x=frame.at(point.day),
                    y=point.value,
                    stroke=colour(ink),
                    dash=DASHES[one.place],
                )
                chart.corners.append(corner)


def _draw_value(chart: Chart, at: float, point: Point, series: Series, ink: str) -> None:
    """Draw one value; a preliminary one is hollow."""
    surface = colour("surface")
    fill, stroke = (surface, ink) if point.preliminary else (ink, surface)
    width = 1.6 if point.preliminary else 1.2
    chart.dots.append(
        Dot(
            x=at,
            y=point.value,
            shape=series.shape,
            fill=fill,
            stroke=stroke,
            label=point.words,
            size=SIZES.get(series.shape, 46),
            width=width,
        )
    )


def _draw_pressure(chart: Chart, at: float, point: Point, lower: float, ink: str) -> None:
    """Draw one pressure; beyond a line it is a diamond, a preliminary one is hollow."""
    surface = colour("surface")
    shape, size = ("circle", 44) if point.tone == "neutral" else ("diamond", 62)
    fill = surface if point.preliminary else ink
    chart.rules.append(Rule(x=at, x2=at, y=lower, y2=point.value, stroke=ink, width=5, opacity=0.3))
    chart.dots.append(
        Dot(x=at, y=lower, shape="circle", fill=surface, stroke=ink, label=point.words, size=32, width=1.7)
    )
    chart.dots.append(
        Dot(x=at, y=point.value, shape=shape, fill=fill, stroke=ink, label=point.words, size=size, width=1.2)
    )


def _write_latest(chart: Chart, frame: Frame, lane: MeasuredLane, taken: Taken) -> float:
    """Write the latest value beside each series, one below the other; return where these words end, in pixels."""
    ends = [(one, one.points[-1]) for one in lane.series if one.points]
    several, end = len(ends) > 1, 0.0
    rows: list[float] = []
    lowest = chart.height - 7 - 12 * (len(ends) - 1)
    inks = INKS.get(lane.id, ("viz-bp",))
    for one, point in sorted(ends, key=lambda entry: _top(chart, entry[1].value)):
        y = max([min(_top(chart, point.value), lowest + 12 * len(rows)), *(row + 12 for row in rows)])
        rows.append(y)
        text = f"{one.name} {point.shown}" if lane.id == "liver-tests" else point.shown
        size = 12 if several else 13
        wide = text_width(text, size)
        x, align = _side(frame, frame.x(point.day), y, wide, taken)
        end = max(end, x + wide if align == "left" else 0)
        ink = colour(inks[one.place] if lane.id == "liver-tests" else TONES.get(point.tone, inks[one.place]))
        value = chart.values[1] - chart.value_units(max(6.0, y))
        words = Words(x=frame.units(x), y=value, text=text, fill=ink, align=align, fontSize=size, fontWeight=600)
        chart.words.append(words)
    return end


def _side(frame: Frame, x: float, y: float, wide: float, taken: Taken) -> tuple[float, str]:
    """Choose the side of a point on which words stand: the right, if they do not cross today's line nor leave."""
    today, right, left = frame.x(frame.today), x + 10, x - 10 - wide
    crosses = right < today < right + wide + 2
    if right + wide > WIDTH or (crosses and left >= 0 and not taken.hits(left, x - 8, y - 7, y + 7)):
        return x - 10, "right"
    return (today + 6, "left") if crosses and today + 6 + wide <= WIDTH else (right, "left")


def _draw_gap(chart: Chart, frame: Frame, gap: Gap, beside: float, high: float) -> None:
    """Draw a time without a valid result, and say so in it where there is room."""
    x, x2 = frame.x(gap.start) + 6, frame.x(gap.end)
    if x2 - x < STEP:
        return
    inset = (high - chart.values[0]) * 0.04
    box = Box(
        x=frame.units(x),
        x2=frame.units(x2),
        y=chart.values[0] + inset,
        y2=high - inset,
        fill=colour("band-unk"),
        stroke=colour("unk"),
        strokeDash=(4, 3),
        cornerRadius=4,
    )
    chart.boxes.append(box)
    left = max(x, beside) if beside < x2 else x
    if x2 - left >= text_width(gap.words, 12) + 8:
        middle = (left + x2) / 2
        words = Words(
            x=frame.units(middle),
            y=(chart.values[0] + high) / 2,
            text=gap.words,
            fill=colour("unk"),
            align="center",
            fontSize=12,
            fontWeight=600,
        )
        chart.words.append(words)


def _write_nothing(chart: Chart, frame: Frame, state: str, high: float) -> None:
    """Draw that there is nothing, over the whole time."""
    _draw_gap(chart, frame, Gap(start=frame.start, end=frame.today, words=state), 0, high)


def _write_today(chart: Chart, frame: Frame, taken: Taken) -> None:
    at = frame.x(frame.today)
    taken.take(at - 40, at, chart.height - 14, chart.height)
    x = frame.units(at - 5)
    y = chart.values[0] + chart.value_units(7)
    chart.words.append(Words(x=x, y=y, text="today", fill=colour("ink-2"), align="right", fontWeight=500))
