"""Which medicine a reference means, and which orders are under review."""

from decimal import Decimal
from typing import Any

import pytest
from builders import (
    RXNORM,
    bundle,
    coding,
    concept,
    condition,
    medication,
    medication_request,
    patient,
    procedure,
    quantity,
    reference,
    searchset,
)

from kcds.errors import RequestError
from kcds.fhir.read import read_bundle, read_prefetch
from kcds.fhir.record import MedicationUse, Quantity, Record


def request_for(target: str, **elements: object) -> dict[str, Any]:
    return medication_request(
        None, id="mr-1", medicationReference={"reference": target, "display": "Shown name"}, **elements
    )


def one_use(*resources: dict[str, Any]) -> MedicationUse:
    (found,) = read_bundle(bundle(patient(), *resources), wanted=lambda *_: True).medications
    return found


def code_of(use: MedicationUse) -> str | None:
    return use.medication.codings[0].code


def review(drafts: object, *, selections: set[str] | None = None, **prefetch: object) -> Record:
    return read_prefetch(
        {"patient": patient(), **prefetch},
        patient_id="pat-1",
        draft_orders=drafts,
        selections=selections,
        wanted=lambda *_: True,
    )


def test_a_contained_medication_is_found() -> None:
    inside = medication("6130", id="med1", ingredient=[{"itemCodeableConcept": concept(RXNORM, "6130")}])

    found = one_use(request_for("#med1", contained=[inside]))

    assert code_of(found) == "6130"
    assert [each.codings[0].code for each in found.ingredients] == ["6130"]
    assert not found.unresolved


@pytest.mark.parametrize(
    "target", ["Medication/med-6130", "https://ehr.example.org/fhir/Medication/med-6130", "urn:uuid:med-6130"]
)
def test_a_medication_sent_beside_the_request_is_found(target: str) -> None:
    assert code_of(one_use(request_for(target), medication("6130"))) == "6130"


def test_an_ingredient_may_have_a_strength() -> None:
    strength = {"numerator": quantity(100, "mg"), "denominator": quantity(50, "mL")}
    nothing = {"numerator": quantity(100, "mg"), "denominator": quantity(0, "mL")}
    inside = medication(
        "6130",
        id="med1",
        ingredient=[
            {"itemCodeableConcept": concept(RXNORM, "6130"), "strength": strength},
            {"strength": strength},
            {"itemCodeableConcept": concept(RXNORM, "9863"), "strength": nothing},
        ],
    )

    found = one_use(request_for("#med1", contained=[inside]))

    assert found.strengths == (Quantity(Decimal(2), "mg/mL", "mg/mL", None), None)
    assert len(found.ingredients) == 2


def test_an_ingredient_may_itself_be_a_medication() -> None:
    mixture = medication("999", ingredient=[{"itemReference": reference("Medication/med-6130")}])

    found = one_use(request_for("Medication/med-999"), mixture, medication("6130"))

    assert [each.codings[0].code for each in found.ingredients] == ["6130"]


def test_an_ingredient_may_be_contained_beside_the_mixture() -> None:
    mixture = {"resourceType": "Medication", "id": "mix", "ingredient": [{"itemReference": reference("#part")}]}
    part = {"resourceType": "Medication", "id": "part", "code": concept(RXNORM, "10438")}

    found = one_use(request_for("#mix", contained=[mixture, part]))

    assert [each.codings[0].code for each in found.ingredients] == ["10438"]


@pytest.mark.parametrize(
    "beside", [[], [medication("6130", status="entered-in-error")], [medication("6130", implicitRules="http://x")]]
)
def test_a_reference_that_leads_nowhere_leaves_only_words(beside: list[dict[str, Any]]) -> None:
    found = one_use(request_for("Medication/med-6130"), *beside)

    assert found.unresolved
    assert found.medication.codings == ()
    assert found.medication.text == "Shown name"


def test_a_repaired_medication_marks_its_uses() -> None:
    mended = medication("6130", code={"coding": [coding(RXNORM, "6130"), {"system": 5, "code": "x"}]})

    assert one_use(request_for("Medication/med-6130"), mended).repaired == {"medicationReference"}


