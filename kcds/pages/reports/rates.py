"""A rate with how far chance may have moved it: Wilson's score interval at 95 %.

E. B. Wilson, Probable inference, the law of succession, and statistical inference, J Am Stat Assoc 1927;22:209-212;
as advised for small numbers by L. D. Brown, T. T. Cai, A. DasGupta, Statistical Science 2001;16:101-133.
"""

from dataclasses import dataclass
from math import sqrt

_Z = 1.959963984540054
"""The 97.5th percentile of the normal distribution."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A part of a whole, and the interval around it; each from 0 to 1."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Read as percentages: 43 % (35 to 51)."""
        return f"{self.value:.0%} ({100 * self.low:.0f} to {100 * self.high:.0f})".replace("%", " %")


def rate_of(part: int, whole: int) -> Rate:
    """Return the rate of a part; `whole` is not 0."""
    value, shift = part / whole, _Z * _Z / whole
    middle = (value + shift / 2) / (1 + shift)
    reach = _Z / (1 + shift) * sqrt((value * (1 - value) + shift * 0.25) / whole)
    return Rate(value, max(0.0, middle - reach), min(1.0, middle + reach))
