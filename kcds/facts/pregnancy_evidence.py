"""Everything in a record that says something about pregnancy, each with what it is worth (CONVENTIONS 5).

A positive statement counts for as long as a pregnancy can last. A negative test counts for days. What is preliminary,
undated, damaged or dated in the future may raise doubt and never clears.
"""

from collections.abc import Iterable, Iterator
from datetime import date

from dateutil.relativedelta import relativedelta

from kcds.facts.health_domains import names_one_of
from kcds.facts.observations import Clock, Report, Reports, names_of
from kcds.facts.pregnancy_tests import Levels, result_of
from kcds.facts.problems import Problem, Problems
from kcds.fhir.record import ObservationValue, Procedure
from kcds.knowledge.value_sets import ValueSets
from kcds.model.immutable import immutable

TEST = "obs-hcg"
STATUS = "obs-pregnancy-status"
PREGNANT_ANSWER = "answer-pregnant"
PREGNANT = "pregnancy"
PERHAPS = "pregnancy-possible"
NOT_PREGNANT = "not-pregnant-findings"
IMPOSSIBLE = "pregnancy-not-possible"
PROBLEM_SETS = (PREGNANT, PERHAPS, NOT_PREGNANT, IMPOSSIBLE)


@immutable
class PregnancyLimits:
    """How long a negative test and a positive statement count, and from which level a test is positive.

    A positive test older than `conflict` no longer outweighs a valid negative one.
    """

    negative: relativedelta
    positive: relativedelta
    conflict: relativedelta
    levels: Levels


@immutable
class Evidence:
    """One thing that speaks for or against pregnancy.

    `says`: pregnant | old-positive (test) | doubt | negative (valid test) | old-negative | denied (a statement, no
    test) | excluded.
    A doubt ends with a valid negative test of a day after `settled_after`; one without that day does not end so.
    """

    says: str
    basis: str  # test | status-observation | problem-list | procedure
    source: str
    day: date | None = None
    settled_after: date | None = None


def evidence_of_tests(
    reports: Reports, value_sets: ValueSets, clock: Clock, limits: PregnancyLimits
) -> Iterator[Evidence]:
    """Give what the pregnancy tests say."""
    for report, sound in _all_of(reports, TEST):
        results = {result_of(value, value_sets, limits.levels) for value in report.values_of(TEST)}
        in_date = clock.within(report.day, limits.negative)
        if "positive" in results and sound and not clock.within(report.day, limits.conflict):
            yield from _positive(report, "test", clock, limits, says="old-positive")
        elif "positive" in results:
            yield from _positive(report, "test", clock, limits, says="pregnant" if sound else "doubt")
        elif "unclear" in results and in_date:
            yield Evidence("doubt", "test", report.source, report.day, settled_after=report.day)
        elif "negative" in results and sound:
            yield Evidence("negative" if in_date else "old-negative", "test", report.source, report.day)


def clear_results(reports: Reports, value_sets: ValueSets, levels: Levels) -> dict[date, str]:
    """Return what the final tests of each day showed, where that is clear; a positive one outweighs the others."""
    results: dict[date, str] = {}
    for report in reports.about(TEST):
        said = {result_of(value, value_sets, levels) for value in report.values_of(TEST)}
        clear = next((result for result in ("positive", "negative") if result in said), None)
        if clear is not None and not report.preliminary and results.get(report.day) != "positive":
            results[report.day] = clear
    return results


def evidence_of_statements(
    reports: Reports, value_sets: ValueSets, clock: Clock, limits: PregnancyLimits
) -> Iterator[Evidence]:
    """Give what recorded pregnancy statuses say."""
    for report, sound in _all_of(reports, STATUS):
        said = frozenset().union(*(_statement(value, value_sets) for value in report.values_of(STATUS)))
        in_date = clock.within(report.day, limits.positive)
        if PREGNANT_ANSWER in said:
            says = "pregnant" if sound else "doubt"
            yield from _positive(report, "status-observation", clock, limits, says=says)
        elif PERHAPS in said and in_date:
            yield Evidence("doubt", "status-observation", report.source, report.day, settled_after=report.day)
        elif NOT_PREGNANT in said and in_date and sound:
            yield Evidence("denied", "status-observation", report.source, report.day)


def evidence_of_problems(problems: Problems, words: Iterable[str], oldest: date) -> Iterator[Evidence]:
    """Give what the problem list says; a pregnancy that began before `oldest` must be over, so it is only a doubt."""
    names = tuple(words)
    for problem in (*problems.of(PROBLEM_SETS), *problems.unplaced):
        impossible = problem.match_of([IMPOSSIBLE])
        if impossible is not None and impossible.verified and problem.confirmed:
            yield Evidence("excluded", "problem-list", problem.source)
        if problem.state == "past":
            continue
        if problem.is_sure([PREGNANT]) and not _began_before(problem, oldest):
            yield Evidence("pregnant", "problem-list", problem.source)
        elif problem.match_of([PREGNANT, PERHAPS]) or names_one_of(problem, names):
            yield Evidence("doubt", "problem-list", problem.source, settled_after=date.min)
        elif problem.match_of([NOT_PREGNANT]):
            yield Evidence("denied", "problem-list", problem.source)


def evidence_of_procedures(procedures: Iterable[Procedure], value_sets: ValueSets) -> Iterator[Evidence]:
    """Give the completed procedures after which pregnancy is impossible; unverified codes do not count."""
    for procedure in procedures:
        if procedure.status != "completed" or IMPOSSIBLE not in names_of(procedure.code, value_sets):
            continue
        verified = {
            membership.concept
            for coding in procedure.code.codings
            for membership in value_sets.memberships(coding.system, coding.code)
            if membership.verified
        }
        if IMPOSSIBLE in verified:
            yield Evidence("excluded", "procedure", procedure.reference)


def _all_of(reports: Reports, concept: str) -> Iterator[tuple[Report, bool]]:
    """Give every report of a concept and whether it is sound: final, dated, whole and not of the future."""
    doubtful = (*reports.future, *reports.undated, *reports.damaged)
    for report in reports.about(concept):
        yield report, not report.preliminary
    for report in doubtful:
        if concept in report.concepts:
            yield report, False


def _positive(report: Report, basis: str, clock: Clock, limits: PregnancyLimits, *, says: str) -> Iterator[Evidence]:
    """Give a positive report for as long as a pregnancy can last; as a doubt it is one that no other test settles."""
    if clock.within(report.day, limits.positive):
        yield Evidence(says, basis, report.source, report.day)


def _statement(value: ObservationValue, value_sets: ValueSets) -> frozenset[str]:
    """Return the value sets of a recorded status."""
    return names_of(value.answer, value_sets) if value.answer is not None else frozenset()


def _began_before(problem: Problem, oldest: date) -> bool:
    """Tell whether a pregnancy certainly began before a day: by its onset, else by the day it was recorded."""
    recorded = problem.condition.recorded
    began = problem.onset[1] or (recorded.latest if recorded is not None else None)
    return began is not None and began < oldest
