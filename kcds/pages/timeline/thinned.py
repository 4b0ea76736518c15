"""Few enough points that a chart can be read, and a page stays small."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import TypeVar

MOST = 120
"""Points of one series."""
_T = TypeVar("_T")


def thinned(
    values: Sequence[_T], day: Callable[[_T], date], gravity: Callable[[_T], tuple[float, ...]]
) -> tuple[tuple[_T, ...], int]:
    """Return at most `MOST` values by day, and over how many days one stands for all: the gravest, and the last of all.

    `values` are sorted by day.
    """
    if len(values) <= MOST:
        return tuple(values), 1
    first, last = day(values[0]), day(values[-1])
    step = (last - first) // (MOST - 1) + timedelta(1)
    gravest: dict[int, _T] = {}
    for value in values:
        place = (day(value) - first) // step
        held = gravest.get(place)
        if held is None or gravity(value) >= gravity(held):
            gravest[place] = value
    kept = [value for _, value in sorted(gravest.items())]
    if kept[-1] is not values[-1]:
        kept.append(values[-1])
    return tuple(kept), step.days
