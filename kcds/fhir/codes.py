"""What a resource could have said: the codes of its raw JSON, before anything is validated.

Needed twice: to leave out Observations and Procedures that cannot matter, and to say of an unreadable resource where
it would have counted. Whenever part of a code cannot be made out, the answer is "could be anything", never "nothing".
"""

from collections.abc import Callable, Iterable
from datetime import date
from types import NoneType

import orjson

from kcds.model.code_systems import normalise_system

Pair = tuple[str | None, str | None]
Wanted = Callable[[str, Iterable[Pair]], bool]
"""Whether an Observation or Procedure (resource type, codes) can matter to any fact."""
Since = Callable[[Iterable[Pair]], date]
"""From which day on a measurement with these codes matters."""


_TEXT = (str, NoneType)
_JUDGED_BY_CODE = frozenset({"Observation", "Procedure"})
_MORE_THAN_ITS_CODE = frozenset({"component", "medicationCodeableConcept", "medicationReference"})
"""Elements besides `code` that say what a resource is about."""


_Key = tuple[str, bool, bytes]


class Relevance:
    """What can matter to any fact, by its codes. In one request, what has the same codes is judged once."""

    def __init__(self, wanted: Wanted, since: Since | None) -> None:
        """Judge with these functions."""
        self._wanted = wanted
        self._since = since
        self._matters: dict[_Key, bool] = {}
        self._first_days: dict[_Key, date | None] = {}

    def can_matter(self, resource: dict[str, object], resource_type: str) -> bool:
        """Whether this resource has to be read at all."""
        if resource_type not in _JUDGED_BY_CODE:
            return True
        key = _key_of(resource, resource_type, as_written(resource.get("code")))
        if key is None:
            return self._judge(resource, resource_type)
        if (matters := self._matters.get(key)) is None:
            matters = self._matters[key] = self._judge(resource, resource_type)
        return matters

    def first_day(self, measurement: dict[str, object], kind: bytes) -> date | None:
        """Say from which day on a measurement whose code is written so matters; None if that is not known."""
        if self._since is None:
            return None
        key = _key_of(measurement, "Observation", kind)
        if key is None:
            return self._look_back(measurement, self._since)
        if key not in self._first_days:
            self._first_days[key] = self._look_back(measurement, self._since)
        return self._first_days[key]

    def _judge(self, resource: dict[str, object], resource_type: str) -> bool:
        codes = _legible_codes(resource)
        return codes is None or self._wanted(resource_type, codes)

    def _look_back(self, measurement: dict[str, object], since: Since) -> date | None:
        codes = _legible_codes(measurement)
        return since(codes) if codes is not None else None


def _key_of(resource: dict[str, object], resource_type: str, code: bytes | None) -> _Key | None:
    """Give what is the same for resources with the same codes; None where they cannot be written."""
    alone = _MORE_THAN_ITS_CODE.isdisjoint(resource)
    written = code if alone else as_written(_code_elements(resource))
    return (resource_type, alone, written) if written is not None else None


def as_written(element: object) -> bytes | None:
    """Write an element, to tell it from others; None for what no JSON can be."""
    try:
        return orjson.dumps(element)
    except orjson.JSONEncodeError:
        return None


def _legible_codes(resource: dict[str, object]) -> list[Pair] | None:
    """Every code of a resource and of its components; None if part of them cannot be made out."""
    pairs: list[Pair] = []
    for concept in _code_elements(resource):
        found = _pairs(concept)
        if found is None:
            return None
        pairs.extend(found)
    return pairs


def codes_seen(resource: dict[str, object], medication: dict[str, object] | None) -> frozenset[tuple[str, str]]:
    """Every code an unreadable resource shows; empty if it could be anything.

    `medication` is the Medication that it refers to, where that is at hand.
    """
    seen: set[tuple[str, str]] = set()
    elements = _code_elements(resource)
    if "medicationReference" in resource:
        elements.extend(_medication_elements(medication) if medication else [None])
    for concept in elements:
        for system, code in _pairs(concept) or [(None, None)]:
            if system is None or code is None:
                return frozenset()
            seen.add((system, code))
    return frozenset(seen)


def _code_elements(resource: dict[str, object]) -> list[object]:
    """Give every element that says what the resource is about."""
    if _MORE_THAN_ITS_CODE.isdisjoint(resource):
        return [resource.get("code")]
    found = []
    if "medicationCodeableConcept" in resource:
        found.append(resource["medicationCodeableConcept"])
    elif "medicationReference" not in resource:
        found.append(resource.get("code"))
    components = resource.get("component")
    parts = components if isinstance(components, list) else [components] if components else []
    return found + [part.get("code") if isinstance(part, dict) else None for part in parts]


def _medication_elements(medication: dict[str, object]) -> list[object]:
    """Give what says what a Medication is: its code, or, where it has none, each thing that it is put together of."""
    code, parts = medication.get("code"), medication.get("ingredient")
    if isinstance(parts, list) and parts and _pairs(code or {}) == []:
        return [item.get("itemCodeableConcept") if isinstance(item, dict) else None for item in parts]
    return [code]


def _pairs(concept: object) -> list[Pair] | None:
    """Give the codes of one CodeableConcept; None if its form is wrong, so that it could be anything."""
    if not isinstance(concept, dict):
        return None
    codings = concept.get("coding")
    if codings is None:
        return []
    if not isinstance(codings, list):
        return None
    pairs: list[Pair] = []
    for coding in codings:
        if not isinstance(coding, dict):
            return None
        system, code = coding.get("system"), coding.get("code")
        if not isinstance(system, _TEXT) or not isinstance(code, _TEXT):
            return None
        pairs.append((normalise_system(system), code))
    return pairs
