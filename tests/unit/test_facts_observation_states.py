"""How well each domain that rests on Observations is known, and that the order of the record does not matter."""

import pytest
from record_builders import observation, quantity, record, retrievals, unreadable, value
from terminology import CLOCK, knowledge, value_sets

from kcds.facts.observation_facts import extract_observation_facts
from kcds.facts.observations import read_reports
from kcds.fhir.record import Observation, Record, Retrieval
from kcds.model.facts import BloodPressure, DataState, Fact, Measurement, StudyDone


def facts(of: Record) -> list[Fact]:
    reports = read_reports(of.observations, value_sets(), CLOCK)
    found = extract_observation_facts(of, reports, knowledge(), CLOCK)
    return [*found.recent, *found.states]


def state(of: Record, domain: str) -> str | None:
    (found,) = [fact for fact in facts(of) if isinstance(fact, DataState) and fact.domain == domain]
    return found.state


def pressure(
    effective: str | None = "2026-11-16", *, id_: str = "bp", systolic: float = 120, **more: object
) -> Observation:
    parts = [
        value(("loinc", code), quantity_=quantity(number, "mm[Hg]"))
        for code, number in (("8480-6", systolic), ("8462-4", 70))
    ]
    return observation(value(("loinc", "85354-9")), id_=id_, effective=effective, components=parts, **more)


def alt(
    effective: str | None = "2026-11-01",
    *,
    id_: str = "alt",
    unit: str = "U/L",
    high: float | None = 40,
    **more: object,
) -> Observation:
    reading = value(("loinc", "1742-6"), quantity_=quantity(30, unit), high=quantity(high, unit) if high else None)
    return observation(reading, id_=id_, effective=effective, **more)


def test_every_domain_has_one_state() -> None:
    states = [fact.domain for fact in facts(record()) if isinstance(fact, DataState)]

    assert sorted(states) == [
        "blood-pressure",
        "cognition",
        "ecg",
        "liver-tests",
        "pain-score",
        "renal-tests",
        "scores",
        "thyroid-tests",
        "urinalysis",
        "weight",
    ]


@pytest.mark.parametrize(
    ("effective", "expected"),
    [("2026-11-21", "known"), ("2026-10-22", "known"), ("2026-10-21", "stale")],
)
def test_a_blood_pressure_is_known_for_thirty_days(effective: str, expected: str) -> None:
    assert state(record(observations=[pressure(effective)]), "blood-pressure") == expected


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("blood-pressure", "missing"),
        ("pain-score", "missing"),
        ("liver-tests", "none-recorded"),
        ("scores", "none-recorded"),
        ("weight", "missing"),
        ("renal-tests", "none-recorded"),
        ("thyroid-tests", "none-recorded"),
        ("cognition", "none-recorded"),
        ("ecg", "none-recorded"),
        ("urinalysis", "none-recorded"),
    ],
)
def test_nothing_found_is_missing_only_where_nothing_can_be_said_without_it(domain: str, expected: str) -> None:
    assert state(record(), domain) == expected


def test_an_old_liver_test_is_none() -> None:
    assert state(record(observations=[alt("2026-08-22")]), "liver-tests") == "none-recorded"
    assert state(record(observations=[alt("2026-08-23")]), "liver-tests") == "known"


SYSTOLIC_ALONE = observation(value(("loinc", "8480-6"), quantity_=quantity(182, "mm[Hg]")), id_="s")


@pytest.mark.parametrize(
    "unusable",
    [pressure(status="preliminary"), SYSTOLIC_ALONE],
    ids=["preliminary", "one component"],
)
def test_a_current_reading_that_cannot_be_used_is_unclear_and_not_absent(unusable: Observation) -> None:
    assert state(record(observations=[unusable]), "blood-pressure") == "uncertain"
    assert state(record(observations=[unusable, pressure(id_="valid")]), "blood-pressure") == "known"


def test_a_pain_score_off_the_scale_is_unclear_and_not_absent() -> None:
    off = observation(value(("loinc", "72514-3"), quantity_=quantity(12, "{score}")))

    assert state(record(observations=[off]), "pain-score") == "uncertain"


def test_an_observation_of_none_of_our_concepts_is_no_report() -> None:
    shoe_size = observation(value(("loinc", "0000-0"), quantity_=quantity(12, "{score}")))

    assert read_reports([shoe_size], value_sets(), CLOCK).usable == ()


