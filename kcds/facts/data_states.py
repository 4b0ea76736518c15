"""Whether the queries behind a data domain were answered in full: else absence in the domain proves nothing."""

from collections.abc import Collection, Iterable

from kcds.fhir.record import Record, Retrieval, Unreadable
from kcds.knowledge.value_sets import ValueSets
from kcds.model.code_systems import ICD_10_CM, LOINC, RXNORM, SNOMED
from kcds.model.facts import DataState
from kcds.model.queries import TITLE_OF, TYPE_OF_KEY, Query

COMPLETE_SYSTEMS = frozenset({SNOMED, ICD_10_CM, LOINC, RXNORM})
"""Systems of our value sets: a code of theirs that is in no value set is known not to matter."""

_GIVEN, _ABSENT = Retrieval.GIVEN, Retrieval.ABSENT
_QUERIES = tuple(Query)
_GAPS = (
    (Retrieval.FAILED, "failed"),
    (Retrieval.ABSENT, "missing"),
    (Retrieval.INCOMPLETE, "incomplete"),
)
"""What became of a query, worst first, and the state of a domain that rests on it."""


def state_of_queries(
    record: Record, queries: Collection[Query], concepts: Collection[str] | None, value_sets: ValueSets
) -> str | None:
    """Return failed, missing, incomplete or unreadable; None if all queries were answered and all could be read.

    An unreadable resource whose codes belong to none of `concepts` does not matter. With `concepts` None all matter.
    """
    gap = _gap(record, queries)
    if gap is not None or not record.unreadable:
        return gap
    asked = frozenset(queries)
    lost = any(_counts(one, asked, concepts, value_sets) for one in record.unreadable)
    return "unreadable" if lost else None


def all_answered(record: Record) -> bool:
    """Tell whether every query was answered in full and everything could be read."""
    return not record.unreadable and _gap(record, _QUERIES) is None


def record_state(record: Record) -> DataState:
    """Return whether every query was answered in full; its basis names those that were not.

    A query that no other domain needs may still hold what changes the advice. While one is not answered nobody is a
    candidate, whatever the others say. That all were answered says nothing about the patient: no card lists it.
    """
    state = _gap(record, _QUERIES)
    if state is None:
        return DataState(domain="record", state="known", basis="none")
    open_queries = [query for query in _QUERIES if _gap(record, [query]) is not None]
    return DataState(domain="record", state=state, basis=", ".join(TITLE_OF[query] for query in open_queries))


def _gap(record: Record, queries: Iterable[Query]) -> str | None:
    """Return the worst of what became of these queries; None if all were answered in full."""
    retrievals = record.retrievals
    open_outcomes: set[Retrieval] = set()
    for query in queries:  # asked some thirty times a request, and nearly always all were given: no set is made of that
        outcome = retrievals.get(query, _ABSENT)
        if outcome is not _GIVEN:
            open_outcomes.add(outcome)
    return next((state for outcome, state in _GAPS if outcome in open_outcomes), None) if open_outcomes else None


def _counts(lost: Unreadable, asked: frozenset[Query], concepts: Collection[str] | None, value_sets: ValueSets) -> bool:
    """Tell whether an unreadable resource could have said something about the concepts.

    One whose codes say what it was about counts wherever it came from; any other counts where it was asked for.
    """
    of_type = any(TYPE_OF_KEY[query] == lost.type for query in asked)
    if concepts is not None and lost.codes and (said := _concepts_said(lost, value_sets)) is not None:
        return of_type and not said.isdisjoint(concepts)
    return lost.key in asked or (lost.key is None and of_type)


def _concepts_said(lost: Unreadable, value_sets: ValueSets) -> frozenset[str] | None:
    """Return the concepts of an unreadable resource's codes; None if no code is of a system that we know."""
    said = frozenset(
        membership.concept for system, code in lost.codes for membership in value_sets.memberships(system, code)
    )
    return said if said or any(system in COMPLETE_SYSTEMS for system, _ in lost.codes) else None
