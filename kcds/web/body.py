"""The body of a call: JSON of bounded size, or a refusal that says what is wrong without quoting it."""

from contextlib import suppress

import orjson
from flask import request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import RequestEntityTooLarge

from kcds.errors import RequestError
from kcds.web.json_limits import require_sound, require_sparing
from kcds.web.receiving import received

LARGEST_BODY = 16 * 1024 * 1024
"""Bytes. Seven times the largest real bundle that was seen (2.4 MB, 2,176 resources)."""

_MOST_DISCARDED = 4 * LARGEST_BODY
_CHUNK = 64 * 1024
_OVER = "kcds.body_over"
LOOK = "kcds.look_at_body"
"""Where a server may put what is to see each body before it is parsed; it raises what a call is refused with."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""Some clients begin their JSON with it; RFC 8259 lets a reader ignore it."""


class UnsupportedMediaTypeError(RequestError):
    """The body is not declared as plain JSON."""

    status = 415
    issue = "not-supported"


def read_body() -> object:
    """Return the parsed body; raises RequestError where it is not JSON (RFC 8259)."""
    if not (request.is_json or request.mimetype.endswith("+json")):
        raise UnsupportedMediaTypeError("the Content-Type must be application/json")
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedMediaTypeError("the body must not be compressed: leave Content-Encoding out")
    raw = receive_body()
    if not raw:
        raise RequestError("the body is empty: a CDS Hooks request, a JSON object, is needed")
    if look := request.environ.get(LOOK):
        look(raw)
    require_sparing(raw)
    begin = len(_BYTE_ORDER_MARK) if raw.startswith(_BYTE_ORDER_MARK) else 0
    try:
        parsed = orjson.loads(memoryview(raw)[begin:])  # nothing is copied
    except orjson.JSONDecodeError as error:
        raise RequestError(f"the body is not JSON: {error.msg}, line {error.lineno} column {error.colno}") from None
    require_sound(parsed, raw)
    return parsed


def receive_body() -> bytes | bytearray:
    """Return the bytes of the body, in memory; raises RequestError where it cannot be read to its end."""
    raw = _raw_body()
    if request.content_length is not None and len(raw) < request.content_length:
        raise _over()
    if len(raw) > LARGEST_BODY:
        raise RequestEntityTooLarge
    return raw


def _raw_body() -> bytes | bytearray:
    """Return what came of the body."""
    if (request.content_length or 0) > LARGEST_BODY:
        raise RequestEntityTooLarge
    try:
        whole = received(request.environ)
        return request.get_data(cache=False) if whole is None else whole
    except (OSError, ParseException):
        raise _over() from None


def _over() -> RequestError:
    """Give up on a body of which nothing more can be read."""
    request.environ[_OVER] = True
    return RequestError("the body is cut short, comes too slowly, or its chunks cannot be told apart")


def discard_body() -> None:
    """Read what a refused call has left unread, so that the client reads the answer and not a reset connection."""
    if request.environ.get(_OVER) or not request.environ.get("wsgi.input_terminated"):
        return  # a server that does not end the stream itself would wait for more
    stream, left = request.environ["wsgi.input"], _MOST_DISCARDED
    with suppress(OSError, ParseException):  # it fell silent, is gone, or sends what is no HTTP
        while left > 0 and (chunk := stream.read(min(left, _CHUNK))):
            left -= len(chunk)
