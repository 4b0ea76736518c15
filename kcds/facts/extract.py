"""All facts of one patient: what `service.py` asks for."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta
from operator import attrgetter

from kcds.facts.cardiovascular_events import cardiovascular_event_state
from kcds.facts.checks import by_course, check_facts
from kcds.facts.child_pugh import child_pugh_facts
from kcds.facts.conditions import condition_facts, problem_list_state, unidentified_problems
from kcds.facts.data_states import record_state
from kcds.facts.health_domains import History, health_domain_state
from kcds.facts.medication_facts import extract_medication_facts
from kcds.facts.observation_facts import extract_observation_facts
from kcds.facts.observations import Clock, Reports, read_reports
from kcds.facts.pain import pain_duration_state, pain_problems
from kcds.facts.patient import age_state, patient_fact, possible_ages
from kcds.facts.pregnancy import DOMAIN, may_be_pregnant, pregnancy_fact, pregnancy_state
from kcds.facts.pregnancy_evidence import (
    PregnancyLimits,
    clear_results,
    evidence_of_problems,
    evidence_of_procedures,
    evidence_of_statements,
    evidence_of_tests,
)
from kcds.facts.pregnancy_tests import Levels
from kcds.facts.problems import read_problems
from kcds.facts.response import response_facts
from kcds.facts.substance_scores import ScoreLimits, read_screening_scores
from kcds.facts.substance_use import substance_use_facts
from kcds.fhir.record import Record
from kcds.knowledge.load import Knowledge
from kcds.knowledge.parameters import Parameters
from kcds.model.facts import FACT_KINDS, Fact, InfusionDay, Patient, Score, StudyDone

LIVER = "liver"
SCORED_DOMAIN = "substance-use"
"""The one health domain that screening scores answer too."""
_FIRST = {
    kind: attrgetter(next(field.name for field in fields(cls) if field.name != "sources"))
    for kind, cls in FACT_KINDS.items()
}
"""What reads the first property of each kind of fact: mostly its concept or its domain."""


def extract_facts(record: Record, knowledge: Knowledge, *, today: date, now: datetime) -> tuple[Fact, ...]:
    """Return every fact of the record, each once, in an order that does not depend on the record's."""
    clock = clock_of(knowledge, today, now)
    reports = read_reports(record.observations, knowledge.value_sets, clock)
    observed = extract_observation_facts(record, reports, knowledge, clock)
    treated = extract_medication_facts(record, reports, knowledge, clock)
    person = patient_fact(record.patient, today=today, adult_age=int(knowledge.parameters.number("adult_age")))
    history = _history(record, reports, knowledge, clock)
    scores = [fact for fact in observed.recent if isinstance(fact, Score)]
    done = [*observed.of_any_age, *(fact for fact in treated if isinstance(fact, StudyDone))]
    tests = clear_results(reports, knowledge.value_sets, _levels(knowledge.parameters))
    course = [fact for fact in treated if isinstance(fact, InfusionDay)]
    facts: list[Fact] = [
        person,
        age_state(record, person, knowledge.value_sets),
        *_problem_facts(history, knowledge),
        *_pregnancy_facts(history, knowledge, person),
        *_health_states(history, knowledge, person, scores),
        cardiovascular_event_state(history, knowledge.parameters.duration("cardiovascular_event_hold")),
        *child_pugh_facts(history, knowledge.domains[LIVER], knowledge.parameters),
        *observed.recent,
        *observed.states,
        *treated,
        *response_facts(record, reports, treated, knowledge, clock),
        *by_course(check_facts(record, done, tests, knowledge, clock), course),
        record_state(record),
    ]
    return _in_order(facts)


