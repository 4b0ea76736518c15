"""Errors for whoever looks at pages: in words, in the place of the OperationOutcome that programs get."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask, Response, request

from kcds.errors import NextStep, PageError
from kcds.web.body import LARGEST_BODY
from kcds.web.observation import FIRST_REFUSAL, OUR_ERROR
from kcds.web.pages.answers import Pages
from kcds.web.pages.kinds import FRAMED, is_page

_HTML, _JSON = "text/html", "application/json"
_KEPT = ("Allow", "Retry-After", "WWW-Authenticate")
"""Headers that say more of the error than the page does."""


@dataclass(frozen=True, slots=True)
class _Words:
    """What a page says of an error; `again`: asking once more may help."""

    title: str
    text: str
    again: bool = False


_NOT_READ = _Words("This could not be read", "Go back, and try it again from the page before.")
_OUR_FAULT = _Words(
    "Something went wrong here",
    "Nothing can be shown, and nothing is advised. It has been noted for those who run the service.",
    again=True,
)
_SAID: Mapping[int, _Words] = {
    404: _Words("There is no such page", "Nothing is at this address, or no longer."),
    405: _Words("This page is not opened like that", "Open it by its link, or send its form again."),
    413: _Words("That is too large", f"More than {LARGEST_BODY // 1024**2} MiB cannot be read here."),
    503: _Words("Not now", "The service is too busy at the moment. Wait some seconds, then try again.", again=True),
}


def register_page_errors(app: Flask, pages: Pages) -> None:
    """Answer errors with a page where a browser asked for one; to be registered after whatever changes the page."""

    @app.errorhandler(PageError)
    def refuse(error: PageError) -> Response:
        said = {"title": error.title, "text": str(error), "action": error.action}
        return pages.answer("error.html.j2", error.status, framed=_is_framed(), **said)

    @app.after_request
    def say(response: Response) -> Response:
        if response.status_code < FIRST_REFUSAL or response.mimetype == _HTML or not _is_asked_for_page():
            return response
        page = _page_of(pages, response.status_code)
        for name in _KEPT:
            if name in response.headers:
                page.headers[name] = response.headers[name]
        return page


def _is_asked_for_page() -> bool:
    """Whether a person looks: what a browser asks for by itself, and no program, is HTML rather than JSON."""
    return is_page(request.path) and request.accept_mimetypes.best_match([_JSON, _HTML]) == _HTML


def _is_framed() -> bool:
    """Whether an EHR may show what is asked for in a frame."""
    return request.path.strip("/").partition("/")[0] in FRAMED


def _page_of(pages: Pages, status: int) -> Response:
    words = _SAID.get(status, _NOT_READ if status < OUR_ERROR else _OUR_FAULT)
    framed = _is_framed()
    step = _next_step(pages, words, framed=framed)
    return pages.answer("error.html.j2", status, framed=framed, title=words.title, text=words.text, action=step)


def _next_step(pages: Pages, words: _Words, *, framed: bool) -> NextStep | None:
    if words.again and request.method == "GET":
        return NextStep("Try again", pages.site.prefix + request.full_path.rstrip("?"))
    return None if framed else NextStep("Open the first page", pages.site.path())  # which no frame may show
