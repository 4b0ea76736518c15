"""One chart before it is drawn: marks in the units of its axes, colours by the names of the style sheet's variables."""

from dataclasses import dataclass, field

NONE = "transparent"


def colour(name: str) -> str:
    """Return a colour of the style sheet, so that it follows light, dark and print."""
    return f"var(--{name})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A band, a gap or a bar."""

    x: float
    x2: float
    y: float
    y2: float
    fill: str
    stroke: str = NONE
    strokeDash: tuple[int, ...] = ()  # noqa: N815 - as Vega calls it
    cornerRadius: int = 0  # noqa: N815
    label: str | None = None  # what a tooltip says; None: for the eye only


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A straight line between two places."""

    x: float
    x2: float
    y: float
    y2: float
    stroke: str
    dash: tuple[int, ...] = ()
    width: float = 1
    opacity: float = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Corner:
    """A place through which a line runs; those of one series are joined in order."""

    series: int
    place: int
    x: float
    y: float
    stroke: str
    dash: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One value."""

    x: float
    y: float
    shape: str
    fill: str
    stroke: str
    label: str | None
    size: int = 46
    width: float = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Words beside what they name."""

    x: float
    y: float
    text: str
    fill: str
    align: str = "left"
    fontSize: float = 11  # noqa: N815 - as Vega calls it
    fontWeight: int = 400  # noqa: N815
    stroke: str = NONE  # a rim that sets words off from what lies below: such words stand below the same without


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One lane, ready to be drawn."""

    width: int
    height: int
    top: int
    bottom: int
    days: tuple[float, float]
    values: tuple[float, float]
    ticks: tuple[float, ...]
    suffix: str  # of the numbers of the axis
    summary: str
    boxes: list[Box] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    corners: list[Corner] = field(default_factory=list)
    bars: list[Box] = field(default_factory=list)
    dots: list[Dot] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)

    def value_units(self, pixels: float) -> float:
        """Return how much of the other axis so many pixels are, upwards."""
        return pixels * (self.values[1] - self.values[0]) / self.height
