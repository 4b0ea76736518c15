"""Changes of single elements of a hook request, wherever they stand."""

import copy
from collections.abc import Callable
from random import Random
from typing import Any

from builders import Json
from request_parts import (
    DATES,
    NUMBERS,
    ODD,
    STATUSES,
    at,
    bundles_of,
    data_of,
    donors,
    places,
    places_of,
    put,
)

from kcds.model.queries import RESOURCE_OF


def odd_value(random: Random, request: Json) -> None:
    places_ = places(request) if random.random() < 0.1 else data_of(request)
    if places_:
        put(request, random.choice(places_), copy.deepcopy(random.choice(ODD)))


def left_out(random: Random, request: Json) -> None:
    if found := data_of(request):
        path = random.choice(found)
        del at(request, path[:-1])[path[-1]]


def other_number(random: Random, request: Json) -> None:
    if found := places_of(request, _is_number):
        put(request, random.choice(found), random.choice(NUMBERS))


def other_dose(random: Random, request: Json) -> None:
    """Several numbers of orders and doses at once: they are multiplied with one another."""
    found = places_of(request, _is_number)
    found = [path for path in found if {"dosageInstruction", "dosage", "dispenseRequest"} & set(path)]
    for path in random.sample(found, min(len(found), random.randint(1, 4))):
        put(request, path, random.choice(NUMBERS))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def other_date(random: Random, request: Json) -> None:
    if found := places_of(request, lambda value: isinstance(value, str) and value[:2] in {"19", "20"} and "-" in value):
        for path in random.sample(found, random.randint(1, min(3, len(found)))):
            put(request, path, random.choice(DATES))


def other_text(random: Random, request: Json) -> None:
    if found := places_of(request, lambda value: isinstance(value, str)):
        path = random.choice(found)
        text = at(request, path)
        others = (
            text.upper(),
            f" {text}",
            f"{text} ",
            text[:-1],
            text * 2,
            "e\u0301" + text,
            f"{text}\u0000",
            text[::-1],
        )
        put(request, path, random.choice(others))


def other_status(random: Random, request: Json) -> None:
    if found := [path for path in data_of(request) if path[-1] == "status"]:
        put(request, random.choice(found), random.choice(STATUSES))


def graft(random: Random, request: Json) -> None:
    """Put an element of some resource where an element of another one is, mostly one of the same name."""
    donor = random.choice(donors())
    branch = random.choice(places(donor) or [()])
    taken = copy.deepcopy(at(donor, branch)) if branch else {}
    resources = [entry for bundle in bundles_of(request) for entry in bundle["entry"] if isinstance(entry, dict)]
    resources = [entry["resource"] for entry in resources if isinstance(entry.get("resource"), dict)]
    if not resources:
        return
    target = random.choice(resources)
    same = [path for path in places(target) if branch and path[-1] == branch[-1]]
    if same and random.random() < 0.7:
        put(target, random.choice(same), taken)
    else:
        target[str(branch[-1]) if branch else "extension"] = taken


def swap(random: Random, request: Json) -> None:
    """Exchange two elements, wherever they stand."""
    found = [path for path in data_of(request) if len(path) > 3]
    if len(found) > 1:
        one, other = random.sample(found, 2)
        if one[: len(other)] != other and other[: len(one)] != one:
            first, second = at(request, one), at(request, other)
            put(request, one, second)
            put(request, other, first)


def nested(random: Random, request: Json) -> None:
    if found := data_of(request):
        path = random.choice(found)
        value = at(request, path)
        wrap: Callable[[Any], Any] = random.choice((lambda v: [v], lambda v: {"extension": [v]}, lambda v: {"a": v}))
        for _ in range(random.choice((1, 1, 2, 40, 85, 90))):
            value = wrap(value)
        put(request, path, value)


def retyped(random: Random, request: Json) -> None:
    if found := [path for path in data_of(request) if path[-1] == "resourceType"]:
        types = (*RESOURCE_OF.values(), "Observation", "Bundle", "OperationOutcome", "Group", "observation", "")
        put(request, random.choice(found), random.choice(types))
