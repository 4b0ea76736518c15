"""Who the patient is, in the words of the record, for the head of a page: shown, never judged, never kept."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from kcds.fhir.elements import Json
from kcds.model.immutable import immutable

_RECORD_NUMBER: Final = "MR"
"""Code of a medical record number in HL7 table 0203."""
_LONGEST: Final = 120


@immutable(kw_only=True)
class Person:
    """What tells one patient from another. None: not on record."""

    name: str | None = None
    born: str | None = None  # as recorded: a day, a month or a year
    sex: str | None = None  # administrative gender, as coded
    record_number: str | None = None


def read_person(patient: object) -> Person:
    """Read what there is of a Patient resource; nothing where it is none."""
    if not isinstance(patient, dict) or patient.get("resourceType") != "Patient":
        return Person()
    return Person(
        name=next(filter(None, map(_name, _first_used(patient.get("name")))), None),
        born=_text(patient.get("birthDate")),
        sex=_text(patient.get("gender")),
        record_number=_record_number(patient),
    )


def born_on(person: Person) -> date | None:
    """Return the day of birth where it is known to the day."""
    try:
        return date.fromisoformat(person.born) if person.born else None
    except ValueError:
        return None


def _first_used(names: object) -> list[Json]:
    """Return the names, the one that the person uses officially first, old ones last."""
    order = {"official": 0, "usual": 1, None: 2, "old": 9, "maiden": 9}
    return sorted(_objects(names), key=lambda name: order.get(_text(name.get("use")), 3))


def _name(name: Json) -> str | None:
    parts = [*_texts(name.get("given")), *filter(None, [_text(name.get("family"))])]
    return _text(name.get("text")) or " ".join(parts)[:_LONGEST] or None


def _record_number(patient: Json) -> str | None:
    for identifier in _objects(patient.get("identifier")):
        kind = identifier.get("type")
        codings = _objects(kind.get("coding")) if isinstance(kind, dict) else ()
        if any(coding.get("code") == _RECORD_NUMBER for coding in codings):
            return _text(identifier.get("value"))
    return None


def _objects(value: object) -> Iterator[Json]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())


def _texts(value: object) -> list[str]:
    return [text for item in value if (text := _text(item))] if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value.strip()[:_LONGEST] or None if isinstance(value, str) else None
