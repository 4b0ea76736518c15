from datetime import date

import pytest
from record_builders import TODAY, at, problem, record, retrievals, span, unreadable
from terminology import value_sets

from kcds.facts.conditions import condition_facts, problem_list_state, unidentified_problems
from kcds.facts.problems import read_problems
from kcds.fhir.record import Condition as Recorded
from kcds.fhir.record import Retrieval
from kcds.model.facts import Condition, UnidentifiedProblem

VALUE_SETS = value_sets()
SCHIZOPHRENIA = ("icd-10-cm", "F20.0")


def facts_of(*conditions: Recorded) -> tuple[Condition, ...]:
    return condition_facts(read_problems(conditions, VALUE_SETS, TODAY))


def only_fact_of(condition: Recorded) -> Condition:
    (fact,) = facts_of(condition)
    return fact


def unidentified(*conditions: Recorded) -> tuple[UnidentifiedProblem, ...]:
    return unidentified_problems(read_problems(conditions, VALUE_SETS, TODAY))


def list_state(*conditions: Recorded, **changed: Retrieval) -> str | None:
    seen = record(conditions=conditions, retrieved=retrievals(**changed))
    return problem_list_state(seen, read_problems(conditions, VALUE_SETS, TODAY), VALUE_SETS).state


# ---- one fact per problem and concept


def test_a_problem_becomes_one_fact_for_each_concept_it_belongs_to() -> None:
    facts = facts_of(problem(("icd-10-cm", "F11.20")))

    assert {fact.concept for fact in facts} == {"sud-active-any", "sud-opioid-active"}
    assert {fact.code for fact in facts} == {"icd-10-cm:F11.20"}
    assert {fact.sources for fact in facts} == {("Condition/c1",)}


def test_two_codes_of_one_problem_in_one_concept_are_one_fact() -> None:
    both = problem(("snomed", "4926007"), ("snomed", "4926007"))

    assert [fact.concept for fact in facts_of(both)] == ["psychosis-remission"]


def test_the_label_is_ours_and_never_the_text_of_the_record() -> None:
    fact = only_fact_of(problem(("icd-10-cm", "F20.0", "cleared by specialist"), text="ignore this"))

    assert fact.label == "Paranoid schizophrenia"


def test_a_code_of_no_value_set_gives_no_fact() -> None:
    assert facts_of(problem(("icd-10-cm", "S93.401A"))) == ()


@pytest.mark.parametrize("verification", ["refuted", "entered-in-error"])
def test_a_void_problem_gives_no_fact_at_all(verification: str) -> None:
    assert facts_of(problem(SCHIZOPHRENIA, verification=verification)) == ()


@pytest.mark.parametrize(
    ("verification", "confirmed"),
    [
        ("confirmed", True),
        (None, True),
        ("unconfirmed", False),
        ("provisional", False),
        ("differential", False),
        ("something-else", False),  # a code we do not know proves nothing
    ],
)
def test_only_confirmed_problems_and_those_without_a_statement_are_confirmed(
    verification: str | None,
    confirmed: bool,  # noqa: FBT001
) -> None:
    assert only_fact_of(problem(SCHIZOPHRENIA, verification=verification)).confirmed is confirmed


@pytest.mark.parametrize("element", ["verificationStatus", "code"])
def test_a_problem_whose_certainty_was_damaged_is_not_confirmed(element: str) -> None:
    assert only_fact_of(problem(SCHIZOPHRENIA, verification=None, repaired=[element])).confirmed is False


def test_a_code_that_no_source_confirmed_is_marked_so() -> None:
    unverified = next(code for code in VALUE_SETS.codes_of("pregnancy-not-possible") if not code.verified)

    fact = only_fact_of(problem((unverified.system, unverified.code)))

    assert fact.verified_code is False


def test_a_verified_code_beside_an_unverified_one_decides() -> None:
    unverified = next(code for code in VALUE_SETS.codes_of("pregnancy-not-possible") if not code.verified)

    fact = only_fact_of(problem((unverified.system, unverified.code), ("icd-10-cm", "Z90.710")))

    assert (fact.verified_code, fact.code) == (True, "icd-10-cm:Z90.710")


# ---- state


@pytest.mark.parametrize(
    ("clinical", "abatement", "state"),
    [
        ("active", None, "active"),
        ("recurrence", None, "active"),
        ("relapse", None, "active"),
        ("inactive", None, "past"),
        ("remission", None, "past"),
        ("resolved", None, "past"),
        (None, None, "unknown"),
        ("something-else", None, "unknown"),
        (None, "2026-11-21", "past"),  # abated today
        (None, "2026-11-22", "unknown"),  # abates tomorrow
        (None, "2026-11", "unknown"),  # some day of this month, perhaps to come
        (None, "2026-10", "past"),
        ("active", "2026-11-22", "active"),
        ("active", "2026-11-20", "unknown"),  # active and yet abated: a contradiction
        ("active", "2026-11", "unknown"),  # perhaps abated
    ],
)
def test_state_comes_from_the_clinical_status_and_the_abatement(
    clinical: str | None, abatement: str | None, state: str
) -> None:
    assert only_fact_of(problem(SCHIZOPHRENIA, clinical=clinical, abatement=abatement)).state == state


def test_a_problem_that_abated_on_an_unknown_day_is_past() -> None:
    assert only_fact_of(problem(SCHIZOPHRENIA, clinical=None, abated=True)).state == "past"


def test_an_active_problem_that_abated_on_an_unknown_day_is_a_contradiction() -> None:
    assert only_fact_of(problem(SCHIZOPHRENIA, abated=True)).state == "unknown"


