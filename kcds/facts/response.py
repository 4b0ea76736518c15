"""What the pain did after the latest course of ketamine, on one scale (F01, F06).

Compared are the last score before the course and those since its last day; scores taken while it ran say nothing, nor
do scores of another code. Relief is never overstated: where the record cannot tell which score of the first day was
taken before the infusion the lowest counts, where it cannot tell which came last the highest; percentages are rounded
down.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_FLOOR, Decimal
from itertools import dropwhile, takewhile

from kcds.facts.data_states import state_of_queries
from kcds.facts.infusions import ADMINISTRATION
from kcds.facts.observation_facts import PAIN, scales_of
from kcds.facts.observations import Clock, Reports, downwards, latest_of, upwards
from kcds.facts.scores import Scale, ScoreReading, read_scores
from kcds.fhir.record import Record, Resource
from kcds.knowledge.load import Knowledge
from kcds.model.facts import KNOWN_STATES, DataState, Exposure, Fact, Response
from kcds.model.immutable import immutable
from kcds.model.queries import Query

DOMAIN = "response"
GIVEN = "exposure"
"""The domain that says whether all infusions are known."""
HUNDRED = Decimal(100)


@immutable
class LatestCourse:
    """When the latest course began and ended, and from which day on a score is of the time before it."""

    start: date
    end: date
    began: datetime | None  # the first infusion, if the record gives its time
    baseline_from: date


@immutable
class Comparison:
    """The last score before a course, and the last of every day after it, of one code; there is at least one."""

    before: ScoreReading
    after: tuple[ScoreReading, ...]

    @property
    def latest(self) -> ScoreReading:
        """The latest score."""
        return self.after[-1]

    def relief(self, score: ScoreReading) -> Decimal:
        """Return the fall against the score before, in percent; there must have been pain before."""
        return (self.before.value - score.value) * HUNDRED / self.before.value


def response_facts(
    record: Record, reports: Reports, treated: Iterable[Fact], knowledge: Knowledge, clock: Clock
) -> list[Fact]:
    """Return the response to the latest course, and whether it is known. `treated` holds the exposure."""
    facts = tuple(treated)
    (exposure,) = (fact for fact in facts if isinstance(fact, Exposure))
    (infusions,) = (fact.state for fact in facts if isinstance(fact, DataState) and fact.domain == GIVEN)
    known_gap = infusions if infusions not in KNOWN_STATES else None
    course = _latest_course(exposure, record, knowledge, clock)
    if course is None:
        state = known_gap or ("missing" if exposure.on_treatment else "none-recorded")
        return [Response(), DataState(domain=DOMAIN, state=state)]
    scale = next(one for one in scales_of(knowledge.parameters) if one.name == PAIN)
    readings = read_scores(reports, scale, knowledge.answers.scores, knowledge.value_sets)
    comparison = compare(readings, course)
    response = _response(comparison, course, knowledge.parameters.number("positive_response"))
    gap = known_gap or _gap_in_scores(record, reports, scale, knowledge, course)
    return [response, _state(response, gap)]


def compare(readings: Iterable[ScoreReading], course: LatestCourse) -> Comparison | None:
    """Return the scores before and after a course, of one code.

    If there are several such codes, one by which there was pain before counts, then the one used last.
    """
    by_code: dict[str, list[ScoreReading]] = defaultdict(list)
    for one in readings:
        if not one.preliminary:
            by_code[one.code].append(one)
    found: list[Comparison] = []
    for of_code in by_code.values():
        before, after = _before(of_code, course), _after(of_code, course)
        if before and after:
            found.append(Comparison(latest_of(before, downwards), after))
    return max(
        found,
        key=lambda one: (one.before.value > 0, one.latest.day, one.before.day, one.before.code),
        default=None,
    )


def _latest_course(exposure: Exposure, record: Record, knowledge: Knowledge, clock: Clock) -> LatestCourse | None:
    """Return the latest course of the last months; None if there was none, or its days are not known."""
    start, end = exposure.course_start, exposure.last
    if start is None or end is None or not clock.within(end, knowledge.parameters.duration("exposure_window")):
        return None
    spans = [one.effective for one in record.medications if one.type == ADMINISTRATION and _is_of(exposure, one)]
    spans += [one.performed for one in record.procedures if _is_of(exposure, one)]
    begins = [span.start for span in spans if span is not None and span.start is not None]
    instants = [one.instant for one in begins if one.exact == start and one.instant is not None]
    window = knowledge.parameters.duration("baseline_score_window")
    return LatestCourse(start, end, min(instants, default=None), start - window)


def _is_of(exposure: Exposure, resource: Resource) -> bool:
    """Tell whether the exposure rests on this resource."""
    return resource.reference in exposure.sources


def _before(readings: Iterable[ScoreReading], course: LatestCourse) -> list[ScoreReading]:
    """Return the scores of the time before a course.

    Of the first day these are the ones taken before the infusion. If its time is not known it is the first one that
    has a time; one without may be.
    """
    all_readings = tuple(readings)
    timed = [one.instant for one in all_readings if one.day == course.start and one.instant is not None]
    until = course.began or min(timed, default=None)
    return [
        one
        for one in all_readings
        if course.baseline_from <= one.day <= course.start
        and (one.day < course.start or one.instant is None or until is None or one.instant <= until)
    ]


def _after(readings: Iterable[ScoreReading], course: LatestCourse) -> tuple[ScoreReading, ...]:
    """Return the last score of every day after a course, in their order; the highest where several may be the last."""
    by_day: dict[date, list[ScoreReading]] = defaultdict(list)
    for one in readings:
        if one.day > course.end:
            by_day[one.day].append(one)
    return tuple(latest_of(of_day, upwards) for _, of_day in sorted(by_day.items()))


def _response(comparison: Comparison | None, course: LatestCourse, positive: Decimal) -> Response:
    """Make the fact; empty without scores to compare, without percentages if there was no pain before."""
    if comparison is None:
        return Response()
    before, latest = comparison.before, comparison.latest
    if not before.value:
        return Response(
            before=float(before.value),
            before_date=before.day,
            after=float(latest.value),
            after_date=latest.day,
            sources=tuple(sorted({before.source, latest.source})),
        )
    best = min(comparison.after, key=lambda one: (one.value, one.day, one.source))
    held, ended = _held(comparison, positive)
    used = (before, latest, best, *held[-1:])
    return Response(
        before=float(before.value),
        before_date=before.day,
        after=float(latest.value),
        after_date=latest.day,
        relief_percent=_rounded(comparison.relief(latest)),
        best_percent=_rounded(comparison.relief(best)),
        lasted_days=float((held[-1].day - course.end).days) if held else None,
        ended=ended if held else None,
        sources=tuple(sorted({one.source for one in used})),
    )


def _held(comparison: Comparison, positive: Decimal) -> tuple[list[ScoreReading], bool]:
    """Return the scores from the first positive response until it ended, and whether it has ended.

    What fell again later, after it had ended, may have other reasons.
    """
    since = list(dropwhile(lambda one: comparison.relief(one) < positive, comparison.after))
    held = list(takewhile(lambda one: comparison.relief(one) >= positive, since))
    return held, len(held) < len(since)


def _rounded(percent: Decimal) -> float:
    """Round down to whole percent."""
    return float(percent.to_integral_value(ROUND_FLOOR))


def _gap_in_scores(
    record: Record, reports: Reports, scale: Scale, knowledge: Knowledge, course: LatestCourse
) -> str | None:
    """Return why scores that belong here may be lacking; None if all were had."""
    concepts = frozenset({scale.value_set})
    gap = state_of_queries(record, [Query.PAIN_SCORES], concepts, knowledge.value_sets)
    damaged = any(one.concepts & concepts and one.day >= course.baseline_from for one in reports.damaged)
    return gap or ("unreadable" if damaged else None)


def _state(response: Response, gap: str | None) -> DataState:
    """Say whether the response is known."""
    if gap is not None:
        return DataState(domain=DOMAIN, state=gap)
    if response.before is None:
        return DataState(domain=DOMAIN, state="missing")
    if response.relief_percent is None:
        return DataState(domain=DOMAIN, state="uncertain", basis="no-pain-before", sources=response.sources)
    return DataState(domain=DOMAIN, state="known", date=response.after_date)
