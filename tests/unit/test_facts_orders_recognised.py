"""Orders of ketamine are recognised however they are sent, when they are selected and when they are signed."""

from typing import Any

import pytest
from builders import RXNORM, bundle, coding, concept, medication, medication_request, patient, quantity, searchset
from terminology import CLOCK, knowledge

from kcds.facts.medication_facts import extract_medication_facts
from kcds.facts.observations import Reports
from kcds.fhir.read import read_prefetch
from kcds.model.facts import DataState, Fact, Treatment

CATEGORY = "http://terminology.hl7.org/CodeSystem/medicationrequest-category"
INGREDIENT = [{"itemCodeableConcept": concept(RXNORM, "6130")}]
SALINE = {"itemCodeableConcept": concept(RXNORM, "9863")}


def order(**elements: Any) -> dict[str, Any]:
    return medication_request(
        None,
        id="draft-1",
        status="draft",
        category=[concept(CATEGORY, "community")],
        dosageInstruction=[{"doseAndRate": [{"doseQuantity": quantity(100, "mg")}]}],
        **elements,
    )


def facts(draft: dict[str, Any], *beside: dict[str, Any], selected: bool, **prefetch: Any) -> list[Fact]:
    record = read_prefetch(
        {"patient": patient(), **prefetch},
        patient_id="pat-1",
        draft_orders=bundle(draft, *beside),
        selections={"MedicationRequest/draft-1"} if selected else None,
        wanted=lambda *_: True,
    )
    return extract_medication_facts(record, Reports(), knowledge(), CLOCK)


def treatment(*sent: dict[str, Any], selected: bool = False, **prefetch: Any) -> Treatment:
    (found,) = [one for one in facts(*sent, selected=selected, **prefetch) if isinstance(one, Treatment)]
    return found


SIGNED_OR_SELECTED = pytest.mark.parametrize("selected", [False, True], ids=["signed", "selected"])
BY_REFERENCE = {"medicationReference": {"reference": "Medication/med-6130"}}
BY_CODE = {"medicationCodeableConcept": {"coding": [coding(RXNORM, "238083")]}}


@SIGNED_OR_SELECTED
@pytest.mark.parametrize(
    "elements",
    [
        BY_CODE,
        {
            "contained": [medication("6130", id="m", code={"coding": [coding(RXNORM, "238083")]})],
            "medicationReference": {"reference": "#m"},
        },
        {
            "contained": [
                medication("6130", id="m", code={"text": "Troche 100 mg, compounded"}, ingredient=INGREDIENT)
            ],
            "medicationReference": {"reference": "#m"},
        },
        {"medicationCodeableConcept": {"text": "Ketamine troche 100 mg, compounded"}},
    ],
    ids=["code", "contained", "contained mixture", "text"],
)
def test_an_order_of_ketamine_is_recognised(elements: dict[str, Any], selected: bool) -> None:  # noqa: FBT001
    found = treatment(order(**elements), selected=selected)

    assert (found.drug, found.drafted, found.bolus_mg, found.take_home) == ("ketamine", True, 100, True)
    assert found.sources == ("MedicationRequest/draft-1",)


@SIGNED_OR_SELECTED
def test_the_medication_may_be_a_draft_beside_the_order_or_come_with_the_record(selected: bool) -> None:  # noqa: FBT001
    beside = treatment(order(**BY_REFERENCE), medication("6130"), selected=selected)
    prefetched = treatment(order(**BY_REFERENCE), selected=selected, medicationRequests=searchset(medication("6130")))

    assert (beside.drug, prefetched.drug) == ("ketamine", "ketamine")


@SIGNED_OR_SELECTED
def test_a_mixture_beside_the_order_is_compounded_ketamine(selected: bool) -> None:  # noqa: FBT001
    mixture = medication("6130", code={"text": "Cream"}, ingredient=INGREDIENT)

    found = treatment(order(**BY_REFERENCE), mixture, selected=selected)

    assert (found.drug, found.compounded) == ("ketamine", True)


def test_an_order_that_is_not_selected_is_none_of_ours() -> None:
    other = {**order(**BY_CODE), "id": "draft-2"}

    assert treatment(other, selected=True).drafted is False


@SIGNED_OR_SELECTED
def test_an_order_that_cannot_be_read_is_still_one_of_ketamine(selected: bool) -> None:  # noqa: FBT001
    lost = order(**BY_CODE, modifierExtension=[{"url": "http://x", "valueBoolean": True}])

    found = facts(lost, selected=selected)

    (treated,) = [one for one in found if isinstance(one, Treatment)]
    states = {one.domain: one.state for one in found if isinstance(one, DataState)}
    assert (treated.drug, treated.drafted, treated.bolus_mg, treated.take_home) == ("ketamine", True, None, None)
    assert (states["dose"], states["route"]) == ("unreadable", "unreadable")


@pytest.mark.parametrize(
    ("ingredients", "drafted"),
    [
        (INGREDIENT, True),
        ([*INGREDIENT, SALINE], True),
        ([SALINE], False),
        ([*INGREDIENT, {}], False),
        (["x"], False),
        ([], False),
        ({}, False),
    ],
    ids=["ketamine", "with saline", "saline", "with something", "nonsense", "nothing", "no list"],
)
def test_a_mixture_whose_order_cannot_be_read_is_known_by_its_ingredients(ingredients: Any, drafted: bool) -> None:  # noqa: FBT001
    lost = order(**BY_REFERENCE, modifierExtension=[{"url": "http://x", "valueBoolean": True}])
    mixture = medication("6130", code={"text": "Cream"}, ingredient=ingredients)

    assert treatment(lost, mixture).drafted is drafted


def test_what_is_wrong_with_the_category_leaves_the_order_as_it_is() -> None:
    found = treatment({**order(**BY_CODE), "category": "community"})

    assert (found.drug, found.bolus_mg, found.take_home) == ("ketamine", 100, None)
