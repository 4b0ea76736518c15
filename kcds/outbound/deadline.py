"""By when a call has to be answered."""

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point of the monotonic clock; `left` may be used by everything that waits for somebody else."""

    ends: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """Start now."""
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """Seconds that are left, 0 where none are."""
        return max(0.0, self.ends - time.monotonic())

    def before(self, seconds: float) -> "Deadline":
        """Return the deadline that is so many seconds earlier: what follows needs time too."""
        return Deadline(self.ends - seconds)

    def within(self, seconds: float) -> "Deadline":
        """Return the deadline so many seconds from now, or this one where it is sooner."""
        return Deadline(min(self.ends, Deadline.after(seconds).ends))
