import pytest
from record_builders import TODAY, problem, record, retrievals, span, unreadable
from terminology import parameters, value_sets

from kcds.facts.pain import pain_duration_state, pain_problems
from kcds.facts.problems import read_problems
from kcds.fhir.record import Condition, Record, Retrieval
from kcds.model.dates import Span
from kcds.model.facts import PainProblem

VALUE_SETS = value_sets()
THREE_MONTHS = parameters().duration("chronic_pain_duration")

CRPS = ("icd-10-cm", "G90.521")
BACK_PAIN = ("icd-10-cm", "M54.50")
CHRONIC_PAIN = ("icd-10-cm", "G89.4")
OSTEOARTHRITIS = ("icd-10-cm", "M15.0")
CORD_INJURY = ("icd-10-cm", "G82.20")
CENTRAL_PAIN = ("icd-10-cm", "G89.0")
ACUTE_PAIN = next((code.system, code.code) for code in VALUE_SETS.codes_of("pain-acute-not-chronic"))

LONG_AGO = "2020-01-01"
LAST_WEEK = "2026-11-14"


def pains_of(*conditions: Condition) -> tuple[PainProblem, ...]:
    problems = read_problems(conditions, VALUE_SETS, TODAY)
    return pain_problems(problems, VALUE_SETS, today=TODAY, chronic_after=THREE_MONTHS)


def chronicity_of(condition: Condition) -> str | None:
    (pain,) = pains_of(condition)
    return pain.chronic


def duration_state(seen: Record) -> str | None:
    return pain_duration_state(seen, pains_of(*seen.conditions), VALUE_SETS).state


# ---- which problems raise the question


@pytest.mark.parametrize("clinical", ["active", "recurrence", "relapse"])
def test_active_recurring_and_relapsed_pain_raises_the_question(clinical: str) -> None:
    (pain,) = pains_of(problem(BACK_PAIN, clinical=clinical, onset=LAST_WEEK))

    assert pain.label == "Low back pain, unspecified"
    assert pain.sources == ("Condition/c1",)


@pytest.mark.parametrize(
    "condition",
    [
        problem(BACK_PAIN, clinical="resolved", onset=LONG_AGO),
        problem(BACK_PAIN, clinical="remission", onset=LONG_AGO),
        problem(BACK_PAIN, clinical="active", onset=LONG_AGO, abatement="2026-10-01"),
        problem(BACK_PAIN, clinical=None, onset=LONG_AGO),
        problem(BACK_PAIN, verification="refuted", onset=LONG_AGO),
        problem(("icd-10-cm", "F20.0"), onset=LONG_AGO),
        problem(("icd-10-cm", "E11.42"), onset=LONG_AGO),  # neuropathy, pain not stated
    ],
)
def test_abated_void_and_other_problems_do_not_raise_the_question(condition: Condition) -> None:
    assert pains_of(condition) == ()


@pytest.mark.parametrize(
    "concept",
    [
        "pain-chronic-all",
        "pain-explicitly-chronic",
        "pain-acute-not-chronic",
        "pain-other-site",
        "osteoarthritis",
        "neuropathic-pain",
        "low-back-spinal-pain",
        "migraine-headache",
        "fibromyalgia",
        "postherpetic-neuralgia",
        "phantom-limb-pain",
        "cancer-pain",
        "ischemic-limb-pain",
        "crps",
        "spinal-cord-injury-pain",
    ],
)
def test_every_code_of_every_pain_set_raises_the_question(concept: str) -> None:
    codes = [(code.system, code.code) for code in VALUE_SETS.codes_of(concept)]

    assert all(len(pains_of(problem(code))) == 1 for code in codes)


def test_a_problem_in_several_pain_sets_is_one_pain_problem() -> None:
    assert len(pains_of(problem(CRPS, ("snomed", "247398009")))) == 1


# ---- three calendar months, strictly