def test_an_abatement_that_was_invalid_makes_the_state_unknown() -> None:
    damaged = problem(SCHIZOPHRENIA, clinical="active", abated=True, repaired=["abatementDateTime"])

    assert only_fact_of(damaged).state == "unknown"


def test_an_invalid_abatement_does_not_make_a_resolved_problem_unknown() -> None:
    damaged = problem(SCHIZOPHRENIA, clinical="resolved", abated=True, repaired=["abatementDateTime"])

    assert only_fact_of(damaged).state == "past"


def test_remission_is_told_apart_from_other_past_problems() -> None:
    remitted = only_fact_of(problem(SCHIZOPHRENIA, clinical="remission"))
    resolved = only_fact_of(problem(SCHIZOPHRENIA, clinical="resolved"))

    assert (remitted.remission, resolved.remission) == (True, False)


# ---- dates


def test_a_partial_onset_is_a_span_of_days_that_ends_today_at_the_latest() -> None:
    fact = only_fact_of(problem(SCHIZOPHRENIA, onset="2026"))

    assert (fact.onset_earliest, fact.onset_latest) == (date(2026, 1, 1), TODAY)


def test_an_onset_period_is_uncertain_over_its_whole_length() -> None:
    fact = only_fact_of(problem(SCHIZOPHRENIA, onset=span("2024-01-10", "2024-03-01")))

    assert (fact.onset_earliest, fact.onset_latest) == (date(2024, 1, 10), date(2024, 3, 1))


def test_of_an_open_onset_period_the_start_counts() -> None:
    fact = only_fact_of(problem(SCHIZOPHRENIA, onset=span("2024-01-10")))

    assert (fact.onset_earliest, fact.onset_latest) == (date(2024, 1, 10), date(2024, 1, 10))


@pytest.mark.parametrize(
    "damaged",
    [
        problem(SCHIZOPHRENIA, onset="2026-11-22"),  # tomorrow
        problem(SCHIZOPHRENIA, onset=None, repaired=["onsetDateTime"]),
    ],
)
def test_an_onset_in_the_future_or_repaired_away_is_not_known(damaged: Recorded) -> None:
    fact = only_fact_of(damaged)

    assert (fact.onset_earliest, fact.onset_latest) == (None, None)


def test_the_abatement_of_a_past_problem_is_kept() -> None:
    fact = only_fact_of(problem(SCHIZOPHRENIA, clinical="resolved", abatement=at("2018-05")))

    assert (fact.abated_earliest, fact.abated_latest) == (date(2018, 5, 1), date(2018, 5, 31))


# ---- problems nobody can identify


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        (problem(text="bad nerves"), "text-only"),
        (problem(("local", "LOC-7", "Bad nerves")), "unknown-system"),
        (problem(("icd-9-cm", "304.00")), "unknown-system"),
        (problem(("icd-10", "F20.0")), "unknown-system"),  # WHO codes of four characters are not those of ICD-10-CM
        (problem(), "no-code"),
        (problem(text="bad nerves", clinical=None), "text-only"),  # status unknown: it may be active
    ],
)
def test_an_active_problem_without_a_code_that_we_know_is_listed(condition: Recorded, reason: str) -> None:
    assert [one.reason for one in unidentified(condition)] == [reason]


@pytest.mark.parametrize(
    "condition",
    [
        problem(("icd-10-cm", "S93.401A")),  # known not to matter
        problem(("local", "LOC-7"), ("icd-10-cm", "F20.0")),  # one known code is enough
        problem(("icd-10", "F29")),  # categories are the same in ICD-10 and ICD-10-CM
        problem(text="bad nerves", clinical="resolved"),
        problem(text="bad nerves", verification="entered-in-error"),
    ],
)
def test_identified_past_and_void_problems_are_not_listed(condition: Recorded) -> None:
    assert unidentified(condition) == ()


def test_the_text_of_an_unidentified_problem_is_shortened_for_the_card() -> None:
    (fact,) = unidentified(problem(text="  bad\n nerves " + "and joints " * 9))

    assert fact.text is not None
    assert fact.text.startswith("bad nerves and joints")
    assert fact.text.endswith("…")
    assert len(fact.text) <= 80


# ---- the problem list as a whole


def test_a_problem_list_with_one_valid_entry_is_known() -> None:
    assert list_state(problem(("icd-10-cm", "S93.401A"))) == "known"


@pytest.mark.parametrize("conditions", [(), (problem(SCHIZOPHRENIA, verification="refuted"),)])
def test_a_problem_list_without_a_valid_entry_says_nothing(conditions: tuple[Recorded, ...]) -> None:
    assert list_state(*conditions) == "missing"


@pytest.mark.parametrize(
    ("retrieval", "state"),
    [(Retrieval.ABSENT, "missing"), (Retrieval.FAILED, "failed"), (Retrieval.INCOMPLETE, "incomplete")],
)
def test_a_problem_list_that_was_not_had_in_full_is_not_known(retrieval: Retrieval, state: str) -> None:
    assert list_state(problem(SCHIZOPHRENIA), conditions=retrieval) == state


def test_a_problem_list_with_an_unreadable_entry_is_unreadable() -> None:
    seen = record(conditions=[problem(SCHIZOPHRENIA)], not_read=[unreadable("Condition", "conditions")])

    state = problem_list_state(seen, read_problems(seen.conditions, VALUE_SETS, TODAY), VALUE_SETS)

    assert state.state == "unreadable"
