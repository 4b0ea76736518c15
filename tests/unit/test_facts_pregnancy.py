from dataclasses import replace
from datetime import date

import pytest
from record_builders import (
    TODAY,
    concept,
    day,
    observation,
    patient,
    problem,
    procedure,
    quantity,
    record,
    retrievals,
    unreadable,
    value,
)
from terminology import CLOCK, parameters, value_sets

from kcds.facts.observations import read_reports
from kcds.facts.patient import possible_ages
from kcds.facts.pregnancy import may_be_pregnant, pregnancy_fact, pregnancy_state
from kcds.facts.pregnancy_evidence import (
    PregnancyLimits,
    evidence_of_problems,
    evidence_of_procedures,
    evidence_of_statements,
    evidence_of_tests,
)
from kcds.facts.pregnancy_tests import Levels
from kcds.facts.problems import read_problems
from kcds.fhir.record import Condition, Observation, Patient, Procedure, Retrieval, Unreadable
from kcds.model.facts import DataState, Pregnancy

VALUE_SETS = value_sets()
LIMITS = PregnancyLimits(
    negative=parameters().duration("pregnancy_test_window"),
    positive=parameters().duration("pregnancy_positive_window"),
    conflict=parameters().duration("pregnancy_conflict_window"),
    levels=Levels(parameters().number("hcg_positive_above"), parameters().number("hcg_unclear_from")),
)
CHILDBEARING = (12, 55)

PREGNANT = ("snomed", "77386006")
NOT_PREGNANT = ("snomed", "60001007")
PERHAPS = ("snomed", "102874004")
HYSTERECTOMY = ("snomed", "236886002")
NO_UTERUS = ("icd-10-cm", "Z90.710")
WOMAN = patient("1990-01-01", "female")
MAN = patient("1990-01-01", "male")

Found = Condition | Observation | Procedure


def judged(
    *found: Found, person: Patient = WOMAN, lost: tuple[Unreadable, ...] = (), **changed: Retrieval
) -> tuple[Pregnancy, DataState]:
    seen = record(
        person=person,
        conditions=[one for one in found if isinstance(one, Condition)],
        observations=[one for one in found if isinstance(one, Observation)],
        procedures=[one for one in found if isinstance(one, Procedure)],
        retrieved=retrievals(**changed),
        not_read=lost,
    )
    reports = read_reports(seen.observations, VALUE_SETS, CLOCK)
    evidence = [
        *evidence_of_tests(reports, VALUE_SETS, CLOCK, LIMITS),
        *evidence_of_statements(reports, VALUE_SETS, CLOCK, LIMITS),
        *evidence_of_problems(read_problems(seen.conditions, VALUE_SETS, TODAY), ["pregnan*"], TODAY - LIMITS.positive),
        *evidence_of_procedures(seen.procedures, VALUE_SETS),
    ]
    of_childbearing = may_be_pregnant(person.gender, possible_ages(person, TODAY), CHILDBEARING)
    fact = pregnancy_fact(evidence, of_childbearing=of_childbearing)
    return fact, pregnancy_state(seen, fact, evidence, VALUE_SETS)


def status(*found: Found, person: Patient = WOMAN, **changed: Retrieval) -> tuple[str | None, str | None]:
    """What the fact says, and the state of the domain."""
    fact, state = judged(*found, person=person, **changed)
    return fact.status, state.state


def hcg(answer: str, effective: str | None = "2026-11-18", *, id_: str = "hcg", **more: object) -> Observation:
    code = {"positive": "10828004", "negative": "260385009"}[answer]
    result = value(("loinc", "2106-3"), answer=concept(("snomed", code)))
    return observation(result, id_=id_, effective=effective, **more)  # type: ignore[arg-type]


def level(units: float, effective: str = "2026-11-18") -> Observation:
    result = value(("loinc", "19080-1"), quantity_=quantity(units, "[iU]/L"))
    return observation(result, id_="level", effective=effective)


def stated(answer: tuple[str, str], effective: str | None = "2026-11-01", **more: object) -> Observation:
    said = value(("loinc", "82810-3"), answer=concept(answer))
    return observation(said, id_="stated", effective=effective, **more)  # type: ignore[arg-type]


NEGATIVE = hcg("negative", id_="negative")

# ---- who can be pregnant


