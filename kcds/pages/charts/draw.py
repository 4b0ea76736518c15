"""A timeline, drawn: each lane with its picture, or without where it could not be had."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from kcds.pages.charts.frame import frame_of
from kcds.pages.charts.lanes import draw_lane
from kcds.pages.charts.marks import Chart
from kcds.pages.charts.process import Renderer, can_draw, own_renderer
from kcds.pages.charts.safe_svg import safe
from kcds.pages.charts.trials import draw_trials
from kcds.pages.timeline.model import MeasuredLane, Row, Timeline, TrialLane


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnLane:
    """One lane and its picture."""

    lane: MeasuredLane | TrialLane
    svg: Markup | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnTimeline:
    """What the page shows."""

    timeline: Timeline
    lanes: tuple[DrawnLane, ...]  # measured ones, then the trials
    is_starting: bool = False  # the pictures were not ready: a page that is loaded again may have them

    @property
    def is_drawn(self) -> bool:
        """Whether every lane has its picture; without one the table says what it would."""
        return all(one.svg is not None for one in self.lanes)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The table of all values."""
        return self.timeline.all_rows


def prepare() -> None:
    """Start the renderer of this worker in the background, to be ready when the data are."""
    if can_draw():
        own_renderer().prepare()


def draw_timeline(timeline: Timeline, renderer: Renderer | None = None) -> DrawnTimeline:
    """Return a timeline with its pictures; without them where they cannot be had."""
    lanes: tuple[MeasuredLane | TrialLane, ...] = (*timeline.measured, timeline.trials)
    pictures: Sequence[str | None] | None = None
    drawing = renderer or (own_renderer() if can_draw() else None)
    if drawing is not None:
        pictures = drawing.draw(charts_of(timeline))
    drawn = [safe(picture) if picture else None for picture in pictures or [None] * len(lanes)]
    return DrawnTimeline(
        timeline=timeline,
        lanes=tuple(DrawnLane(lane=lane, svg=svg) for lane, svg in zip(lanes, drawn, strict=True)),
        is_starting=pictures is None and drawing is not None and drawing.is_starting,
    )


def charts_of(timeline: Timeline) -> tuple[Chart, ...]:
    """Return the charts of all lanes."""
    frame = frame_of(timeline)
    lanes = [draw_lane(lane, frame, first=number == 0) for number, lane in enumerate(timeline.measured)]
    return (*lanes, draw_trials(timeline.trials, frame))
