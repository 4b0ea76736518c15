"""The treatment under review: which drug, which route, for pain or not."""

from dataclasses import replace

import pytest
from record_builders import concept, dosage, medicine, quantity
from terminology import formulary, value_sets

from kcds.facts.medications import identify_all
from kcds.facts.treatment import read_orders, treatment_facts, treatment_states
from kcds.fhir.record import MedicationUse
from kcds.model.facts import Treatment

KETAMINE = ("rxnorm", "238082")
ESKETAMINE = ("rxnorm", "2119381")
IV = ("snomed", "47625008")


def facts(*orders: MedicationUse) -> tuple[Treatment, ...]:
    return treatment_facts(read_orders(identify_all(orders, formulary())), value_sets(), None)


def states(*orders: MedicationUse) -> dict[str | None, str | None]:
    found = treatment_states(read_orders(identify_all(orders, formulary())), value_sets())
    return {one.domain: one.state for one in found}


def draft(*codes: tuple[str, str], **more: object) -> MedicationUse:
    return medicine(*codes, status="draft", **more)


def test_without_an_order_the_question_is_about_iv_racemic_ketamine() -> None:
    (fact,) = facts()

    assert (fact.drug, fact.route, fact.drafted, fact.for_pain) == ("ketamine", "iv", False, True)
    assert states() == {"dose": "known", "route": "known"}


def test_an_order_of_something_else_is_no_treatment_order() -> None:
    (fact,) = facts(draft(("rxnorm", "197806")))

    assert fact.drafted is False


def test_a_drafted_order_is_described_by_its_drug_and_coded_route() -> None:
    (fact,) = facts(draft(KETAMINE, dosages=[dosage(route=IV)]))

    assert (fact.drug, fact.route, fact.drafted) == ("ketamine", "iv", True)
    assert fact.label == "ketamine, intravenous"
    assert fact.sources == ("MedicationRequest/m1",)


def test_a_nasal_spray_without_a_coded_route_is_nasal() -> None:
    (fact,) = facts(draft(ESKETAMINE))

    assert (fact.drug, fact.route) == ("esketamine", "nasal")


def test_an_injection_without_a_coded_route_has_none() -> None:
    order = draft(KETAMINE, dosages=[dosage(dose=quantity(35, "mg"))])

    (fact,) = facts(order)

    assert fact.route is None
    assert states(order) == {"dose": "known", "route": "missing"}


def test_an_order_without_an_amount_lacks_its_dose() -> None:
    assert states(draft(KETAMINE, dosages=[dosage(route=IV)])) == {"dose": "missing", "route": "known"}


def test_an_order_that_only_names_ketamine_is_taken_for_it() -> None:
    (fact,) = facts(draft(text="Ketamine 100 mg compounded troche"))

    assert (fact.drug, fact.drafted, fact.product) == ("ketamine", True, None)


def test_esketamine_in_a_text_is_not_ketamine() -> None:
    assert [fact.drug for fact in facts(draft(text="esketamine spray"))] == ["esketamine"]


def test_each_drug_that_is_ordered_is_a_treatment() -> None:
    assert {fact.drug for fact in facts(draft(KETAMINE, id_="a"), draft(ESKETAMINE, id_="b"))} == {
        "ketamine",
        "esketamine",
    }


@pytest.mark.parametrize(
    ("code", "reason", "for_pain"),
    [
        (KETAMINE, None, True),
        (ESKETAMINE, None, False),
        (KETAMINE, ("icd-10-cm", "G90.521"), True),
        (ESKETAMINE, ("icd-10-cm", "G90.521"), True),
        (ESKETAMINE, ("icd-10-cm", "F33.2"), False),
        (KETAMINE, ("snomed", "72641008"), False),
    ],
)
def test_an_order_is_for_pain_by_its_coded_reason(
    code: tuple[str, str],
    reason: tuple[str, str] | None,
    for_pain: bool,  # noqa: FBT001
) -> None:
    (fact,) = facts(draft(code, reason=[concept(reason)] if reason else []))

    assert fact.for_pain is for_pain


def test_an_order_whose_reason_is_not_at_hand_may_be_for_pain() -> None:
    (fact,) = facts(replace(draft(ESKETAMINE), reason_unresolved=True))

    assert fact.for_pain is None


def test_a_reason_in_words_decides_nothing() -> None:
    (fact,) = facts(draft(ESKETAMINE, reason=[concept(text="pain")]))

    assert (fact.for_pain, fact.indication) == (False, None)


@pytest.mark.parametrize(
    ("reasons", "indication"),
    [
        ([("icd-10-cm", "G90.521")], "pain"),
        ([("icd-10-cm", "F33.2")], "depression"),
        ([("snomed", "72641008")], "procedure"),
        ([("snomed", "50697003")], "procedure"),
        ([("icd-10-cm", "J45.901")], "other"),
        ([("icd-10-cm", "F33.2"), ("icd-10-cm", "G90.521")], "pain"),
        ([("snomed", "72641008"), ("icd-10-cm", "F33.2")], "depression"),
        ([("local", "PAIN")], None),
        ([("local", "PAIN"), ("icd-10-cm", "F33.2")], None),
        ([("local", "PAIN"), ("icd-10-cm", "G90.521")], "pain"),
        ([], None),
    ],
)
def test_the_indication_is_the_coded_reason(reasons: list[tuple[str, str]], indication: str | None) -> None:
    (fact,) = facts(draft(KETAMINE, reason=[concept(reason) for reason in reasons]))

    assert fact.indication == indication


@pytest.mark.parametrize("code", [KETAMINE, ESKETAMINE])
def test_an_order_whose_reason_is_coded_in_a_system_we_do_not_know_may_be_for_pain(code: tuple[str, str]) -> None:
    (fact,) = facts(draft(code, reason=[concept(("local", "R52"))]))

    assert fact.for_pain is None


def test_a_reason_that_is_not_at_hand_leaves_the_indication_open() -> None:
    (fact,) = facts(replace(draft(KETAMINE, reason=[concept(("icd-10-cm", "F33.2"))]), reason_unresolved=True))

    assert (fact.for_pain, fact.indication) == (None, None)


def test_doses_per_kilogram_are_given_as_ordered() -> None:
    bolus, infusion = dosage(dose=quantity(0.35, "mg/kg")), dosage(rate=quantity(0.5, "mg/kg/h"))

    (fact,) = facts(draft(KETAMINE, dosages=[bolus, infusion]))

    assert (fact.bolus_mg_per_kg, fact.rate_mg_per_kg_h) == (0.35, 0.5)


def test_a_dose_in_milligrams_is_no_dose_per_kilogram() -> None:
    (fact,) = facts(draft(KETAMINE, dosages=[dosage(dose=quantity(35, "mg"))]))

    assert (fact.bolus_mg_per_kg, fact.rate_mg_per_kg_h) == (None, None)


@pytest.mark.parametrize(
    "use",
    [draft(KETAMINE, do_not_perform=True), medicine(KETAMINE, status="entered-in-error")],
    ids=["not to be given", "in error"],
)
def test_what_is_not_to_be_given_is_no_order(use: MedicationUse) -> None:
    (fact,) = facts(use)

    assert fact.drafted is False
