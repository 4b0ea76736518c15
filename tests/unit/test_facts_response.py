"""What the pain did after a course of ketamine: which scores are compared, and what follows from them."""

from collections.abc import Iterable
from datetime import date

import pytest
from record_builders import at, concept, medicine, observation, procedure, record, retrievals, span, value
from terminology import CLOCK, knowledge, value_sets

from kcds.facts.medication_facts import extract_medication_facts
from kcds.facts.observations import Reports, read_reports
from kcds.facts.response import response_facts
from kcds.fhir.record import MedicationUse, Observation, Record, Retrieval
from kcds.model.facts import DataState, Response

KETAMINE = ("rxnorm", "238083")
NUMERIC, REPORTED = "72514-3", "38208-5"


def respond(of: Record) -> tuple[Response, DataState]:
    reports = read_reports(of.observations, value_sets(), CLOCK)
    treated = extract_medication_facts(of, Reports(), knowledge(), CLOCK)
    response, state = response_facts(of, reports, treated, knowledge(), CLOCK)
    assert isinstance(response, Response)
    assert isinstance(state, DataState)
    return response, state


def given(when: str) -> MedicationUse:
    return medicine(KETAMINE, id_=when, type_="MedicationAdministration", status="completed", effective=at(when))


def pain(number: float, when: str, code: str = NUMERIC, **more: object) -> Observation:
    elements = {"id_": f"{code}-{when}", "effective": when} | more
    return observation(value(("loinc", code), number=number), **elements)


COURSE = (given("2026-10-01"), given("2026-10-03"), given("2026-10-05"))


def after_course(*scores: Observation, uses: Iterable[MedicationUse] = COURSE) -> tuple[Response, DataState]:
    return respond(record(medications=uses, observations=scores))


def response(*scores: Observation, uses: Iterable[MedicationUse] = COURSE) -> Response:
    return after_course(*scores, uses=uses)[0]


# ---- the comparison


def test_the_latest_score_is_compared_with_the_last_before_the_course() -> None:
    found, state = after_course(
        pain(9, "2026-09-10"), pain(8, "2026-09-30"), pain(2, "2026-10-12"), pain(5, "2026-11-01")
    )

    assert (found.before, found.before_date) == (8, date(2026, 9, 30))
    assert (found.after, found.after_date) == (5, date(2026, 11, 1))
    assert (found.relief_percent, found.best_percent) == (37, 75)
    assert found.sources == (
        "Observation/72514-3-2026-09-30",
        "Observation/72514-3-2026-10-12",
        "Observation/72514-3-2026-11-01",
    )
    assert (state.state, state.date) == ("known", date(2026, 11, 1))


def test_pain_that_got_worse_is_a_negative_relief() -> None:
    found = response(pain(6, "2026-09-30"), pain(7, "2026-11-01"))

    assert (found.relief_percent, found.best_percent) == (-17, -17)
    assert (found.lasted_days, found.ended) == (None, None)


@pytest.mark.parametrize(
    ("after", "percent", "lasted"), [(7, 30, 27), (7.1, 29, None)], ids=["exactly the line", "just short of it"]
)
def test_a_positive_response_is_relief_of_thirty_percent(after: float, percent: int, lasted: int | None) -> None:
    found = response(pain(10, "2026-09-30"), pain(after, "2026-11-01"))

    assert (found.relief_percent, found.lasted_days) == (percent, lasted)


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        ("2026-09-01", True),  # 30 days before the course
        ("2026-08-31", False),
        ("2026-10-01", True),  # its first day
        ("2026-10-02", False),  # while it runs
    ],
)
def test_a_score_before_the_course_is_at_most_thirty_days_old(day: str, counts: bool) -> None:  # noqa: FBT001
    found, state = after_course(pain(8, day), pain(4, "2026-11-01"))

    assert found.before == (8 if counts else None)
    assert state.state == ("known" if counts else "missing")


@pytest.mark.parametrize(("day", "counts"), [("2026-10-04", False), ("2026-10-05", False), ("2026-10-06", True)])
def test_a_score_after_the_course_is_later_than_its_last_day(day: str, counts: bool) -> None:  # noqa: FBT001
    found = response(pain(8, "2026-09-30"), pain(4, day))

    assert found == Response() or counts
    assert found.after == (4 if counts else None)


def test_a_course_of_one_day_has_a_before_and_an_after_too() -> None:
    found = response(pain(8, "2026-10-01"), pain(4, "2026-10-02"), uses=[given("2026-10-01")])

    assert (found.relief_percent, found.lasted_days) == (50, 1)


