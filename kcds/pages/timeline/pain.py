"""The lane of pain scores. Scores of different codes are different series: they are not compared."""

from collections import defaultdict
from dataclasses import replace
from datetime import date

from kcds.facts.observation_facts import PAIN, scales_of
from kcds.facts.response import HUNDRED
from kcds.facts.scores import Scale, ScoreReading, read_scores, score_facts
from kcds.model.code_systems import short_name
from kcds.model.facts import Response, Score
from kcds.model.queries import Query
from kcds.pages.html import say_day
from kcds.pages.timeline.lanes import (
    Topic,
    course_words,
    gap_of,
    left_out,
    lines_for,
    nothing_words,
    one_series,
    period_words,
    rows_of,
    state_of,
)
from kcds.pages.timeline.model import SHAPES, Latest, Line, MeasuredLane, Point, Series
from kcds.pages.timeline.past import Past
from kcds.pages.timeline.words import number

LANE = "pain-score"


def pain_lane(past: Past) -> MeasuredLane:
    """Return the pain scores of twelve months, the baseline of the latest course and the line below it."""
    scale = next(one for one in scales_of(past.knowledge.parameters) if one.name == PAIN)
    readings = read_scores(past.reports, scale, past.knowledge.answers.scores, past.knowledge.value_sets)
    days = frozenset(one.day for one in readings if not one.preliminary)
    topic = Topic(
        id=LANE,
        many="Pain scores",
        query=Query.PAIN_SCORES,
        value_sets=frozenset({scale.value_set}),
        decisive=days,
    )
    top = number(float(scale.highest))
    series, notes = _series(readings, scale, past)
    latest = _latest(readings, scale, past)
    state = state_of(topic, past)
    lines = _lines(past) if series else ()
    notes += [note for note in (left_out(topic, past, {one.source for one in readings}), _before(past)) if note]
    empty = nothing_words(topic, past, max(days, default=None), state)
    summary = [period_words(f"Pain score 0 to {top}", past)]
    summary += [course_words(one, f"of {top}") for one in series] if series else [f"{empty}."]
    summary += [f"Line: {line.words}." for line in lines]
    return MeasuredLane(
        id=LANE,
        title=past.plan(LANE).title,
        unit=f"0 to {top}",
        latest=latest,
        series=series,
        lines=lines,
        gap=gap_of(topic, past) if series else None,
        state=state if series else empty,
        notes=tuple(notes),
        rows=rows_of(series),
        summary=" ".join(summary),
        highest=float(scale.highest),
        is_empty=not series,
    )


def _series(readings: tuple[ScoreReading, ...], scale: Scale, past: Past) -> tuple[tuple[Series, ...], list[str]]:
    """Return one series for each code, that of the latest score first; only a few of them."""
    by_code: dict[str, list[ScoreReading]] = defaultdict(list)
    for one in readings:
        if past.shows(one.day):
            by_code[one.code].append(one)
    names = _names(scale, past)
    codes = sorted(by_code, key=lambda code: (max(one.day for one in by_code[code]), code), reverse=True)
    found: list[Series] = []
    notes: list[str] = []
    for place, code in enumerate(codes[: len(SHAPES)]):
        title = "Pain score" if len(codes) == 1 else names.get(code, code)
        scores = score_facts(by_code[code], replace(scale, frequent=False), past.clock)
        series, note = one_series(title, place, _points(scores, title, f"of {number(float(scale.highest))}"))
        found.append(series)
        notes += note
    return tuple(found), list(dict.fromkeys(notes))


def _points(scores: tuple[Score, ...], title: str, unit: str) -> list[Point]:
    """Return a point for the latest and for the worst score of each day."""
    points: list[Point] = []
    days: set[date] = set()
    for score in scores:
        if score.date is None or score.value is None:
            continue
        shown, days_before = number(score.value), len(days)
        days.add(score.date)
        kind = ", preliminary" if score.preliminary else ""
        points.append(
            Point(
                day=score.date,
                value=score.value,
                words=f"{title} {shown} {unit}{kind} on {say_day(score.date)}",
                shown=shown,
                measured=f"{shown} {unit}",
                preliminary=bool(score.preliminary),
                joined=not score.preliminary and len(days) > days_before,
                sources=score.sources,
            )
        )
    return points


def _names(scale: Scale, past: Past) -> dict[str, str]:
    codes = past.knowledge.value_sets.codes_of(scale.value_set)
    return {f"{short_name(code.system)}:{code.code}": code.display for code in codes}


def _latest(readings: tuple[ScoreReading, ...], scale: Scale, past: Past) -> Latest | None:
    """Return the latest final score of whatever age, as the facts know it."""
    facts = score_facts(readings, scale, past.clock)
    for fact in facts:
        if fact.rank == 0 and not fact.preliminary and fact.date is not None and fact.value is not None:
            return Latest(value=f"{number(fact.value)} of {number(float(scale.highest))}", day=fact.date)
    return None


def _response(past: Past) -> tuple[float, date] | None:
    """Return the score before the latest course, where there was pain before it."""
    found = next((fact for fact in past.facts if isinstance(fact, Response)), None)
    if found is None or found.before is None or found.before_date is None or found.relief_percent is None:
        return None
    return found.before, found.before_date


def _before(past: Past) -> str | None:
    response = _response(past)
    return f"Baseline, before the latest course: {number(response[0])}, {say_day(response[1])}" if response else None


def _lines(past: Past) -> tuple[Line, ...]:
    """Return the line of the response, below the score before the latest course, from the day of that score on."""
    response = _response(past)
    if response is None:
        return ()
    before, day = response
    lines = []
    for line in lines_for(past, LANE):
        value = before - before * line.value / float(HUNDRED)
        words = f"{line.words} ({number(value)})"
        lines.append(Line(value=value, words=words, tone=line.tone, since=max(day, past.start)))
    return tuple(lines)
