"""What days a FHIR date, dateTime or instant can mean.

Partial dates are intervals of whole days. A timestamp is the day *as written*, in its own zone, and also an instant.
Real systems send timestamps without zone or seconds, which FHIR forbids: `mended_timestamp` says what such a text can
still be trusted for, so that a good day is not thrown away with a bad clock time.
"""

import re
from datetime import date, datetime

from kcds.model.dates import PartialDate

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
_LONGEST_DATE = len("2019-05-07")
_TIMESTAMP = re.compile(
    r"(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d|60)(?:\.(\d+))?)?(Z|[+-](?:0\d|1[0-4]):[0-5]\d)?"
)


_PLAIN_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_PLAIN_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)", re.ASCII
)
"""How nearly all are written: as the standard library reads them too, so that nothing has to be taken apart."""


def parse_date(text: str) -> PartialDate | None:
    """Which days this text can mean; None if it is not a date, dateTime or instant."""
    try:
        if _PLAIN_MOMENT.fullmatch(text):
            instant = datetime.fromisoformat(text)
            written = instant.date()
            return PartialDate(written, written, instant)
        if _PLAIN_DAY.fullmatch(text):
            return PartialDate.day(date.fromisoformat(text))
        if len(text) <= _LONGEST_DATE and (found := _DATE.fullmatch(text)):
            return _partial(*found.groups())
        found = _TIMESTAMP.fullmatch(text)
        return _timestamp(found) if found else None
    except ValueError:
        return None


def exact_day(text: str) -> date | None:
    """Which day this text means, if only one is possible: the same as `parse_date` says, in less time."""
    if _PLAIN_MOMENT.fullmatch(text) is None:
        read = parse_date(text)
        return read.exact if read is not None else None
    try:
        return date.fromisoformat(text[:_LONGEST_DATE])
    except ValueError:
        return None


def mended_timestamp(text: str) -> str | None:
    """Write a refused timestamp as far as it can be trusted: with seconds, else its day; None if not at all."""
    found = _TIMESTAMP.fullmatch(text)
    if found is None or parse_date(found[1]) is None:
        return None
    if found[4] is None and found[6] is not None:
        return f"{found[1]}T{found[2]}:{found[3]}:00{found[6]}"
    return found[1]


def _partial(year: str, month: str | None, day: str | None) -> PartialDate:
    if day is not None and month is not None:
        return PartialDate.day(date(int(year), int(month), int(day)))
    if month is not None:
        return PartialDate.month(int(year), int(month)) if 1 <= int(month) <= 12 else _refuse()  # noqa: PLR2004
    return PartialDate.year(int(year))


def _refuse() -> PartialDate:
    message = "not a month of the calendar"
    raise ValueError(message)


def _timestamp(found: re.Match[str]) -> PartialDate:
    day, hour, minute, second, fraction, zone = found.groups()
    if zone is None:
        return PartialDate.day(date.fromisoformat(day))
    seconds = "59" if second == "60" else second or "00"  # a leap second is told as the second before it
    instant = datetime.fromisoformat(f"{day}T{hour}:{minute}:{seconds}.{(fraction or '0')[:6]:0<6}{zone}")
    written = instant.date()
    return PartialDate(written, written, instant)
