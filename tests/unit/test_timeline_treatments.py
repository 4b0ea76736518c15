"""Infusions, the order under review, and treatments that were tried, as the timeline shows them."""

from datetime import date

import pytest
from record_builders import TODAY, concept, dosage, medicine, problem, procedure, quantity, record, retrievals, span
from timeline_builders import KETAMINE, given, timeline

from kcds.fhir.record import MedicationUse, Retrieval
from kcds.pages.timeline.model import Bar, Timeline
from kcds.pages.timeline.trials import MOST

DULOXETINE = ("rxnorm", "596926")
INEFFECTIVE = concept(text="ineffective")
PAIN = problem(("icd-10-cm", "G90.50"), onset="2020-01-01")


def tried(*uses: MedicationUse, **parts: object) -> Timeline:
    return timeline(record(conditions=[PAIN], medications=uses, **parts))  # type: ignore[arg-type]


def duloxetine(
    start: str, end: str | None, status: str = "completed", id_: str = "m1", **more: object
) -> MedicationUse:
    when = span(start, end) if end else span(start)
    return medicine(DULOXETINE, id_=id_, status=status, dosages=[dosage(bounds=when)], **more)  # type: ignore[arg-type]


def bars(of: Timeline) -> list[Bar]:
    return [bar for treatment in of.trials.treatments for bar in treatment.bars]


# ---- infusions


def test_an_infusion_is_a_marker_with_its_dose_and_a_row_with_its_source() -> None:
    dose = dosage(rate=quantity(0.3, "mg/kg/h"), duration=4, duration_unit="h")

    of = timeline(medications=[given("2026-08-18", dosages=[dose])])

    (one,) = of.infusions
    assert (one.day, one.short) == (date(2026, 8, 18), "Infusion 1 · 0.3 mg/kg/h \N{MULTIPLICATION SIGN} 4 h")
    assert one.words == "Infusion 1: ketamine 0.3 mg/kg/h for 4 h, 18 Aug 2026"
    assert of.rows[0].sources == ("MedicationAdministration/2026-08-18",)


def test_an_infusion_without_a_dose_says_so() -> None:
    (one,) = timeline(medications=[given("2026-08-18")]).infusions

    assert one.words == "Infusion 1: ketamine, dose not recorded, 18 Aug 2026"
    assert one.short == "Infusion 1"


def test_one_day_is_one_marker_however_often_it_was_recorded() -> None:
    of = timeline(medications=[given("2026-08-18"), given("2026-08-18", id_="again")])

    assert len(of.infusions) == 1
    assert len(of.rows[0].sources) == 2


def test_an_infusion_of_which_only_the_month_is_known_says_so() -> None:
    (one,) = timeline(medications=[given("2026-08")]).infusions

    assert one.words.endswith("31 Aug 2026 or before; the day is not recorded")


def test_older_infusions_are_not_on_the_timeline() -> None:
    of = timeline(medications=[given("2025-08-18")])

    assert of.infusions == ()
    assert of.notes == ("No infusion on record in these months.",)


def test_infusions_that_could_not_be_read_are_not_none() -> None:
    of = timeline(retrieved=retrievals(medicationAdministrations=Retrieval.FAILED))

    assert of.notes == (
        "Medicines given and procedures could not be read: the EHR did not give them: there may be more infusions.",
    )


def test_the_order_under_review_stands_at_the_day_for_which_it_is_planned() -> None:
    dose = dosage(route=("snomed", "47625008"), bounds=span("2026-11-25"), rate=quantity(0.4, "mg/kg/h"))
    order = medicine(KETAMINE, id_="draft", status="draft", dosages=[dose])

    of = timeline(record(orders=[order]))

    assert of.order is not None
    assert of.order.day == date(2026, 11, 25)
    assert of.order.words == "Draft order: ketamine, intravenous 0.4 mg/kg/h, planned for 25 Nov 2026"


def test_an_order_without_a_day_stands_at_today_and_no_order_nowhere() -> None:
    order = medicine(KETAMINE, id_="draft", status="draft")

    drafted = timeline(record(orders=[order])).order

    assert drafted is not None
    assert drafted.day == TODAY
    assert timeline().order is None


# ---- trials


