"""Earlier and present ketamine: one infusion a day, however it was recorded, and the courses that these days make."""

from datetime import date

import pytest
from record_builders import Code, at, concept, medicine, procedure, span
from terminology import CLOCK, formulary, parameters, value_sets

from kcds.facts.exposure import ExposureTerms, exposure_state, infusion_days, read_exposure
from kcds.facts.infusions import read_infusions
from kcds.facts.medications import identify_all
from kcds.fhir.record import MedicationUse, Procedure
from kcds.model.dates import Span
from kcds.model.facts import DataState, Exposure, InfusionDay

KETAMINE = ("rxnorm", "238083")
ESKETAMINE = ("rxnorm", "2119381")
INFUSION = ("snomed", "14152002")


def read(*uses: MedicationUse, procedures: tuple[Procedure, ...] = ()) -> tuple[Exposure, DataState]:
    terms = ExposureTerms(parameters().duration("exposure_window"), parameters().duration("course_gap"))
    identified = identify_all(uses, formulary())
    infusions = read_infusions(identified, procedures, formulary(), value_sets(), CLOCK)
    found = read_exposure(identified, infusions, terms, CLOCK)
    return found, exposure_state(found, identified, infusions, None)


def exposure(*uses: MedicationUse, procedures: tuple[Procedure, ...] = ()) -> Exposure:
    return read(*uses, procedures=procedures)[0]


def state(*uses: MedicationUse, procedures: tuple[Procedure, ...] = ()) -> DataState:
    return read(*uses, procedures=procedures)[1]


def course_days(*uses: MedicationUse) -> tuple[InfusionDay, ...]:
    infusions = read_infusions(identify_all(uses, formulary()), (), formulary(), value_sets(), CLOCK)
    return infusion_days(infusions, parameters().duration("course_gap"))


def given(
    when: str | Span | None, code: Code = KETAMINE, *, status: str = "completed", id_: str | None = None
) -> MedicationUse:
    effective = at(when) if isinstance(when, str) else when
    return medicine(code, id_=id_ or str(when), type_="MedicationAdministration", status=status, effective=effective)


def infusion_procedure(performed: str | None, *used: Code, text: str | None = None) -> Procedure:
    return procedure(INFUSION, performed=performed, used=[concept(*used, text=text)])


# ---- infusions


def test_nothing_recorded_is_no_exposure() -> None:
    found = exposure()

    assert found == Exposure(on_treatment=False, planned=False, infusions=0, courses=0)
    assert state().state == "none-recorded"


def test_an_administration_is_an_infusion_of_its_day() -> None:
    found = exposure(given("2026-11-10"))

    assert (found.infusions, found.last, found.drug) == (1, date(2026, 11, 10), "ketamine")
    assert state(given("2026-11-10")).state == "known"


def test_several_records_of_one_day_are_one_infusion() -> None:
    twice = (given("2026-11-10T09:00:00+00:00", id_="a"), given("2026-11-10T13:00:00+00:00", id_="b"))
    recorded_as = infusion_procedure("2026-11-10", ("rxnorm", "6130"))

    found = exposure(*twice, procedures=(recorded_as,))

    assert (found.infusions, found.course_infusions) == (1, 1)
    assert found.sources == ("MedicationAdministration/a", "MedicationAdministration/b", "Procedure/pr1")


def test_an_infusion_of_something_else_is_no_exposure() -> None:
    assert exposure(procedures=(infusion_procedure("2026-11-10", ("rxnorm", "310433")),)).last is None
    assert exposure(procedures=(procedure(INFUSION, performed="2026-11-10"),)).last is None


@pytest.mark.parametrize(
    "not_one",
    [
        procedure(("snomed", "91251008"), performed="2026-11-10", used=[concept(("rxnorm", "6130"))]),
        procedure(INFUSION, status="not-done", performed="2026-11-10", used=[concept(("rxnorm", "6130"))]),
    ],
    ids=["another procedure", "not done"],
)
def test_a_procedure_that_is_no_infusion_given_is_no_exposure(not_one: Procedure) -> None:
    assert exposure(procedures=(not_one,)).last is None


def test_an_old_infusion_is_the_last_one_but_not_counted() -> None:
    found = exposure(given("2024-05-01"))

    assert (found.infusions, found.last, found.courses) == (0, date(2024, 5, 1), 0)


