"""Answers about codes that are remembered from one request to the next: only about codes of ours.

A record asks for the same few hundred codes again and again. What no table of ours holds may be anything that somebody
wrote where a code belongs, a patient's name too, and as long as a body may be: it is looked up each time and not kept.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

MOST = 8192
"""Distinct codes, as they are written."""

_LONGEST = 200
"""Characters of a system or code; the same may be written with spaces or versions without end."""


class Remembered(Generic[T]):
    """What a function finds for (system, code), asked for again and again."""

    def __init__(self, find: Callable[[str | None, str | None], T]) -> None:
        """Remember nothing yet; what `find` returns for a code that it does not know is false."""
        self._find = find
        self._known: dict[tuple[str | None, str | None], T] = {}

    def __call__(self, system: str | None, code: str | None) -> T:
        """Look it up, unless it is known."""
        key = system, code
        found = self._known.get(key)
        if found is None:
            found = self._find(system, code)
            if found and max(len(system or ""), len(code or "")) <= _LONGEST:
                if len(self._known) >= MOST:
                    self._known.clear()
                self._known[key] = found
        return found
