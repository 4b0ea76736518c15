"""Pages as answers: what a browser may do with them. It runs nothing and loads nothing but our own files."""

from collections.abc import Iterator
from dataclasses import dataclass
from gzip import compress
from urllib.parse import urlsplit

from flask import Response, request, stream_with_context

from kcds.pages.html import render, stream
from kcds.pages.site import Site
from kcds.web.pages.streams import compressed, to_the_end
from kcds.web.parts import Parts

_HTML = "text/html; charset=utf-8"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {framed_by}"
)
_PERMISSIONS = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"


@dataclass(frozen=True, slots=True)
class Pages:
    """What every page is made with."""

    parts: Parts
    site: Site

    def answer(self, template: str, status: int = 200, *, framed: bool = False, **values: object) -> Response:
        """Answer with a whole page, or a part of one; `framed` ones may stand in a frame of a listed EHR."""
        return self.finish(render(template, self.site, **values), status, framed=framed)

    def answer_in_parts(self, template: str, *, framed: bool = False, **values: object) -> Response:
        """Answer with a page that is sent as far as it is known: its template says where it may be cut.

        What cannot even begin is an error like any other; what breaks off later is told at its end.
        """
        parts = stream(template, self.site, **values)
        first = next(parts)
        rest = to_the_end(parts, self.site, self.parts.metrics)
        encoded = (part.encode() for whole in ([first], rest) for part in whole if part)
        response = self.finish(stream_with_context(encoded), framed=framed)
        response.headers["X-Accel-Buffering"] = "no"  # nginx would keep what is there until all of it is
        return response

    def finish(self, body: str | Iterator[bytes], status: int = 200, *, framed: bool = False) -> Response:
        """Put the headers of a page on a body, which is compressed for whoever takes it so."""
        packed = request.accept_encodings["gzip"] > 0
        sent = _packed(body) if packed else body
        response = Response(sent, status, content_type=_HTML)
        response.vary.add("Accept-Encoding")
        if packed:
            response.content_encoding = "gzip"
        ancestors = self.parts.settings.frame_ancestors if framed else ()
        policy = _POLICY.format(framed_by=" ".join(("'self'", *ancestors)) if ancestors else "'none'")
        response.headers["Content-Security-Policy"] = policy
        response.headers["Permissions-Policy"] = _PERMISSIONS
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if not framed:  # whoever opens one that is framed may need to know when its window is closed
            response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        return response


def _packed(body: str | Iterator[bytes]) -> bytes | Iterator[bytes]:
    return compress(body.encode(), mtime=0) if isinstance(body, str) else compressed(body)


def make_pages(parts: Parts) -> Pages:
    """Find out where the pages are and which there are."""
    settings = parts.settings
    site = Site(
        prefix=urlsplit(settings.public_url or "").path.rstrip("/"),
        demo=settings.demo == "on",
        feedback=settings.auth == "off" or settings.staff_file is not None,
        launch=settings.smart_file is not None,
        version=parts.service.knowledge.version,
    )
    return Pages(parts, site)
