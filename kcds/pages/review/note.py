"""The advice as plain text for the clinician's own note: short, with values and days."""

from collections.abc import Iterator
from datetime import datetime

from kcds.model.findings import Effect
from kcds.pages.html import say_moment
from kcds.pages.review.case import Case
from kcds.pages.review.model import Banner, Column, Item, Monitoring, Strip
from kcds.pages.review.monitoring import FOLLOW_UP, RELIEF
from kcds.pages.review.words import listed

MOST_LINES = 5
"""Findings of one kind that the note spells out; it counts the others."""
MOST_CHECKS = 6


def make_note(  # noqa: PLR0913, PLR0917 - the parts of the page
    case: Case, banner: Banner, subject: tuple[str, bool], strip: Strip, monitoring: Monitoring, now: datetime
) -> str:
    """Return the note; at most some 25 lines."""
    return "\n".join(_lines(case, banner, subject, strip, monitoring, now))


def _lines(  # noqa: PLR0913, PLR0917 - the parts of the page
    case: Case, banner: Banner, subject: tuple[str, bool], strip: Strip, monitoring: Monitoring, now: datetime
) -> Iterator[str]:
    yield f"Ketamine review, {say_moment(now)} (kcds, knowledge {case.knowledge.version})"
    number = f", MRN {banner.record_number}" if banner.record_number else ""
    yield f"{banner.name}, born {banner.born}{number}"
    what, ordered = subject
    yield f"Draft order: {what}" if ordered else f"Under consideration: {what}; no draft order"
    yield f"Advice ({strip.state.lower()}): {strip.sentence}"
    yield from _named("Not met, or outside the scope", strip.unmet, 0)
    stops, cautions, unknown = strip.columns
    yield from _column(stops)
    yield from _column(cautions)
    yield from _column(unknown)
    if strip.in_favour:
        yield f"In favour: {strip.in_favour}"
    if strip.evidence:
        yield f"Evidence: {strip.evidence}"
    asked = [f"{line.titles} ({line.state}, last: {line.last})" for line in monitoring.checks if line.state in _OPEN]
    if asked:
        yield f"Checks to do: {listed(asked, MOST_CHECKS)}"
    told = {noted.title: [line.text for line in noted.lines] for noted in monitoring.said}
    if FOLLOW_UP in told:
        yield f"Follow-up: {' '.join(told[FOLLOW_UP])}"
    if RELIEF in told:
        yield f"Relief at best: {told[RELIEF][0]}"
    if case.advice.with_effect(Effect.STOP) or case.about_pain:
        yield "Ketamine and esketamine are off label for chronic pain."
    yield "Advice for the treating clinician, who decides. No dose is proposed."


_OPEN = frozenset({"overdue", "due"})


def _column(column: Column) -> Iterator[str]:
    if not column.items:
        yield f"{column.title}: {' '.join(filter(None, (column.none, column.rest)))}"
        return
    yield from _named(f"{column.title} ({column.number})", column.items, column.more)
    if column.rest:
        yield f"  {column.rest}"


def _named(title: str, items: tuple[Item, ...], more: int) -> Iterator[str]:
    if not items:
        return
    yield f"{title}:"
    for item in items[:MOST_LINES]:
        values = " ".join(filter(None, (item.number, item.values)))
        yield f"- {item.title}" + (f" [{values}]" if values and item.rule else "")
    further = more + max(0, len(items) - MOST_LINES)
    if further:
        yield f"- and {further} more"
