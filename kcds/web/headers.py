"""Headers of every answer: which pages may read it (CORS), that nobody keeps it, frames it or guesses at it."""

import re

from flask import Flask, Response
from flask_cors import CORS

from kcds.settings import Settings
from kcds.web.timings import HEADER as TIMING

REQUEST_ID = "X-Request-Id"
"""Names a request in answer and log: made here, never taken from the caller."""

_ALLOWED = "Access-Control-Allow-Origin"
_TIMING_ALLOWED = "Timing-Allow-Origin"
"""Without it the timing page of a browser shows nothing of `Server-Timing` to pages of another origin."""

_OPEN_TO_PAGES = re.compile(r"/(cds-services(/.*)?|openapi\.json)\Z")
_DAY = 24 * 60 * 60
_YEAR = 365 * _DAY
_SAFE = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def register_headers(app: Flask, settings: Settings) -> None:
    """Put the headers on every answer, refusals included."""
    origins = settings.cors_origins or ()
    everybody = origins == ("*",)
    safe = dict(_SAFE)
    if (settings.public_url or "").startswith("https://"):
        safe["Strict-Transport-Security"] = f"max-age={_YEAR}"

    @app.after_request
    def finish(response: Response) -> Response:
        for name, value in safe.items():
            if name not in response.headers:  # a page brings a policy of its own
                response.headers[name] = value
        if "frame-ancestors 'none'" not in response.headers["Content-Security-Policy"]:
            del response.headers["X-Frame-Options"]  # it could name no EHR
        if not everybody:
            response.vary.add("Origin")
        allowed = response.headers.get(_ALLOWED)
        if allowed and TIMING in response.headers:
            response.headers[_TIMING_ALLOWED] = allowed
        return response

    if origins:
        CORS(
            app,
            resources=_OPEN_TO_PAGES,
            origins="*" if everybody else [re.compile(re.escape(origin) + r"\Z") for origin in origins],
            methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type"],
            expose_headers=[REQUEST_ID, TIMING, "Retry-After"],
            max_age=_DAY,
            send_wildcard=everybody,
            supports_credentials=False,
            vary_header=False,
            always_send=False,
            intercept_exceptions=False,
        )