@pytest.mark.parametrize(
    ("born", "possible"),
    [
        ("2014-11-21", True),  # twelve today
        ("2014-11-22", False),
        ("1970-11-22", True),  # fifty-five until tomorrow
        ("1970-11-21", False),  # fifty-six today
        ("2014", True),  # perhaps twelve
        ("1970", True),  # perhaps fifty-five
        ("1969", False),
        (None, True),  # nobody knows
    ],
)
def test_pregnancy_is_possible_from_12_to_55_years(born: str | None, possible: bool) -> None:  # noqa: FBT001
    fact, state = judged(person=patient(born, "female"))

    assert fact.possible is possible
    assert state.state == ("missing" if possible else "known")


@pytest.mark.parametrize("gender", ["female", "other", "unknown", None])
def test_pregnancy_is_possible_in_everybody_not_recorded_as_male(gender: str | None) -> None:
    fact, state = judged(person=patient("1990-01-01", gender))

    assert (fact.possible, fact.status, fact.basis, state.state) == (True, "unknown", "none", "missing")


def test_a_man_needs_no_test() -> None:
    fact, state = judged(person=MAN)

    assert (fact.possible, fact.status, fact.conflict, state.state) == (False, "not-applicable", False, "known")


# ---- pregnant


@pytest.mark.parametrize(
    ("found", "basis"),
    [
        (problem(PREGNANT), "problem-list"),
        (problem(("icd-10-cm", "Z34.90"), onset="2026-05-01"), "problem-list"),
        (stated(PREGNANT), "status-observation"),
        (hcg("positive"), "test"),
        (level(26), "test"),
    ],
)
def test_a_problem_a_statement_or_a_test_says_pregnant(found: Found, basis: str) -> None:
    fact, state = judged(found)

    assert (fact.status, fact.possible, fact.basis, fact.conflict) == ("pregnant", True, basis, False)
    assert (state.state, state.basis, state.sources) == ("known", basis, (found.reference,))


@pytest.mark.parametrize(
    "against", [NEGATIVE, stated(NOT_PREGNANT), problem(NO_UTERUS, id_="c2"), procedure(HYSTERECTOMY)]
)
def test_positive_wins_over_everything_and_the_conflict_is_told(against: Found) -> None:
    fact, state = judged(hcg("positive"), against)

    assert (fact.status, fact.conflict, state.state) == ("pregnant", True, "known")
    assert fact.sources == ("Observation/hcg",)


@pytest.mark.parametrize(
    ("effective", "expected"),
    [
        ("2026-10-22", ("pregnant", True, "known")),  # thirty days ago
        ("2026-10-21", ("unknown", True, "conflicting")),
        ("2026-01-21", ("unknown", True, "conflicting")),
    ],
)
def test_an_older_positive_test_and_a_valid_negative_one_conflict(
    effective: str, expected: tuple[str, bool, str]
) -> None:
    fact, state = judged(hcg("positive", effective), NEGATIVE)

    assert (fact.status, fact.conflict, state.state) == expected
    assert fact.test_date == date(2026, 11, 18)


def test_an_older_positive_test_wins_over_what_is_no_valid_negative_test() -> None:
    old = hcg("positive", "2026-09-01")

    assert status(old, hcg("negative", "2026-11-01", id_="negative")) == ("pregnant", "known")
    assert status(old, stated(NOT_PREGNANT)) == ("pregnant", "known")
    assert status(old, problem(NO_UTERUS)) == ("pregnant", "known")


def test_an_older_positive_test_counts_beside_a_pregnancy_on_record() -> None:
    fact, state = judged(hcg("positive", "2026-09-01"), problem(PREGNANT, onset="2026-08-01"), NEGATIVE)

    assert (fact.status, fact.conflict, state.state) == ("pregnant", True, "known")


def test_a_positive_test_beyond_the_usual_age_still_counts() -> None:
    fact, _ = judged(hcg("positive"), person=patient("1966-01-01"))

    assert (fact.status, fact.possible, fact.conflict) == ("pregnant", True, True)


@pytest.mark.parametrize("found", [hcg("positive"), stated(PREGNANT), problem(PREGNANT)])
def test_positive_wins_over_the_recorded_sex_and_the_conflict_is_told(found: Found) -> None:
    fact, state = judged(found, person=MAN)

    assert (fact.status, fact.possible, fact.conflict, state.state) == ("pregnant", True, True, "known")