def test_a_trial_says_its_class_how_it_ended_and_what_that_proves() -> None:
    of = tried(duloxetine("2026-01-08", "2026-06-02", "stopped", status_reason=[INEFFECTIVE]))

    (bar,) = bars(of)
    assert (bar.start, bar.end) == (date(2026, 1, 8), date(2026, 6, 2))
    assert bar.outcome in {"no-effect", "open"}
    assert bar.words.startswith("Duloxetine · Serotonin-noradrenaline reuptake inhibitors · ")
    assert "8 Jan 2026 to 2 Jun 2026; " in bar.words
    assert of.trials.rows[0].sources == ("MedicationRequest/m1",)


def test_what_is_taken_now_lasts_until_today() -> None:
    (bar,) = bars(tried(duloxetine("2026-01-08", None, "active")))

    assert (bar.end, bar.outcome, bar.ends_here) == (TODAY, "kept", False)
    assert "continuing, since 8 Jan 2026" in bar.words


def test_a_trial_of_which_the_end_is_not_recorded_is_not_drawn_as_long() -> None:
    (bar,) = bars(tried(medicine(DULOXETINE, status="stopped", authored="2026-03-01")))

    assert bar.start == bar.end == date(2026, 3, 1)
    assert "from 1 Mar 2026, end not recorded" in bar.words


def test_an_outcome_that_nobody_recorded_is_said_to_be_so() -> None:
    (bar,) = bars(tried(duloxetine("2026-01-08", "2026-02-08")))

    assert bar.outcome == "open"
    assert "outcome not recorded" in bar.words


def test_orders_that_follow_each_other_are_one_bar() -> None:
    of = tried(duloxetine("2026-01-01", "2026-01-31", id_="a"), duloxetine("2026-02-01", "2026-02-28", id_="b"))

    (bar,) = bars(of)
    assert (bar.start, bar.end) == (date(2026, 1, 1), date(2026, 2, 28))
    assert of.trials.rows[0].sources == ("MedicationRequest/a", "MedicationRequest/b")


def test_orders_with_time_between_them_are_two_bars_of_one_treatment() -> None:
    of = tried(duloxetine("2026-01-01", "2026-01-31", id_="a"), duloxetine("2026-05-01", "2026-05-31", id_="b"))

    assert [len(treatment.bars) for treatment in of.trials.treatments] == [2]


def test_a_trial_of_earlier_years_is_in_the_table_only() -> None:
    of = tried(duloxetine("2024-01-01", "2024-06-30"))

    assert of.trials.is_empty
    assert of.trials.state == "No treatment trials on record in the last 12 months"
    assert of.trials.rows[0].note.endswith("; not drawn")
    assert of.trials.notes == ("1 trial before these months, or without dates: in the table only.",)


def test_a_treatment_without_a_medicine_is_a_trial_too() -> None:
    of = tried(procedures=[procedure(("snomed", "91251008"), performed="2026-05-04")])

    (bar,) = bars(of)
    assert bar.words.startswith("Physical or occupational therapy · non-drug treatment · completed, 4 May 2026")


def test_nothing_tried_is_told_from_what_could_not_be_read() -> None:
    assert tried().trials.state == "No treatment trials on record"
    failed = tried(retrieved=retrievals(medicationRequests=Retrieval.FAILED))
    assert failed.trials.state == "Medicines and procedures could not be read: the EHR did not give them"


def test_of_many_treatments_the_latest_are_drawn_and_the_rest_counted() -> None:
    kinds = ["91251008", "75516001", "44868003", "18946005"]
    codes = [
        "596926",
        "25480",
        "187832",
        "7531",
        "704",
        "10689",
        "7804",
        "7052",
        "161",
        "5640",
        "41493",
        "2002",
        "38404",
    ]
    uses = [medicine(("rxnorm", code), id_=code, status="active", authored="2026-02-01") for code in codes]

    of = tried(*uses, procedures=[procedure(("snomed", code), id_=code, performed="2026-05-04") for code in kinds])

    assert len(of.trials.treatments) == MOST
    assert of.trials.notes == (f"{len(of.trials.rows) - MOST} more treatments in the table only.",)


@pytest.mark.parametrize("status", ["entered-in-error", "not-taken", "draft"])
def test_what_was_never_taken_is_no_trial(status: str) -> None:
    use = medicine(DULOXETINE, type_="MedicationStatement", status=status, effective=span("2026-01-01", "2026-03-01"))

    assert tried(use).trials.is_empty
