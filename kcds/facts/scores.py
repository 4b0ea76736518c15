"""Scores of scales: pain, PHQ-9 and its item 9, AUDIT-C, DAST-10 (E11, A11, M14, M17).

A score outside the range of its scale is invalid. Answers given as codes are scored by `answer_scores.csv`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from kcds.facts.observations import Clock, Reading, Reports, ranked, upwards
from kcds.fhir.record import ObservationValue
from kcds.model.facts import Score

SCORE_UNITS = frozenset({"", "1", "{score}", "score", "{points}", "points", "{#}"})

AnswerScores = Mapping[tuple[str, str], Decimal]
"""(system, code) of a coded answer -> its score."""


@dataclass(frozen=True, slots=True)
class Scale:
    """One scale: its value set, its highest score, and how long a score stays current."""

    name: str
    value_set: str
    highest: Decimal
    window: relativedelta
    whole: bool  # only whole numbers are scores


def read_scores(reports: Reports, scale: Scale, answers: AnswerScores) -> tuple[Reading, ...]:
    """Return every valid score of a scale."""
    return tuple(
        Reading(score, report.day, report.instant, report.preliminary, report.source)
        for report in reports.about(scale.value_set)
        for value in report.values_of(scale.value_set)
        if (score := _score(value, answers)) is not None and _is_on_scale(score, scale)
    )


def score_facts(readings: Iterable[Reading], scale: Scale, clock: Clock) -> tuple[Score, ...]:
    """Return the latest and the worst score of each day; the latest of all has rank 0."""
    return tuple(
        Score(
            scale=scale.name,
            value=float(one.value),
            date=one.day,
            rank=float(rank),
            current=clock.within(one.day, scale.window),
            preliminary=one.preliminary,
            sources=(one.source,),
        )
        for rank, one in ranked(readings, upwards)
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
    return 0 <= score <= scale.highest and (not scale.whole or score == score.to_integral_value())
