"""Everything that Observations say: blood pressure, measurements, scores, studies done, and how well each is known."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import lru_cache

from dateutil.relativedelta import relativedelta

from kcds.facts.blood_pressure import DIASTOLIC, SYSTOLIC, latest_pressures, pressure_days, read_pressures
from kcds.facts.data_states import state_of_queries
from kcds.facts.measurements import (
    PANELS,
    Kind,
    MeasuredReading,
    Panel,
    latest_reading,
    measurement_facts,
    read_measurements,
)
from kcds.facts.observation_states import Coverage, data_state, final_days, holds_unusable
from kcds.facts.observations import Clock, Reports
from kcds.facts.plausible import bounds_of
from kcds.facts.scores import Scale, read_scores, score_facts
from kcds.facts.studies import STUDIES, study_days, study_facts
from kcds.fhir.record import Record
from kcds.knowledge.load import Knowledge
from kcds.knowledge.parameters import Parameters
from kcds.model.facts import BloodPressure, BloodPressureDay, DataState, Measurement, Score, StudyDone
from kcds.model.immutable import immutable
from kcds.model.queries import Query

STUDY_DOMAINS = (
    ("ecg", "obs-ecg", "ecg_window"),
    ("urinalysis", "obs-urinalysis", "urine_test_window"),
    ("cognition", "obs-cognition", "cognition_window"),
)
"""Domains that rest on one study each, and the parameter that says how long it holds."""
PAIN = "pain"

Observed = Measurement | BloodPressure | BloodPressureDay | Score | StudyDone


@immutable
class Observations:
    """What the observations of a record say, of any age, and how well each domain is known."""

    of_any_age: tuple[Observed, ...]
    # Those that rules see: of numbers that are measured often those of their window, and the latest measurement of all,
    # which may raise concern as long as nothing newer reassures.
    recent: tuple[Observed, ...]
    states: tuple[DataState, ...]


def extract_observation_facts(record: Record, reports: Reports, knowledge: Knowledge, clock: Clock) -> Observations:
    """Return the facts from the reports of a record, and the data states of their domains."""
    studies = study_facts(study_days(reports))
    coverages: list[Coverage] = []
    facts: list[Observed] = [
        *_pressure_facts(reports, knowledge, clock, coverages.append),
        *_score_facts(reports, knowledge, clock, coverages.append),
        *_measurement_facts(reports, knowledge.parameters, clock, coverages.append),
        *studies,
    ]
    coverages += _study_coverages(studies, knowledge.parameters)
    windows = _windows(knowledge.parameters)
    return Observations(
        of_any_age=tuple(facts),
        recent=tuple(fact for fact in facts if _is_recent(fact, windows, clock)),
        states=tuple(
            data_state(
                coverage,
                reports,
                state_of_queries(record, [coverage.query], coverage.value_sets, knowledge.value_sets),
                clock,
            )
            for coverage in coverages
        ),
    )


@lru_cache(maxsize=2)
def scales_of(parameters: Parameters) -> tuple[Scale, ...]:
    """Return the scales, each with its range and window."""
    pain, mood = parameters.duration("pain_score_window"), parameters.duration("mood_score_window")
    substance = parameters.duration("substance_score_window")
    return (
        Scale(PAIN, "pain-intensity-scale", parameters.number("pain_score_highest"), pain, whole=False, frequent=True),
        Scale("phq-9", "score-phq-9", parameters.number("phq_9_highest"), mood, whole=True),
        Scale("phq-9-item-9", "score-phq-9-item-9", parameters.number("phq_9_item_9_highest"), mood, whole=True),
        Scale("audit-c", "score-audit-c", parameters.number("audit_c_highest"), substance, whole=True),
        Scale("dast-10", "score-dast-10", parameters.number("dast_10_highest"), substance, whole=True),
    )


@lru_cache(maxsize=2)
def _windows(parameters: Parameters) -> Mapping[str, relativedelta]:
    """Return how far back rules look, by measured concept or kind of fact; of the others they see all."""
    pressure = parameters.duration("blood_pressure_window")
    return {BloodPressure.kind: pressure, BloodPressureDay.kind: pressure} | {
        kind.concept: parameters.duration(panel.window) for panel in PANELS for kind in panel.kinds
    }


def _is_recent(fact: Observed, windows: Mapping[str, relativedelta], clock: Clock) -> bool:
    """Tell whether a fact is one that rules see."""
    if isinstance(fact, Measurement) and fact.rank == 0:
        return True
    window = windows.get((fact.concept or "") if isinstance(fact, Measurement) else fact.kind)
    return window is None or fact.date is None or clock.within(fact.date, window)


def _pressure_facts(
    reports: Reports, knowledge: Knowledge, clock: Clock, cover: Callable[[Coverage], None]
) -> list[Observed]:
    """Return the latest blood pressure and each day's highest, of the window; else the latest of all."""
    parameters = knowledge.parameters
    window = parameters.duration("blood_pressure_window")
    bounds = bounds_of("blood_pressure_lowest", "blood_pressure_highest", parameters)
    readings = read_pressures(reports, bounds)
    sets = frozenset({SYSTOLIC, DIASTOLIC})
    cover(Coverage("blood-pressure", Query.BLOOD_PRESSURE, sets, final_days(readings), window, required=True))
    return [*latest_pressures(readings), *pressure_days(one for one in readings if clock.within(one.day, window))]


