"""What a measured number may be: outside of that it is a slip or another unit, and says nothing."""

from dataclasses import dataclass
from decimal import Decimal

from kcds.knowledge.parameters import Parameters


@dataclass(frozen=True, slots=True)
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