def test_the_scores_between_two_courses_are_before_the_latest_one() -> None:
    two = (given("2026-08-01"), given("2026-10-01"))

    found = response(pain(9, "2026-07-30"), pain(6, "2026-09-20"), pain(3, "2026-10-20"), uses=two)

    assert (found.before, found.relief_percent) == (6, 50)


def test_preliminary_scores_are_not_compared() -> None:
    assert response(pain(8, "2026-09-30"), pain(4, "2026-11-01", status="preliminary")) == Response()


# ---- the first day of the course


def test_of_the_first_day_the_score_before_the_infusion_counts() -> None:
    course = [given("2026-10-01T09:00:00+00:00")]
    day = [pain(9, "2026-10-01T07:00:00+00:00"), pain(8, "2026-10-01T08:50:00+00:00")]
    later = [pain(1, "2026-10-01T11:00:00+00:00"), pain(4, "2026-11-01")]

    assert response(*day, *later, uses=course).before == 8


def test_a_score_after_the_infusion_of_the_first_day_is_not_before_it() -> None:
    found = response(
        pain(8, "2026-09-20"),
        pain(1, "2026-10-01T11:00:00+00:00"),
        pain(4, "2026-11-01"),
        uses=[given("2026-10-01T09:00:00+00:00")],
    )

    assert (found.before, found.before_date) == (8, date(2026, 9, 20))


def test_the_time_of_an_infusion_procedure_counts_too() -> None:
    infusion = procedure(
        ("snomed", "14152002"),
        performed=span("2026-10-01T09:00:00+00:00", "2026-10-01T10:00:00+00:00"),
        used=[concept(("rxnorm", "6130"))],
    )
    other = procedure(("snomed", "91251008"), id_="pt", performed="2026-10-01T06:00:00+00:00")
    scores = [pain(8, "2026-10-01T08:00:00+00:00"), pain(1, "2026-10-01T11:00:00+00:00"), pain(4, "2026-11-01")]

    found, _ = respond(record(procedures=[infusion, other], observations=scores))

    assert found.before == 8


def test_without_the_time_of_the_infusion_the_first_score_of_its_day_counts() -> None:
    scores = [pain(8, "2026-10-01T08:00:00+00:00"), pain(1, "2026-10-01T11:00:00+00:00"), pain(4, "2026-11-01")]

    assert response(*scores, uses=[given("2026-10-01")]).before == 8


def test_of_scores_of_the_first_day_without_a_time_the_lowest_counts() -> None:
    scores = [pain(8, "2026-10-01"), pain(6, "2026-10-01", id_="other"), pain(4, "2026-11-01")]

    assert response(*scores, uses=[given("2026-10-01")]).before == 6


def test_of_latest_scores_without_a_time_the_highest_counts() -> None:
    scores = [pain(8, "2026-09-30"), pain(2, "2026-11-01"), pain(5, "2026-11-01", id_="other")]

    assert response(*scores).after == 5


# ---- one scale


def test_scores_of_different_codes_are_not_compared() -> None:
    found, state = after_course(pain(8, "2026-09-30", NUMERIC), pain(4, "2026-11-01", REPORTED))

    assert found == Response()
    assert state.state == "missing"


@pytest.mark.parametrize(("code", "relief"), [(NUMERIC, 50), (REPORTED, 25)])
def test_of_two_scales_the_one_used_last_counts(code: str, relief: int) -> None:
    days = {NUMERIC: "2026-10-20", REPORTED: "2026-10-20"} | {code: "2026-11-01"}
    scores = [pain(8, "2026-09-30", NUMERIC), pain(8, "2026-09-30", REPORTED)]
    scores += [pain(4, days[NUMERIC], NUMERIC), pain(6, days[REPORTED], REPORTED)]

    assert response(*scores).relief_percent == relief
    assert response(*reversed(scores)).relief_percent == relief


def test_of_two_scales_the_one_with_pain_before_counts() -> None:
    scores = [pain(8, "2026-09-30", NUMERIC), pain(0, "2026-09-30", REPORTED)]
    scores += [pain(4, "2026-10-20", NUMERIC), pain(6, "2026-11-01", REPORTED)]

    assert response(*scores).relief_percent == 50