def test_an_empty_report_is_no_reading() -> None:
    empty = observation(value(("loinc", "72514-3"), absent=True))

    assert state(record(observations=[empty]), "pain-score") == "missing"


@pytest.mark.parametrize(
    ("retrieval", "expected"),
    [
        (Retrieval.FAILED, "failed"),
        (Retrieval.ABSENT, "missing"),
        (Retrieval.INCOMPLETE, "incomplete"),
    ],
)
def test_a_query_that_was_not_answered_leaves_its_domain_unknown(retrieval: Retrieval, expected: str) -> None:
    unanswered = record(retrieved=retrievals(liverTests=retrieval))

    assert state(unanswered, "liver-tests") == expected
    assert state(unanswered, "ecg") == "none-recorded"


def test_a_current_value_on_the_first_page_is_known() -> None:
    first_page = record(observations=[pressure()], retrieved=retrievals(bloodPressure=Retrieval.INCOMPLETE))

    assert state(first_page, "blood-pressure") == "known"


def test_a_blood_pressure_that_could_not_be_read_may_be_the_high_one() -> None:
    lost = unreadable("Observation", "bloodPressure", ("loinc", "85354-9"), ("loinc", "8480-6"))

    assert state(record(observations=[pressure()], not_read=[lost]), "blood-pressure") == "unreadable"


def test_another_observation_that_could_not_be_read_does_not_matter() -> None:
    lost = unreadable("Observation", "liverTests", ("loinc", "1742-6"))

    assert state(record(observations=[pressure()], not_read=[lost]), "blood-pressure") == "known"


def test_a_newer_reading_with_a_repaired_value_leaves_the_domain_unreadable() -> None:
    damaged = pressure("2026-11-18", id_="new", repaired=["component"])

    assert state(record(observations=[pressure("2026-11-16"), damaged]), "blood-pressure") == "unreadable"


def test_an_older_reading_with_a_repaired_value_does_not_matter() -> None:
    damaged = pressure("2026-11-10", id_="old", repaired=["component"])

    assert state(record(observations=[pressure("2026-11-16"), damaged]), "blood-pressure") == "known"


def test_a_test_dated_in_the_future_raises_the_question() -> None:
    assert state(record(observations=[alt("2027-01-01")]), "liver-tests") == "conflicting"


def test_an_undated_test_raises_the_question() -> None:
    assert state(record(observations=[alt(None)]), "liver-tests") == "uncertain"


@pytest.mark.parametrize(
    "test", [alt(high=None), alt(unit="g/L")], ids=["no range to judge it by", "a unit that is not converted"]
)
def test_a_liver_test_that_cannot_be_judged_is_not_normal(test: Observation) -> None:
    assert state(record(observations=[test]), "liver-tests") == "uncertain"


def test_a_score_off_its_scale_is_not_none() -> None:
    impossible = observation(value(("loinc", "44261-6"), number=99))

    assert state(record(observations=[impossible]), "scores") == "uncertain"


def test_a_test_without_a_result_leaves_nothing_to_judge() -> None:
    absent = observation(value(("loinc", "1742-6"), absent=True))

    assert state(record(observations=[absent]), "liver-tests") == "none-recorded"


def test_an_old_blood_pressure_is_no_fact() -> None:
    assert not [
        fact for fact in facts(record(observations=[pressure("2026-09-01")])) if isinstance(fact, BloodPressure)
    ]


def test_a_study_is_done_whatever_its_result() -> None:
    impression = observation(value(("loinc", "8601-7"), text="see report"), effective="2026-05-01")
    of = record(observations=[impression])

    (done,) = [fact for fact in facts(of) if isinstance(fact, StudyDone)]

    assert (done.concept, done.rank) == ("obs-ecg", 0)
    assert state(of, "ecg") == "known"


def test_a_study_without_a_result_was_not_done() -> None:
    absent = observation(value(("loinc", "8601-7"), absent=True), effective="2026-05-01")

    assert state(record(observations=[absent]), "ecg") == "none-recorded"


def test_platelets_alone_are_no_liver_test() -> None:
    platelets = observation(value(("loinc", "777-3"), quantity_=quantity(250, "10*3/uL")))

    assert not [fact for fact in facts(record(observations=[platelets])) if isinstance(fact, StudyDone)]