def _in_order(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """Return each fact once, sorted as they are written out: by kind, by sources, by their first property, by the rest.

    Only where the first three are alike is the rest looked at: writing out every fact would cost more than finding it.
    """
    by_kind: dict[type[Fact], list[Fact]] = defaultdict(list)
    for fact in facts:
        by_kind[type(fact)].append(fact)
    ordered: list[Fact] = []
    for kind in sorted(by_kind, key=attrgetter("__name__")):
        ordered += _of_one_kind(by_kind[kind])
    return tuple(ordered)


def _of_one_kind(facts: list[Fact]) -> list[Fact]:
    """Return the facts of one kind in order, each once."""
    if len(facts) == 1:
        return facts
    first = _FIRST[facts[0].kind]
    places = [f"{fact.sources!r}\0{first(fact)!r}" for fact in facts]  # what they are sorted by
    at_place = dict(zip(places, facts, strict=True))
    if len(at_place) == len(facts):
        return [at_place[place] for place in sorted(at_place)]
    alike: dict[str, set[Fact]] = defaultdict(set)
    for place, fact in zip(places, facts, strict=True):
        alike[place].add(fact)
    return [fact for place in sorted(alike) for fact in sorted(alike[place], key=repr)]


def clock_of(knowledge: Knowledge, today: date, now: datetime) -> Clock:
    """Make the clock by which dates of the record are judged."""
    return Clock(today, now, timedelta(hours=float(knowledge.parameters.number("future_tolerance"))))


def _levels(parameters: Parameters) -> Levels:
    """Return the levels of hCG that decide where a report has no range."""
    return Levels(parameters.number("hcg_positive_above"), parameters.number("hcg_unclear_from"))


def _history(record: Record, reports: Reports, knowledge: Knowledge, clock: Clock) -> History:
    """Put together what the problem list and the health questions say."""
    return History(
        record=record,
        problems=read_problems(record.conditions, knowledge.value_sets, clock.today),
        reports=reports,
        value_sets=knowledge.value_sets,
        clock=clock,
        window=knowledge.parameters.duration("screen_window"),
        explicit=knowledge.parameters.truth("explicit_negatives"),
    )


def _problem_facts(history: History, knowledge: Knowledge) -> list[Fact]:
    """Return the facts from the problem list."""
    record, problems, today = history.record, history.problems, history.clock.today
    parameters, value_sets = knowledge.parameters, knowledge.value_sets
    pains = pain_problems(problems, value_sets, today=today, chronic_after=parameters.duration("chronic_pain_duration"))
    return [
        *condition_facts(problems),
        *unidentified_problems(problems),
        problem_list_state(record, problems, value_sets),
        *pains,
        pain_duration_state(record, pains, value_sets),
        *substance_use_facts(problems, today=today, early_remission=parameters.duration("early_remission")),
    ]


def _health_states(history: History, knowledge: Knowledge, person: Patient, scores: Sequence[Score]) -> list[Fact]:
    """Return what is known of each domain of a patient's history: those that problems make known."""
    number = knowledge.parameters.number
    limits = ScoreLimits(
        audit_c_below_male=number("audit_c_negative_below_male"),
        audit_c_below_other=number("audit_c_negative_below_other"),
        dast_10_up_to=number("dast_10_negative_up_to"),
    )
    screening = read_screening_scores(scores, person.sex, limits)
    return [
        health_domain_state(domain, history, screening if domain.name == SCORED_DOMAIN else None)
        for domain in knowledge.domains.values()
        if domain.concepts and domain.name != DOMAIN
    ]


def _pregnancy_facts(history: History, knowledge: Knowledge, person: Patient) -> list[Fact]:
    """Return the pregnancy fact and whether the status is known."""
    record, reports, clock = history.record, history.reports, history.clock
    parameters, value_sets = knowledge.parameters, knowledge.value_sets
    limits = PregnancyLimits(
        negative=parameters.duration("pregnancy_test_window"),
        positive=parameters.duration("pregnancy_positive_window"),
        conflict=parameters.duration("pregnancy_conflict_window"),
        levels=_levels(parameters),
    )
    evidence = [
        *evidence_of_tests(reports, value_sets, clock, limits),
        *evidence_of_statements(reports, value_sets, clock, limits),
        *evidence_of_problems(history.problems, knowledge.domains[DOMAIN].words, clock.first_day(limits.positive)),
        *evidence_of_procedures(record.procedures, value_sets),
    ]
    childbearing = (
        int(parameters.number("childbearing_age_lowest")),
        int(parameters.number("childbearing_age_highest")),
    )
    of_childbearing = may_be_pregnant(person.sex, possible_ages(record.patient, clock.today), childbearing)
    fact = pregnancy_fact(evidence, of_childbearing=of_childbearing)
    return [fact, pregnancy_state(record, fact, evidence, value_sets)]
