"""What a resource could have said: the codes of its raw JSON, before anything is validated.

Needed twice: to leave out Observations and Procedures that cannot matter, and to say of an unreadable resource where
it would have counted. Whenever part of a code cannot be made out, the answer is "could be anything", never "nothing".
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from kcds.model.code_systems import normalise_system

Pair = tuple[str | None, str | None]
Wanted = Callable[[str, Iterable[Pair]], bool]
"""Whether an Observation or Procedure (resource type, codes) can matter to any fact."""
Since = Callable[[Iterable[Pair]], date]
"""From which day on a measurement with these codes matters."""


def can_matter(resource: dict[str, object], resource_type: str, wanted: Wanted) -> bool:
    """Whether this resource has to be read at all."""
    if resource_type not in ("Observation", "Procedure"):
        return True
    codes = legible_codes(resource)
    return codes is None or wanted(resource_type, codes)


def legible_codes(resource: dict[str, object]) -> list[Pair] | None:
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
    elements = list(_code_elements(resource))
    if "medicationReference" in resource:
        elements.extend(_medication_elements(medication) if medication else [None])
    for concept in elements:
        for system, code in _pairs(concept) or [(None, None)]:
            if system is None or code is None:
                return frozenset()
            seen.add((system, code))
    return frozenset(seen)


def _code_elements(resource: dict[str, object]) -> Iterator[object]:
    """Give every element that says what the resource is about."""
    if "medicationCodeableConcept" in resource:
        yield resource["medicationCodeableConcept"]
    elif "medicationReference" not in resource:
        yield resource.get("code")
    components = resource.get("component")
    for component in components if isinstance(components, list) else [components] if components else []:
        yield component.get("code") if isinstance(component, dict) else None


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
        system = coding.get("system") if isinstance(coding, dict) else None
        code = coding.get("code") if isinstance(coding, dict) else None
        if not isinstance(coding, dict) or not isinstance(system, str | None) or not isinstance(code, str | None):
            return None
        pairs.append((normalise_system(system), code))
    return pairs
