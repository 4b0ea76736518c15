"""The elements of one FHIR JSON object, read by type.

`fhir.resources` is lenient where a wrong type can be converted (`"false"` becomes False, the number 5 a date in 1970).
Here nothing is converted: a value of the wrong type is reported with its path, and repaired like any other fault.
"""

import math
from datetime import date
from decimal import Decimal
from types import NoneType

from kcds.fhir.dates import parse_date
from kcds.fhir.record import Coding, Concept, Quantity
from kcds.model.code_systems import normalise_system
from kcds.model.dates import PartialDate, Span

Path = tuple[str | int, ...]

_TEXT = (str, NoneType)

UCUM = "http://unitsofmeasure.org"


class WrongShapeError(Exception):
    """An element has a type or form that FHIR does not allow; `path` leads to it from the resource."""

    def __init__(self, path: Path) -> None:
        """Keep the path, never the value."""
        self.path = path
        super().__init__(".".join(map(str, path)))


class Elements:
    """One JSON object of a resource: typed access to its members; an absent or null member is None."""

    __slots__ = ("_json", "_parent", "_step")

    def __init__(self, json: dict[str, object], parent: "Elements | None" = None, step: Path = ()) -> None:
        """Read this object, which is the resource itself or stands this step below its parent."""
        self._json = json
        self._parent = parent
        self._step = step

    @property
    def path(self) -> Path:
        """The path from the resource to this object; needed for faults only, so it is not kept."""
        return (*self._parent.path, *self._step) if self._parent is not None else ()

    def has(self, name: str) -> bool:
        """Whether the member is there and not null."""
        return self._json.get(name) is not None

    def text(self, name: str) -> str | None:
        """Read a string, code or uri."""
        value = self._json.get(name)
        if value is None or isinstance(value, str):
            return value
        raise WrongShapeError((*self.path, name))

    def truth(self, name: str) -> bool | None:
        """Read a boolean."""
        value = self._json.get(name)
        if value is None or isinstance(value, bool):
            return value
        raise WrongShapeError((*self.path, name))

    def number(self, name: str) -> Decimal | None:
        """Read a decimal or an integer, exactly as written."""
        value = self._json.get(name)
        if value is None:
            return None
        if isinstance(value, float) and math.isfinite(value):
            return Decimal(str(value))
        if isinstance(value, int) and not isinstance(value, bool):
            return Decimal(value)
        raise WrongShapeError((*self.path, name))

    def size(self, name: str) -> int:
        """Count the items of a list."""
        value = self._json.get(name)
        if value is None or isinstance(value, list):
            return len(value or ())
        raise WrongShapeError((*self.path, name))

    def date(self, name: str) -> PartialDate | None:
        """Read a date, dateTime or instant."""
        text = self.text(name)
        if text is None:
            return None
        read = parse_date(text)
        if read is None:
            raise WrongShapeError((*self.path, name))
        return read

    def last_date(self, name: str) -> PartialDate | None:
        """Read a list of dates; give the last in time."""
        value = self._json.get(name)
        if value is None:
            return None
        if not isinstance(value, list):
            raise WrongShapeError((*self.path, name))
        dates = []
        for position, text in enumerate(value):
            read = parse_date(text) if isinstance(text, str) else None
            if read is None:
                raise WrongShapeError((*self.path, name, position))
            dates.append(read)
        return max(dates, key=lambda read: read.latest or date.min, default=None)

    def child(self, name: str) -> "Elements | None":
        """Read an object."""
        value = self._json.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise WrongShapeError((*self.path, name))
        return Elements(value, self, (name,))

    def children(self, name: str) -> "list[Elements]":
        """Read a list of objects."""
        return [Elements(item, self, (name, position)) for position, item in enumerate(self._objects(name))]

    def _objects(self, name: str) -> list[dict[str, object]]:
        value = self._json.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise WrongShapeError((*self.path, name))
        for position, item in enumerate(value):
            if not isinstance(item, dict):
                raise WrongShapeError((*self.path, name, position))
        return value

    def concept(self, name: str) -> Concept | None:
        """Read a CodeableConcept."""
        child = self.child(name)
        return child.as_concept() if child else None

    def concepts(self, name: str) -> tuple[Concept, ...]:
        """Read a list of CodeableConcepts."""
        return tuple([child.as_concept() for child in self.children(name)])

    def as_concept(self) -> Concept:
        """Read this object as a CodeableConcept."""
        codings = []
        for position, coding in enumerate(self._objects("coding")):
            try:
                codings.append(_coding(coding))
            except WrongShapeError as fault:
                raise WrongShapeError((*self.path, "coding", position, *fault.path)) from None
        return Concept(tuple(codings), self.text("text"))

    def code(self, name: str) -> str | None:
        """Read the first code of a CodeableConcept whose codes mean a status."""
        concept = self.concept(name)
        return next((coding.code for coding in concept.codings if coding.code), None) if concept else None

    def reference(self, name: str) -> str | None:
        """Read the literal reference of a Reference."""
        child = self.child(name)
        return child.text("reference") if child else None

    def quantity(self, name: str) -> Quantity | None:
        """Read a Quantity; its code is the UCUM code, or the unit as written where there is none."""
        child = self.child(name)
        return child.as_quantity() if child else None

    def as_quantity(self) -> Quantity:
        """Read this object as a Quantity."""
        unit, code, system = self.text("unit"), self.text("code"), normalise_system(self.text("system"))
        trusted = code if system in (UCUM, None) else None
        return Quantity(self.number("value"), unit, trusted or unit, self.text("comparator"))

    def ratio(self, name: str) -> Quantity | None:
        """Read a Ratio as a Quantity: 20 mg to 2 h is 10 mg/h; None where it has no number or no units."""
        child = self.child(name)
        top, bottom = (child.quantity("numerator"), child.quantity("denominator")) if child else (None, None)
        if top is None or bottom is None or top.value is None or not bottom.value or not top.code or not bottom.code:
            return None
        unit = f"{top.code}/{bottom.code}"
        return Quantity(top.value / bottom.value, unit, unit, top.comparator)

    def period(self, name: str) -> Span | None:
        """Read a Period."""
        child = self.child(name)
        return Span(child.date("start"), child.date("end")) if child else None

    def when(self, stem: str) -> Span | None:
        """Read `<stem>DateTime` (start and end are the same) or `<stem>Period`."""
        day = self.date(f"{stem}DateTime")
        return Span(day, day) if day else self.period(f"{stem}Period")


def _coding(json: dict[str, object]) -> Coding:
    """Read a Coding; there are so many that no Elements are made for them."""
    system, code, display = json.get("system"), json.get("code"), json.get("display")
    if not isinstance(system, _TEXT):
        raise WrongShapeError(("system",))
    if not isinstance(code, _TEXT):
        raise WrongShapeError(("code",))
    if not isinstance(display, _TEXT):
        raise WrongShapeError(("display",))
    return Coding(normalise_system(system), code, display)
