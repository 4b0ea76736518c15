"""The memory that the C library keeps for later: given back where it will not be needed soon."""

import ctypes
from contextlib import suppress


def give_back() -> None:
    """Give memory that is free to the system; takes a millisecond, and what is needed again comes back page by page."""
    with suppress(AttributeError, OSError):  # of the C library of GNU
        ctypes.CDLL(None).malloc_trim(0)