def test_the_order_of_the_record_and_copies_with_new_ids_change_no_value() -> None:
    observations = [pressure(), pressure("2026-11-10", id_="b", systolic=150), alt(), alt("2026-10-01", id_="d")]
    copies = [pressure(id_="x"), alt(id_="y")]

    def values(of: list[Observation]) -> list[tuple[object, ...]]:
        kept = [fact for fact in facts(record(observations=of)) if isinstance(fact, BloodPressure | Measurement)]
        return sorted((type(fact).__name__, str(fact.date), getattr(fact, "rank", None) or 0) for fact in kept)

    assert values(observations) == values(observations[::-1]) == values([*copies, *observations])


def tsh(*, low: float | None = 0.4, comparator: str | None = None, **more: object) -> Observation:
    limit = quantity(low, "m[IU]/L") if low else None
    return observation(
        value(("loinc", "3016-3"), quantity_=quantity(0.9, "m[IU]/L", comparator), low=limit), id_="tsh", **more
    )


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        pytest.param(tsh(), "known", id="with its range"),
        pytest.param(tsh(low=None), "uncertain", id="no lower limit to judge it by"),
        pytest.param(tsh(comparator="<"), "uncertain", id="may be lower than the number"),
        pytest.param(tsh(effective="2026-05-21"), "known", id="on the first day of its window"),
        pytest.param(tsh(effective="2026-05-20"), "none-recorded", id="too old"),
    ],
)
def test_thyroid_tests_are_known_by_a_thyrotropin_that_can_be_judged(test: Observation, expected: str) -> None:
    assert state(record(observations=[test]), "thyroid-tests") == expected


def test_free_thyroxine_alone_does_not_make_the_thyroid_tests_known() -> None:
    free = observation(value(("loinc", "3024-7"), quantity_=quantity(1.2, "ng/dL")))

    assert state(record(observations=[free]), "thyroid-tests") == "none-recorded"


@pytest.mark.parametrize(("effective", "expected"), [("2025-11-21", "known"), ("2025-11-20", "none-recorded")])
def test_kidney_function_is_known_for_a_year(effective: str, expected: str) -> None:
    test = observation(value(("loinc", "98979-8"), quantity_=quantity(88, "mL/min/{1.73_m2}")), effective=effective)

    assert state(record(observations=[test]), "renal-tests") == expected


@pytest.mark.parametrize(("effective", "expected"), [("2026-05-21", "known"), ("2026-05-20", "none-recorded")])
def test_cognition_is_known_for_six_months(effective: str, expected: str) -> None:
    score = observation(value(("loinc", "72172-0"), quantity_=quantity(27, "{score}")), effective=effective)

    assert state(record(observations=[score]), "cognition") == expected


@pytest.mark.parametrize("others", [[], ["known"]], ids=["alone", "beside one that can be used"])
def test_a_weight_that_nobody_believes_cannot_be_used(others: list[str]) -> None:
    weights = [
        observation(value(("loinc", "29463-7"), quantity_=quantity(number, "kg")), id_=id_, effective="2026-11-20")
        for id_, number in (("slip", 720), *((one, 72) for one in others))
    ]

    (found,) = [one for one in facts(record(observations=weights)) if one.kind == "data" and one.domain == "weight"]

    assert (found.state, found.basis) == ("uncertain", "unusable-value")
    assert [one.value for one in facts(record(observations=weights)) if one.kind == "measurement"] == [72] * len(others)


def test_an_old_weight_is_stale() -> None:
    old = observation(value(("loinc", "29463-7"), quantity_=quantity(72, "kg")), effective="2026-09-01")

    assert state(record(observations=[old]), "weight") == "stale"


def test_a_liver_test_that_may_be_worse_than_its_number_is_not_normal() -> None:
    more_than = observation(
        value(("loinc", "1742-6"), quantity_=quantity(30, "U/L", ">"), high=quantity(40, "U/L")), id_="alt"
    )

    assert state(record(observations=[more_than]), "liver-tests") == "uncertain"


def test_rules_see_the_latest_measurement_of_any_age_and_no_other_old_one() -> None:
    old = record(observations=(alt("2026-05-01", id_="last"), alt("2026-04-01", id_="before")))
    newer = record(observations=(alt("2026-11-01", id_="new"), alt("2026-05-01", id_="last")))

    assert [fact.sources for fact in facts(old) if isinstance(fact, Measurement)] == [("Observation/last",)]
    assert [fact.sources for fact in facts(newer) if isinstance(fact, Measurement)] == [("Observation/new",)]
