"""The Child-Pugh class: every threshold at both sides, and never a class from what is missing."""

from collections.abc import Mapping

import pytest
from record_builders import TODAY, concept, observation, problem, quantity, record, retrievals, value
from terminology import CLOCK, knowledge, parameters, value_sets

from kcds.facts.child_pugh import child_pugh_facts
from kcds.facts.health_domains import History
from kcds.facts.observations import read_reports
from kcds.facts.problems import read_problems
from kcds.fhir.record import Condition, Observation, Record, Retrieval
from kcds.model.facts import ChildPugh, DataState

CIRRHOSIS = problem(("icd-10-cm", "K74.60"), id_="cirrhosis")
ASCITES = ("snomed", "389026000")
ENCEPHALOPATHY = ("snomed", "13920009")
NO, YES = concept(("snomed", "373067005")), concept(("snomed", "373066001"))
CODES = {"bilirubin": ("1975-2", "mg/dL"), "albumin": ("1751-7", "g/dL"), "inr": ("6301-6", "{INR}")}
BEST = {"bilirubin": 1.0, "albumin": 4.0, "inr": 1.0}
DENIED = (
    observation(value(ASCITES, answer=NO), id_="no-ascites"),
    observation(value(ENCEPHALOPATHY, answer=NO), id_="no-encephalopathy"),
)


def results(values: Mapping[str, float], **more: object) -> list[Observation]:
    return [
        observation(value(("loinc", CODES[name][0]), quantity_=quantity(number, CODES[name][1])), id_=name, **more)
        for name, number in values.items()
    ]


def found(of: Record) -> tuple[ChildPugh | None, DataState]:
    history = History(
        record=of,
        problems=read_problems(of.conditions, value_sets(), TODAY),
        reports=read_reports(of.observations, value_sets(), CLOCK),
        value_sets=value_sets(),
        clock=CLOCK,
        window=parameters().duration("screen_window"),
        explicit=False,
    )
    facts = child_pugh_facts(history, knowledge().domains["liver"], parameters())
    (state,) = [one for one in facts if isinstance(one, DataState)]
    return next((one for one in facts if isinstance(one, ChildPugh)), None), state


def graded(*more: Condition | Observation, values: Mapping[str, float] | None = None) -> ChildPugh:
    fact, _ = found(
        record(
            conditions=[CIRRHOSIS, *(one for one in more if isinstance(one, Condition))],
            observations=[
                *results(BEST if values is None else values),
                *(one for one in more if isinstance(one, Observation)),
            ],
        )
    )
    assert fact is not None
    return fact


def test_nothing_abnormal_is_class_a_of_five_points() -> None:
    fact = graded(*DENIED)

    assert (fact.grade, fact.points_low, fact.points_high) == ("A", 5, 5)
    assert set(fact.sources) == {
        "Condition/cirrhosis",
        *(f"Observation/{name}" for name in (*CODES, "no-ascites", "no-encephalopathy")),
    }


@pytest.mark.parametrize(
    ("name", "number", "points"),
    [
        ("bilirubin", 1.9, 1),
        ("bilirubin", 2.0, 2),
        ("bilirubin", 3.0, 2),
        ("bilirubin", 3.1, 3),
        ("albumin", 3.6, 1),
        ("albumin", 3.5, 2),
        ("albumin", 2.8, 2),
        ("albumin", 2.7, 3),
        ("inr", 1.6, 1),
        ("inr", 1.7, 2),
        ("inr", 2.3, 2),
        ("inr", 2.4, 3),
    ],
)
def test_each_test_is_worth_its_points(name: str, number: float, points: int) -> None:
    assert graded(*DENIED, values=BEST | {name: number}).points_low == 4 + points


def test_a_converted_unit_does_not_miss_the_threshold() -> None:
    two_milligrams = observation(value(("loinc", "1975-2"), quantity_=quantity(34.2, "umol/L")), id_="bilirubin")
    others = [one for one in results(BEST) if not one.reference.endswith("bilirubin")]
    fact, _ = found(record(conditions=[CIRRHOSIS], observations=[two_milligrams, *others, *DENIED]))

    assert fact is not None
    assert fact.points_low == 6


@pytest.mark.parametrize(
    ("values", "grade", "points"),
    [
        ({"bilirubin": 2.5, "albumin": 4.0, "inr": 1.0}, "A", 6),
        ({"bilirubin": 2.5, "albumin": 3.0, "inr": 1.0}, "B", 7),
        ({"bilirubin": 4.0, "albumin": 2.0, "inr": 1.0}, "B", 9),
        ({"bilirubin": 4.0, "albumin": 2.0, "inr": 2.0}, "C", 10),
    ],
)
def test_the_class_follows_from_the_points(values: Mapping[str, float], grade: str, points: int) -> None:
    fact = graded(*DENIED, values=values)

    assert (fact.grade, fact.points_low) == (grade, points)


def test_a_recorded_ascites_is_worth_two_or_three_points_and_wins_over_an_answer() -> None:
    ascites = problem(("icd-10-cm", "R18.8"), id_="ascites")
    open_class = graded(ascites, *DENIED, values=BEST | {"bilirubin": 4.0, "albumin": 3.0})
    one_class = graded(ascites, *DENIED, values=BEST | {"bilirubin": 2.0})

    assert (open_class.points_low, open_class.points_high, open_class.grade) == (9, 10, None)
    assert (one_class.points_low, one_class.points_high, one_class.grade) == (7, 8, "B")


