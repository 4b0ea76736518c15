"""Whatever stands at whatever place of a request: a 4xx that can be read, or cards that conform. Never a 5xx."""

import copy
import json
from typing import Any

import pytest
from builders import Json
from card_conformance import faults_in
from hypothesis import example, given, settings
from hypothesis import strategies as st
from service_builders import SAMPLE_NAMES, logs, make_client, post, sample

ODD_VALUES: list[Any] = [
    *(None, True, 0, -1, 7.5, 10**19, 1e308, "", "x", "\x00", "#", "active", "Patient/other", "urn:uuid:"),
    *("2019-13-45", "2026-11-21", "9999-12-31", "0000-00-00", "2026-11-21T25:00:00Z", "0001-01-01T00:00:00+14:00"),
    *([], {}, [None], [[]], {"": None}, {"coding": [None]}, {"reference": {}}, {"value": "7"}, {"value": 7, "unit": 5}),
    *({"resourceType": "Bundle", "entry": [{}]}, {"start": "2030-01-01", "end": "2020-01-01"}, {"resourceType": []}),
]

Path = tuple[str | int, ...]


def places(value: object, path: Path = ()) -> list[Path]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, inner in items for found in ((*path, key), *places(inner, (*path, key)))]


PLACES = [(name, path) for name in SAMPLE_NAMES for path in places(sample(name))]
CLIENT = make_client()


def spoiled(name: str, changes: list[tuple[Path, Any]]) -> Json:
    """A story's request with odd values at some places; a place that an earlier change took away stays away."""
    request = sample(name)
    for path, odd in changes:
        inner: Any = request
        try:
            for step in path[:-1]:
                inner = inner[step]
            if isinstance(path[-1], int) and isinstance(inner, dict):  # an earlier change made an object of the list
                continue
            inner[path[-1]] = copy.deepcopy(odd)
        except (KeyError, IndexError, TypeError):
            continue
    return request


@st.composite
def spoiled_requests(draw: st.DrawFn) -> tuple[str, list[tuple[Path, Any]]]:
    name, path = draw(st.sampled_from(PLACES))
    others = draw(st.lists(st.sampled_from([place for story, place in PLACES if story == name]), max_size=3))
    return name, [(place, draw(st.sampled_from(ODD_VALUES))) for place in (path, *others)]


STATUS = ("prefetch", "painScores", "entry", 0, "resource", "status")


@pytest.mark.checklist("ROB-2", "ROB-3")
@settings(max_examples=400, deadline=None)
@given(spoiled_requests())
@example(("crps-candidate", [(STATUS, [])]))
@example(("crps-candidate", [(STATUS, {})]))
@example(("crps-candidate", [(STATUS[:3], {"x": 1}), ((*STATUS[:3], 0), 1)]))
def test_an_odd_value_anywhere_is_refused_readably_or_answered_with_cards_that_conform(
    case: tuple[str, list[tuple[Path, Any]]],
) -> None:
    name, changes = case
    hook = sample(name)["hook"]

    with logs("ERROR") as logged:
        response = post(CLIENT, spoiled(name, changes), f"ketamine-{hook}")

    assert response.status_code < 500, logged.getvalue()
    body = json.loads(response.get_data())
    if response.status_code == 200:
        assert faults_in(hook, body) == []
    else:
        assert body["resourceType"] == "OperationOutcome"
