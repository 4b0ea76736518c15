"""The review page over HTTP: its head is sent at once; the chart is read, judged and drawn while a reader waits."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias
from uuid import uuid4

import structlog
from flask import Response, request

from kcds.cds_hooks.services import Hook
from kcds.errors import EvaluationError, NextStep, PageError, RequestError, place_of
from kcds.outbound.deadline import Deadline
from kcds.service import Moment, Review
from kcds.web.pages.answers import Pages
from kcds.web.pages.problems import Trouble, trouble_of
from kcds.web.seats import SEATS, Seats

if TYPE_CHECKING:
    from kcds.pages.review.view import ReviewProblem, ReviewView

Load: TypeAlias = "Callable[[], ReviewView | ReviewProblem]"
"""Reads and judges a chart; called once, by the page, after its head was sent."""

LONGEST = 8.0
"""Seconds in which a chart is read, a quarter of them kept for the advice: the server ends what takes ten."""

_BUSY = 503

log = structlog.get_logger("kcds.web")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """What a review page is made from: who judges the chart, for which hook, and when that is."""

    judge: Callable[[Moment], Review]
    hook: Hook = Hook.PATIENT_VIEW
    now: datetime | None = None  # None: the time at which it is loaded
    source: str = "the record"  # that the data come from, as in "the record could not be read"


def answer_review(  # noqa: PLR0913 - what differs between a launch and the demo
    pages: Pages,
    load: Load,
    *,
    run: str | None,
    framed: bool = False,
    retry: str | None = None,
    ehr: str | None = None,
    opened_from: Callable[[], str] | None = None,
    tag: str | None = None,
    back: NextStep | None = None,
) -> Response:
    """Answer with the review page; raises PageError where too many charts are being read already.

    `retry` is its own path, where it can be asked for once more; `opened_from` says, once the chart was judged, from
    which card it was opened; `tag` says beside the patient that it is nobody's, `back` leads to where it came from.
    """
    seats: Seats | None = request.environ.get(SEATS) if run else None  # who waits for nobody else needs none
    if seats is not None and not seats.take():
        again = NextStep("Try again", retry) if retry else None
        raise PageError(
            _BUSY, "Not now", "Other charts are being read at the moment. Try again in some seconds.", again
        )
    try:
        response = pages.answer_in_parts(
            "review.html.j2",
            framed=framed,
            load=load,
            run=run,
            retry=retry,
            ehr=ehr,
            opened_from=opened_from,
            tag=tag,
            back=back,
        )
    except BaseException:
        _leave(seats)
        raise
    response.call_on_close(lambda: _leave(seats))
    return response


def _leave(seats: Seats | None) -> None:
    if seats is not None:
        seats.leave()


def review_loader(pages: Pages, loading: Loading) -> Load:
    """Make what reads and judges a chart; what goes wrong meanwhile is told in words, counted and logged."""

    def load() -> "ReviewView | ReviewProblem":
        try:
            return _view(pages, loading)
        except Exception as error:  # noqa: BLE001 - the page has begun: whatever it is must be told on it
            trouble = trouble_of(error, loading.source)
            _note(pages, error, trouble)
            return _problem(trouble)

    return load


def _view(pages: Pages, loading: Loading) -> "ReviewView":
    from kcds.pages.charts.draw import draw_timeline, prepare  # noqa: PLC0415 - only workers that show pages need it

    prepare()  # it gets ready while the data come
    from kcds.pages.review.view import make_review_view  # noqa: PLC0415 - likewise, and not before the renderer starts

    moment = _moment(pages, loading.now)
    return make_review_view(
        loading.judge(moment),
        pages.parts.service,
        hook=loading.hook,
        now=moment.now,
        today=moment.today,
        draw=draw_timeline,
    )


def _moment(pages: Pages, now: datetime | None) -> Moment:
    """Say when the chart is judged: as calls are, but that cards are held back from nobody here."""
    parts = pages.parts
    at = now or parts.clock()
    return Moment(
        now=at,
        today=parts.today(at),
        audience=parts.settings.patient_view,
        new_uuid=uuid4,
        deadline=Deadline.after(LONGEST),
    )


def _note(pages: Pages, error: Exception, trouble: Trouble) -> None:
    """Tell those who run the service; of the error what `kcds.web.errors` tells of it, nothing of the patient."""
    if isinstance(error, RequestError):
        log.info("a chart was not judged", kind=trouble.kind, why=str(error))
        return
    pages.parts.metrics.count_error()
    if isinstance(error, EvaluationError):
        log.error("evaluation failed", reason=str(error))
    else:
        log.error("unexpected error", kind=type(error).__name__, where=place_of(error))


def _problem(trouble: Trouble) -> "ReviewProblem":
    from kcds.pages.review.view import ReviewProblem  # noqa: PLC0415 - see above

    return ReviewProblem(trouble.title, trouble.text)
