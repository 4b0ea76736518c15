"""Dates as records hold them: often partial, sometimes wrong.

A partial date is an interval of whole days. `2019-05` means "some day of May 2019", so a question about it can
have three answers. Instants keep the day *as written* (in their own time zone): clinicians count calendar days.
"""

from calendar import monthrange
from datetime import date, datetime

from kcds.model.immutable import immutable


@immutable
class PartialDate:
    """The days between which something happened, both inclusive.

    `earliest is None` means "no lower bound known"; `latest is None` means "no upper bound known".
    `instant` is the exact time, where the record gave one with its zone.
    """

    earliest: date | None
    latest: date | None
    instant: datetime | None = None

    @classmethod
    def day(cls, day: date) -> "PartialDate":
        """Make the date of one known day."""
        return cls(day, day)

    @classmethod
    def month(cls, year: int, month: int) -> "PartialDate":
        """Make the date "some day of this month"."""
        return cls(date(year, month, 1), date(year, month, monthrange(year, month)[1]))

    @classmethod
    def year(cls, year: int) -> "PartialDate":
        """Make the date "some day of this year"."""
        return cls(date(year, 1, 1), date(year, 12, 31))

    @property
    def exact(self) -> date | None:
        """The day, if only one is possible."""
        return self.earliest if self.earliest is not None and self.earliest == self.latest else None


@immutable
class Span:
    """From when to when; either end may be unknown (None)."""

    start: PartialDate | None
    end: PartialDate | None
