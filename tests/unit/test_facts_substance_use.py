from datetime import date

import pytest
from record_builders import TODAY, problem, span
from terminology import parameters, value_sets

from kcds.facts.problems import read_problems
from kcds.facts.substance_use import substance_use_facts
from kcds.fhir.record import Condition
from kcds.model.dates import Span
from kcds.model.facts import SubstanceUse

VALUE_SETS = value_sets()
EARLY = parameters().duration("early_remission")

ALCOHOL = ("icd-10-cm", "F10.20")
ALCOHOL_REMISSION = ("icd-10-cm", "F10.21")
OPIOID = ("icd-10-cm", "F11.20")
ON_AGONIST = ("snomed", "1081000119105")
HALLUCINOGEN_REMISSION = ("icd-10-cm", "F16.21")
PAST_MISUSE = ("snomed", "161467005")
UNSPECIFIED = ("icd-10-cm", "F11.920")


def facts_of(*conditions: Condition) -> tuple[SubstanceUse, ...]:
    return substance_use_facts(read_problems(conditions, VALUE_SETS, TODAY), today=TODAY, early_remission=EARLY)


def only_fact_of(condition: Condition) -> SubstanceUse:
    (fact,) = facts_of(condition)
    return fact


@pytest.mark.parametrize(
    ("code", "substance"),
    [
        (ALCOHOL, "alcohol"),
        (OPIOID, "opioid"),
        (("icd-10-cm", "F13.20"), "sedative"),
        (("icd-10-cm", "F14.20"), "stimulant"),
        (("icd-10-cm", "F16.20"), "ketamine-or-hallucinogen"),
        (("icd-10-cm", "F12.20"), "other"),
    ],
)
def test_an_active_disorder_names_its_substance(code: tuple[str, str], substance: str) -> None:
    fact = only_fact_of(problem(code))

    assert (fact.state, fact.substance) == ("active", substance)
    assert (fact.confirmed, fact.verified_code, fact.sources) == (True, True, ("Condition/c1",))


def test_the_onset_is_kept() -> None:
    fact = only_fact_of(problem(ALCOHOL, onset="2019-05"))

    assert (fact.onset_earliest, fact.onset_latest) == (date(2019, 5, 1), date(2019, 5, 31))


def test_each_problem_is_one_fact_however_many_sets_it_belongs_to() -> None:
    assert len(facts_of(problem(OPIOID), problem(ALCOHOL, id_="c2"))) == 2


@pytest.mark.parametrize("code", [("icd-10-cm", "F17.210"), ("icd-10-cm", "F20.0")])
def test_nicotine_and_other_problems_are_not_substance_use(code: tuple[str, str]) -> None:
    assert facts_of(problem(code)) == ()


def test_a_void_problem_gives_no_fact() -> None:
    assert facts_of(problem(OPIOID, verification="entered-in-error")) == ()


def test_an_unconfirmed_problem_says_so() -> None:
    assert only_fact_of(problem(OPIOID, verification="differential")).confirmed is False


# ---- active disorder codes and the clinical status


@pytest.mark.parametrize(
    ("clinical", "state"),
    [
        ("active", "active"),
        ("recurrence", "active"),
        ("relapse", "active"),
        ("remission", "remission"),
        ("resolved", "history"),
        ("inactive", "history"),
        (None, "unknown"),
    ],
)
def test_the_clinical_status_settles_the_state_of_an_active_disorder_code(clinical: str | None, state: str) -> None:
    assert only_fact_of(problem(OPIOID, clinical=clinical)).state == state


def test_an_active_disorder_that_has_abated_contradicts_itself() -> None:
    assert only_fact_of(problem(OPIOID, abatement="2020-01-01")).state == "unknown"


# ---- remission


@pytest.mark.parametrize("clinical", ["active", "remission", "resolved", None])
def test_a_remission_code_means_remission_whatever_the_clinical_status(clinical: str | None) -> None:
    assert only_fact_of(problem(ALCOHOL_REMISSION, clinical=clinical)).state == "remission"


@pytest.mark.parametrize("clinical", ["relapse", "recurrence"])
def test_a_disorder_in_remission_that_came_back_is_active(clinical: str) -> None:
    fact = only_fact_of(problem(HALLUCINOGEN_REMISSION, clinical=clinical))

    assert (fact.state, fact.substance, fact.since) == ("active", "ketamine-or-hallucinogen", None)


