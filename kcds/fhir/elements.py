"""The elements of one FHIR JSON object, read by type; an absent or null one is None.

`fhir.resources` is lenient where a wrong type can be converted (`"false"` becomes False, the number 5 a date in 1970).
Here nothing is converted: a value of the wrong type is reported with the object that it stands in, and repaired like
any other fault. Where that object stands is looked for only then: a resource has dozens of them, and hardly ever a
fault.
"""

import math
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from kcds.fhir.dates import parse_date
from kcds.fhir.record import Coding, Concept, Quantity
from kcds.model.code_systems import normalise_system
from kcds.model.dates import PartialDate, Span

Json = dict[str, object]
Path = tuple[str | int, ...]

UCUM = "http://unitsofmeasure.org"


class WrongShapeError(Exception):
    """An element has a type or form that FHIR does not allow: in this object, at the end of these steps."""

    def __init__(self, holder: Json, *steps: str | int) -> None:
        """Keep where it is; the value is never shown."""
        self.holder = holder
        self.steps = steps
        super().__init__(".".join(map(str, steps)))


def has(json: Json, name: str) -> bool:
    """Whether the member is there and not null."""
    return json.get(name) is not None


def text(json: Json, name: str) -> str | None:
    """Read a string, code or uri."""
    value = json.get(name)
    if value is None or isinstance(value, str):
        return value
    raise WrongShapeError(json, name)


def truth(json: Json, name: str) -> bool | None:
    """Read a boolean."""
    value = json.get(name)
    if value is None or isinstance(value, bool):
        return value
    raise WrongShapeError(json, name)


def number(json: Json, name: str) -> Decimal | None:
    """Read a decimal or an integer, exactly as written."""
    value = json.get(name)
    if value is None:
        return None
    if isinstance(value, float) and math.isfinite(value):
        return Decimal(str(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    raise WrongShapeError(json, name)


def size(json: Json, name: str) -> int:
    """Count the items of a list."""
    value = json.get(name)
    if value is None or isinstance(value, list):
        return len(value or ())
    raise WrongShapeError(json, name)


def day(json: Json, name: str) -> PartialDate | None:
    """Read a date, dateTime or instant."""
    value = json.get(name)
    if value is None:
        return None
    read = parse_date(value) if isinstance(value, str) else None
    if read is None:
        raise WrongShapeError(json, name)
    return read


def last_day(json: Json, name: str) -> PartialDate | None:
    """Read a list of dates; give the last in time."""
    value = json.get(name)
    if value is None:
        return None
    if not isinstance(value, list):
        raise WrongShapeError(json, name)
    days = []
    for position, item in enumerate(value):
        read = parse_date(item) if isinstance(item, str) else None
        if read is None:
            raise WrongShapeError(json, name, position)
        days.append(read)
    return max(days, key=lambda read: read.latest or date.min, default=None)


def child(json: Json, name: str) -> Json | None:
    """Read an object."""
    value = json.get(name)
    if value is None or isinstance(value, dict):
        return value
    raise WrongShapeError(json, name)


def children(json: Json, name: str) -> Sequence[Json]:
    """Read a list of objects."""
    value = json.get(name)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise WrongShapeError(json, name)
    for item in value:
        if not isinstance(item, dict):
            raise WrongShapeError(json, name, value.index(item))
    return value


def concept(json: Json, name: str) -> Concept | None:
    """Read a CodeableConcept."""
    value = child(json, name)
    return _concept(value) if value is not None else None


def concepts(json: Json, name: str) -> tuple[Concept, ...]:
    """Read a list of CodeableConcepts."""
    return tuple([_concept(item) for item in children(json, name)])


def _concept(json: Json) -> Concept:
    return Concept(tuple([_coding(coding) for coding in children(json, "coding")]), text(json, "text"))


def _coding(json: Json) -> Coding:
    return Coding(normalise_system(text(json, "system")), text(json, "code"), text(json, "display"))


def status(json: Json, name: str) -> str | None:
    """Read the first code of a CodeableConcept whose codes mean a status."""
    value = child(json, name)
    if value is None:
        return None
    first = None
    for coding in children(value, "coding"):
        text(coding, "system")
        code = text(coding, "code")
        text(coding, "display")
        first = first or code
    text(value, "text")
    return first or None


def reference(json: Json, name: str) -> str | None:
    """Read the literal reference of a Reference."""
    value = child(json, name)
    return text(value, "reference") if value is not None else None


def quantity(json: Json, name: str) -> Quantity | None:
    """Read a Quantity; its code is the UCUM code, or the unit as written where there is none."""
    value = child(json, name)
    if value is None:
        return None
    unit, code, system = text(value, "unit"), text(value, "code"), normalise_system(text(value, "system"))
    trusted = code if system in (UCUM, None) else None
    return Quantity(number(value, "value"), unit, trusted or unit, text(value, "comparator"))


def ratio(json: Json, name: str) -> Quantity | None:
    """Read a Ratio as a Quantity: 20 mg to 2 h is 10 mg/h; None where it has no number or no units."""
    value = child(json, name)
    if value is None:
        return None
    top, bottom = quantity(value, "numerator"), quantity(value, "denominator")
    if top is None or bottom is None or top.value is None or not bottom.value or not top.code or not bottom.code:
        return None
    unit = f"{top.code}/{bottom.code}"
    return Quantity(top.value / bottom.value, unit, unit, top.comparator)


def period(json: Json, name: str) -> Span | None:
    """Read a Period."""
    value = child(json, name)
    return Span(day(value, "start"), day(value, "end")) if value is not None else None


def when(json: Json, moment: str, lasting: str) -> Span | None:
    """Read a dateTime of this name (start and end are the same), else a Period of that one."""
    found = day(json, moment)
    return Span(found, found) if found is not None else period(json, lasting)
