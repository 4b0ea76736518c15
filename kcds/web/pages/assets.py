"""Style sheets, scripts and the font: the only answers that a browser may keep."""

from flask import Flask, Response, abort, send_from_directory

from kcds.pages.site import STATIC, asset_names, assets_digest

_FOR_EVER = "public, max-age=31536000, immutable"


def register_assets(app: Flask) -> None:
    """Serve `/assets/{digest}/{name}`; under another digest there is nothing, so that nothing old is ever kept."""
    known = frozenset(asset_names())

    @app.get("/assets/<digest>/<name>")
    def asset(digest: str, name: str) -> Response:
        if digest != assets_digest() or name not in known:
            abort(404)
        response = send_from_directory(STATIC, name)
        response.headers["Cache-Control"] = _FOR_EVER
        return response
