"""JSON that is not built to hurt: neither huge in memory, nor nested without end, nor to be read in two ways.

A body of 16 MiB can hold five million empty objects, which take twenty times as much memory once they are read. An
object that has a member twice is read differently by different programs: what a proxy checked, or the EHR shows, would
not be what is judged here.
"""

import re

import orjson

from kcds.errors import RequestError

MOST_CONTAINERS = 500_000
"""Objects and lists. The largest real bundle that was seen (2.4 MB) has about 40,000."""

MOST_COMMAS = 1_500_000
"""A bound for the number of values: there is a comma between any two."""

DEEPEST = 100
"""Levels. Real resources have about fifteen."""

_DEEPEST_WRITTEN = 254
"""Levels that orjson writes; it refuses more."""

_NO_BEGINNING = bytes(set(range(256)) - set(b"{[,"))
_FLESH = bytes(set(range(256)) - set(b'"\\/bfnrtu:,{}[]'))
_CONTAINERS = frozenset((dict, list))
_NAME_AT_A_GLANCE = re.compile(rb'"[ \t\r\n]*:')
_TEXT_OR_NAME = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"([ \t\r\n]*:)?', re.DOTALL)


class TooManyValuesError(RequestError):
    """The body has more values than any real one."""

    status = 413
    issue = "too-costly"


def require_sparing(raw: bytes | bytearray) -> None:
    """Raise TooManyValuesError where reading this would take far more memory than any real body.

    Three counts take longer than to pick out what is counted, and most bodies have no room for so much of it.
    """
    if len(raw) <= MOST_CONTAINERS or len(raw.translate(None, _NO_BEGINNING)) <= MOST_CONTAINERS:
        return
    if raw.count(b"{") + raw.count(b"[") > MOST_CONTAINERS or raw.count(b",") > MOST_COMMAS:
        raise TooManyValuesError("the body has more values than any real request")


def require_sound(parsed: object, raw: bytes | bytearray) -> None:
    """Raise RequestError where JSON is nested too deeply, or an object has a member twice.

    Where what was read, written anew, is what was sent, nothing was lost; only in doubt members are counted.
    """
    written, around = _written(parsed)
    if len(written) == len(raw) + 2 * around and written.startswith(raw, around):
        return
    if _bones(written[around:-around]) == _bones(raw):
        return
    names = _names_in(parsed)
    if len(_NAME_AT_A_GLANCE.findall(raw)) != names and _names_written(raw) != names:
        raise RequestError("the body is not sound JSON: an object has the same member twice")


def _written(parsed: object) -> tuple[bytes, int]:
    """Write what was read, between so many brackets.

    What is too deep orjson refuses, inside of lists that are nearly as deep as it bears.
    """
    wrapped, around = parsed, _DEEPEST_WRITTEN - DEEPEST
    for _ in range(around):
        wrapped = [wrapped]
    try:
        return orjson.dumps(wrapped), around
    except orjson.JSONEncodeError:
        raise RequestError(f"the body is nested too deeply: more than {DEEPEST} levels") from None


def _bones(text: bytes | bytearray) -> bytes | bytearray:
    """Take out of JSON what neither ends a text, nor stands behind a backslash, nor holds anything together.

    Spaces, digits and most letters go, so that numbers may be written in any way. Where the rest of two texts is the
    same, they have as many members.
    """
    return text.translate(None, _FLESH)


def _names_in(parsed: object) -> int:
    """Count the members of all objects, level by level."""
    level, names = [parsed], 0
    while level:
        below: list[object] = []
        for item in level:
            if isinstance(item, dict):
                names += len(item)
                below += [value for value in item.values() if type(value) in _CONTAINERS]
            elif isinstance(item, list):
                below += [value for value in item if type(value) in _CONTAINERS]
        level = below
    return names


def _names_written(raw: bytes | bytearray) -> int:
    """Count the members as they are written, leaving out what only looks like one inside a text."""
    return sum(1 for found in _TEXT_OR_NAME.finditer(raw) if found[1])
