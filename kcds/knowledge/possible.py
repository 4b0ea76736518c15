"""What a property can still be, once some conditions hold of it: the arithmetic behind `check_reach`."""

import datetime as dt
from dataclasses import dataclass
from math import inf
from typing import TypeAlias

Thing: TypeAlias = str | bool | float
"""A value of a property; a day is its ordinal number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Possible:
    """The values that are left: those `allowed` (None: any), not `excluded`, between the bounds.

    A bound is a number and whether the number itself is out: +1 above a lower one, -1 below an upper one.
    """

    known: bool | None = None  # False: only "not known" is left; None: nothing was asked yet
    allowed: frozenset[Thing] | None = None
    excluded: frozenset[Thing] = frozenset()
    low: tuple[float, int] = (-inf, 0)
    high: tuple[float, int] = (inf, 0)

    def meet(self, other: "Possible") -> "Possible":
        """Return what both leave."""
        if None not in (self.known, other.known) and self.known is not other.known:
            return NOTHING
        return Possible(
            known=other.known if self.known is None else self.known,
            allowed=_both(self.allowed, other.allowed),
            excluded=self.excluded | other.excluded,
            low=max(self.low, other.low),
            high=min(self.high, other.high),
        )

    @property
    def is_empty(self) -> bool:
        """Whether no value is left."""
        if self.known is False:
            return False
        if self.allowed is not None:
            return not self.values
        (low, above), (high, below) = self.low, self.high
        return low > high or (low == high and (above != 0 or below != 0 or low in self.excluded))

    @property
    def values(self) -> frozenset[Thing] | None:
        """The values that are left, where they can be listed."""
        if self.allowed is None:
            return frozenset({self.low[0]}) if self.low == self.high and self.low[1] == 0 else None
        return frozenset(one for one in self.allowed - self.excluded if self._within(one))

    def lies_in(self, other: "Possible") -> bool:
        """Whether every value that is left here is left there as well."""
        if self.known is not True or other.known is not True:
            return self.known is not None and self.known is other.known
        if self.values is not None:
            return all(not other.meet(exactly(value)).is_empty for value in self.values)
        inside = self.low >= other.low and self.high <= other.high and other.allowed is None
        return inside and all(self.meet(exactly(value)).is_empty for value in other.excluded)

    def _within(self, value: Thing) -> bool:
        if isinstance(value, str | bool):
            return True
        return self.low <= (value, 0) <= self.high


NOTHING = Possible(known=True, allowed=frozenset())
UNKNOWN = Possible(known=False)


def exactly(*values: Thing) -> Possible:
    """Return what can be these values only."""
    return Possible(known=True, allowed=frozenset(values))


def compared(operator: str, value: object) -> Possible:
    """Return what a comparison with a constant leaves."""
    things = tuple(thing_of(one) for one in (value if isinstance(value, tuple) else (value,)))
    first = things[0]
    number = first if isinstance(first, float) else 0.0
    match operator:
        case "eq" | "in":
            return exactly(*things)
        case "ne":
            return Possible(known=True, excluded=frozenset(things))
        case "gt" | "after":
            return Possible(known=True, low=(number, 1))
        case "gte" | "on_or_after":
            return Possible(known=True, low=(number, 0))
        case "lt" | "before":
            return Possible(known=True, high=(number, -1))
        case _:
            return Possible(known=True, high=(number, 0))


def thing_of(value: object) -> Thing:
    """Return a constant as it is compared."""
    if isinstance(value, dt.date):
        return float(value.toordinal())
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return value if isinstance(value, bool) else str(value)


def _both(one: frozenset[Thing] | None, other: frozenset[Thing] | None) -> frozenset[Thing] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other
