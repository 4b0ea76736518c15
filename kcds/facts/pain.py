"""Pain problems: whether the record shows pain for more than three months (E01, E12, E13, E15; CONVENTIONS 3)."""

from collections.abc import Sequence
from datetime import date

from dateutil.relativedelta import relativedelta

from kcds.facts.data_states import state_of_queries
from kcds.facts.observations import first_day_of
from kcds.facts.problems import Problem, Problems
from kcds.fhir.record import Record
from kcds.knowledge.value_sets import ValueSets
from kcds.model.facts import DataState, PainProblem
from kcds.model.queries import Query

PAIN = "pain-all"
EXPLICITLY_CHRONIC = "pain-explicitly-chronic"
ACUTE = "pain-acute-not-chronic"
NOT_ASSERTED = "pain-not-asserted"


def pain_problems(
    problems: Problems, value_sets: ValueSets, *, today: date, chronic_after: relativedelta
) -> tuple[PainProblem, ...]:
    """Return one fact for each active, recurring or relapsed problem of any pain set."""
    limit = first_day_of(chronic_after, today)
    return tuple(
        PainProblem(
            chronic=_chronicity(problem, asserts_pain=asserts_pain, limit=limit),
            explicit=EXPLICITLY_CHRONIC in problem.concepts,
            asserts_pain=asserts_pain,
            confirmed=problem.confirmed,
            onset_recorded=problem.onset_recorded,
            onset_earliest=problem.onset[0],
            onset_latest=problem.onset[1],
            label=problem.concepts[PAIN].label,
            sources=(problem.source,),
        )
        for problem in problems.of([PAIN])
        if problem.state == "active"
        for asserts_pain in (_asserts_pain(problem, value_sets),)
    )


def pain_duration_state(record: Record, pains: Sequence[PainProblem], value_sets: ValueSets) -> DataState:
    """Return whether the duration of the pain is known."""
    proving = [pain for pain in pains if pain.chronic == "yes" and pain.confirmed and pain.asserts_pain]
    gap = state_of_queries(record, [Query.CONDITIONS], {PAIN}, value_sets)
    if proving:
        state = "known"
    elif gap is not None:
        state = gap
    elif not any(pain.onset_recorded or pain.explicit for pain in pains):
        state = "missing"
    else:
        state = "known" if all(pain.chronic == "no" for pain in pains) else "uncertain"
    shown = proving or pains
    return DataState(
        domain="pain-duration", state=state, sources=tuple(source for pain in shown for source in pain.sources)
    )


def _chronicity(problem: Problem, *, asserts_pain: bool, limit: date) -> str:
    """Return yes, no or unknown: from the onset; from a code that says chronic only where no onset is recorded (E12).

    The onset of a recurrence may be that of an earlier episode, so a long one proves nothing by itself.
    """
    lasted = _lasted(problem, limit)
    if lasted == "no":
        return "no"
    if ACUTE in problem.concepts:
        return "unknown"
    if EXPLICITLY_CHRONIC in problem.concepts:
        return "yes" if lasted == "yes" or not problem.onset_recorded else "unknown"
    recurred = problem.condition.clinical_status == "recurrence"
    return "yes" if lasted == "yes" and asserts_pain and not recurred else "unknown"


def _lasted(problem: Problem, limit: date) -> str:
    """Tell whether all, none or some of the days of the possible onset lie before the limit: yes, no, unknown."""
    earliest, latest = problem.onset
    if latest is not None and latest < limit:
        return "yes"
    return "no" if earliest is not None and earliest >= limit else "unknown"


def _asserts_pain(problem: Problem, value_sets: ValueSets) -> bool:
    """Tell whether some code of the problem says that it hurts, not only that it often does."""
    for coding in problem.condition.code.codings:
        concepts = {membership.concept for membership in value_sets.memberships(coding.system, coding.code)}
        if PAIN in concepts and NOT_ASSERTED not in concepts:
            return True
    return False
