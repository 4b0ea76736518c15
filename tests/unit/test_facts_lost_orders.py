"""Drafted orders that could not be read: no ketamine order is passed over in silence."""

from record_builders import Code, medicine, record, unreadable
from terminology import CLOCK, knowledge

from kcds.facts.medication_facts import extract_medication_facts
from kcds.facts.observations import Reports
from kcds.fhir.record import MedicationUse
from kcds.model.facts import DataState, Treatment

KETAMINE = ("rxnorm", "238082")
ESKETAMINE = ("rxnorm", "2119381")
GABAPENTIN = ("rxnorm", "310433")
IV = ("snomed", "47625008")


def judged(
    *codes: Code, type_: str = "MedicationRequest", key: str = "draftOrders", orders: tuple[MedicationUse, ...] = ()
) -> tuple[list[Treatment], set[str | None]]:
    """The treatments, and the states of dose and route."""
    seen = record(orders=orders, not_read=[unreadable(type_, key, *codes)])
    facts = extract_medication_facts(seen, Reports(), knowledge(), CLOCK)
    states = {one.state for one in facts if isinstance(one, DataState) and one.domain in {"dose", "route"}}
    return [one for one in facts if isinstance(one, Treatment)], states


def test_an_unreadable_order_whose_code_is_ketamine_is_an_order_of_ketamine() -> None:
    (treatment,), states = judged(IV, KETAMINE)

    assert (treatment.drug, treatment.drafted, treatment.for_pain) == ("ketamine", True, True)
    assert (treatment.route, treatment.bolus_mg_per_kg, treatment.label) == (
        None,
        None,
        "ketamine, order not readable",
    )
    assert treatment.sources == ("MedicationRequest/x1",)
    assert states == {"unreadable"}


def test_an_unreadable_order_of_esketamine_is_not_taken_to_be_for_pain() -> None:
    (treatment,), _ = judged(ESKETAMINE)

    assert (treatment.drug, treatment.drafted, treatment.for_pain) == ("esketamine", True, False)


def test_an_unreadable_order_stands_beside_a_readable_one() -> None:
    treatments, states = judged(ESKETAMINE, orders=(medicine(KETAMINE, status="draft"),))

    assert [one.drug for one in treatments] == ["ketamine", "esketamine"]
    assert states == {"unreadable"}


def test_an_unreadable_order_without_any_code_only_makes_dose_and_route_unreadable() -> None:
    (treatment,), states = judged()

    assert treatment.drafted is False
    assert states == {"unreadable"}


def test_an_unreadable_order_of_something_else_does_not_matter() -> None:
    (treatment,), states = judged(GABAPENTIN)

    assert treatment.drafted is False
    assert states == {"known"}


def test_what_is_no_drafted_medication_order_is_none_of_them() -> None:
    (of_record,), _ = judged(KETAMINE, key="medicationRequests")
    (of_test,), _ = judged(KETAMINE, type_="ServiceRequest")

    assert (of_record.drafted, of_test.drafted) == (False, False)
