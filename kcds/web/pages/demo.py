"""kcds without an EHR: the stories of `fhir_samples/` as cards and review page, and records that are uploaded.

The same service answers as in an EHR. Nothing is fetched, kept in the store, counted as a call, or logged.
"""

from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import uuid4

from flask import Flask, Response, abort, redirect
from werkzeug.wrappers import Response as AnyResponse

from kcds.cards.links import Links
from kcds.cards.plain_text import opened, sentence
from kcds.cards.silence import SPEAKS
from kcds.cds_hooks.services import Hook
from kcds.errors import NextStep, RequestError
from kcds.reading import Content, hook_of, parse_content, review_content
from kcds.sample import read_sample, sample_names
from kcds.service import Moment, Review
from kcds.web.arrival import deadline_once_taken
from kcds.web.pages.answers import Pages
from kcds.web.pages.review import Loading, answer_review, review_loader
from kcds.web.pages.upload import read_form, read_record, require_own_page

if TYPE_CHECKING:
    from kcds.pages.demo.stories import Group, Story


def register_demo(app: Flask, pages: Pages) -> None:
    """Serve `/`, and `/demo` where it is on; elsewhere it is a path like any other that is not served."""

    @app.get("/")
    def front() -> AnyResponse:
        return redirect(pages.site.path("demo" if pages.site.demo else "rules"))

    if not pages.site.demo:
        return
    demo = _Demo(pages)

    @app.get("/demo")
    def stories() -> Response:
        return demo.show_list()

    @app.get("/demo/upload")
    def form() -> AnyResponse:
        return redirect(pages.site.path("demo"))  # what was uploaded is gone: there is nothing to show again

    @app.post("/demo/upload")
    def upload() -> Response:
        require_own_page()
        return demo.show_upload()

    @app.get("/demo/<story>")
    def cards(story: str) -> Response:
        return demo.show_story(_known(story))

    @app.get("/demo/<story>/review")
    def review(story: str) -> Response:
        return demo.show_story_review(_known(story))


def _known(story: str) -> str:
    """Return the name of a story; nothing else is ever a path."""
    if story not in sample_names():
        abort(404)
    return story


class _Demo:
    """Answers for one application."""

    def __init__(self, pages: Pages) -> None:
        """Take the service of the application, which fetches nothing here."""
        self._pages = pages
        self._service = replace(pages.parts.service, fetcher=None)
        self._groups = lru_cache(maxsize=1)(self._list)  # of a day: their patients are nobody's

    def show_list(self) -> Response:
        """Show the stories, and the form for another record."""
        _prepare_to_draw()
        groups = self._groups(self._moment().today)
        return self._pages.answer("demo.html.j2", groups=groups, heard=SPEAKS[self._pages.parts.settings.patient_view])

    def show_story(self, name: str) -> Response:
        """Show the cards of a story."""
        from kcds.pages.demo.stories import read_story  # noqa: PLC0415 - only workers that show it need it

        _prepare_to_draw()
        moment = self._moment()
        content = _story_as_of(name, moment.today)
        hook, review = review_content(self._service, content, None, moment)
        return self._show(content, hook, review, moment.today, read_story(name))

    def show_story_review(self, name: str) -> Response:
        """Show the review page of a story."""
        content = _story_as_of(name, self._moment().today)

        def judge(moment: Moment) -> Review:
            return review_content(self._service, content, None, moment)[1]

        loading = Loading(judge=judge, hook=hook_of(content) or Hook.PATIENT_VIEW)
        cards = self._pages.site.path("demo", name)
        return answer_review(
            self._pages,
            review_loader(self._pages, loading),
            run=None,
            retry=f"{cards}/review",
            tag="Demo patient",
            back=NextStep("Cards of this story", cards),
        )

    def show_upload(self) -> Response:
        """Show the cards or the review page of a record that was uploaded; or what is wrong with it, and the form."""
        try:
            form = read_form()
            moment = self._moment()
            content = read_record(form.record)
            hook, review = review_content(self._service, content, form.hook, moment)
        except RequestError as error:
            return self._show_fault(error)
        except RecursionError:
            return self._show_fault(RequestError("is nested too deeply"))
        if not form.review:
            return self._show(content, hook, review, moment.today, None)
        loading = Loading(judge=lambda _moment: review, hook=hook, now=moment.now)
        return answer_review(
            self._pages,
            review_loader(self._pages, loading),
            run=None,
            tag="Uploaded record",
            back=NextStep("All stories", self._pages.site.path("demo")),
        )

    def _show(self, content: Content, hook: Hook, review: Review, today: date, story: "Story | None") -> Response:
        from kcds.pages.demo.view import make_answer  # noqa: PLC0415 - see above

        settings = self._pages.parts.settings
        answer = make_answer(content, hook, review, today=today, audience=settings.patient_view)
        return self._pages.answer("demo_answer.html.j2", answer=answer, story=story, silent=settings.mode == "silent")

    def _show_fault(self, fault: RequestError) -> Response:
        """Say what is wrong with what was uploaded, and give the form again."""
        words = _in_words(fault)
        return self._pages.answer("demo_fault.html.j2", fault.status, fault=words, element=fault.element)

    def _list(self, today: date) -> "tuple[Group, ...]":
        from kcds.pages.demo.stories import list_stories  # noqa: PLC0415 - see above

        moment = self._moment()
        return list_stories(lambda name: review_content(self._service, _story_as_of(name, today), None, moment))

    def _moment(self) -> Moment:
        """Say when a record is judged: as calls are, but that no card is held back. Who looks at a page can wait."""
        parts = self._pages.parts
        now, base = parts.clock(), parts.settings.public_url
        return Moment(
            now=now,
            today=parts.today(now),
            audience=parts.settings.patient_view,
            new_uuid=uuid4,
            links=Links(rules=f"{base.rstrip('/')}/rules") if base else None,
            deadline=deadline_once_taken(parts.settings.deadline),
        )


def _prepare_to_draw() -> None:
    """Let the charts of the review page, which is looked at next, be ready by then."""
    from kcds.pages.charts.draw import prepare  # noqa: PLC0415 - see above

    prepare()


def _story_as_of(name: str, today: date) -> Content:
    return parse_content(read_sample(name, today))


def _in_words(fault: RequestError) -> str:
    """Say what is wrong as a sentence: where no element is named, it is the record that is meant."""
    text = str(fault)
    subject = "it " if not fault.element and text.startswith(("is ", "must ")) else ""
    said = subject + text
    return sentence(said if fault.element else opened(said))
