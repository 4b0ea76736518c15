"""What the timeline holds: everything that is drawn, and a row of the table for each value of it."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Tone = Literal["neutral", "caution", "stop"]
Outcome = Literal["harm", "no-effect", "kept", "open"]
"""What came of a trial, as its bar is coloured; the words beside it say it too."""
Shape = Literal["circle", "square", "diamond", "triangle-up"]
SHAPES: tuple[Shape, ...] = ("circle", "square", "diamond", "triangle-up")
"""Shapes of the series of a lane, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the table of all values."""

    when: str
    measure: str
    value: str
    note: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One value of one day."""

    day: date
    value: float
    words: str  # what it is, with unit and day
    shown: str  # the value as it stands beside the last point
    lower: float | None = None  # the diastolic pressure below a systolic one
    tone: Tone = "neutral"  # of the gravest line that it is beyond
    preliminary: bool = False
    joined: bool = True  # whether the line runs through it: not through a second value of a day
    measured: str = ""  # with its unit, as it stands in the table
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Values that may be compared with each other, by day."""

    name: str
    place: int  # among all that the lane may have: its colour and its shape
    points: tuple[Point, ...]

    @property
    def shape(self) -> Shape:
        """The shape of its points."""
        return SHAPES[self.place]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A value from which on a rule says something, or the upper limit of normal."""

    value: float
    words: str
    tone: Tone
    band: bool = False  # what lies beyond is shaded
    since: date | None = None  # the day from which on it holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time without a result that would still hold."""

    start: date
    end: date
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """What stands beside a lane: the last value, its day, and what has to be known of it."""

    value: str
    day: date
    tone: Tone = "neutral"
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredLane:
    """One lane of values."""

    id: str
    title: str
    unit: str  # what the numbers of the axis are
    latest: Latest | None
    series: tuple[Series, ...]
    lines: tuple[Line, ...]
    gap: Gap | None
    state: str | None  # why there is nothing, or less than there may be: in a few words
    notes: tuple[str, ...]
    rows: tuple[Row, ...]
    summary: str
    highest: float | None = None  # end of the scale, where it has one
    is_empty: bool = False  # nothing is to be drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One time of one treatment."""

    start: date
    end: date
    words: str
    outcome: Outcome
    starts_here: bool = True  # False: it began before, or nobody says when
    ends_here: bool = True  # False: it goes on, or nobody says when it ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """One treatment: what is written on its line, and its bars in order."""

    label: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialLane:
    """Treatments that were tried."""

    id: str
    title: str
    treatments: tuple[Treatment, ...]  # the latest last
    state: str | None
    notes: tuple[str, ...]
    rows: tuple[Row, ...]
    summary: str
    is_empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Infusion:
    """One day of infusion, or the order under review."""

    day: date
    words: str
    short: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Twelve months until today."""

    start: date
    today: date
    infusions: tuple[Infusion, ...]
    order: Infusion | None
    notes: tuple[str, ...]  # on the infusions
    measured: tuple[MeasuredLane, ...]
    trials: TrialLane
    rows: tuple[Row, ...]  # of the infusions

    @property
    def all_rows(self) -> tuple[Row, ...]:
        """Every row of the table."""
        return (*self.rows, *(row for lane in self.measured for row in lane.rows), *self.trials.rows)
