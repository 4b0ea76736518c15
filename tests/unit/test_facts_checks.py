"""The items of the monitoring plan: done, outdated, never, or not to be told."""

from dataclasses import replace
from datetime import date

import builders
import pytest
from record_builders import NOW, TODAY, concept, observation, procedure, quantity, record, retrievals, unreadable, value
from terminology import CLOCK, knowledge

from kcds.facts.checks import by_course, check_facts
from kcds.facts.extract import extract_facts
from kcds.fhir.read import read_bundle
from kcds.fhir.record import Observation, Record, Retrieval
from kcds.knowledge.plan import PlanItem, Proof
from kcds.model.facts import Check, InfusionDay, Measurement

EKG = observation(value(("loinc", "8601-7"), text="normal"), id_="ecg")


def checks(of: Record) -> dict[str | None, Check]:
    facts = extract_facts(of, knowledge(), today=TODAY, now=NOW)
    return {fact.item: fact for fact in facts if isinstance(fact, Check)}


def check(item: str, *seen: Observation) -> Check:
    return checks(record(observations=seen))[item]


def measured(code: str, number: float, unit: str, **more: object) -> Observation:
    return observation(value(("loinc", code), quantity_=quantity(number, unit)), **more)


def pressure(**more: object) -> Observation:
    parts = [
        value(("loinc", code), quantity_=quantity(number, "mm[Hg]"))
        for code, number in (("8480-6", 128), ("8462-4", 79))
    ]
    return observation(value(("loinc", "85354-9")), components=parts, **more)


def test_of_an_empty_record_that_came_in_full_nothing_was_ever_done() -> None:
    assert {item: one.state for item, one in checks(record()).items()} == dict.fromkeys(knowledge().plan, "never")


@pytest.mark.parametrize(
    ("item", "seen", "said"),
    [
        (
            "liver-tests",
            [measured("1742-6", 32, "U/L", id_="a"), measured("1920-8", 28, "U/L")],
            "ALT 32 U/L, AST 28 U/L",
        ),
        ("liver-tests", [measured("1920-8", 28, "U/L")], "AST 28 U/L"),
        ("ecg", [EKG], None),
        ("weight", [measured("29463-7", 72.5, "kg")], "72.5 kg"),
        ("blood-pressure", [pressure()], "128/79 mmHg"),
        ("pain-score", [measured("72514-3", 6, "{score}")], "6 of 10"),
        ("phq-9", [measured("44261-6", 12, "{score}")], "12 of 27"),
        ("audit-c", [measured("75626-2", 2, "{score}")], "2 of 12"),
        ("dast-10", [measured("82667-7", 0, "{score}")], "0 of 10"),
        ("cognition", [measured("72172-0", 27, "{score}")], None),
        ("urinalysis", [measured("5821-4", 2, "/[HPF]")], None),
        (
            "pregnancy-test",
            [observation(value(("loinc", "2106-3"), answer=concept(("snomed", "260385009"))))],
            "negative",
        ),
    ],
)
def test_what_was_done_is_said_with_its_date_and_result(item: str, seen: list[Observation], said: str | None) -> None:
    found = check(item, *seen)

    assert (found.state, found.date, found.value) == ("current", date(2026, 11, 20), said)
    assert set(found.sources) == {one.reference for one in seen}


def test_only_results_of_the_latest_day_are_named() -> None:
    found = check(
        "liver-tests", measured("1742-6", 32, "U/L", id_="a", effective="2026-11-01"), measured("1920-8", 28, "U/L")
    )

    assert found.value == "AST 28 U/L"


def test_of_several_of_one_day_the_last_is_named() -> None:
    found = check(
        "weight",
        measured("29463-7", 90, "kg", id_="first", effective="2026-11-20T08:00:00Z"),
        measured("29463-7", 72, "kg", id_="last", effective="2026-11-20T09:00:00Z"),
    )

    assert found.value == "72 kg"


@pytest.mark.parametrize(
    ("item", "seen"),
    [
        ("liver-tests", measured("1742-6", 32, "U/L", effective="2026-08-22")),
        ("weight", measured("29463-7", 72, "kg", effective="2024-01-01")),
        ("blood-pressure", pressure(effective="2026-10-21")),
        ("pain-score", measured("72514-3", 6, "{score}", effective="2025-01-01")),
        ("cognition", measured("72172-0", 27, "{score}", effective="2026-05-20")),
    ],
)
def test_what_is_too_old_is_outdated_and_still_named(item: str, seen: Observation) -> None:
    found = check(item, seen)

    assert found.state == "outdated"
    assert found.date is not None
    assert found.sources == (seen.reference,)


def test_of_old_measurements_rules_see_the_latest_only() -> None:
    older = measured("29463-7", 70, "kg", effective="2023-01-01")
    old = measured("29463-7", 72, "kg", effective="2024-01-01")
    facts = extract_facts(record(observations=[older, old]), knowledge(), today=TODAY, now=NOW)

    assert [fact.value for fact in facts if isinstance(fact, Measurement)] == [72]