@pytest.mark.parametrize(
    ("effective", "expected"),
    [
        ("2026-01-21", ("pregnant", "known")),  # ten months ago
        ("2026-01-20", ("unknown", "missing")),
        ("2026-11-22", ("pregnant", "known")),  # clocks may differ by a day
        ("2026-11-24", ("unknown", "uncertain")),  # in the future: an error, but it raises concern
        (None, ("unknown", "uncertain")),
    ],
)
@pytest.mark.parametrize("positive", [hcg("positive"), stated(PREGNANT)])
def test_a_positive_report_counts_as_long_as_a_pregnancy_can_last(
    positive: Observation, effective: str | None, expected: tuple[str, str]
) -> None:
    assert status(replace(positive, effective=day(effective))) == expected


@pytest.mark.parametrize("more", [{"status": "preliminary"}, {"repaired": ["effectiveDateTime"]}])
def test_a_preliminary_or_damaged_positive_report_asks_and_a_negative_test_does_not_settle_it(
    more: dict[str, object],
) -> None:
    doubtful = hcg("positive", "2026-11-16", **more)

    assert status(doubtful) == ("unknown", "uncertain")
    assert status(doubtful, NEGATIVE) == ("unknown", "conflicting")


@pytest.mark.parametrize("void", ["entered-in-error", "cancelled", "registered"])
def test_a_positive_report_that_is_void_says_nothing(void: str) -> None:
    assert status(hcg("positive", status=void)) == ("unknown", "missing")


# ---- pregnancy on the problem list


@pytest.mark.parametrize(
    ("onset", "expected"),
    [
        ("2026-01-21", "pregnant"),
        ("2026-01-20", "unknown"),  # such a pregnancy is over
        ("2026", "pregnant"),
        ("2025", "unknown"),
        (None, "pregnant"),
    ],
)
def test_a_pregnancy_that_began_too_long_ago_only_asks(onset: str | None, expected: str) -> None:
    fact, _ = judged(problem(PREGNANT, onset=onset))

    assert fact.status == expected


def test_without_an_onset_the_pregnancy_began_before_it_was_recorded() -> None:
    old = replace(problem(PREGNANT), recorded=day("2024-02-01"))
    recent = replace(problem(PREGNANT), recorded=day("2026-09-01"))

    assert status(old) == ("unknown", "uncertain")
    assert status(recent) == ("pregnant", "known")


def test_a_pregnancy_of_the_past_says_nothing() -> None:
    assert status(problem(PREGNANT, clinical="resolved")) == ("unknown", "missing")


@pytest.mark.parametrize(
    "doubtful",
    [
        problem(PREGNANT, verification="provisional"),
        problem(PREGNANT, clinical=None),
        problem(PREGNANT, onset="2024-01-01"),
        problem(PERHAPS),
        stated(PERHAPS, "2026-11-01"),
        problem(text="Pregnancy, 2nd trimester"),
    ],
)
def test_a_doubtful_pregnancy_asks_until_a_test_is_negative(doubtful: Found) -> None:
    assert status(doubtful) == ("unknown", "uncertain")
    assert status(doubtful, NEGATIVE) == ("not-pregnant", "known")


def test_a_statement_that_pregnancy_is_possible_ends_with_its_time() -> None:
    assert status(stated(PERHAPS, "2026-01-20")) == ("unknown", "missing")


def test_a_doubtful_pregnancy_and_a_denial_conflict() -> None:
    assert status(problem(PERHAPS), stated(NOT_PREGNANT)) == ("unknown", "conflicting")


# ---- not pregnant


@pytest.mark.parametrize(
    ("effective", "expected"),
    [
        ("2026-11-21", ("not-pregnant", "known")),
        ("2026-11-14", ("not-pregnant", "known")),  # seven days
        ("2026-11-13", ("unknown", "stale")),
        (None, ("unknown", "missing")),
        ("2026-11-24", ("unknown", "missing")),
    ],
)
def test_a_negative_test_counts_for_seven_days(effective: str | None, expected: tuple[str, str]) -> None:
    assert status(hcg("negative", effective)) == expected


def test_the_day_of_the_test_is_kept() -> None:
    valid, valid_state = judged(hcg("negative", "2026-11-18"), hcg("negative", "2026-11-16", id_="o2"))
    _, old_state = judged(hcg("negative", "2026-10-01"))

    assert (valid.test_date, valid_state.date) == (date(2026, 11, 18), date(2026, 11, 18))
    assert (old_state.state, old_state.date) == ("stale", date(2026, 10, 1))


