"""What a number of the record may be: outside of that it is a slip or another unit, and says nothing."""

from decimal import Decimal

from kcds.knowledge.parameters import Parameters
from kcds.model.immutable import immutable

_SMALLEST, _LARGEST = Decimal("1e-40"), Decimal("1e40")
"""No clinical limits: far beyond any amount, and such that products and quotients of several stay finite floats."""


def are_usable(*numbers: Decimal | None) -> bool:
    """Tell whether facts can be made of these numbers. One that is not there does no harm, zero neither.

    Asked wherever a number of the record is taken up that has no narrower bounds, so that no fact holds an infinity.
    """
    for number in numbers:  # noqa: SIM110 - asked for every number; faster than a generator
        if number and not _SMALLEST <= abs(number) <= _LARGEST:
            return False
    return True


@immutable
class Bounds:
    """The least and the most that is believed, both included."""

    lowest: Decimal
    highest: Decimal

    def hold(self, number: Decimal) -> bool:
        """Tell whether a number lies within."""
        return self.lowest <= number <= self.highest


def bounds_of(lowest: str, highest: str, parameters: Parameters) -> Bounds:
    """Return the bounds that two entries of parameters.yaml give."""
    return Bounds(parameters.number(lowest), parameters.number(highest))
