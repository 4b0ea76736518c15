"""What all facts from Observations share: which reports count, on which day, and which of several is the latest.

Reports count when final, amended or corrected. A preliminary one may raise concern and never reassures (Q06).
A report dated in the future by more than the tolerance is an error and unused (Q08); a day is the day as written.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import TypeVar

from dateutil.relativedelta import relativedelta

from kcds.fhir.record import Concept, Observation, ObservationValue
from kcds.knowledge.value_sets import ValueSets
from kcds.model.immutable import immutable

VALID_STATUSES = frozenset({"final", "amended", "corrected"})
PRELIMINARY_STATUSES = frozenset({"preliminary"})
COUNTING_STATUSES = VALID_STATUSES | PRELIMINARY_STATUSES
ELEMENTS_READ = ("status", "code", "effective", "value", "component", "referenceRange")
"""Elements that the facts read; a report in which one of them was repaired away is not to be trusted."""


@lru_cache(maxsize=64)
def first_day_of(window: relativedelta, today: date) -> date:
    """Return the first day of a window that ends today; remembered, as calendar arithmetic is slow."""
    return today - window


@immutable
class Clock:
    """The present as the facts see it: the calendar day, the instant, and how far ahead of it a date may lie."""

    today: date
    now: datetime
    tolerance: timedelta
    last_day: date = field(init=False)  # later ones lie further ahead than clocks may differ
    last_instant: datetime = field(init=False)
    _windows: dict[int, tuple[relativedelta, date]] = field(default_factory=dict, compare=False, repr=False)
    """First days by the identity of their window, which is kept: asked for every observation, and slow to compare."""

    def __post_init__(self) -> None:
        """Say once up to when a moment may lie: asked for every observation."""
        object.__setattr__(self, "last_day", self.today + self.tolerance)
        object.__setattr__(self, "last_instant", self.now + self.tolerance)

    def is_future(self, day: date, instant: datetime | None) -> bool:
        """Tell whether this moment lies further ahead than clocks may differ."""
        return instant > self.last_instant if instant is not None else day > self.last_day

    def first_day(self, window: relativedelta) -> date:
        """Return the first calendar day of the window that ends today."""
        known = self._windows.get(id(window))
        if known is None:
            known = self._windows[id(window)] = (window, first_day_of(window, self.today))
        return known[1]

    def within(self, day: date, window: relativedelta) -> bool:
        """Tell whether a day is one of the calendar days of the window that ends today, both ends included."""
        return day >= self.first_day(window)


@immutable
class Report:
    """One observation that counts, with the day and, if known, the instant at which it was made.

    `values` are its own value and those of its components, each with the value sets of its code; `concepts` are all
    of these value sets. Codes are looked up once, however many facts ask for them.
    """

    observation: Observation
    values: tuple[tuple[frozenset[str], ObservationValue], ...]
    concepts: frozenset[str]
    day: date
    instant: datetime | None
    preliminary: bool

    @property
    def source(self) -> str:
        """The reference of the observation."""
        return self.observation.reference

    def values_of(self, concept: str) -> tuple[ObservationValue, ...]:
        """Return the values, of those that are there, whose code belongs to the concept."""
        return tuple([value for names, value in self.values if concept in names and not value.absent])


@immutable
class Reports:
    """All observations that belong to some value set, sorted into those that count and those that do not."""

    usable: tuple[Report, ...] = ()
    future: tuple[Report, ...] = ()
    undated: tuple[Report, ...] = ()
    damaged: tuple[Report, ...] = ()  # a field that facts read was repaired away
    by_concept: Mapping[str, Sequence[Report]] = field(default_factory=dict)  # the usable ones

    def about(self, concept: str) -> Sequence[Report]:
        """Return the usable reports that say something about a concept."""
        return self.by_concept.get(concept, ())


@immutable
class Reading:
    """One number at one moment."""

    value: Decimal
    day: date
    instant: datetime | None
    preliminary: bool
    source: str


def names_of(concept: Concept, value_sets: ValueSets) -> frozenset[str]:
    """Return the value sets to which any coding of a concept belongs."""
    codings = concept.codings
    if len(codings) == 1:
        return value_sets.concepts_of(codings[0].system, codings[0].code)
    return frozenset().union(*[value_sets.concepts_of(coding.system, coding.code) for coding in codings])


def read_reports(observations: Iterable[Observation], value_sets: ValueSets, clock: Clock) -> Reports:
    """Sort the observations: those that count, and those that are future-dated, undated or damaged."""
    sorted_out: dict[str, list[Report]] = {"usable": [], "future": [], "undated": [], "damaged": []}
    for observation in sorted(observations, key=attrgetter("reference")):
        if observation.status not in COUNTING_STATUSES:
            continue
        own = names_of(observation.value.code, value_sets)
        parts = [(names_of(one.code, value_sets), one) for one in observation.components]
        concepts = own.union(*[names for names, _ in parts]) if parts else own
        if concepts:
            place, report = _place(observation, ((own, observation.value), *parts), concepts, clock)
            sorted_out[place].append(report)
    by_concept: dict[str, list[Report]] = defaultdict(list)
    for report in sorted_out["usable"]:
        for concept in report.concepts:
            by_concept[concept].append(report)
    return Reports(
        **{place: tuple(reports) for place, reports in sorted_out.items()},
        by_concept=dict(by_concept),
    )


def _place(
    observation: Observation,
    values: tuple[tuple[frozenset[str], ObservationValue], ...],
    concepts: frozenset[str],
    clock: Clock,
) -> tuple[str, Report]:
    """Decide whether a report counts."""
    effective = observation.effective
    day = effective.earliest if effective is not None else None
    instant = effective.instant if effective is not None else None
    preliminary = observation.status in PRELIMINARY_STATUSES
    known_day = day if day is not None and day < clock.today else clock.today
    report = Report(observation, values, concepts, known_day, instant, preliminary)
    if observation.repaired and any(name.split(".")[-1].startswith(ELEMENTS_READ) for name in observation.repaired):
        return "damaged", report
    if day is None:
        return "undated", report
    return ("future" if clock.is_future(day, instant) else "usable"), report


Moment = TypeVar("Moment", bound=Reading)


def latest_candidates(readings: Iterable[Moment]) -> tuple[Moment, ...]:
    """Return the readings that may be the latest: one, unless the record cannot tell which of them came last.

    Readings with an instant are compared by it. A reading with a day only may be before or after any other of its day.
    """
    all_readings = tuple(readings)
    if len(all_readings) <= 1:
        return all_readings
    last_instant = max([one.instant for one in all_readings if one.instant is not None], default=None)
    last = [one for one in all_readings if one.instant is None or one.instant == last_instant]
    last_day = max([one.day for one in last], default=None)
    return tuple([one for one in last if one.day == last_day])


def latest_of(readings: Iterable[Moment], worse: Callable[[Moment], Decimal]) -> Moment:
    """Return the latest reading; where the record cannot tell, the worst of those that may be."""
    candidates = latest_candidates(readings)
    return (
        candidates[0] if len(candidates) == 1 else max(candidates, key=lambda reading: (worse(reading), reading.source))
    )


def ranked(readings: Iterable[Moment], worse: Callable[[Moment], Decimal]) -> tuple[tuple[int, Moment], ...]:
    """Rank the readings of each day, newest day first: its latest, then its worst if that is another value.

    The latest of all has rank 0. So has the latest preliminary one, which is given only while nothing final is newer.
    """
    all_readings = tuple(readings)
    if len(all_readings) <= 1:
        return tuple(enumerate(all_readings))
    by_day: dict[date, list[Moment]] = defaultdict(list)
    for reading in all_readings:
        if not reading.preliminary:
            by_day[reading.day].append(reading)
    final: list[Moment] = []
    for _, of_day in sorted(by_day.items(), reverse=True):
        if len(of_day) == 1:
            final += of_day
            continue
        latest = latest_of(of_day, worse)
        worst = max(of_day, key=lambda one: (worse(one), one.source))
        final += [latest] if worse(worst) == worse(latest) else [latest, worst]
    preliminary = [one for one in latest_candidates(all_readings) if one.preliminary]
    newest = (max(preliminary, key=lambda one: (worse(one), one.source)),) if preliminary else ()
    return (*enumerate(final), *enumerate(newest))


def upwards(reading: Reading) -> Decimal:
    """Order readings of which the higher is the worse."""
    return reading.value


def downwards(reading: Reading) -> Decimal:
    """Order readings of which the lower is the worse."""
    return -reading.value
