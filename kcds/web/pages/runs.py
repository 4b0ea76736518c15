"""`/review/{run}`: the review of the chart that was open when an EHR launched it, for the browser that it launched."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from flask import Flask, Response, request

from kcds.cds_hooks.request import FhirAccess, HookRequest
from kcds.cds_hooks.services import Hook
from kcds.outbound.deadline import Deadline
from kcds.pages.html import say_moment
from kcds.service import Moment, Review
from kcds.store.records import CallBefore
from kcds.web.body import LOOK
from kcds.web.pages.answers import Pages
from kcds.web.pages.launch import find_launched
from kcds.web.pages.review import Loading, answer_review, review_loader
from kcds.web.parts import Parts

if TYPE_CHECKING:
    from kcds.auth.smart.sessions import Launched

_LOOK_UP = 0.25
"""Seconds for finding the call of a card: a remark beside the advice, not worth waiting for."""


def register_runs(app: Flask, pages: Pages) -> None:
    """Serve the reviews that were launched, where EHRs are registered."""
    if pages.parts.smart is None:
        return

    @app.get("/review/<run>")
    def launched_review(run: str) -> Response:
        launched = find_launched(pages, run)
        judged: list[Review] = []
        judge = _judge_of(launched, pages.parts)

        def judge_once(moment: Moment) -> Review:
            _let_be_seen(launched)
            judged.append(judge(moment))
            return judged[-1]

        return answer_review(
            pages,
            review_loader(pages, Loading(judge=judge_once, source=launched.ehr)),
            run=run,
            framed=True,
            retry=pages.site.path("review", run),
            ehr=launched.ehr,
            opened_from=lambda: opened_from(_call_before(launched, pages.parts), judged[-1], pages.parts),
        )


def _let_be_seen(launched: "Launched") -> None:
    """Name the chart to the server as the body of a call; raises EvaluationError where it has ended too many workers.

    Nothing comes with the request that could be named, and each look at such a chart would cost a worker.
    """
    if look := request.environ.get(LOOK):
        look(f"{launched.server} {launched.patient_id}".encode())


def _judge_of(launched: "Launched", parts: Parts) -> Callable[[Moment], Review]:
    """Make what reads the chart as a call on opening it would be answered, with the right that the launch was given."""
    fetcher = parts.smart.fetcher if parts.smart else None
    service = replace(parts.service, fetcher=fetcher)
    call = HookRequest(
        hook=Hook.PATIENT_VIEW,
        hook_instance=uuid4(),
        patient_id=launched.patient_id,
        user_id=launched.user or "",
        fhir=FhirAccess(launched.server, launched.token, launched.refused),
    )
    return lambda moment: service.review(call, moment)


def _call_before(launched: "Launched", parts: Parts) -> CallBefore | None:
    """Return the call from whose card the review was opened, if it was and is still known."""
    with suppress(ValueError):
        return parts.store.find_call(UUID(launched.card or ""), Deadline.after(_LOOK_UP))
    return None


def opened_from(before: CallBefore | None, review: Review, parts: Parts) -> str:
    """Say from which card the page was opened, and whether the advice has changed since."""
    if before is None:
        return ""
    now = review.assessment.advice.disposition.value
    then = before.disposition
    said = f"it said {_words(then)}, now it is {_words(now)}" if then != now else f"then as now {_words(now)}"
    rules = "" if before.knowledge_version == parts.service.knowledge.version else "; the rules have changed since"
    at = say_moment(before.at.astimezone(parts.settings.zone))
    return f"Opened from the card of {at}: {said}{rules}"


def _words(disposition: str) -> str:
    return f"“{disposition.replace('-', ' ')}”"
