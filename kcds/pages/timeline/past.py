"""What the lanes are made from: the record, read as the facts read it, for all of twelve months."""

from dataclasses import dataclass
from datetime import date, datetime

from dateutil.relativedelta import relativedelta

from kcds.facts.extract import clock_of
from kcds.facts.observations import Clock, Reports, read_reports
from kcds.fhir.record import Record
from kcds.knowledge.load import Knowledge
from kcds.knowledge.timeline import LanePlan
from kcds.model.facts import Fact
from kcds.service import Review

YEAR = relativedelta(years=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One patient's record at one moment."""

    record: Record
    facts: tuple[Fact, ...]
    knowledge: Knowledge
    clock: Clock
    reports: Reports

    @property
    def today(self) -> date:
        """The day until which the timeline runs."""
        return self.clock.today

    @property
    def start(self) -> date:
        """The day on which it begins."""
        return self.clock.first_day(YEAR)

    def shows(self, day: date) -> bool:
        """Tell whether a day lies on the timeline."""
        return day >= self.start

    def plan(self, lane: str) -> LanePlan:
        """Return the lines and the gap of a lane."""
        return self.knowledge.timeline[lane]


def read_past(review: Review, knowledge: Knowledge, *, today: date, now: datetime) -> Past:
    """Read the observations of a record as the facts do."""
    clock = clock_of(knowledge, today, now)
    record = review.assessment.record
    reports = read_reports(record.observations, knowledge.value_sets, clock)
    return Past(record=record, facts=review.assessment.facts, knowledge=knowledge, clock=clock, reports=reports)
