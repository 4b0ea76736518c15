"""What changed requests are made of: the samples, resources of examples, and odd values of every kind."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from builders import Json
from service_builders import SAMPLE_NAMES, sample

EXAMPLES = os.environ.get("KCDS_FUZZ_EXAMPLES", "")
"""A folder of further resources, bundles or requests (JSON, in folders of any depth) to take elements from."""
MOST_EXAMPLES = 200
FOREIGN = "foreign"
"""Stands in every id and text of another patient's resources: no answer may hold it."""
DEEPEST = 40

Place = tuple[str | int, ...]

WORDS: Sequence[Any] = (
    *("", " ", "x", "0", "1e3", "true", "null", "\x00", "\ud800", "\u202eabc", "e\u0301", "\U0001f642", "<b>", "](x"),
    "x" * 5000,
)
ODD: Sequence[Any] = (
    *WORDS,
    *(None, True, False, 0, -1, 7.5, 1e308, -1e308, 5e-324, 1e-7, 10**19, 10**400, 2**63, 0.1 + 0.2, -0.0),
    *([], {}, [None], [[]], [{}], {"": None}, {"coding": [None]}, {"reference": {}}, {"value": "7"}, {"extension": []}),
    *({"value": 1e308, "unit": "mg"}, {"start": "2030-01-01", "end": "2020-01-01"}, {"resourceType": "Bundle"}),
)
NUMBERS: Sequence[Any] = (
    *(0, -0.0, -1, 1, 0.1, 99, 160, 220, 300, 1000, 1e15, 1e16, 1e200, 1e300, 1e308, 5e-324, -5e-324, 10**19, "7"),
)
DATES = (
    *("2026-11-21", "2026-11-20", "2026-11-22", "2026-11", "2026", "2024-02-29", "2023-02-29", "0001-01-01"),
    *("9999-12-31", "2026-11-21T23:59:59.999999999Z", "2026-11-21T00:00:00+14:00", "2026-11-21T12:00:00-12:00"),
    *("2026-11-21T24:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2016-12-31T23:59:60Z"),
    *("2026-11-21T12:00", "20261121", "2026-11-21T12:00:00+00:00 ", "2026-1-1"),
)
STATUSES = (
    *("active", "inactive", "resolved", "completed", "stopped", "entered-in-error", "unknown", "draft", "final"),
    *(
        "amended",
        "preliminary",
        "on-hold",
        "cancelled",
        "in-progress",
        "not-done",
        "confirmed",
        "refuted",
        "Active",
        "",
    ),
)


@cache
def originals() -> Sequence[tuple[str, Json]]:
    """The requests to start from: the samples; each of an order also as order-select."""
    found = [(name, sample(name)) for name in SAMPLE_NAMES]
    for name, request in list(found):
        if request["hook"] == "order-sign":
            drafts = [entry["resource"] for entry in request["context"]["draftOrders"]["entry"]]
            selections = [f"{draft['resourceType']}/{draft['id']}" for draft in drafts]
            context = request["context"] | {"selections": selections}
            found.append((f"{name} selected", request | {"hook": "order-select", "context": context}))
    return found


@cache
def donors() -> Sequence[Json]:
    """Resources from which elements are taken: those of the samples, and of the examples that are given."""
    found = [resource for name in SAMPLE_NAMES for resource in _resources(sample(name))]
    for path in sorted(Path(EXAMPLES).rglob("*.json"))[:MOST_EXAMPLES] if EXAMPLES else ():
        found += _resources(json.loads(path.read_text(encoding="utf-8")))
    return found


def _resources(value: Any) -> Iterator[Json]:
    """Every resource inside, bundles left out."""
    if isinstance(value, dict):
        if value.get("resourceType") not in {None, "Bundle"}:
            yield value
            return
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _resources(inner)


def places(value: object) -> list[Place]:
    """Every place inside, but what is nested very deep."""
    found: list[Place] = []
    left: list[tuple[Place, Any]] = [((), value)]
    while left:
        path, inside = left.pop()
        items = inside.items() if isinstance(inside, dict) else enumerate(inside) if isinstance(inside, list) else ()
        for key, inner in items:
            found.append((*path, key))
            if len(path) < DEEPEST:
                left.append(((*path, key), inner))
    return found


def at(value: Any, path: Place) -> Any:
    for step in path:
        value = value[step]
    return value


def put(value: Any, path: Place, new: Any) -> None:
    at(value, path[:-1])[path[-1]] = new


def data_of(request: Json) -> list[Place]:
    """The places in what the client sent about the patient, mostly; rarely those of the call itself."""
    return [path for path in places(request) if path[0] in {"prefetch", "context"}] or places(request)


def places_of(request: Json, wanted: Callable[[Any], bool]) -> list[Place]:
    return [path for path in data_of(request) if wanted(at(request, path))]


def bundles_of(request: Json) -> list[Json]:
    """The answers that are bundles with a list of entries."""
    prefetch = request.get("prefetch")
    answers = list(prefetch.values()) if isinstance(prefetch, dict) else []
    return [answer for answer in answers if isinstance(answer, dict) and isinstance(answer.get("entry"), list)]
