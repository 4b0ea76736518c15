"""What became of the advice, for those who look after the rules: `/feedback` and `/feedback.csv`. Counts only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, Response, request

from kcds.cds_hooks.services import SERVICES, Hook
from kcds.errors import NextStep, PageError, StoreError
from kcds.web.pages.answers import Pages
from kcds.web.pages.staff import refused_for_staff

if TYPE_CHECKING:
    from kcds.pages.reports.asked import Asked
    from kcds.pages.reports.report import Report
    from kcds.store.tally import Tally

_NOT_FOUND = 404
_UNAVAILABLE = 503
_WORDS = {
    Hook.PATIENT_VIEW: "Chart opened",
    Hook.ORDER_SELECT: "Order selected",
    Hook.ORDER_SIGN: "Order to be signed",
}


def register_feedback_page(app: Flask, pages: Pages) -> None:
    """Serve the page and its table; what makes them is imported when they are asked for."""

    @app.get("/feedback")
    def feedback() -> Response:
        return refused_for_staff(pages) or _page(pages)

    @app.get("/feedback.csv")
    def feedback_table() -> Response:
        return refused_for_staff(pages) or _table(pages)


def _page(pages: Pages) -> Response:
    from kcds.pages.reports.asked import choices_of  # noqa: PLC0415 - a worker that only answers hooks needs no pages
    from kcds.pages.reports.queue import make_queue  # noqa: PLC0415 - the same

    asked, tally, report = _counted(pages)
    knowledge, today = pages.parts.service.knowledge, pages.parts.today(pages.parts.clock())
    known = knowledge.rules_by_id
    titles = {name: known[name].title if name in known else name for name in sorted({key[0] for key in tally.rules})}
    services = {service.id: _WORDS[service.hook] for service in SERVICES.values()}
    queue = make_queue(tally, known, knowledge.active_rules, today)
    choices = choices_of(asked, tally, services, titles)
    filters = {name: value for name in request.args if (value := request.args[name])}
    return pages.answer("feedback.html.j2", asked=asked, report=report, queue=queue, choices=choices, filters=filters)


def _table(pages: Pages) -> Response:
    from kcds.pages.reports.table import write_table  # noqa: PLC0415 - the same

    asked, _, report = _counted(pages)
    response = Response(write_table(report, asked.columns), content_type="text/csv; charset=utf-8")
    name = f"kcds-feedback-{asked.since}-{asked.last}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _counted(pages: Pages) -> tuple[Asked, Tally, Report]:
    from kcds.pages.reports.asked import is_told, read_asked  # noqa: PLC0415 - the same
    from kcds.pages.reports.report import make_report  # noqa: PLC0415 - the same

    parts = pages.parts
    asked = read_asked(request.args, parts.today(parts.clock()), SERVICES)
    try:
        tally = parts.store.tally(asked.wanted)
    except StoreError:
        again = NextStep("Try again with 4 weeks", f"{pages.site.path('feedback')}?weeks=4")
        text = "The store did not answer in time. Advice goes on without it. Fewer weeks are counted sooner."
        raise PageError(_UNAVAILABLE, "Feedback cannot be shown now", text, again) from None
    if not is_told(asked, tally):
        everything = NextStep("All feedback", pages.site.path("feedback"))
        raise PageError(_NOT_FOUND, "Too few to be shown", "There are not enough calls of that kind.", everything)
    report = make_report(
        tally,
        since=asked.since,
        weeks=asked.weeks,
        rules=parts.service.knowledge.rules_by_id,
        reasons=parts.service.knowledge.quiet.reasons,
        on_view=next(service.id for service in SERVICES.values() if service.hook is Hook.PATIENT_VIEW),
        only=asked.rule or None,
    )
    return asked, tally, report