def test_medicines_used_in_a_procedure_are_found() -> None:
    sent = procedure("14152002", usedReference=[reference("Medication/med-6130"), reference("Device/d")])

    record = read_bundle(bundle(patient(), sent, medication("6130")), wanted=lambda *_: True)

    assert [each.codings[0].code for each in record.procedures[0].used] == ["6130"]


def test_drafted_orders_are_not_medicines_of_the_record() -> None:
    record = review(bundle(medication_request("6130", id="draft-1", status="draft")))

    assert [each.reference for each in record.orders] == ["MedicationRequest/draft-1"]
    assert record.orders[0].key == "draftOrders"
    assert record.medications == ()


def test_a_draft_finds_its_medication_among_drafts_and_prefetch() -> None:
    drafts = bundle(request_for("Medication/med-6130"), medication("6130"))

    assert code_of(review(drafts).orders[0]) == "6130"
    assert (
        code_of(
            review(bundle(request_for("Medication/med-6130")), medicationRequests=searchset(medication("6130"))).orders[
                0
            ]
        )
        == "6130"
    )


def test_an_order_under_review_that_the_record_already_holds_counts_once() -> None:
    signed_again = medication_request("6130", id="mr-6130")

    record = review(
        bundle(signed_again), medicationRequests=searchset(signed_again, medication_request("25480", id="mr-2"))
    )

    assert [each.reference for each in record.orders] == ["MedicationRequest/mr-6130"]
    assert [each.reference for each in record.medications] == ["MedicationRequest/mr-2"]


@pytest.mark.parametrize(
    "selection", ["MedicationRequest/a", "https://ehr.example.org/fhir/MedicationRequest/a", "urn:uuid:a"]
)
def test_only_selected_orders_are_reviewed(selection: str) -> None:
    drafts = bundle(medication_request("6130", id="a"), medication_request("25480", id="b"))

    record = review(drafts, selections={selection})

    assert [each.reference for each in record.orders] == ["MedicationRequest/a"]


def test_nothing_selected_means_nothing_reviewed() -> None:
    assert review(bundle(medication_request("6130")), selections=set()).orders == ()


def test_other_drafts_are_ignored() -> None:
    test = {"resourceType": "ServiceRequest", "id": "1", "status": "draft", "intent": "order"}

    assert review(bundle(test, condition())).orders == ()


def test_a_draft_without_id_is_not_taken_for_a_record_entry_without_id() -> None:
    record = review(
        bundle(medication_request("6130", id=None)), medicationRequests=searchset(medication_request("25480", id=None))
    )

    assert [code_of(each) for each in record.orders] == ["6130"]
    assert [code_of(each) for each in record.medications] == ["25480"]


def test_a_draft_for_another_patient_is_refused() -> None:
    with pytest.raises(RequestError) as refusal:
        review(bundle(medication_request("6130", subject=reference("Patient/pat-2"))))

    assert refusal.value.element == "context.draftOrders.entry[0].resource.subject"


def test_an_unreadable_draft_is_told_of_the_drafts() -> None:
    record = review(bundle(medication_request("6130", status=None)))

    assert record.orders == ()
    assert [(each.type, each.key) for each in record.unreadable] == [("MedicationRequest", "draftOrders")]
    assert record.unreadable[0].codes == {(RXNORM, "6130")}


def test_a_draft_that_does_not_say_what_it_is_could_be_an_order() -> None:
    record = review(bundle({"id": "1"}))

    assert [(each.type, each.key, each.codes) for each in record.unreadable] == [
        ("MedicationRequest", "draftOrders", frozenset())
    ]


@pytest.mark.parametrize("drafts", [[], 5, "Bundle", {}, medication_request(), {"resourceType": "Bundle", "entry": 1}])
def test_drafts_that_are_no_bundle_are_refused(drafts: object) -> None:
    with pytest.raises(RequestError) as refusal:
        review(drafts)

    assert refusal.value.element == "context.draftOrders"
