"""Procedures, one fact for each concept (E04, M13, Q09), and the days of those that show that a check was done."""

from collections.abc import Iterable
from datetime import date
from operator import attrgetter

from kcds.facts.observations import Clock
from kcds.facts.repaired import lost_of
from kcds.fhir import record
from kcds.fhir.record import Concept
from kcds.knowledge.value_sets import ValueSets
from kcds.model.facts import Procedure

STATES = {
    "completed": "completed",
    "in-progress": "in-progress",
    "on-hold": "in-progress",
    "preparation": "planned",
    "stopped": "stopped",
}
VOID = frozenset({"entered-in-error", "not-done"})


def procedure_facts(
    procedures: Iterable[record.Procedure], value_sets: ValueSets, clock: Clock
) -> tuple[Procedure, ...]:
    """Return one fact for each procedure and concept. One that is said to be done in the future is planned."""
    known: dict[tuple[tuple[str | None, str | None], ...], list[tuple[str, str]]] = {}
    facts: list[Procedure] = []
    for procedure in sorted(procedures, key=attrgetter("reference")):
        if procedure.status in VOID:
            continue
        codes = tuple([(one.system, one.code) for one in procedure.code.codings])
        concepts = known.get(codes)
        if concepts is None:
            concepts = known[codes] = sorted(_concepts(procedure.code, value_sets).items())
        state, day, sources = _state(procedure, clock), day_of(procedure), (procedure.reference,)
        facts += [
            Procedure(concept=concept, state=state, date=day, label=label, sources=sources)
            for concept, label in concepts
        ]
    return tuple(facts)


def damaged_procedures(procedures: Iterable[record.Procedure]) -> tuple[str, ...]:
    """Return the procedures of which the code or the time was repaired away."""
    damaged = (one for one in procedures if one.status not in VOID and lost_of(one, "code", "performed"))
    return tuple(sorted(one.reference for one in damaged))


def day_of(procedure: record.Procedure) -> date | None:
    """Return the day on which a procedure ended, or else began: of a partial date the first possible one."""
    if procedure.performed is None:
        return None
    moment = procedure.performed.end or procedure.performed.start
    return moment.earliest if moment is not None else None


def procedure_days(facts: Iterable[Procedure], concept: str) -> dict[date, set[str]]:
    """Return the days on which a procedure of a concept was completed, and the resources that say so."""
    days: dict[date, set[str]] = {}
    for fact in facts:
        if fact.concept == concept and fact.state == "completed" and fact.date is not None:
            days.setdefault(fact.date, set()).update(fact.sources)
    return days


def _state(procedure: record.Procedure, clock: Clock) -> str:
    """Say how far a procedure has come."""
    state = STATES.get(procedure.status or "", "unknown")
    start = procedure.performed.start if procedure.performed is not None else None
    begun_later = start is not None and start.earliest is not None and clock.is_future(start.earliest, start.instant)
    return "planned" if state == "completed" and begun_later else state


def _concepts(code: Concept, value_sets: ValueSets) -> dict[str, str]:
    """Return the concepts of a procedure's code, each with the display of our value set."""
    return {
        one.concept: one.display
        for coding in code.codings
        for one in value_sets.memberships(coding.system, coding.code)
    }
