"""Explicit answers to a health question, such as "psychosis: no" (CONVENTIONS 1): one a question, or a panel."""

from collections.abc import Iterable
from datetime import date

from dateutil.relativedelta import relativedelta

from kcds.facts.observations import Clock, Report, Reports, names_of
from kcds.fhir.record import ObservationValue
from kcds.knowledge.value_sets import ValueSets
from kcds.model.immutable import immutable

NO = "answer-no"
YES = "answer-yes"


@immutable
class Answers:
    """The answers to one question, as references of the observations that hold them."""

    no: tuple[str, ...] = ()  # valid and in date: the only ones that clear
    yes: tuple[str, ...] = ()  # all that raise concern, also preliminary, undated, damaged and future-dated ones
    old_no: tuple[str, ...] = ()
    day: date | None = None  # of the latest valid answer


NOT_ASKED = Answers()


def read_answers(
    reports: Reports, question: str, value_sets: ValueSets, clock: Clock, window: relativedelta
) -> Answers:
    """Return what was answered to a question. An old "yes" raises concern while there is no newer "no" in date."""
    asked = reports.about(question)
    if not (asked or reports.future or reports.undated or reports.damaged):
        return NOT_ASKED
    sound = [report for report in asked if not report.preliminary]
    current = [report for report in sound if clock.within(report.day, window)]
    old = [report for report in sound if not clock.within(report.day, window)]
    doubtful = [report for report in asked if report.preliminary]
    doubtful += [*reports.future, *reports.undated, *reports.damaged]
    no = _saying(current, question, value_sets, answer=False)
    yes = _saying([*current, *doubtful], question, value_sets, answer=True)
    old_yes = _saying(old, question, value_sets, answer=True)
    days = [report.day for report in current if report.source in {*no, *yes}]
    return Answers(
        no=no,
        yes=yes if no else yes + old_yes,
        old_no=_saying(old, question, value_sets, answer=False),
        day=max(days, default=None),
    )


def _saying(reports: Iterable[Report], question: str, value_sets: ValueSets, *, answer: bool) -> tuple[str, ...]:
    """Return the reports in which the question is answered so."""
    return tuple(
        report.source
        for report in reports
        if question in report.concepts
        and any(_says(value, value_sets) is answer for value in report.values_of(question))
    )


def _says(value: ObservationValue, value_sets: ValueSets) -> bool | None:
    """Return True for yes, False for no, None for anything else; a value that says both says yes."""
    names = names_of(value.answer, value_sets) if value.answer is not None else frozenset()
    if value.boolean is True or YES in names:
        return True
    return False if value.boolean is False or NO in names else None
