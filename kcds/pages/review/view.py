"""The Ketamine review of one patient as data: what the page shows, made from the same assessment as the cards."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING

from kcds.cds_hooks.services import Hook
from kcds.knowledge.load import Knowledge
from kcds.pages.review.about import make_about
from kcds.pages.review.asked import make_asked
from kcds.pages.review.banner import make_banner, run_line, subject_of
from kcds.pages.review.case import make_case
from kcds.pages.review.held import Chart
from kcds.pages.review.model import ReviewProblem, ReviewView
from kcds.pages.review.monitoring import make_monitoring
from kcds.pages.review.note import make_note
from kcds.pages.review.seen import make_seen
from kcds.pages.review.strip import make_strip
from kcds.pages.review.why import make_why
from kcds.service import AdviceService, Review

if TYPE_CHECKING:
    from kcds.pages.timeline.model import Timeline

__all__ = ["ReviewProblem", "ReviewView", "make_review_view"]


def make_review_view(  # noqa: PLR0913 - the patient, the knowledge, the moment, and who draws
    review: Review,
    service: AdviceService,
    *,
    hook: Hook,
    now: datetime,
    today: date,
    draw: Callable[["Timeline"], object],
) -> ReviewView:
    """Say what the page shows; what comes after the advice strip is made when the page gets there."""
    knowledge = service.knowledge
    case = make_case(review, knowledge, hook)
    banner, strip, monitoring = make_banner(review), make_strip(case), make_monitoring(case)
    subject, ordered = subject_of(review.assessment)
    return ReviewView(
        banner=banner,
        subject=subject,
        ordered=ordered,
        read_at=now,
        strip=strip,
        monitoring=monitoring,
        why=lambda: make_why(make_asked(case, Chart(review.assessment.facts, today))),
        seen=partial(make_seen, case, review),
        about=partial(make_about, knowledge),
        note=partial(make_note, case, banner, (subject, ordered), strip, monitoring, now),
        draw_timeline=lambda: _drawn(review, knowledge, draw, (today, now)),
        run_line=run_line(banner, now),
    )


def _drawn(
    review: Review, knowledge: Knowledge, draw: Callable[["Timeline"], object], at: tuple[date, datetime]
) -> object:
    from kcds.pages.timeline.make import make_timeline  # noqa: PLC0415 - not before the advice strip was sent

    return draw(make_timeline(review, knowledge, today=at[0], now=at[1]))
