"""Facts on single problems: one per problem and concept, whatever its state; and active problems we cannot identify."""

from collections.abc import Iterable

from kcds.facts.data_states import COMPLETE_SYSTEMS, state_of_queries
from kcds.facts.problems import Problem, Problems
from kcds.facts.shown_text import shown_text
from kcds.fhir.record import Record
from kcds.knowledge.value_sets import ValueSets
from kcds.model.facts import Condition, DataState, UnidentifiedProblem
from kcds.model.queries import Query

TEXT_LENGTH = 80
"""Characters of a problem's own text that a card may show."""


def condition_facts(problems: Iterable[Problem]) -> tuple[Condition, ...]:
    """Return one fact for each problem and each concept that it belongs to."""
    return tuple(
        Condition(
            concept=concept,
            code=match.code,
            label=match.label,
            state=problem.state,
            remission=problem.remission,
            confirmed=problem.confirmed,
            verified_code=match.verified,
            onset_earliest=problem.onset[0],
            onset_latest=problem.onset[1],
            abated_earliest=problem.abated[0],
            abated_latest=problem.abated[1],
            entry=problem.source,
            sources=(problem.source,),
        )
        for problem in problems
        for concept, match in problem.concepts.items()
    )


def unidentified_problems(problems: Problems) -> tuple[UnidentifiedProblem, ...]:
    """Return the problems, not past, that no code of a system we know identifies."""
    return tuple(
        UnidentifiedProblem(reason=reason, text=_shown_text(problem), sources=(problem.source,))
        for problem in problems.unplaced
        if (reason := reason_unidentified(problem)) is not None
    )


def reason_unidentified(problem: Problem) -> str | None:
    """Return why a problem is not identified: text-only, unknown-system or no-code; None if it is."""
    if problem.concepts:
        return None
    codings = [coding for coding in problem.condition.code.codings if coding.code]
    if any(coding.system in COMPLETE_SYSTEMS for coding in codings):
        return None
    if codings:
        return "unknown-system"
    return "text-only" if _shown_text(problem) else "no-code"


def problem_list_state(record: Record, problems: Problems, value_sets: ValueSets) -> DataState:
    """Return whether the problem list was received and holds at least one valid entry (CONVENTIONS 1)."""
    any_concept = value_sets.names() if record.unreadable else ()  # long, and asked for of what is unreadable only
    gap = state_of_queries(record, [Query.CONDITIONS], any_concept, value_sets)
    return DataState(domain="problem-list", state=gap or ("known" if problems else "missing"))


def _shown_text(problem: Problem) -> str | None:
    """Return the problem's own words, shortened: for the card only."""
    code = problem.condition.code
    words = code.text or next((coding.display for coding in code.codings if coding.display), None)
    return shown_text(words, TEXT_LENGTH)