@pytest.mark.parametrize(("day", "counted"), [("2025-11-21", 1), ("2025-11-20", 0)])
def test_infusions_are_counted_over_twelve_months(day: str, counted: int) -> None:
    found = exposure(given(day))

    assert (found.infusions, found.courses) == (counted, counted)


@pytest.mark.parametrize("status", ["not-done", "entered-in-error", "stopped", "unknown"])
def test_what_was_not_given_is_no_infusion(status: str) -> None:
    assert exposure(given("2026-11-10", status=status)).last is None


def test_what_is_being_given_is_an_infusion() -> None:
    assert exposure(given("2026-11-21", status="in-progress")).infusions == 1


@pytest.mark.parametrize(
    ("codes", "drug"),
    [
        ([KETAMINE, ESKETAMINE], "esketamine"),
        ([ESKETAMINE, KETAMINE], "ketamine"),
    ],
)
def test_the_drug_is_the_one_given_last(codes: list[Code], drug: str) -> None:
    first, second = codes

    assert exposure(given("2026-11-01", first), given("2026-11-10", second)).drug == drug


def test_two_drugs_on_the_last_day_leave_the_drug_open() -> None:
    assert exposure(given("2026-11-10", id_="a"), given("2026-11-10", ESKETAMINE, id_="b")).drug is None


# ---- days that are open


@pytest.mark.parametrize(
    "use",
    [
        given(None),
        given("2026-12-24"),
        medicine(text="ketamine infusion", type_="MedicationAdministration", status="completed", effective=at("2026")),
        medicine(text="ketamine lozenge"),
    ],
    ids=["undated", "in the future", "named in words only", "ordered in words only"],
)
def test_what_has_no_day_or_no_code_is_unclear(use: MedicationUse) -> None:
    found, known = read(use)

    assert (found.last, found.infusions, found.sources) == (None, 0, ())
    assert (known.state, known.basis, known.sources) == ("uncertain", "unclear-infusion", (use.reference,))


@pytest.mark.parametrize(
    "unclear", [infusion_procedure(None, ("rxnorm", "6130")), infusion_procedure("2026-11-10", text="ketamine")]
)
def test_a_procedure_without_a_day_or_a_code_is_unclear(unclear: Procedure) -> None:
    assert state(procedures=(unclear,)).state == "uncertain"


@pytest.mark.parametrize(
    "use",
    [
        medicine(text="saline", type_="MedicationAdministration", status="completed"),
        medicine(text="ketamine", status="stopped"),
    ],
)
def test_other_medicines_and_stopped_orders_are_not_unclear(use: MedicationUse) -> None:
    assert state(use).state == "none-recorded"


def test_an_undated_infusion_beside_a_dated_one_leaves_the_number_open() -> None:
    found, known = read(given(None, id_="a"), given("2026-11-10"))

    assert (found.infusions, known.state, known.date) == (1, "uncertain", date(2026, 11, 10))


def test_a_partial_date_counts_as_recent_but_not_for_courses() -> None:
    found, known = read(given("2026-11"))

    assert (found.infusions, found.last) == (1, date(2026, 11, 21))
    assert (found.courses, found.course_start, found.course_infusions) == (None, None, None)
    assert known.state == "uncertain"


def test_an_infusion_with_only_an_end_is_of_that_day() -> None:
    found = exposure(given(span(None, "2026-11-10")))

    assert (found.last, found.course_start) == (date(2026, 11, 10), date(2026, 11, 10))


# ---- courses


def test_infusions_less_than_fourteen_days_apart_are_one_course() -> None:
    found = exposure(given("2026-10-01"), given("2026-10-14"), given("2026-10-20"))

    assert (found.courses, found.course_start, found.course_infusions) == (1, date(2026, 10, 1), 3)
    assert (found.last, found.course_interval_days) == (date(2026, 10, 20), None)


def test_infusions_fourteen_days_apart_are_two_courses() -> None:
    found = exposure(given("2026-10-01"), given("2026-10-15"))

    assert (found.courses, found.course_start, found.course_infusions) == (2, date(2026, 10, 15), 1)
    assert found.course_interval_days == 14


