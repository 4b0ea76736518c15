"""The memory that the C library keeps for later: given back where it will not be needed soon."""

import ctypes
import os
from contextlib import suppress
from pathlib import Path

ROOM = 116 * 2**20
"""Bytes that a worker may hold. With what calls of the usual size need again and again it holds 105 to 110 MB."""


def give_back() -> None:
    """Give memory that is free to the system; takes a millisecond, and what is needed again comes back page by page."""
    with suppress(AttributeError, OSError):  # of the C library of GNU
        ctypes.CDLL(None).malloc_trim(0)


def holds_much() -> bool:
    """Whether this process holds more than it may keep for later; no where that cannot be told."""
    with suppress(OSError, ValueError, LookupError):
        pages = Path("/proc/self/statm").read_text("ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") > ROOM
    return False
