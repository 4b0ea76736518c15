"""Everything that Observations say: blood pressure, measurements, scores, studies done, and how well each is known."""

from collections.abc import Callable, Iterable
from datetime import date

from kcds.facts.blood_pressure import DIASTOLIC, SYSTOLIC, Bounds, latest_pressures, pressure_days, read_pressures
from kcds.facts.data_states import state_of_queries
from kcds.facts.measurements import LIVER_TESTS, VITAL_SIGNS, WEIGHT, measurement_facts, read_measurements
from kcds.facts.observation_states import Coverage, data_state, final_days, holds_unusable
from kcds.facts.observations import Clock, Reports
from kcds.facts.scores import Scale, read_scores, score_facts
from kcds.facts.studies import Studies, study_days, study_facts
from kcds.fhir.record import Record
from kcds.knowledge.load import Knowledge
from kcds.knowledge.parameters import Parameters
from kcds.model.facts import Fact, Measurement, StudyDone
from kcds.model.queries import Query

LIVER_FUNCTION = frozenset({"measure-alt", "measure-ast"})
"""Of the liver tests, those of which one at least must be there before they count as done."""
STUDIES: Studies = {
    "obs-ecg": frozenset({"obs-ecg"}),
    "obs-liver": LIVER_FUNCTION,
    "obs-urinalysis": frozenset({"obs-urinalysis"}),
    "obs-urine-drug-screen": frozenset({"obs-urine-drug-screen"}),
    "obs-pregnancy": frozenset({"obs-hcg"}),
}
PAIN = "pain"


def extract_observation_facts(record: Record, reports: Reports, knowledge: Knowledge, clock: Clock) -> list[Fact]:
    """Return the facts from the reports of a record, and the data states of their domains."""
    studies = study_facts(study_days(reports.usable, STUDIES))
    coverages: list[Coverage] = []
    facts: list[Fact] = [
        *_pressure_facts(reports, knowledge, clock, coverages.append),
        *_score_facts(reports, knowledge, clock, coverages.append),
        *_measurement_facts(reports, knowledge, clock, coverages.append),
        *studies,
    ]
    coverages += _study_coverages(studies, knowledge.parameters)
    for coverage in coverages:
        gap = state_of_queries(record, [coverage.query], coverage.value_sets, knowledge.value_sets)
        facts.append(data_state(coverage, reports, gap, clock))
    return facts


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


def _pressure_facts(
    reports: Reports, knowledge: Knowledge, clock: Clock, cover: Callable[[Coverage], None]
) -> list[Fact]:
    """Return the latest blood pressure and each day's highest, of the window."""
    parameters = knowledge.parameters
    window = parameters.duration("blood_pressure_window")
    bounds = Bounds(parameters.number("blood_pressure_lowest"), parameters.number("blood_pressure_highest"))
    readings = read_pressures(reports, bounds)
    sets = frozenset({SYSTOLIC, DIASTOLIC})
    cover(Coverage("blood-pressure", Query.BLOOD_PRESSURE, sets, final_days(readings), window, required=True))
    recent = [one for one in readings if clock.within(one.day, window)]
    return [*latest_pressures(recent), *pressure_days(recent)]


def _score_facts(reports: Reports, knowledge: Knowledge, clock: Clock, cover: Callable[[Coverage], None]) -> list[Fact]:
    """Return the scores of every scale, old ones too: they are marked as not current."""
    facts: list[Fact] = []
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
    reports: Reports, knowledge: Knowledge, clock: Clock, cover: Callable[[Coverage], None]
) -> list[Fact]:
    """Return the measured values of their windows."""
    parameters = knowledge.parameters
    facts: list[Fact] = []
    for kinds, window in (
        (LIVER_TESTS, parameters.duration("liver_test_window")),
        (VITAL_SIGNS, parameters.duration("vital_sign_window")),
        ((WEIGHT,), parameters.duration("weight_window")),
    ):
        first_day = clock.first_day(window)
        readings = {kind.value_set: read_measurements(reports, kind) for kind in kinds}
        found = {
            kind.value_set: measurement_facts([one for one in readings[kind.value_set] if one.day >= first_day], kind)
            for kind in kinds
        }
        facts += [one for group in found.values() for one in group]
        if kinds is VITAL_SIGNS:
            continue
        decisive = LIVER_FUNCTION if kinds is LIVER_TESTS else frozenset(found)
        doubtful = any(
            holds_unusable(reports, name, {one.source for one in readings[name]}, clock, window) for name in decisive
        )
        if kinds is LIVER_TESTS:
            doubtful = doubtful or any(_lacks_limit(found[name]) for name in decisive)
        domain, query = ("liver-tests", Query.LIVER_TESTS) if kinds is LIVER_TESTS else ("weight", Query.VITAL_SIGNS)
        days = final_days(one for name in decisive for one in readings[name])
        cover(Coverage(domain, query, frozenset(found), days, window, doubtful=doubtful))
    return facts


def _lacks_limit(tests: Iterable[Measurement]) -> bool:
    """Tell whether the latest of current tests came without the range by which it is judged (A05)."""
    return any(one.rank == 0 and not one.preliminary and one.upper_limit is None for one in tests)


def _study_coverages(studies: Iterable[StudyDone], parameters: Parameters) -> list[Coverage]:
    """Say on which days the studies were done that are domains of their own."""
    by_domain = (
        ("ecg", Query.ECG, "obs-ecg", parameters.duration("ecg_window")),
        ("urinalysis", Query.URINE_TESTS, "obs-urinalysis", parameters.duration("urine_test_window")),
    )
    return [
        Coverage(
            domain,
            query,
            STUDIES[concept],
            frozenset(one.date for one in studies if one.concept == concept and one.date is not None),
            window,
        )
        for domain, query, concept, window in by_domain
    ]
