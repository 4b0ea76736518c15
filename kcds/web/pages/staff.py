"""Who may see a page that is not for everybody: staff, by name and password (HTTP Basic)."""

from flask import Response, abort, request

from kcds.auth.staff import WINDOW, Verdict
from kcds.web.pages.answers import Pages

_UNAUTHORIZED = 401
_TOO_MANY = 429
_CHALLENGE = 'Basic realm="kcds feedback", charset="UTF-8"'


def refused_for_staff(pages: Pages) -> Response | None:
    """Return what whoever may not see the page is answered with; None for those who may."""
    staff = pages.parts.staff
    if staff is None:
        if pages.parts.settings.auth != "off":
            abort(404)  # nobody was named, so there is no such page
        return None
    sent = request.authorization
    if sent is None or sent.type != "basic":
        return _asked(pages)
    match staff.judge(sent.username or "", sent.password or "", pages.parts.clock()):
        case Verdict.WELCOME:
            return None
        case Verdict.LATER:
            title, text = "Too many attempts", "Wait a minute, then try again."
            response = pages.answer("error.html.j2", _TOO_MANY, title=title, text=text)
            response.headers["Retry-After"] = str(int(WINDOW.total_seconds()))
            return response
        case Verdict.UNKNOWN:
            return _asked(pages)


def _asked(pages: Pages) -> Response:
    text = "Your name and password are needed; whoever runs this service gives them out."
    response = pages.answer("error.html.j2", _UNAUTHORIZED, title="For staff", text=text)
    response.headers["WWW-Authenticate"] = _CHALLENGE
    return response