def _score_facts(
    reports: Reports, knowledge: Knowledge, clock: Clock, cover: Callable[[Coverage], None]
) -> list[Observed]:
    """Return the scores of every scale, old ones too: they are marked as not current."""
    facts: list[Observed] = []
    screened: frozenset[date] = frozenset()
    doubtful = False
    scales = scales_of(knowledge.parameters)
    for scale in scales:
        readings = read_scores(reports, scale, knowledge.answers.scores, knowledge.value_sets)
        facts += score_facts(readings, scale, clock)
        days, name = final_days(readings), frozenset({scale.value_set})
        if scale.name == PAIN:
            cover(Coverage("pain-score", Query.PAIN_SCORES, name, days, scale.window, required=True))
        else:
            screened |= {day for day in days if clock.within(day, scale.window)}
            used = {reading.source for reading in readings}
            doubtful = doubtful or holds_unusable(reports, scale.value_set, used, clock, scale.window)
    value_sets = frozenset(scale.value_set for scale in scales if scale.name != PAIN)
    longest = knowledge.parameters.duration("substance_score_window")
    cover(Coverage("scores", Query.SCORES, value_sets, screened, longest, doubtful=doubtful))
    return facts


def _measurement_facts(
    reports: Reports, parameters: Parameters, clock: Clock, cover: Callable[[Coverage], None]
) -> list[Observed]:
    """Return the measured values, old ones too."""
    facts: list[Observed] = []
    for panel in PANELS:
        readings = [
            (kind, read_measurements(reports, kind, parameters))
            for kind in panel.kinds
            if kind.value_set in reports.by_concept
        ]
        for kind, group in readings:
            facts += measurement_facts(group, kind)
        if panel.domain is None:
            continue
        window = parameters.duration(panel.window)
        decisive = [(kind, group) for kind, group in readings if kind.concept in panel.decisive]
        cover(
            Coverage(
                panel.domain,
                panel.query,
                panel.value_sets,
                final_days([one for _, group in decisive for one in group]),
                window,
                required=panel.required,
                doubtful=any(
                    _cannot_be_judged(kind, group, panel, clock, window)
                    or holds_unusable(reports, kind.value_set, {one.source for one in group}, clock, window)
                    for kind, group in decisive
                ),
            )
        )
    return facts


def _cannot_be_judged(
    kind: Kind, readings: Iterable[MeasuredReading], panel: Panel, clock: Clock, window: relativedelta
) -> bool:
    """Tell whether the latest of current tests leaves open how bad it is, or came without its range (A05)."""
    latest = latest_reading([one for one in readings if clock.within(one.day, window)], kind)
    return latest is not None and (latest.open or (panel.limit is not None and latest.lacks(panel.limit)))


def _study_coverages(studies: Iterable[StudyDone], parameters: Parameters) -> list[Coverage]:
    """Say on which days the studies were done that are domains of their own."""
    done = tuple(studies)
    by_concept = {study.concept: study for study in STUDIES}
    return [
        Coverage(
            domain,
            by_concept[concept].query,
            by_concept[concept].proofs,
            frozenset(one.date for one in done if one.concept == concept and one.date is not None),
            parameters.duration(window),
        )
        for domain, concept, window in STUDY_DOMAINS
    ]
