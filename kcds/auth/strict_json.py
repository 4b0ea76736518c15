"""JSON that can be read in one way only: UTF-8, every member once, no NaN or Infinity, nested a few levels at most.

Where two members have one name, one reader takes the first and another the last; who signs and who checks must not
differ about what was signed. How deep Python itself reads differs from version to version.
"""

import json
from collections.abc import Iterable
from typing import Any, Final, NoReturn

LEVELS: Final = 32
"""Levels that may lie inside each other; tokens and keys have four or five."""


def read_object(data: bytes) -> dict[str, Any]:
    """Return the object that the bytes hold; raises ValueError."""
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("no object")  # noqa: TRY004 - a fault of the text, as every other here
    _require_shallow(value)
    return value


def _require_shallow(value: object) -> None:
    level = [value]
    for _ in range(LEVELS):
        level = [inner for outer in level for inner in _inside(outer)]
    if level:
        raise ValueError("nested too deeply")


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        raise ValueError("a member is there twice")
    return found


def _refuse(_word: str) -> NoReturn:
    raise ValueError("no number of JSON")
