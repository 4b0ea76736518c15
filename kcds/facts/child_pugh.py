"""The Child-Pugh class of a liver disease (C14, A04): five parts of 1 to 3 points each.

Missing is never taken as normal: without all five parts there is no class, only the least and the most points that the
record allows. Ascites and encephalopathy are absent only if somebody said so; a code names no grade, so a recorded one
is worth 2 or 3 points. If all that is possible lies within one class, that is the class.
"""

from collections.abc import Sequence

from kcds.facts.data_states import state_of_queries
from kcds.facts.health_answers import read_answers
from kcds.facts.health_domains import History
from kcds.facts.measurements import LIVER_TESTS, latest_reading, read_measurements
from kcds.facts.observations import downwards
from kcds.facts.problems import Problem
from kcds.knowledge.domains import Domain
from kcds.knowledge.parameters import Parameters
from kcds.model.facts import ChildPugh, DataState
from kcds.model.immutable import immutable
from kcds.model.queries import Query

DOMAIN = "child-pugh"
LIVER = "liver"
MEASURED = ("bilirubin", "albumin", "inr")
SIGNS = (("ascites", "screen-ascites"), ("hepatic-encephalopathy", "screen-encephalopathy"))
"""Value set of the problems, and of the question whose answer "no" excludes them."""
NONE, MIDDLE = 1, 2
"""Points of a part that is normal or absent, and of one between that and the worst."""


@immutable
class Part:
    """The points that one part may be worth, and what says so; not known without a source."""

    low: int
    high: int
    sources: tuple[str, ...] = ()


def child_pugh_facts(history: History, liver: Domain, parameters: Parameters) -> tuple[ChildPugh | DataState, ...]:
    """Return the class, where a liver disease is certain, and how well it is known.

    A doubtful one is asked about as liver history; until then its class is of no concern.
    """
    diseased = [
        one for one in history.problems.of(liver.concepts) if one.state == "active" and one.is_sure(liver.concepts)
    ]
    if not diseased:
        gap = state_of_queries(history.record, [Query.CONDITIONS], liver.concepts, history.value_sets)
        return (DataState(domain=DOMAIN, state=gap or "known", basis=None if gap else "none"),)
    parts = [
        *(_measured(concept, history, parameters) for concept in MEASURED),
        *(_sign(problems, question, history, parameters) for problems, question in SIGNS),
    ]
    low, high = sum(part.low for part in parts), sum(part.high for part in parts)
    complete = all(part.sources for part in parts)
    grade = _grade(low, parameters) if complete and _grade(low, parameters) == _grade(high, parameters) else None
    sources = tuple(sorted({*(one.source for one in diseased), *(s for part in parts for s in part.sources)}))
    fact = ChildPugh(grade=grade, points_low=float(low), points_high=float(high), sources=sources)
    return fact, _state(history, fact, complete=complete)


def _measured(concept: str, history: History, parameters: Parameters) -> Part:
    """Return the points of the latest valid test within the window of liver tests."""
    (kind,) = (one for one in LIVER_TESTS if one.concept == concept)
    window = parameters.duration("liver_test_window")
    worst = int(parameters.number("child_pugh_part_most"))
    readings = read_measurements(history.reports, kind, parameters)
    latest = latest_reading([one for one in readings if history.clock.within(one.day, window)], kind)
    if latest is None:
        return Part(NONE, worst)
    first, last = (float(parameters.number(f"child_pugh_{concept}_{end}")) for end in ("middle_from", "middle_to"))
    value = float(latest.value)  # a converted unit leaves crumbs that a Decimal keeps
    bad, good = (value < first, value > last) if kind.worse is downwards else (value > last, value < first)
    points = worst if bad else NONE if good else MIDDLE
    return Part(points, worst if latest.open else points, (latest.source,))


def _sign(problems: str, question: str, history: History, parameters: Parameters) -> Part:
    """Return the points of ascites or encephalopathy: as a problem, or by the answer to the question about it."""
    worst = int(parameters.number("child_pugh_part_most"))
    recorded = [one for one in history.problems.of([problems]) if one.state != "past"]
    sure = _sources([one for one in recorded if one.is_sure([problems])])
    if sure:
        return Part(MIDDLE, worst, sure)
    answers = read_answers(history.reports, question, history.value_sets, history.clock, history.window)
    if recorded or answers.yes or not answers.no:
        return Part(NONE, worst)
    return Part(NONE, NONE, answers.no)


def _grade(points: int, parameters: Parameters) -> str:
    """Return the class of so many points."""
    if points >= parameters.number("child_pugh_c_from"):
        return "C"
    return "B" if points >= parameters.number("child_pugh_b_from") else "A"


def _state(history: History, fact: ChildPugh, *, complete: bool) -> DataState:
    """Say how well the class is known. If all parts are there and yet two classes possible, some grade is missing."""
    if fact.grade is not None:
        return DataState(domain=DOMAIN, state="known", sources=fact.sources)
    if complete:
        return DataState(domain=DOMAIN, state="uncertain", basis="unspecified-entry", sources=fact.sources)
    concepts = {f"measure-{concept}" for concept in MEASURED} | {name for pair in SIGNS for name in pair}
    queries = [Query.LIVER_TESTS, Query.CONDITIONS, Query.HEALTH_SCREENS]
    gap = state_of_queries(history.record, queries, concepts, history.value_sets)
    return DataState(domain=DOMAIN, state=gap or "missing")


def _sources(problems: Sequence[Problem]) -> tuple[str, ...]:
    """Return the references of problems."""
    return tuple(problem.source for problem in problems)