def test_recorded_encephalopathy_counts_whatever_the_code_is_called() -> None:
    for code in ("K76.82", "K72.11"):
        fact = graded(problem(("icd-10-cm", code), id_="encephalopathy"), *DENIED, values=BEST | {"inr": 2.0})

        assert (fact.points_low, fact.points_high, fact.grade) == (7, 8, "B")


ASCITES_OF_THE_PAST = problem(("icd-10-cm", "R18.8"), id_="ascites", clinical="resolved")


@pytest.mark.parametrize(
    "sign",
    [
        pytest.param((), id="nobody asked"),
        pytest.param((observation(value(ASCITES, answer=YES), id_="yes"),), id="a yes without a problem"),
        pytest.param(
            (observation(value(ASCITES, answer=NO), id_="old", effective="2025-11-20"),), id="an answer that is too old"
        ),
        pytest.param(
            (problem(("icd-10-cm", "R18.8"), id_="ascites", verification="unconfirmed"), DENIED[0]),
            id="an unconfirmed problem",
        ),
        pytest.param((ASCITES_OF_THE_PAST,), id="a past problem, and nobody asked again"),
    ],
)
def test_what_is_missing_is_never_taken_as_normal(sign: tuple[Condition | Observation, ...]) -> None:
    fact = graded(DENIED[1], *sign)

    assert (fact.grade, fact.points_low, fact.points_high) == (None, 5, 7)


def test_a_past_ascites_that_is_denied_now_is_none() -> None:
    assert graded(ASCITES_OF_THE_PAST, *DENIED).grade == "A"


@pytest.mark.parametrize("name", sorted(CODES))
def test_without_one_of_the_tests_there_is_no_class(name: str) -> None:
    fact = graded(*DENIED, values={other: number for other, number in BEST.items() if other != name})

    assert (fact.grade, fact.points_low, fact.points_high) == (None, 5, 7)


def test_the_least_points_are_known_even_where_a_part_is_missing() -> None:
    fact = graded(problem(("icd-10-cm", "R18.8"), id_="ascites"), values={"bilirubin": 5.0, "albumin": 2.0, "inr": 3.0})

    assert (fact.grade, fact.points_low, fact.points_high) == (None, 12, 15)


@pytest.mark.parametrize(("effective", "grade"), [("2026-08-23", "A"), ("2026-08-22", None)])
def test_tests_count_for_ninety_days(effective: str, grade: str | None) -> None:
    fact, _ = found(record(conditions=[CIRRHOSIS], observations=[*results(BEST, effective=effective), *DENIED]))

    assert fact is not None
    assert fact.grade == grade


def test_a_preliminary_test_is_none() -> None:
    fact, _ = found(record(conditions=[CIRRHOSIS], observations=[*results(BEST, status="preliminary"), *DENIED]))

    assert fact is not None
    assert fact.grade is None


def test_more_than_a_number_may_be_worse_and_less_than_one_may_not() -> None:
    def with_inr(comparator: str) -> ChildPugh:
        inr = observation(value(("loinc", "6301-6"), quantity_=quantity(1.2, "{INR}", comparator)), id_="inr")
        others = [one for one in results(BEST) if not one.reference.endswith("inr")]
        fact, _ = found(record(conditions=[CIRRHOSIS], observations=[inr, *others, *DENIED]))
        assert fact is not None
        return fact

    assert (with_inr(">").points_low, with_inr(">").points_high, with_inr(">").grade) == (5, 7, None)
    assert (with_inr("<").points_high, with_inr("<").grade) == (5, "A")


@pytest.mark.parametrize(
    "conditions",
    [
        [],
        [problem(("icd-10-cm", "K74.60"), clinical="resolved")],
        [problem(("icd-10-cm", "K74.60"), verification="unconfirmed")],
        [problem(("icd-10-cm", "R18.8"))],
    ],
    ids=["no problem", "of the past", "unconfirmed", "ascites of another cause"],
)
def test_without_a_certain_liver_disease_the_class_does_not_concern_the_patient(conditions: list[Condition]) -> None:
    fact, state = found(record(conditions=conditions, observations=[*results(BEST), *DENIED]))

    assert fact is None
    assert (state.state, state.basis) == ("known", "none")


def test_whether_it_concerns_the_patient_is_open_without_the_problem_list() -> None:
    _, state = found(record(retrieved=retrievals(conditions=Retrieval.FAILED)))

    assert (state.state, state.basis) == ("failed", None)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param([*results(BEST), *DENIED], "known", id="all parts"),
        pytest.param(results(BEST), "missing", id="nobody asked about the signs"),
    ],
)
def test_the_domain_is_known_with_the_class(seen: list[Observation], expected: str) -> None:
    assert found(record(conditions=[CIRRHOSIS], observations=seen))[1].state == expected


def test_the_domain_is_unclear_where_a_recorded_sign_has_no_grade() -> None:
    _, state = found(
        record(
            conditions=[CIRRHOSIS, problem(("icd-10-cm", "R18.8"), id_="ascites")],
            observations=[*results(BEST | {"albumin": 3.0, "bilirubin": 4.0}), *DENIED],
        )
    )

    assert (state.state, state.basis) == ("uncertain", "unspecified-entry")


@pytest.mark.parametrize("key", ["liverTests", "healthScreens", "conditions"])
def test_the_domain_says_what_could_not_be_loaded(key: str) -> None:
    _, state = found(record(conditions=[CIRRHOSIS], retrieved=retrievals(**{key: Retrieval.FAILED})))

    assert state.state == "failed"
