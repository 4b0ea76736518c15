"""Earlier and present ketamine: one infusion a day, however it was recorded."""

from datetime import date

import pytest
from record_builders import Code, at, concept, medicine, procedure, span
from terminology import CLOCK, formulary, parameters, value_sets

from kcds.facts.exposure import is_unclear, read_exposure
from kcds.facts.medications import identify_all
from kcds.fhir.record import MedicationUse, Procedure
from kcds.model.facts import Exposure

KETAMINE = ("rxnorm", "238083")
ESKETAMINE = ("rxnorm", "2119381")
INFUSION = ("snomed", "14152002")


def exposure(*uses: MedicationUse, procedures: tuple[Procedure, ...] = ()) -> Exposure:
    window = parameters().duration("exposure_window")
    return read_exposure(identify_all(uses, formulary()), procedures, formulary(), value_sets(), CLOCK, window)


def given(day: str | None, code: Code = KETAMINE, *, status: str = "completed", id_: str = "m1") -> MedicationUse:
    effective = at(day) if day else None
    return medicine(code, id_=id_, type_="MedicationAdministration", status=status, effective=effective)


def test_nothing_recorded_is_no_exposure() -> None:
    found = exposure()

    assert (found.on_treatment, found.planned, found.infusions, found.last) == (False, False, 0, None)


def test_an_administration_is_an_infusion_of_its_day() -> None:
    found = exposure(given("2026-11-10"))

    assert (found.infusions, found.last) == (1, date(2026, 11, 10))


def test_several_records_of_one_day_are_one_infusion() -> None:
    twice = (given("2026-11-10T09:00:00+00:00", id_="a"), given("2026-11-10T13:00:00+00:00", id_="b"))
    recorded_as = procedure(INFUSION, performed=span("2026-11-10", "2026-11-10"), used=[concept(("rxnorm", "6130"))])

    assert exposure(*twice, procedures=(recorded_as,)).infusions == 1


def test_an_infusion_of_something_else_is_no_exposure() -> None:
    assert exposure(procedures=(procedure(INFUSION, performed="2026-11-10"),)).last is None


def test_an_old_infusion_is_the_last_one_but_not_counted() -> None:
    found = exposure(given("2024-05-01"))

    assert (found.infusions, found.last) == (0, date(2024, 5, 1))


@pytest.mark.parametrize("status", ["not-done", "entered-in-error", "stopped", "unknown"])
def test_what_was_not_given_is_no_infusion(status: str) -> None:
    assert exposure(given("2026-11-10", status=status)).last is None


def test_an_infusion_dated_in_the_future_is_unused() -> None:
    assert exposure(given("2026-12-24")).last is None


@pytest.mark.parametrize("type_", ["MedicationRequest", "MedicationStatement"])
def test_an_active_order_or_statement_is_treatment(type_: str) -> None:
    found = exposure(medicine(ESKETAMINE, type_=type_, status="active"))

    assert (found.on_treatment, found.planned) == (True, False)


@pytest.mark.parametrize(("status", "intent"), [("on-hold", "order"), ("draft", "order"), ("active", "proposal")])
def test_an_order_that_waits_is_a_plan(status: str, intent: str) -> None:
    found = exposure(medicine(KETAMINE, status=status, intent=intent))

    assert (found.on_treatment, found.planned) == (False, True)


def test_a_stopped_order_is_neither_treatment_nor_plan() -> None:
    found = exposure(medicine(KETAMINE, status="stopped"))

    assert (found.on_treatment, found.planned) == (False, False)


@pytest.mark.parametrize(
    ("use", "unclear"),
    [
        (given(None), True),
        (medicine(text="ketamine infusion", type_="MedicationAdministration", status="completed"), True),
        (given("2026-11-10"), False),
        (medicine(text="saline", type_="MedicationAdministration", status="completed"), False),
    ],
    ids=["undated", "named in words only", "dated and coded", "something else"],
)
def test_exposure_is_unclear_where_the_day_or_the_drug_is_not_coded(
    use: MedicationUse,
    unclear: bool,  # noqa: FBT001
) -> None:
    assert is_unclear(identify_all([use], formulary())) is unclear
