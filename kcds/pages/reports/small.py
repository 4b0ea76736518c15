"""Small counts are hidden, and with them what they could be worked out from.

A count of 1 to 9 is shown as "<10"; none is shown as 0. Where a whole and its parts are shown, as many parts more are
hidden, the smallest first, as it takes until each small one could still be several numbers; where that is not enough,
nothing is said of any part.
"""

from collections.abc import Sequence
from dataclasses import dataclass

FEWEST = 10
"""The smallest count, beside none, that is shown."""

SPREAD = 4
"""How far apart the least and the greatest number are, at least, that a hidden small count could be."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A count as it is shown; `value` is None where it is hidden, `small` where it is said to be under ten."""

    value: int | None
    small: bool = False

    def __str__(self) -> str:
        """Read as in the table."""
        return f"<{FEWEST}" if self.small else "hidden" if self.value is None else f"{self.value:,}"


HIDDEN, SMALL = Cell(None), Cell(None, small=True)


def shown(count: int) -> Cell:
    """Show a count that is no part of another."""
    return SMALL if is_small(count) else Cell(count)


def is_small(count: int) -> bool:
    """Whether a count is too small to be shown."""
    return 0 < count < FEWEST


def parts_shown(parts: Sequence[int]) -> list[Cell]:
    """Show the parts of a whole; the whole is shown too, unless it is small itself."""
    if is_small(sum(parts)):
        return [HIDDEN for _ in parts]
    small = {number for number, part in enumerate(parts) if is_small(part)}
    others = sorted((n for n, part in enumerate(parts) if part >= FEWEST), key=lambda n: parts[n])
    for more in range(len(others) + 1):
        hidden = set(others[:more])
        if _leaves_open(parts, small, hidden):
            return [SMALL if n in small else HIDDEN if n in hidden else Cell(part) for n, part in enumerate(parts)]
    return [HIDDEN for _ in parts]


def _leaves_open(parts: Sequence[int], small: set[int], hidden: set[int]) -> bool:
    """Whether each small part could be several numbers for who knows the sum of all that is hidden, and these rules."""
    if not small:
        return True
    known = sum(parts[n] for n in small | hidden)
    fewest = (len(small) - 1) + FEWEST * len(hidden)
    most = known if hidden else (len(small) - 1) * (FEWEST - 1)
    low, high = max(1, known - most), min(FEWEST - 1, known - fewest)
    return high - low >= SPREAD