def test_the_days_of_the_latest_course_are_numbered() -> None:
    days = course_days(given("2026-09-01"), given("2026-10-14"), given("2026-10-01", id_="b"), given("2026-10-01"))

    assert [(one.number, one.date) for one in days] == [(1, date(2026, 10, 1)), (2, date(2026, 10, 14))]
    assert days[0].sources == ("MedicationAdministration/2026-10-01", "MedicationAdministration/b")


@pytest.mark.parametrize("uses", [(), (given("2026-11"),), (given("2026-10-01"), given("2026-10"))])
def test_a_course_that_is_not_certain_has_no_days(uses: tuple[MedicationUse, ...]) -> None:
    assert course_days(*uses) == ()


def test_two_long_courses_sixteen_days_apart_are_two() -> None:
    first = given(span("2026-09-01T08:00:00+00:00", "2026-09-05T12:00:00+00:00"))
    second = given(span("2026-09-21T08:00:00+00:00", "2026-09-25T12:00:00+00:00"))

    found = exposure(second, first)

    assert (found.infusions, found.courses, found.course_interval_days) == (8, 2, 16)
    assert (found.course_start, found.course_infusions, found.last) == (date(2026, 9, 21), 4, date(2026, 9, 25))


def test_a_continuous_infusion_counts_each_day_and_night() -> None:
    long = given(span("2026-11-01T08:00:00+00:00", "2026-11-03T12:00:00+00:00"), id_="a")
    night = given(span("2026-11-05T22:00:00+00:00", "2026-11-06T02:00:00+00:00"), id_="b")
    again = given("2026-11-02", id_="c")

    days = course_days(long, night, again)

    assert [(str(day.date), day.number) for day in days] == [("2026-11-01", 1), ("2026-11-02", 2), ("2026-11-05", 3)]
    assert days[1].sources == ("MedicationAdministration/a", "MedicationAdministration/c")
    assert exposure(long, night, again).course_infusions == 3


@pytest.mark.parametrize(
    ("end", "last"),
    [
        ("2026-11-12", "2026-11-12"),
        ("2026-11-30", "2026-11-21"),
        ("2026-11", "2026-11-10"),
        ("2026-11-01", "2026-11-10"),
    ],
    ids=["later", "in the future", "a month", "before its start"],
)
def test_an_infusion_ends_on_the_day_on_which_it_began_unless_a_later_one_is_named(end: str, last: str) -> None:
    assert str(exposure(given(span("2026-11-10", end))).last) == last


def test_an_interval_reaches_back_to_a_course_before_the_window() -> None:
    found = exposure(given("2025-11-01"), given("2025-12-01"))

    assert (found.courses, found.course_interval_days) == (1, 30)


@pytest.mark.parametrize(
    ("vague", "courses", "start", "interval"),
    [
        ("2024", 2, "2026-10-15", 44),  # before everything else
        ("2026-09", None, "2026-10-15", None),  # perhaps after the course before
        ("2026-10", None, None, None),  # perhaps of the latest course
    ],
)
def test_a_partial_date_leaves_open_what_depends_on_it(
    vague: str, courses: int | None, start: str | None, interval: int | None
) -> None:
    found = exposure(given("2026-09-01"), given("2026-10-15"), given(vague))

    assert (found.courses, found.course_interval_days) == (courses, interval)
    assert found.course_start == (date.fromisoformat(start) if start else None)


def test_the_order_of_the_records_does_not_matter() -> None:
    uses = [given("2026-09-01"), given("2026-10-15"), given("2026-10-20", ESKETAMINE)]

    assert exposure(*uses) == exposure(*reversed(uses))


# ---- treatment and plans


@pytest.mark.parametrize("type_", ["MedicationRequest", "MedicationStatement"])
def test_an_active_order_or_statement_is_treatment(type_: str) -> None:
    found = exposure(medicine(ESKETAMINE, type_=type_, status="active"))

    assert (found.on_treatment, found.planned, found.drug) == (True, False, None)


@pytest.mark.parametrize(("status", "intent"), [("on-hold", "order"), ("draft", "order"), ("active", "proposal")])
def test_an_order_that_waits_is_a_plan(status: str, intent: str) -> None:
    found = exposure(medicine(KETAMINE, status=status, intent=intent))

    assert (found.on_treatment, found.planned) == (False, True)


def test_a_stopped_order_is_neither_treatment_nor_plan() -> None:
    found = exposure(medicine(KETAMINE, status="stopped"))

    assert (found.on_treatment, found.planned) == (False, False)
