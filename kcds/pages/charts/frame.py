"""What all lanes share: one axis of days, months, infusions, today; and room for words that would collide."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from kcds.pages.charts.marks import Chart, Dot, Rule, Words, colour
from kcds.pages.timeline.model import Infusion, Timeline

WIDTH = 1064
AHEAD = 26
"""Days beyond today: for the order under review, and for the words beside the latest value."""
LETTER = 0.54
"""Width of a letter of the font, on average, for each of its size."""
MANY = 14
"""Infusions from which on their lines are paler."""


def text_width(text: str, size: float = 11) -> float:
    """Return about how wide words are."""
    return len(text) * size * LETTER


def cut(text: str, room: float, size: float = 11) -> str:
    """Shorten words to a width."""
    most = max(1, int(room / (size * LETTER)))
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


@dataclass(slots=True)
class Taken:
    """Places that are taken, in pixels from the left and from the top."""

    boxes: list[tuple[float, float, float, float]] = field(default_factory=list)

    def hits(self, x: float, x2: float, y: float, y2: float) -> int:
        """Count what is in the way of a box."""
        return sum(x < right and left < x2 and y < bottom and top < y2 for left, right, top, bottom in self.boxes)

    def take(self, x: float, x2: float, y: float, y2: float) -> None:
        """Keep a box free of others."""
        self.boxes.append((x, x2, y, y2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The axis of days that all lanes share."""

    start: date
    today: date
    infusions: tuple[Infusion, ...]
    order: Infusion | None

    @property
    def days(self) -> tuple[float, float]:
        """The ends of the axis."""
        return 0, self.at(self.today) + AHEAD

    def at(self, day: date) -> float:
        """Return the place of a day; what lies outside stands at the edge."""
        return float(min(max((day - self.start).days, 0), (self.today - self.start).days + AHEAD - 2))

    def x(self, day: date) -> float:
        """Return the place of a day in pixels."""
        return self.pixels(self.at(day))

    def pixels(self, days: float) -> float:
        """Return days in pixels."""
        return days * WIDTH / self.days[1]

    def units(self, pixels: float) -> float:
        """Return pixels in days."""
        return pixels * self.days[1] / WIDTH

    def months(self) -> list[date]:
        """Return the first day of every month on the axis."""
        day, found = self.start.replace(day=1), []
        last = self.today + timedelta(AHEAD)
        while (day := (day + timedelta(32)).replace(day=1)) <= last:
            found.append(day)
        return [self.start, *found] if self.start.day == 1 else found


def frame_of(timeline: Timeline) -> Frame:
    """Return the frame of a timeline."""
    return Frame(start=timeline.start, today=timeline.today, infusions=timeline.infusions, order=timeline.order)


def draw_frame(chart: Chart, frame: Frame, *, paler: bool = False) -> None:
    """Draw months, infusions and today through a lane."""
    low, high = chart.values
    for day in frame.months():
        chart.rules.append(Rule(x=frame.at(day), x2=frame.at(day), y=low, y2=high, stroke=colour("grid")))
    faint = paler or len(frame.infusions) > MANY
    for one in frame.infusions:
        at, ink = frame.at(one.day), colour("viz-inf")
        chart.rules.append(Rule(x=at, x2=at, y=low, y2=high, stroke=ink, dash=(2, 3), opacity=0.4 if faint else 0.9))
    at = frame.at(frame.today)
    chart.rules.append(Rule(x=at, x2=at, y=low, y2=high, stroke=colour("ink-3")))


def draw_months(chart: Chart, frame: Frame, y: float) -> None:
    """Write the months beside the axis; the year where it is new."""
    places = frame.months()
    for number, day in enumerate(places):
        after = frame.x(places[number + 1]) if number + 1 < len(places) else WIDTH
        new = number == 0 or day.month == 1
        text = f"{day:%b %Y}" if new else f"{day:%b}"
        if after - frame.x(day) >= text_width(text) + 4:
            chart.words.append(Words(x=frame.at(day) + frame.units(3), y=y, text=text, fill=colour("ink-3")))


def draw_infusions(chart: Chart, frame: Frame, y: float) -> None:
    """Mark the infusions and the order under review at the top of a lane, each with its words where there is room."""
    taken, ink = Taken(), colour("viz-inf")
    places = [frame.x(one.day) for one in frame.infusions]
    for x in (*places, *([frame.x(frame.order.day)] if frame.order else [])):
        taken.take(x - 6, x + 6, 0, 1)
    taken.take(frame.x(frame.today) - 1, frame.x(frame.today) + 1, 0, 1)
    for one, x in zip(frame.infusions, places, strict=True):
        chart.dots.append(_triangle(frame.at(one.day), y, one.words, fill=ink, stroke=ink))
        for text in (one.short, one.short.partition(" · ")[0], one.short.partition(" · ")[0].removeprefix("Infusion ")):
            if _write(chart, frame, taken, (x, y), text):
                break
    if frame.order is not None:
        at = frame.at(frame.order.day)
        chart.dots.append(_triangle(at, y, frame.order.words, fill=colour("surface"), stroke=ink))


def _triangle(at: float, y: float, label: str, *, fill: str, stroke: str) -> Dot:
    return Dot(x=at, y=y, shape="triangle-down", fill=fill, stroke=stroke, label=label, size=70, width=1.5)


def _write(chart: Chart, frame: Frame, taken: Taken, mark: tuple[float, float], text: str) -> bool:
    """Write words to the right or to the left of a mark; False where there is room on neither side."""
    x, y = mark
    wide = text_width(text)
    for align, left in (("left", x + 8), ("right", x - 8 - wide)):
        if left >= 0 and left + wide <= WIDTH and not taken.hits(left, left + wide, 0, 1):
            taken.take(left - 4, left + wide + 4, 0, 1)
            at = frame.units(left if align == "left" else left + wide)
            ink = colour("viz-inf")
            chart.words.append(Words(x=at, y=y, text=text, fill=ink, align=align, fontWeight=500))
            return True
    return False
