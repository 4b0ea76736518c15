"""A record that is uploaded to the demo: read in memory alone, checked as the body of a hook call is."""

from dataclasses import dataclass

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header

from kcds.cds_hooks.services import Hook
from kcds.errors import PageError, RequestError
from kcds.reading import Content, parse_content
from kcds.web.body import LARGEST_BODY, LOOK, UnsupportedMediaTypeError, receive_body
from kcds.web.json_limits import require_sound, require_sparing
from kcds.web.pages.form_parts import read_parts

_FORM = "multipart/form-data"
_OUR_SITES = ("same-origin", "none")
_FORBIDDEN = 403
_TOO_LARGE = 413


class TooLargeError(RequestError):
    """The form is larger than a body may be."""

    status = _TOO_LARGE
    issue = "too-long"


@dataclass(frozen=True, slots=True)
class Form:
    """What was filled in: a record as bytes, the hook to assume, and whether the review page is wanted."""

    record: bytes
    hook: Hook | None
    review: bool


def require_own_page() -> None:
    """Raise PageError where the page of another site sends the form.

    Browsers say from what site it comes. Old ones name its origin only, and of a page without referrer, as ours are,
    not even that.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin", "null")
    ours = site in _OUR_SITES if site else origin in ("null", f"{request.scheme}://{request.host}")
    if not ours:
        raise PageError(
            _FORBIDDEN, "This did not come from the demo", "Open the demo page, and send the record from there."
        )


def read_form() -> Form:
    """Return what was filled in; raises RequestError where it is no form, too large, or empty."""
    mimetype, options = parse_options_header(request.headers.get("Content-Type"))
    if mimetype != _FORM:
        raise UnsupportedMediaTypeError("the form must be sent as multipart/form-data")
    try:
        raw = receive_body()
    except RequestEntityTooLarge:
        raise TooLargeError(f"a record may have up to {LARGEST_BODY // 1024**2} MiB") from None
    fields = {part.name: part.content for part in read_parts(raw, options.get("boundary", ""))}
    record = fields.get("record") or fields.get("text", b"").strip()
    if not record:
        raise RequestError("there was none: choose a file, or paste it")
    return Form(record, _hook(fields.get("hook", b"")), fields.get("show") == b"review")


def read_record(raw: bytes) -> Content:
    """Parse a record as the body of a hook call is parsed, with the same limits; raises RequestError."""
    if look := request.environ.get(LOOK):
        look(raw)
    require_sparing(raw)
    content = parse_content(raw)
    for value, text in content.values():
        require_sound(value, text)
    return content


def _hook(name: bytes) -> Hook | None:
    if not name:
        return None
    try:
        return Hook(name.decode())
    except ValueError:
        raise RequestError("no service answers this hook", "hook") from None
