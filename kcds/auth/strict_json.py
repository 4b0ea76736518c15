"""JSON that can be read in one way only: UTF-8, every member once, no NaN or Infinity.

Where two members have one name, one reader takes the first and another the last; who signs and who checks must not
differ about what was signed.
"""

import json
from typing import Any, NoReturn


def read_object(data: bytes) -> dict[str, Any]:
    """Return the object that the bytes hold; raises ValueError."""
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("no object")  # noqa: TRY004 - a fault of the text, as every other here
    return value


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        raise ValueError("a member is there twice")
    return found


def _refuse(_word: str) -> NoReturn:
    raise ValueError("no number of JSON")
