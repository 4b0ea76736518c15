"""ISO 8601 durations of one part (`P30D`, `P3M`), as calendar arithmetic and in words."""

import datetime as dt
import re
from functools import cache

from dateutil.relativedelta import relativedelta

_FORM = re.compile(r"^P(\d+)([YMWD])$")
_MOST = {"Y": 200, "M": 2400, "W": 10_400, "D": 73_000}
"""Nobody is older than 200 years, and the calendar ends."""
_MOST_DIGITS = 5
_SOME_DAY = dt.date(2026, 1, 1)
"""From which durations are compared."""
_WORDS = {"Y": "year", "M": "month", "W": "week", "D": "day"}


def is_duration(text: object) -> bool:
    """Whether this is a duration of one part, and not longer than any life."""
    found = _FORM.match(text) if isinstance(text, str) else None
    return found is not None and len(found[1]) <= _MOST_DIGITS and int(found[1]) <= _MOST[found[2]]


@cache
def parse_duration(text: str) -> relativedelta:
    """Return the duration for calendar arithmetic; raises ValueError for anything else."""
    number, unit = _parts(text)
    match unit:
        case "Y":
            return relativedelta(years=number)
        case "M":
            return relativedelta(months=number)
        case "W":
            return relativedelta(weeks=number)
        case _:
            return relativedelta(days=number)


def length_of(value: object) -> float:
    """Return a number, or the days of a duration, to be compared with another one of its kind."""
    if is_duration(value):
        return (_SOME_DAY + parse_duration(str(value)) - _SOME_DAY).days
    return float(str(int(value) if isinstance(value, bool) else value))


def duration_in_words(text: str) -> str:
    """Return "30 days" for `P30D`."""
    number, unit = _parts(text)
    return f"{number} {_WORDS[unit]}" + ("" if number == 1 else "s")


def _parts(text: str) -> tuple[int, str]:
    found = _FORM.match(text)
    if found is None or not is_duration(text):
        raise ValueError(f"not a duration of one part such as P30D: {text!r}")
    return int(found[1]), found[2]
