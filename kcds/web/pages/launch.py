"""Opening the review page from an EHR (SMART App Launch): the requests of the browser, and the one cookie it is given.

The cookie holds a random key and nothing else: with it the browser shows that a launch, or a review, is its own. Tokens
stay here. Where a frame keeps no cookie, the launch goes on in a window of its own, before anything of it was spent.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import orjson
from flask import Flask, Response, request

from kcds.web.links import check_card_context
from kcds.web.pages.answers import Pages
from kcds.web.responses import json_response
from kcds.web.seats import SEATS, Seats

if TYPE_CHECKING:
    from kcds.auth.smart.launching import Launching
    from kcds.auth.smart.sessions import Launched
    from kcds.auth.smart.smart import Smart

COOKIE = "kcds"
_KEY = re.compile(r"[A-Za-z0-9_-]{43}")
"""A key as we make it; what else comes as our cookie is none."""
LONGEST = 4.0
"""Seconds in which an EHR has to answer at most: the store is asked besides, and the server ends what takes ten."""
_SEE_OTHER = 303
_FORBIDDEN, _BUSY = 403, 503
_PAUSE = 2
"""Seconds after which a browser that found no seat comes back."""


def register_launch(app: Flask, pages: Pages) -> None:
    """Serve `/launch...`, `/callback` and the end of a review, where EHRs are registered."""
    smart = pages.parts.smart
    if smart is None:
        return
    _register_way_in(app, pages, smart)
    _register_callback(app, pages, smart)
    public_keys = orjson.dumps({"keys": smart.public_keys})

    @app.get("/launch/jwks.json")
    def launch_keys() -> Response:
        return json_response(public_keys)


def find_launched(pages: Pages, run: str) -> "Launched":
    """Return the review of this name that this browser opened; raises PageError where there is none (any more)."""
    from kcds.auth.smart.refusal import Why, refusal  # noqa: PLC0415 - only where EHRs are registered

    if pages.parts.smart is None:
        raise refusal(Why.ENDED)
    return pages.parts.smart.sessions.find(run, browser_key(pages), pages.parts.clock())


def browser_key(pages: Pages) -> str | None:
    """Return the key of this browser, None where it has none."""
    key = request.cookies.get(_cookie_name(pages), "")
    return key if _KEY.fullmatch(key) else None


def _register_way_in(app: Flask, pages: Pages, smart: "Smart") -> None:
    @app.get("/launch")
    def launch() -> Response:
        iss = request.args.get("iss")
        if iss is None:
            return choose_ehr()
        _launching(pages, smart).require(iss)
        address = pages.site.path("launch", "continue")
        response = _to(f"{address}?{urlencode(_parameters())}")
        _give_key(pages, response)
        return response

    @app.get("/launch/standalone")
    def choose_ehr() -> Response:
        return pages.answer("launch.html.j2", framed=True, here="launch", ehrs=smart.standalone)

    @app.get("/launch/continue")
    def continue_launch() -> Response:
        key = browser_key(pages)
        if key is None:
            again = f"{pages.site.path('launch')}?{urlencode(_parameters())}"
            alone = request.headers.get("Sec-Fetch-Dest") == "document"
            return pages.answer("launch_window.html.j2", _FORBIDDEN, framed=True, again=again, alone=alone)
        iss, launch = request.args.get("iss", ""), request.args.get("launch")

        def begin() -> str:
            return _launching(pages, smart).begin(iss, launch, key, _now(pages))

        return _in_a_seat(pages, begin) if smart.discoveries.would_ask(iss) else _to(begin())


def _register_callback(app: Flask, pages: Pages, smart: "Smart") -> None:
    @app.get("/callback")
    def callback() -> Response:
        def finish() -> str:
            run = _launching(pages, smart).finish(request.args, browser_key(pages), _now(pages))
            return pages.site.path("review", run)

        return _in_a_seat(pages, finish)

    @app.post("/review/<run>/end")
    def end_review(run: str) -> Response:
        smart.sessions.end(run, browser_key(pages), _now(pages))
        return pages.answer("launch_ended.html.j2", framed=True)


def _in_a_seat(pages: Pages, step: Callable[[], str]) -> Response:
    """Send the browser on to where a step leads that waits for an EHR; back to this one where too many wait."""
    seats: Seats | None = request.environ.get(SEATS)
    if seats is not None and not seats.take():
        return _wait(pages)
    try:
        return _to(step())
    finally:
        if seats is not None:
            seats.leave()


def _launching(pages: Pages, smart: "Smart") -> "Launching":
    from kcds.auth.smart.launching import Launching  # noqa: PLC0415 - Authlib: only workers that open charts need it

    parts = pages.parts
    return Launching(
        smart=smart,
        callback=f"{(parts.settings.public_url or '').rstrip('/')}/callback",
        seconds=min(parts.settings.deadline, LONGEST),
        check_card=lambda context, server, patient: check_card_context(parts.keys, context, server, patient),
    )


def _parameters() -> dict[str, str]:
    """Return what the EHR launched with."""
    return {name: request.args[name] for name in ("iss", "launch") if name in request.args}


def _give_key(pages: Pages, response: Response) -> None:
    """Give the browser a key, unless it has one: two tabs are one browser."""
    if browser_key(pages) is not None:
        return
    from kcds.auth.smart.sessions import new_browser_key  # noqa: PLC0415 - only where EHRs are registered

    secure = _is_secure(pages)
    response.set_cookie(
        _cookie_name(pages),
        new_browser_key(),
        path="/",
        secure=secure,
        httponly=True,
        samesite="None" if secure else "Lax",
        partitioned=secure,
    )


def _cookie_name(pages: Pages) -> str:
    """Name the cookie so that browsers take it from this host only, over https only; on loopback there is no https."""
    return f"__Host-{COOKIE}" if _is_secure(pages) else COOKIE


def _is_secure(pages: Pages) -> bool:
    return (pages.parts.settings.public_url or "").startswith("https://")


def _now(pages: Pages) -> datetime:
    return pages.parts.clock()


def _wait(pages: Pages) -> Response:
    """Let the browser come back by itself, with nothing spent: hook calls must find a worker that waits for no EHR."""
    text = "Other charts are being opened at the moment. This page goes on by itself."
    response = pages.answer("error.html.j2", _BUSY, framed=True, title="One moment", text=text, action=None)
    response.headers["Refresh"] = str(_PAUSE)
    return response


def _to(url: str) -> Response:
    """Send the browser on; without a body, which would only repeat the address."""
    return Response(status=_SEE_OTHER, headers={"Location": url})
