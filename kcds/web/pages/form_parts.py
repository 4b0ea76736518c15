"""A form with a file (multipart/form-data, RFC 7578), taken apart where it is: in memory, in time that is bounded.

The parser of the framework writes a file of more than half a megabyte to disk, and reads a head of any length: a form
that was nothing but one kept a worker for more than ten seconds.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from werkzeug.http import parse_options_header

from kcds.errors import RequestError

MOST_PARTS = 20
"""Fields of a form. Ours has four."""

_LONGEST_HEAD = 4096
_LONGEST_BOUNDARY = 70
_END, _BLANK = b"--", b"\r\n\r\n"


class TooManyPartsError(RequestError):
    """The form has more fields than any of ours."""

    status = 413
    issue = "too-costly"


@dataclass(frozen=True, slots=True)
class Part:
    """One field: its name and what it holds, be it a text or a file."""

    name: str
    content: bytes


def read_parts(raw: bytes | bytearray, boundary: str) -> Iterator[Part]:
    """Give the fields of a form; raises RequestError where it is none, or is cut short."""
    if not (boundary.isascii() and 0 < len(boundary) <= _LONGEST_BOUNDARY):
        raise _unreadable()
    _before, *pieces = (b"\r\n" + raw).split(b"\r\n--" + boundary.encode(), MOST_PARTS + 2)
    if len(pieces) > MOST_PARTS + 1:  # what follows the last is one more
        raise TooManyPartsError("the form has too many fields")
    if not pieces or not pieces.pop().startswith(_END):
        raise _unreadable()
    for piece in pieces:
        yield _part(piece)


def _part(piece: bytes) -> Part:
    """Read what stands between two boundaries: a head, an empty line, the content."""
    ends = piece.find(_BLANK, 0, _LONGEST_HEAD)
    if ends < 0:
        raise _unreadable()
    for line in piece[:ends].decode(errors="replace").split("\r\n"):
        header, _, value = line.partition(":")
        if header.strip().lower() == "content-disposition":
            _kind, options = parse_options_header(value)
            return Part(options.get("name", ""), piece[ends + len(_BLANK) :])
    raise _unreadable()


def _unreadable() -> RequestError:
    return RequestError("the form cannot be read")
