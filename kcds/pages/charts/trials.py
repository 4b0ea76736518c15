"""The lane of treatments: one bar for each time, several treatments on one line where they do not touch."""

from kcds.pages.charts.frame import WIDTH, Frame, Taken, cut, draw_frame, draw_months, text_width
from kcds.pages.charts.lanes import EMPTY
from kcds.pages.charts.marks import NONE, Box, Chart, Words, colour
from kcds.pages.timeline.model import Bar, Treatment, TrialLane

ROW, BAR = 24, 20
SIZE = 11.5
CAP = 3
STUB = 16
"""Pixels of a bar of which one end is not recorded."""
INKS = {"harm": "ae", "no-effect": "none", "kept": "some", "open": "unk"}


def draw_trials(lane: TrialLane, frame: Frame) -> Chart:
    """Return the lane of treatments; below it stand the months."""
    places = _places(lane, frame)
    rows = max((row for row, _, _, _ in places), default=0) + 1
    height = EMPTY if lane.is_empty else rows * ROW
    chart = Chart(
        width=WIDTH,
        height=height,
        top=5,
        bottom=20,
        days=frame.days,
        values=(height, 0),
        ticks=(),
        suffix="",
        summary=lane.summary,
    )
    draw_frame(chart, frame, paler=True)
    draw_months(chart, frame, height + 11)
    for row, treatment, text, (x, align) in places:
        for bar in treatment.bars:
            _draw_bar(chart, frame, bar, row * ROW + 1)
        at, y = frame.units(x), row * ROW + 1 + BAR / 2
        chart.words.append(Words(x=at, y=y, text=text, fill=colour("ink"), align=align, fontSize=SIZE))
    if lane.is_empty:
        _write_nothing(chart, frame, lane.state or "")
    return chart


def _places(lane: TrialLane, frame: Frame) -> list[tuple[int, Treatment, str, tuple[float, str]]]:
    """Give every treatment a line on which it touches no other, and its words a place beside its first bar."""
    taken, found = Taken(), []
    for treatment in lane.treatments:
        bars = [_ends(bar, frame) for bar in treatment.bars]
        text, x, align = _words(treatment, bars)
        wide = text_width(text, SIZE)
        left = min(bars[0][0], x if align == "left" else x - wide)
        right = max(*(end for _, end in bars), x + wide if align == "left" else x)
        row = next(row for row in range(len(lane.treatments)) if not taken.hits(left - 8, right + 8, row, row + 1))
        taken.take(left, right, row, row + 1)
        found.append((row, treatment, text, (x, align)))
    return found


def _words(treatment: Treatment, bars: list[tuple[float, float]]) -> tuple[str, float, str]:
    """Place the words of a treatment: in its last bar, over its end, before it, or cut."""
    start, end = bars[-1]
    wide = text_width(treatment.label, SIZE)
    if end - start <= STUB and end + 6 + wide <= WIDTH:
        return treatment.label, end + 6, "left"
    if wide + 16 <= end - start or start + 10 + wide <= WIDTH:
        return treatment.label, start + 10, "left"
    if len(bars) == 1 and start - 8 >= wide:
        return treatment.label, start - 8, "right"
    start = bars[0][0]
    return cut(treatment.label, WIDTH - start - 12, SIZE), start + 10, "left"


def _ends(bar: Bar, frame: Frame) -> tuple[float, float]:
    """Return the ends of a bar in pixels; one that lasts no time has some width all the same."""
    start, end = frame.x(bar.start), frame.x(bar.end)
    return start, max(end, start + STUB)


def _draw_bar(chart: Chart, frame: Frame, bar: Bar, y: float) -> None:
    """Draw one bar: with an edge where it is known to begin, dashed where an end is not recorded."""
    start, end = _ends(bar, frame)
    ink, open_end = INKS[bar.outcome], bar.start == bar.end
    edge = colour(f"ge-{ink}")
    chart.bars.append(
        Box(
            x=frame.units(start),
            x2=frame.units(end),
            y=y,
            y2=y + BAR,
            fill=NONE if open_end else colour(f"g-{ink}"),
            stroke=edge if open_end else NONE,
            strokeDash=(3, 2) if open_end else (),
            cornerRadius=3,
            label=bar.words,
        )
    )
    if bar.starts_here:
        box = Box(
            x=frame.units(start),
            x2=frame.units(start + CAP),
            y=y,
            y2=y + BAR,
            fill=edge,
            cornerRadius=1,
            label=bar.words,
        )
        chart.bars.append(box)


def _write_nothing(chart: Chart, frame: Frame, state: str) -> None:
    """Draw that there is nothing, over the whole time."""
    ink = colour("unk")
    x2 = frame.at(frame.today)
    box = Box(x=1, x2=x2, y=2, y2=EMPTY - 2, fill=colour("band-unk"), stroke=ink, strokeDash=(4, 3), cornerRadius=4)
    chart.boxes.append(box)
    words = Words(x=x2 / 2, y=EMPTY / 2, text=state, fill=ink, align="center", fontSize=12, fontWeight=600)
    chart.words.append(words)