def test_without_pain_before_there_is_no_percentage() -> None:
    found, state = after_course(pain(0, "2026-09-30"), pain(3, "2026-11-01"))

    assert (found.before, found.after) == (0, 3)
    assert (found.relief_percent, found.best_percent, found.lasted_days) == (None, None, None)
    assert (state.state, state.basis) == ("uncertain", "no-pain-before")


# ---- how long it lasted


@pytest.mark.parametrize(
    ("scores", "lasted", "ended", "reason"),
    [
        ([(4, "2026-10-12"), (5, "2026-10-26")], 21, False, "still holds"),
        ([(4, "2026-10-12"), (7, "2026-10-26")], 7, True, "over at the next score"),
        ([(7, "2026-10-12"), (4, "2026-10-26")], 21, False, "came late"),
        ([(4, "2026-10-12"), (7, "2026-10-19"), (4, "2026-11-16")], 7, True, "fell again after it had ended"),
        ([(7, "2026-10-12"), (8, "2026-10-26")], None, None, "never came"),
        ([(4, "2026-10-12T08:00:00+00:00"), (7, "2026-10-12T20:00:00+00:00")], None, None, "gone the same evening"),
    ],
)
def test_a_response_lasts_until_a_score_is_none_any_more(
    scores: list[tuple[float, str]],
    lasted: int | None,
    ended: bool | None,  # noqa: FBT001
    reason: str,
) -> None:
    found = response(pain(8, "2026-09-30"), *(pain(number, when) for number, when in scores))

    assert (found.lasted_days, found.ended) == (lasted, ended), reason


def test_of_each_day_the_last_score_counts() -> None:
    morning, evening = pain(2, "2026-10-12T08:00:00+00:00"), pain(7, "2026-10-12T20:00:00+00:00")

    assert response(pain(8, "2026-09-30"), morning, evening).best_percent == 12


# ---- whether it is known


def test_without_ketamine_there_is_nothing_to_respond_to() -> None:
    found, state = respond(record(observations=[pain(8, "2026-09-30"), pain(4, "2026-11-01")]))

    assert (found, state.state) == (Response(), "none-recorded")


def test_an_old_course_is_not_judged_any_more() -> None:
    found, state = after_course(pain(8, "2024-04-30"), pain(4, "2024-05-20"), uses=[given("2024-05-01")])

    assert (found, state.state) == (Response(), "none-recorded")


def test_of_treatment_without_any_recorded_infusion_the_response_is_missing() -> None:
    _, state = respond(record(medications=[medicine(KETAMINE)], observations=[pain(8, "2026-09-30")]))

    assert state.state == "missing"


@pytest.mark.parametrize(
    ("retrieval", "expected"),
    [(Retrieval.FAILED, "failed"), (Retrieval.ABSENT, "missing"), (Retrieval.INCOMPLETE, "incomplete")],
)
@pytest.mark.parametrize("query", ["painScores", "medicationAdministrations"])
def test_the_response_is_known_only_where_all_scores_and_infusions_were_had(
    query: str, retrieval: Retrieval, expected: str
) -> None:
    scores = [pain(8, "2026-09-30"), pain(4, "2026-11-01")]
    _, state = respond(record(medications=COURSE, observations=scores, retrieved=retrievals(**{query: retrieval})))

    assert state.state == expected


def test_an_infusion_of_unknown_day_leaves_the_response_open() -> None:
    found, state = after_course(pain(8, "2026-09-30"), pain(4, "2026-11-01"), uses=[*COURSE, given("2026-10")])

    assert (found, state.state) == (Response(), "uncertain")


@pytest.mark.parametrize(("when", "expected"), [("2026-10-20", "unreadable"), ("2026-08-20", "known")])
def test_a_damaged_score_of_the_time_that_matters_leaves_the_response_open(when: str, expected: str) -> None:
    _, state = after_course(pain(8, "2026-09-30"), pain(4, "2026-11-01"), pain(9, when, repaired=["valueInteger"]))

    assert state.state == expected


def test_the_order_of_the_record_does_not_matter() -> None:
    scores = [pain(8, "2026-09-30"), pain(2, "2026-10-12"), pain(5, "2026-11-01"), pain(5, "2026-11-01", REPORTED)]

    assert response(*scores) == response(*reversed(scores), uses=reversed(COURSE))


def test_a_score_of_almost_nothing_by_which_no_relief_can_be_reckoned_is_unused() -> None:
    found, state = after_course(pain(5e-324, "2026-09-30"), pain(5, "2026-10-12"))

    assert found == Response()
    assert state.state == "missing"
