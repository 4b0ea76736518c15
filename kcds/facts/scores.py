"""Scores of scales: pain, PHQ-9 and its item 9, AUDIT-C, DAST-10 (E11, A11, M14, M17).

A score outside the range of its scale is invalid. Answers given as codes are scored by `answer_scores.csv`.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from kcds.facts.observations import Clock, Reading, Reports, ranked, upwards
from kcds.facts.plausible import are_usable
from kcds.fhir.record import Concept, ObservationValue
from kcds.knowledge.value_sets import ValueSets
from kcds.model.code_systems import normalise_code, short_name
from kcds.model.facts import Score
from kcds.model.immutable import immutable

SCORE_UNITS = frozenset({"", "1", "{score}", "score", "{points}", "points", "{#}"})

AnswerScores = Mapping[tuple[str, str], Decimal]
"""(system, code) of a coded answer -> its score."""


@immutable
class Scale:
    """One scale: its value set, its highest score, and how long a score stays current."""

    name: str
    value_set: str
    highest: Decimal
    window: relativedelta
    whole: bool  # only whole numbers are scores
    frequent: bool = False  # taken so often that only current scores, and the latest of all, become facts


@immutable
class ScoreReading(Reading):
    """One score, and the code of the scale by which it was taken."""

    code: str  # "loinc:72514-3"


def read_scores(
    reports: Reports, scale: Scale, answers: AnswerScores, value_sets: ValueSets
) -> tuple[ScoreReading, ...]:
    """Return every valid score of a scale."""
    return tuple(
        ScoreReading(
            score,
            report.day,
            report.instant,
            report.preliminary,
            report.source,
            _code_of(value.code, scale.value_set, value_sets),
        )
        for report in reports.about(scale.value_set)
        for value in report.values_of(scale.value_set)
        if (score := _score(value, answers)) is not None and _is_on_scale(score, scale)
    )


def score_facts(readings: Iterable[ScoreReading], scale: Scale, clock: Clock) -> tuple[Score, ...]:
    """Return the latest and the worst score of each day; the latest of all has rank 0."""
    return tuple(
        Score(
            scale=scale.name,
            value=float(one.value),
            code=one.code,
            date=one.day,
            rank=float(rank),
            current=clock.within(one.day, scale.window),
            preliminary=one.preliminary,
            sources=(one.source,),
        )
        for rank, one in ranked(readings, upwards)
        if rank == 0 or not scale.frequent or clock.within(one.day, scale.window)
    )


def _code_of(concept: Concept, value_set: str, value_sets: ValueSets) -> str:
    """Return the code that puts a score on the scale; of several always the same one, in whatever order they stand."""
    return min(
        [
            f"{short_name(coding.system)}:{normalise_code(coding.system, coding.code)}"
            for coding in concept.codings
            if value_set in value_sets.concepts_of(coding.system, coding.code)
        ]
    )


def _score(value: ObservationValue, answers: AnswerScores) -> Decimal | None:
    """Return the score, however it was written: a number, a quantity without a unit of its own, or a coded answer."""
    if value.number is not None:
        return value.number
    if value.quantity is not None:
        unit = (value.quantity.code or value.quantity.unit or "").strip().lower()
        return value.quantity.value if unit in SCORE_UNITS and value.quantity.comparator is None else None
    if value.answer is not None:
        scores = {
            answers[coding.system, coding.code]
            for coding in value.answer.codings
            if coding.system is not None and coding.code is not None and (coding.system, coding.code) in answers
        }
        return max(scores, default=None)
    return None


def _is_on_scale(score: Decimal, scale: Scale) -> bool:
    """Tell whether a number can be a score of this scale."""
    in_range = 0 <= score <= scale.highest and are_usable(score)
    return in_range and (not scale.whole or score == score.to_integral_value())
