import pytest
from record_builders import record, retrievals, unreadable
from terminology import value_sets

from kcds.facts.data_states import record_state, state_of_queries
from kcds.fhir.record import Retrieval
from kcds.model.queries import TITLE_OF, Query

VALUE_SETS = value_sets()
PSYCHOSIS = {"psychosis-active"}


def test_queries_that_were_answered_and_readable_leave_no_gap() -> None:
    assert state_of_queries(record(), [Query.CONDITIONS], PSYCHOSIS, VALUE_SETS) is None


def test_a_key_that_was_left_out_is_missing() -> None:
    without = {query.value: Retrieval.GIVEN for query in Query if query is not Query.CONDITIONS}

    state = state_of_queries(record(retrieved=without), [Query.CONDITIONS], PSYCHOSIS, VALUE_SETS)

    assert state == "missing"


def test_the_worst_of_several_queries_counts() -> None:
    seen = record(retrieved=retrievals(conditions=Retrieval.INCOMPLETE, healthScreens=Retrieval.FAILED))

    state = state_of_queries(seen, [Query.CONDITIONS, Query.HEALTH_SCREENS], PSYCHOSIS, VALUE_SETS)

    assert state == "failed"


def test_a_page_that_could_not_be_had_is_incomplete() -> None:
    seen = record(retrieved=retrievals(conditions=Retrieval.INCOMPLETE))

    assert state_of_queries(seen, [Query.CONDITIONS], PSYCHOSIS, VALUE_SETS) == "incomplete"


def test_a_failure_of_another_query_does_not_matter() -> None:
    seen = record(retrieved=retrievals(allergies=Retrieval.FAILED))

    assert state_of_queries(seen, [Query.CONDITIONS], PSYCHOSIS, VALUE_SETS) is None


def test_an_unreadable_problem_matters_to_the_domain_of_its_code() -> None:
    seen = record(not_read=[unreadable("Condition", "conditions", ("icd-10-cm", "F20.0"))])

    assert state_of_queries(seen, [Query.CONDITIONS], PSYCHOSIS, VALUE_SETS) == "unreadable"


def test_an_unreadable_problem_of_another_domain_does_not_matter() -> None:
    seen = record(not_read=[unreadable("Condition", "conditions", ("icd-10-cm", "F20.0"))])

    assert state_of_queries(seen, [Query.CONDITIONS], {"pain-all"}, VALUE_SETS) is None


def test_an_unreadable_problem_with_a_known_code_of_no_value_set_does_not_matter() -> None:
    seen = record(not_read=[unreadable("Condition", "conditions", ("icd-10-cm", "S93.401A"))])

    assert state_of_queries(seen, [Query.CONDITIONS], VALUE_SETS.names(), VALUE_SETS) is None


def test_an_unreadable_problem_without_a_code_could_be_anything() -> None:
    seen = record(not_read=[unreadable("Condition", "conditions")])

    assert state_of_queries(seen, [Query.CONDITIONS], PSYCHOSIS, VALUE_SETS) == "unreadable"


def test_an_unreadable_problem_with_only_a_local_code_could_be_anything() -> None:
    seen = record(not_read=[unreadable("Condition", "conditions", ("local", "LOC-1"))])

    assert state_of_queries(seen, [Query.CONDITIONS], PSYCHOSIS, VALUE_SETS) == "unreadable"


def test_an_unreadable_answer_matters_even_if_another_query_brought_it() -> None:
    answer = unreadable("Observation", "scores", ("snomed", "69322001"))

    state = state_of_queries(record(not_read=[answer]), [Query.HEALTH_SCREENS], {"screen-psychosis"}, VALUE_SETS)

    assert state == "unreadable"


def test_an_unreadable_observation_without_codes_matters_only_where_it_was_asked_for() -> None:
    seen = record(not_read=[unreadable("Observation", "scores")])

    assert state_of_queries(seen, [Query.HEALTH_SCREENS], {"screen-psychosis"}, VALUE_SETS) is None
    assert state_of_queries(seen, [Query.SCORES], {"score-audit-c"}, VALUE_SETS) == "unreadable"


def test_an_unreadable_resource_of_a_bundle_without_keys_counts_by_its_type() -> None:
    seen = record(not_read=[unreadable("Condition", None)])

    assert state_of_queries(seen, [Query.CONDITIONS], PSYCHOSIS, VALUE_SETS) == "unreadable"
    assert state_of_queries(seen, [Query.HEALTH_SCREENS], PSYCHOSIS, VALUE_SETS) is None


def test_the_record_is_whole_when_every_query_was_answered() -> None:
    state = record_state(record())

    assert (state.domain, state.state, state.basis) == ("record", "known", "none")


@pytest.mark.parametrize("key", list(Query))
@pytest.mark.parametrize(
    ("outcome", "expected"),
    [(Retrieval.FAILED, "failed"), (Retrieval.ABSENT, "missing"), (Retrieval.INCOMPLETE, "incomplete")],
)
def test_any_query_that_was_not_answered_in_full_leaves_the_record_open(
    key: Query, outcome: Retrieval, expected: str
) -> None:
    state = record_state(record(retrieved=retrievals(**{key.value: outcome})))

    assert (state.state, state.basis) == (expected, TITLE_OF[key])


def test_the_record_names_all_that_is_open_and_says_the_worst_of_it() -> None:
    state = record_state(record(retrieved=retrievals(medicationStatements=Retrieval.ABSENT, ecg=Retrieval.FAILED)))

    assert (state.state, state.basis) == ("failed", "medication statements, ECG")