@pytest.mark.parametrize(
    ("onset", "chronic"),
    [
        ("2026-08-20", "yes"),  # three months and a day ago
        ("2026-08-21", "no"),  # exactly three months ago is not more than three months
        ("2026-08-22", "no"),
        ("2026-07", "yes"),  # all of July is long enough ago
        ("2026-08", "unknown"),  # part of August is
        ("2026-09", "no"),
        ("2025", "yes"),
        ("2026", "unknown"),
        ("2026-11-21", "no"),
        ("2026-11-22", "unknown"),  # in the future: a data error
        (None, "unknown"),
    ],
)
def test_pain_is_chronic_when_every_possible_onset_is_more_than_three_months_ago(
    onset: str | None, chronic: str
) -> None:
    assert chronicity_of(problem(CRPS, onset=onset)) == chronic


@pytest.mark.parametrize(
    ("onset", "chronic"),
    [
        (span("2026-01-01", "2026-08-20"), "yes"),
        (span("2026-01-01", "2026-08-21"), "unknown"),
        (span("2026-08-21", "2026-10-01"), "no"),
        (span("2026-08-20"), "yes"),  # open end: the start counts
        (span("2026-08-21"), "no"),
        (span(None, "2026-08-20"), "yes"),
        (span(None, "2026-10-01"), "unknown"),
        (span(), "unknown"),
    ],
)
def test_an_onset_period_is_uncertain_over_its_whole_length(onset: Span, chronic: str) -> None:
    assert chronicity_of(problem(CRPS, onset=onset)) == chronic


def test_the_day_on_which_a_problem_was_recorded_is_never_its_onset() -> None:
    (pain,) = pains_of(problem(CRPS, onset=None))

    assert (pain.chronic, pain.onset_recorded, pain.onset_earliest) == ("unknown", False, None)


def test_an_onset_that_was_invalid_leaves_the_duration_open() -> None:
    (pain,) = pains_of(problem(CRPS, onset=None, repaired=["onsetDateTime"]))

    assert (pain.chronic, pain.onset_recorded) == ("unknown", True)


# ---- what the code itself says


def test_a_code_that_says_chronic_is_enough_without_an_onset() -> None:
    (pain,) = pains_of(problem(CHRONIC_PAIN, onset=None))

    assert (pain.chronic, pain.explicit, pain.onset_recorded) == ("yes", True, False)


@pytest.mark.parametrize(
    ("onset", "chronic"),
    [
        (LONG_AGO, "yes"),
        ("2026", "unknown"),  # part of the year is too late
        (LAST_WEEK, "no"),
        ("2026-11-22", "unknown"),  # a data error
    ],
)
def test_an_onset_on_record_counts_before_a_code_that_says_chronic(onset: str, chronic: str) -> None:
    assert chronicity_of(problem(CHRONIC_PAIN, onset=onset)) == chronic


def test_a_code_that_says_chronic_with_an_invalid_onset_leaves_it_open() -> None:
    assert chronicity_of(problem(CHRONIC_PAIN, repaired=["onsetDateTime"])) == "unknown"


@pytest.mark.parametrize(("onset", "chronic"), [(LONG_AGO, "unknown"), (LAST_WEEK, "no"), (None, "unknown")])
def test_pain_coded_as_acute_is_never_chronic(onset: str | None, chronic: str) -> None:
    assert chronicity_of(problem(ACUTE_PAIN, onset=onset)) == chronic


def test_codes_for_acute_and_for_chronic_pain_on_one_problem_contradict_each_other() -> None:
    assert chronicity_of(problem(ACUTE_PAIN, CHRONIC_PAIN, onset=LONG_AGO)) == "unknown"
    assert chronicity_of(problem(ACUTE_PAIN, CHRONIC_PAIN)) == "unknown"


@pytest.mark.parametrize("code", [OSTEOARTHRITIS, CORD_INJURY])
@pytest.mark.parametrize(("onset", "chronic"), [(LONG_AGO, "unknown"), (LAST_WEEK, "no"), (None, "unknown")])
def test_a_code_that_does_not_say_pain_never_makes_it_chronic(
    code: tuple[str, str], onset: str | None, chronic: str
) -> None:
    (pain,) = pains_of(problem(code, onset=onset))

    assert (pain.asserts_pain, pain.chronic) == (False, chronic)


