"""A review as a timeline: what was measured, tried and given in the twelve months until today."""

from dataclasses import replace
from datetime import date, datetime

from kcds.knowledge.load import Knowledge
from kcds.pages.timeline.infusions import infusions_of, order_of, unread_infusions
from kcds.pages.timeline.liver import liver_lane
from kcds.pages.timeline.model import MeasuredLane, Timeline
from kcds.pages.timeline.pain import pain_lane
from kcds.pages.timeline.past import read_past
from kcds.pages.timeline.pressure import pressure_lane
from kcds.pages.timeline.trials import trial_lane
from kcds.pages.timeline.words import infusion_words
from kcds.service import Review


def make_timeline(review: Review, knowledge: Knowledge, *, today: date, now: datetime) -> Timeline:
    """Return the timeline of a review; the lines and gaps are those of the rules of this knowledge."""
    past = read_past(review, knowledge, today=today, now=now)
    infusions, rows, notes = infusions_of(past)
    given = infusion_words(infusions, unread_infusions(past))
    lanes = (pain_lane(past), pressure_lane(past), liver_lane(past))
    return Timeline(
        start=past.start,
        today=past.today,
        infusions=infusions,
        order=order_of(past),
        notes=notes,
        measured=tuple(_complete(lane, given) for lane in lanes),
        trials=trial_lane(past),
        rows=rows,
    )


def _complete(lane: MeasuredLane, given: str) -> MeasuredLane:
    """Add to a summary what else is drawn through the lane."""
    gap = f" {lane.gap.words}." if lane.gap is not None else ""
    return replace(lane, summary=f"{lane.summary}{gap} {given}")