@pytest.mark.parametrize(
    ("abated", "state"),
    [
        ("2025-11-20", "sustained-remission"),
        ("2025-11-21", "sustained-remission"),  # exactly twelve months
        ("2025-11-22", "early-remission"),
        ("2025-10", "sustained-remission"),
        ("2025-11", "remission"),  # some day of the month in which it turns
        ("2025-12", "early-remission"),
        (span("2025-01-01", "2025-06-01"), "sustained-remission"),
    ],
)
@pytest.mark.parametrize("code", [ALCOHOL_REMISSION, ALCOHOL])
def test_remission_is_sustained_after_twelve_months(code: tuple[str, str], abated: str | Span, state: str) -> None:
    assert only_fact_of(problem(code, clinical="remission", abatement=abated)).state == state


def test_remission_is_certain_from_the_last_possible_day_of_the_abatement() -> None:
    assert only_fact_of(problem(ALCOHOL_REMISSION, clinical="remission", abatement="2023-01")).since == date(
        2023, 1, 31
    )


def test_an_invalid_abatement_leaves_the_length_of_the_remission_open() -> None:
    fact = only_fact_of(problem(ALCOHOL, clinical="remission", abated=True, repaired=["abatementDateTime"]))

    assert (fact.state, fact.since) == ("remission", None)


def test_remission_from_hallucinogens_keeps_its_substance() -> None:
    fact = only_fact_of(problem(HALLUCINOGEN_REMISSION, clinical="remission"))

    assert (fact.state, fact.substance) == ("remission", "ketamine-or-hallucinogen")


@pytest.mark.parametrize(
    ("clinical", "state"),
    [("active", "active"), (None, "unknown"), ("remission", "remission"), ("resolved", "remission")],
)
def test_of_codes_for_an_active_disorder_and_for_remission_the_safer_reading_counts(
    clinical: str | None, state: str
) -> None:
    assert only_fact_of(problem(ALCOHOL, ALCOHOL_REMISSION, clinical=clinical)).state == state


# ---- opioid agonist therapy


def test_agonist_therapy_outranks_the_opioid_code_of_the_same_problem() -> None:
    fact = only_fact_of(problem(OPIOID, ON_AGONIST))

    assert (fact.state, fact.substance) == ("on-agonist-therapy", "opioid")


def test_agonist_therapy_does_not_clear_another_opioid_problem() -> None:
    facts = facts_of(problem(ON_AGONIST), problem(OPIOID, id_="c2"))

    assert [fact.state for fact in facts] == ["on-agonist-therapy", "active"]


def test_agonist_therapy_does_not_clear_another_substance_of_the_same_problem() -> None:
    fact = only_fact_of(problem(ON_AGONIST, ALCOHOL))

    assert fact.state == "active"


@pytest.mark.parametrize(
    ("clinical", "state"), [("remission", "on-agonist-therapy"), ("resolved", "history"), (None, "unknown")]
)
def test_agonist_therapy_that_is_over_or_unclear_is_not_current(clinical: str | None, state: str) -> None:
    assert only_fact_of(problem(ON_AGONIST, clinical=clinical)).state == state


# ---- history and unspecified use


def test_a_history_finding_is_history_even_if_it_is_an_active_entry() -> None:
    assert only_fact_of(problem(PAST_MISUSE)).state == "history"


def test_use_that_is_no_disorder_asks() -> None:
    assert only_fact_of(problem(UNSPECIFIED)).state == "unspecified-use"


def test_an_active_disorder_code_beside_an_unspecified_one_decides() -> None:
    assert only_fact_of(problem(UNSPECIFIED, OPIOID)).state == "active"


def test_every_substance_code_gives_a_fact() -> None:
    concepts = [
        name for name in VALUE_SETS.names() if name.startswith(("sud-", "oud-", "substance-related", "substance-use-"))
    ]

    codes = [(code.system, code.code) for name in concepts for code in VALUE_SETS.codes_of(name)]

    assert len(codes) > 1000
    assert all(len(facts_of(problem(code))) == 1 for code in codes)
