"""Substance-related problems with their state settled (C17, C18, A07, A08): one fact per problem."""

from datetime import date

from dateutil.relativedelta import relativedelta

from kcds.facts.observations import first_day_of
from kcds.facts.problems import Problem, Problems
from kcds.model.facts import SubstanceUse

SUBSTANCES = (
    ("sud-ketamine-hallucinogen-active", "ketamine-or-hallucinogen"),
    ("sud-ketamine-hallucinogen-remission", "ketamine-or-hallucinogen"),
    ("sud-opioid-active", "opioid"),
    ("oud-on-agonist-therapy", "opioid"),
    ("sud-alcohol-active", "alcohol"),
    ("sud-sedative-active", "sedative"),
    ("sud-stimulant-active", "stimulant"),
)
"""Value sets that name the substance; the first that fits counts."""

AGONIST_THERAPY = ("oud-on-agonist-therapy",)
ACTIVE = (
    "sud-active-any",
    "sud-ketamine-hallucinogen-active",
    "sud-opioid-active",
    "sud-alcohol-active",
    "sud-sedative-active",
    "sud-stimulant-active",
)
REMISSION = ("sud-remission-any", "sud-ketamine-hallucinogen-remission")
HISTORY = ("sud-history-findings",)
CAME_BACK = frozenset({"relapse", "recurrence"})
UNSPECIFIED = ("substance-use-unspecified-not-sud", "substance-related-other")
KINDS = (AGONIST_THERAPY, REMISSION, ACTIVE, HISTORY, UNSPECIFIED)
SETS = tuple(name for kind in KINDS for name in kind)


def substance_use_facts(problems: Problems, *, today: date, early_remission: relativedelta) -> tuple[SubstanceUse, ...]:
    """Return one fact for each substance-related problem."""
    limit = first_day_of(early_remission, today)
    return tuple(
        _fact(problem, concepts, limit) for problem in problems.of(SETS) if (concepts := _deciding_concepts(problem))
    )


def _deciding_concepts(problem: Problem) -> tuple[str, ...]:
    """Return the kind of code that decides what the problem says; () if it has nothing to do with substances.

    Agonist therapy outranks the opioid codes of the same problem, but of no other substance. Codes for remission and
    for an active disorder on one problem that is not past contradict each other: the safer reading counts (Q04).
    """
    present = [kind for kind in KINDS if not problem.concepts.keys().isdisjoint(kind)]
    if present[:1] == [AGONIST_THERAPY] and _substances_of(problem) != ["opioid"]:
        return ACTIVE
    if present[:2] == [REMISSION, ACTIVE] and problem.state != "past":
        return ACTIVE
    return present[0] if present else ()


def _substances_of(problem: Problem) -> list[str]:
    """Return the substances that the codes name, each once, the one that weighs most first."""
    return list(dict.fromkeys(substance for concept, substance in SUBSTANCES if concept in problem.concepts))


def _fact(problem: Problem, concepts: tuple[str, ...], limit: date) -> SubstanceUse:
    """Make the fact of one problem from the kind of code that decides."""
    match = problem.match_of(concepts)
    state = _state(problem, concepts)
    return SubstanceUse(
        substance=next(iter(_substances_of(problem)), "other"),
        state=_length_of_remission(problem, limit) if state == "remission" else state,
        confirmed=problem.confirmed,
        verified_code=match.verified if match is not None else None,
        label=match.label if match is not None else None,
        since=problem.abated[1] if state == "remission" else None,
        onset_earliest=problem.onset[0],
        onset_latest=problem.onset[1],
        sources=(problem.source,),
    )


def _state(problem: Problem, concepts: tuple[str, ...]) -> str:
    """Return what the deciding code and the clinical status say together."""
    if concepts in (HISTORY, UNSPECIFIED):
        return "history" if concepts == HISTORY else "unspecified-use"
    if concepts == AGONIST_THERAPY and (problem.state == "active" or problem.remission):
        return "on-agonist-therapy"
    if concepts == REMISSION and problem.condition.clinical_status in CAME_BACK and problem.state == "active":
        return "active"  # the status contradicts the code: the safer reading counts (Q04)
    if concepts == REMISSION or problem.remission:
        return "remission"
    if problem.state == "active":
        return "active"
    return "history" if problem.state == "past" else "unknown"


def _length_of_remission(problem: Problem, limit: date) -> str:
    """Return early or sustained remission by the possible days of the abatement, or just remission."""
    first, last = problem.abated
    if last is not None and last <= limit:
        return "sustained-remission"
    return "early-remission" if first is not None and first > limit else "remission"
