"""Whether every cardiovascular event can be placed before or after the line of the stop (C04, E13)."""

import pytest
from record_builders import TODAY, problem, record, retrievals, span, unreadable
from terminology import CLOCK, parameters, value_sets

from kcds.facts.cardiovascular_events import cardiovascular_event_state
from kcds.facts.health_domains import History
from kcds.facts.observations import read_reports
from kcds.facts.problems import read_problems
from kcds.fhir.record import Condition, Record, Retrieval
from kcds.model.facts import DataState

INFARCTION = ("icd-10-cm", "I21.4")
STROKE = ("icd-10-cm", "I63.9")


def placed(seen: Record) -> DataState:
    history = History(
        record=seen,
        problems=read_problems(seen.conditions, value_sets(), TODAY),
        reports=read_reports((), value_sets(), CLOCK),
        value_sets=value_sets(),
        clock=CLOCK,
        window=parameters().duration("screen_window"),
        explicit=False,
    )
    return cardiovascular_event_state(history, parameters().duration("cardiovascular_event_hold"))


@pytest.mark.parametrize(
    ("event", "state"),
    [
        (problem(INFARCTION, onset="2026-10-11"), "known"),
        (problem(INFARCTION, onset="2026-10-10"), "known"),
        (problem(INFARCTION, onset=span("2026-10-10", "2026-10-11")), "uncertain"),
        (problem(INFARCTION, onset="2026-11"), "known"),
        (problem(INFARCTION, onset="2026-10"), "uncertain"),
        (problem(INFARCTION, onset="2025"), "known"),
        (problem(INFARCTION, onset="2026"), "uncertain"),
        (problem(INFARCTION), "uncertain"),
        (problem(INFARCTION, onset="2027-01-01"), "uncertain"),
        (problem(INFARCTION, clinical="resolved"), "uncertain"),
        (problem(STROKE, clinical="resolved", abatement="2026-10-10"), "known"),
        (problem(STROKE, clinical="resolved", abatement="2026-10-11"), "uncertain"),
        (problem(INFARCTION, onset="2026-11-01", verification="provisional"), "uncertain"),
        (problem(INFARCTION, onset="2020-11-01", verification="provisional"), "known"),
        (problem(INFARCTION, verification="refuted"), "none-recorded"),
        (problem(("icd-10-cm", "I10")), "none-recorded"),
    ],
    ids=str,
)
def test_an_event_is_placed_by_its_onset_or_by_its_end(event: Condition, state: str) -> None:
    assert placed(record(conditions=[event])).state == state


def test_one_event_that_cannot_be_placed_is_enough_and_is_named() -> None:
    found = placed(record(conditions=[problem(STROKE, onset="2020-01-01", id_="a"), problem(INFARCTION, id_="b")]))

    assert (found.state, found.basis, found.sources) == ("uncertain", "unspecified-entry", ("Condition/b",))


def test_without_the_problem_list_nothing_is_known_of_events() -> None:
    old = problem(STROKE, onset="2020-01-01")

    assert placed(record(conditions=[old], retrieved=retrievals(conditions=Retrieval.INCOMPLETE))).state == "incomplete"
    assert placed(record(retrieved=retrievals(conditions=Retrieval.FAILED))).state == "failed"
    assert placed(record(not_read=[unreadable("Condition", "conditions", STROKE)])).state == "unreadable"
