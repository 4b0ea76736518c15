"""How a card says a property of a fact: names without hyphens, partial dates as the record gave them."""

import datetime as dt
from calendar import monthrange
from functools import cache

from kcds.model.enumerations import ENUMERATIONS
from kcds.model.facts import FACT_KINDS, Fact, Value, schema_of

_NAMES = frozenset({("data", "domain"), ("data", "basis"), ("pregnancy", "basis")})
"""Properties that hold a name of ours, although their values are no closed list."""


@cache
def is_span(kind: str, name: str) -> bool:
    """Whether `name` stands for a pair of properties: `onset` for `onset_earliest` and `onset_latest`."""
    return kind in FACT_KINDS and {f"{name}_earliest", f"{name}_latest"} <= schema_of(kind).keys()


def spoken(fact: Fact, name: str) -> Value:
    """Return a property, or a pair of dates, as it is said; None where nothing is known."""
    if is_span(fact.kind, name):
        return _span(getattr(fact, f"{name}_earliest"), getattr(fact, f"{name}_latest"))
    value: Value = getattr(fact, name)
    listed = (fact.kind, name) in ENUMERATIONS or (fact.kind, name) in _NAMES
    return value.replace("-", " ") if listed and isinstance(value, str) else value


def _span(earliest: dt.date | None, latest: dt.date | None) -> str | None:
    """Say a day, a month or a year where the two dates are its ends; else between which days."""
    if earliest is None or latest is None:
        if earliest is None and latest is None:
            return None
        return f"{earliest.isoformat()} or later" if earliest else f"by {latest}"
    if earliest == latest:
        return earliest.isoformat()
    whole_months = earliest.day == 1 and latest.day == monthrange(latest.year, latest.month)[1]
    if whole_months and (earliest.year, earliest.month) == (latest.year, latest.month):
        return earliest.strftime("%Y-%m")
    if whole_months and earliest.year == latest.year and (earliest.month, latest.month) == (1, 12):
        return str(earliest.year)
    return f"between {earliest.isoformat()} and {latest.isoformat()}"