@pytest.mark.parametrize("more", [{"status": "preliminary"}, {"repaired": ["valueCodeableConcept"]}])
def test_a_preliminary_or_damaged_negative_test_clears_nothing(more: dict[str, object]) -> None:
    assert status(hcg("negative", **more)) == ("unknown", "missing")


@pytest.mark.parametrize("denial", [stated(NOT_PREGNANT), problem(NOT_PREGNANT)])
def test_a_statement_does_not_replace_the_test(denial: Found) -> None:
    assert status(denial) == ("unknown", "missing")


@pytest.mark.parametrize("units", [5, 25])
def test_a_level_from_5_to_25_asks(units: float) -> None:
    assert status(level(units)) == ("unknown", "uncertain")


def test_an_unclear_level_ends_with_a_later_negative_test_only() -> None:
    assert status(level(10, "2026-11-16"), hcg("negative", "2026-11-17")) == ("not-pregnant", "known")
    assert status(level(10, "2026-11-17"), hcg("negative", "2026-11-17")) == ("unknown", "conflicting")
    assert status(level(10, "2026-11-18"), hcg("negative", "2026-11-17")) == ("unknown", "conflicting")


def test_an_unclear_level_of_former_weeks_is_no_test() -> None:
    assert status(level(10, "2026-10-01")) == ("unknown", "missing")


# ---- excluded


@pytest.mark.parametrize(
    ("found", "basis"),
    [
        (problem(NO_UTERUS), "problem-list"),
        (problem(NO_UTERUS, clinical="resolved"), "problem-list"),
        (problem(HYSTERECTOMY, clinical=None), "problem-list"),
        (procedure(HYSTERECTOMY, performed="2020-05-20"), "procedure"),
    ],
)
def test_hysterectomy_and_menopause_exclude_pregnancy(found: Found, basis: str) -> None:
    fact, state = judged(found)

    assert (fact.possible, fact.status, fact.basis, state.state) == (False, "excluded", basis, "known")


@pytest.mark.parametrize(
    "found",
    [
        procedure(HYSTERECTOMY, status="in-progress"),
        procedure(HYSTERECTOMY, status="not-done"),
        problem(NO_UTERUS, verification="provisional"),
        problem(NO_UTERUS, verification="entered-in-error"),
        problem(("snomed", "76498008")),  # postmenopausal: no source confirmed this code
        problem(("icd-10-cm", "Z90.712")),  # the uterus is present
        problem(("icd-10-cm", "N95.1")),
        problem(("icd-10-cm", "Z98.51")),  # tubal ligation
    ],
)
def test_nothing_less_excludes_pregnancy(found: Found) -> None:
    assert status(found) == ("unknown", "missing")


def test_an_exclusion_settles_a_doubtful_problem_but_not_a_preliminary_positive_test() -> None:
    assert status(procedure(HYSTERECTOMY), problem(PERHAPS)) == ("excluded", "known")
    assert status(procedure(HYSTERECTOMY), hcg("positive", status="preliminary")) == ("unknown", "conflicting")


# ---- what could not be had


@pytest.mark.parametrize(
    ("retrieval", "state"),
    [(Retrieval.ABSENT, "missing"), (Retrieval.FAILED, "failed"), (Retrieval.INCOMPLETE, "incomplete")],
)
@pytest.mark.parametrize("key", ["pregnancyTests", "conditions"])
def test_a_negative_test_is_not_enough_while_tests_or_problems_are_not_had(
    key: str, retrieval: Retrieval, state: str
) -> None:
    assert status(NEGATIVE, **{key: retrieval}) == ("not-pregnant", state)


@pytest.mark.parametrize("key", ["pregnancyTests", "conditions"])
def test_a_positive_test_counts_whatever_failed(key: str) -> None:
    assert status(hcg("positive"), **{key: Retrieval.FAILED}) == ("pregnant", "known")


def test_an_exclusion_counts_whatever_failed() -> None:
    assert status(procedure(HYSTERECTOMY), pregnancyTests=Retrieval.FAILED) == ("excluded", "known")


def test_an_unreadable_test_leaves_it_open() -> None:
    _, state = judged(NEGATIVE, lost=(unreadable("Observation", "pregnancyTests", ("loinc", "2106-3")),))

    assert state.state == "unreadable"
