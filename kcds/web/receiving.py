"""A body whose length is said, received into one piece of memory.

The framework and the server would read it through buffers of their own, which are copied again with every piece: of
1.4 MB that took four milliseconds instead of less than one. The memory for a body is claimed at once, 16 MiB at most;
the system gives it out as it is filled.

This leans on inner parts of gunicorn 27. Where they are not there, the body is left to be read as ever.
"""

from collections.abc import Mapping
from typing import Any

from gunicorn.http.body import LengthReader

_PARTS = ("take_buffered", "unread", "sock")


def received(environ: Mapping[str, Any]) -> bytearray | None:
    """Return the body as far as it comes; None where its length is not said, or another server serves.

    Raises OSError where the client falls silent or is gone. Nobody else may have read of it before.
    """
    reader: Any = getattr(environ["wsgi.input"], "reader", None)
    if not _is_known(reader):
        return None
    length: int = reader.length
    whole = bytearray(length)
    came = _fill(memoryview(whole), reader.unreader)
    reader.length -= came  # so that nobody waits for it again
    return whole if came == length else whole[:came]


def _is_known(reader: Any) -> bool:  # noqa: ANN401 - gunicorn has no types
    """Whether this is the reader for which this was written."""
    unreader = getattr(reader, "unreader", None)
    return isinstance(reader, LengthReader) and all(hasattr(unreader, part) for part in _PARTS)


def _fill(place: memoryview, unreader: Any) -> int:  # noqa: ANN401 - gunicorn has no types
    """Fill this with what came with the head and what is still to come; returns how many bytes there were."""
    begun = unreader.take_buffered()
    unreader.unread(begun[len(place) :])
    came = min(len(begun), len(place))
    place[:came] = begun[:came]
    while came < len(place) and (more := unreader.sock.recv_into(place[came:])):
        came += more
    return came
