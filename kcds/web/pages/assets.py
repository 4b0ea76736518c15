"""Style sheets, scripts and the font: the only answers that a browser may keep."""

import gzip
from functools import cache
from pathlib import PurePath

from flask import Flask, Response, abort, request

from kcds.pages.site import STATIC, asset_names, assets_digest

_FOR_EVER = "public, max-age=31536000, immutable"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".woff2": "font/woff2"}
"""By ending: what a machine's own table says differs."""
_PACKED_ALREADY = frozenset({".woff2"})


def register_assets(app: Flask) -> None:
    """Serve `/assets/{digest}/{name}`; under another digest there is nothing, so that nothing old is ever kept."""
    known = frozenset(asset_names())

    @app.get("/assets/<digest>/<name>")
    def asset(digest: str, name: str) -> Response:
        if digest != assets_digest() or name not in known:
            abort(404)
        ending = PurePath(name).suffix
        packed = ending not in _PACKED_ALREADY and request.accept_encodings["gzip"] > 0
        content = _packed(name) if packed else (STATIC / name).read_bytes()
        response = Response(content, content_type=_TYPES[ending])
        response.headers["Cache-Control"] = _FOR_EVER
        response.vary.add("Accept-Encoding")
        if packed:
            response.content_encoding = "gzip"
        return response


@cache
def _packed(name: str) -> bytes:
    """Compress an asset once for this process."""
    return gzip.compress((STATIC / name).read_bytes(), mtime=0)