@pytest.mark.parametrize(
    ("item", "seen"),
    [
        ("weight", measured("29463-7", 72, "kg", status="preliminary")),
        ("blood-pressure", pressure(status="preliminary")),
        ("pain-score", measured("72514-3", 6, "{score}", status="preliminary")),
        ("ecg", observation(value(("loinc", "8601-7"), text="normal"), status="preliminary")),
        ("pregnancy-test", observation(value(("loinc", "2106-3"), text="see comment"))),
        ("pregnancy-test", observation(value(("loinc", "2106-3"), boolean=False), status="preliminary")),
    ],
)
def test_a_preliminary_or_unclear_result_proves_nothing(item: str, seen: Observation) -> None:
    assert check(item, seen).state == "never"


def test_a_day_with_a_positive_pregnancy_test_is_positive() -> None:
    tests = [
        observation(value(("loinc", "2106-3"), boolean=answer), id_=name)
        for name, answer in (("a", False), ("b", True), ("c", False))
    ]

    assert check("pregnancy-test", *tests).value == "positive"


@pytest.mark.parametrize(
    ("item", "code"), [("pdmp", "461621000124108"), ("urine-drug-screen", "310627008")], ids=["review", "drug screen"]
)
def test_a_completed_procedure_proves_a_check(item: str, code: str) -> None:
    done = procedure(("snomed", code), performed="2026-10-01")
    planned = procedure(("snomed", code), performed="2026-10-01", status="preparation")

    assert checks(record(procedures=[done]))[item].state == "current"
    assert checks(record(procedures=[planned]))[item].state == "never"


@pytest.mark.parametrize("lost", [Retrieval.FAILED, Retrieval.ABSENT, Retrieval.INCOMPLETE])
def test_where_the_answer_did_not_come_in_full_only_what_is_current_can_be_told(lost: Retrieval) -> None:
    old = observation(value(("loinc", "8601-7"), text="normal"), effective="2025-01-01")
    retrieved = retrievals(ecg=lost)

    assert "ecg" not in checks(record(retrieved=retrieved))
    assert "ecg" not in checks(record(observations=[old], retrieved=retrieved))
    assert checks(record(observations=[EKG], retrieved=retrieved))["ecg"].state == "current"
    assert "urinalysis" in checks(record(retrieved=retrieved))


@pytest.mark.parametrize("key", ["urineTests", "procedures"])
def test_an_item_that_two_queries_answer_for_needs_both(key: str) -> None:
    assert "urine-drug-screen" not in checks(record(retrieved=retrievals(**{key: Retrieval.FAILED})))


def test_a_result_that_cannot_be_read_may_be_the_one() -> None:
    lost = [unreadable("Observation", "vitalSigns", ("loinc", "29463-7"))]

    assert "weight" not in checks(record(not_read=lost))
    assert "ecg" in checks(record(not_read=lost))


def test_a_proof_that_names_no_concept_rests_on_every_query() -> None:
    anything = PlanItem(
        id="anything",
        title="Anything",
        phase="baseline",
        proof=Proof(fact="test-done"),
        window="ecg_window",
        domain="ecg",
        not_needed="",
    )
    with_item = replace(knowledge(), plan={"anything": anything})

    assert check_facts(record(), [], {}, with_item, CLOCK) == (Check(item="anything", state="never"),)
    assert check_facts(record(retrieved=retrievals(cognition=Retrieval.FAILED)), [], {}, with_item, CLOCK) == ()


@pytest.mark.parametrize(
    ("day", "before"), [("2026-10-01", 0), ("2026-10-02", 1), ("2026-10-05", 1), ("2026-10-06", 2)]
)
def test_a_check_knows_how_many_infusions_of_the_course_went_before_it(day: str, before: int) -> None:
    course = [InfusionDay(date=date(2026, 10, 2), number=1), InfusionDay(date=date(2026, 10, 6), number=2)]

    (found,) = by_course([Check(item="liver-tests", state="current", date=date.fromisoformat(day))], course)

    assert found.infusions_before == before


def test_without_a_course_or_a_day_there_is_nothing_to_count() -> None:
    done = Check(item="ecg", state="current", date=TODAY)
    never = Check(item="ecg", state="never")

    assert by_course([done], []) == (done,)
    assert by_course([never], [InfusionDay(date=TODAY, number=1)]) == (never,)


def test_of_equal_tests_of_one_old_day_the_source_does_not_hang_on_their_order() -> None:
    tests = [
        builders.observation(
            "1742-6", id=name, effectiveDateTime="2023-01-01", valueQuantity=builders.quantity(32, "U/L")
        )
        for name in ("copy-44", "copy-417", "copy-5")
    ]
    for sent in (tests, tests[::-1]):
        read = read_bundle(
            builders.bundle(builders.patient(), *sent), wanted=knowledge().wants, since=knowledge().since(TODAY)
        )

        assert checks(read)["liver-tests"].sources == ("Observation/copy-5",)