@pytest.mark.parametrize("code", [CENTRAL_PAIN, BACK_PAIN, CRPS])
def test_other_pain_codes_say_pain(code: tuple[str, str]) -> None:
    (pain,) = pains_of(problem(code, onset=LONG_AGO))

    assert (pain.asserts_pain, pain.chronic) == (True, "yes")


def test_a_second_code_that_says_pain_is_enough() -> None:
    (pain,) = pains_of(problem(OSTEOARTHRITIS, ("icd-10-cm", "M54.50"), onset=LONG_AGO))

    assert (pain.asserts_pain, pain.chronic) == (True, "yes")


# ---- relapse and recurrence


def test_a_relapse_continues_the_old_onset() -> None:
    assert chronicity_of(problem(CRPS, clinical="relapse", onset=LONG_AGO)) == "yes"


@pytest.mark.parametrize(
    ("code", "onset", "chronic"),
    [
        (CRPS, LONG_AGO, "unknown"),  # the onset may be that of the earlier episode
        (CRPS, LAST_WEEK, "no"),
        (CHRONIC_PAIN, LONG_AGO, "yes"),  # the code says chronic whatever the episode
        (CHRONIC_PAIN, LAST_WEEK, "no"),
        (CHRONIC_PAIN, None, "yes"),
    ],
)
def test_a_recurrence_starts_a_new_clock(code: tuple[str, str], onset: str | None, chronic: str) -> None:
    assert chronicity_of(problem(code, clinical="recurrence", onset=onset)) == chronic


def test_an_unconfirmed_pain_problem_is_a_fact_that_says_so() -> None:
    (pain,) = pains_of(problem(CRPS, verification="provisional", onset=LONG_AGO))

    assert (pain.confirmed, pain.chronic) == (False, "yes")


# ---- whether the duration is known


@pytest.mark.parametrize(
    ("conditions", "state"),
    [
        ([problem(CRPS, onset=LONG_AGO)], "known"),
        ([problem(CRPS, onset=LAST_WEEK)], "known"),
        ([problem(CRPS, onset=LAST_WEEK), problem(BACK_PAIN, id_="c2", onset="2026-08")], "uncertain"),
        ([problem(CRPS, onset=LONG_AGO), problem(BACK_PAIN, id_="c2", onset="2026-08")], "known"),
        ([problem(CRPS, onset="2026-08")], "uncertain"),
        ([problem(CRPS, onset="2026-11-22")], "uncertain"),
        ([problem(CRPS, onset=None)], "missing"),
        ([problem(CRPS, onset=LONG_AGO, verification="provisional")], "uncertain"),
        ([problem(OSTEOARTHRITIS, onset=LONG_AGO)], "uncertain"),
        ([problem(("icd-10-cm", "F20.0"))], "missing"),
        ([], "missing"),
    ],
)
def test_the_duration_is_known_when_the_pain_is_surely_chronic_or_surely_not(
    conditions: list[Condition], state: str
) -> None:
    assert duration_state(record(conditions=conditions)) == state


@pytest.mark.parametrize(
    ("retrieval", "state"),
    [(Retrieval.ABSENT, "missing"), (Retrieval.FAILED, "failed"), (Retrieval.INCOMPLETE, "incomplete")],
)
def test_short_pain_settles_nothing_while_other_problems_are_not_had(retrieval: Retrieval, state: str) -> None:
    seen = record(conditions=[problem(CRPS, onset=LAST_WEEK)], retrieved=retrievals(conditions=retrieval))

    assert duration_state(seen) == state


def test_pain_that_is_surely_chronic_settles_it_even_if_other_problems_are_not_had() -> None:
    seen = record(conditions=[problem(CRPS, onset=LONG_AGO)], retrieved=retrievals(conditions=Retrieval.INCOMPLETE))

    assert duration_state(seen) == "known"


def test_an_unreadable_pain_problem_leaves_the_duration_open() -> None:
    seen = record(not_read=[unreadable("Condition", "conditions", CRPS)])

    assert duration_state(seen) == "unreadable"
