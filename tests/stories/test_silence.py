"""When kcds speaks: the rules of the contract's section 4, through the whole service."""

import pytest
from builders import ICD_10_CM, Json, concept, condition, medication_administration, medication_request, procedure
from service_builders import cards_of, hook_call, make_client, order_call, post

from kcds.advice.speaking import Audience

KETAMINE, ESKETAMINE, IBUPROFEN = "238082", "2119381", "197806"

CRPS = condition("G90.50", onsetDateTime="2020-01-01")
NEW_BACK_PAIN = condition("M54.50", onsetDateTime="2026-11-01")
PSYCHOSIS = condition("F20.9")
HYPERTENSION = condition("I10")
DEPRESSION = [concept(ICD_10_CM, "F33.2")]
SEDATION = [concept("http://snomed.info/sct", "72641008")]


def draft(code: str, name: str = "d1", **elements: object) -> Json:
    return medication_request(code, id=name, status="draft", **elements)


SILENT = {
    "ibuprofen is signed": order_call(draft(IBUPROFEN), conditions=[CRPS, PSYCHOSIS]),
    "nothing is drafted": order_call(conditions=[CRPS]),
    "ketamine is drafted, ibuprofen selected": order_call(
        draft(KETAMINE), draft(IBUPROFEN, "d2"), selected=["MedicationRequest/d2"], conditions=[CRPS, PSYCHOSIS]
    ),
    "ketamine is drafted, nothing selected": order_call(draft(KETAMINE), selected=[], conditions=[CRPS, PSYCHOSIS]),
    "esketamine for depression, nothing against it": order_call(
        draft(ESKETAMINE, reasonCode=DEPRESSION), conditions=[HYPERTENSION]
    ),
    "esketamine without a reason, nothing against it": order_call(draft(ESKETAMINE), conditions=[HYPERTENSION]),
    "ketamine for sedation, nothing against it": order_call(
        draft(KETAMINE, reasonCode=SEDATION), conditions=[HYPERTENSION]
    ),
    "a chart without pain is opened": hook_call(conditions=[HYPERTENSION]),
    "a past course of ibuprofen, no pain": hook_call(medicationRequests=[medication_request(IBUPROFEN)]),
}

SPOKEN = {
    "ketamine is signed": order_call(draft(KETAMINE), conditions=[CRPS]),
    "ketamine is selected": order_call(draft(KETAMINE), selected=["MedicationRequest/d1"], conditions=[CRPS]),
    "ketamine is selected by an absolute reference": order_call(
        draft(KETAMINE), selected=["https://ehr.example.org/fhir/MedicationRequest/d1"], conditions=[CRPS]
    ),
    "esketamine for pain is signed": order_call(
        draft(ESKETAMINE, reasonCode=[concept(ICD_10_CM, "G90.50")]), conditions=[CRPS]
    ),
    "a chart with pain is opened": hook_call(conditions=[CRPS]),
}


@pytest.mark.parametrize("situation", SILENT)
def test_nothing_is_said_when(situation: str) -> None:
    assert cards_of(post(make_client(), SILENT[situation])) == []


@pytest.mark.parametrize("situation", SPOKEN)
def test_something_is_said_when(situation: str) -> None:
    assert cards_of(post(make_client(), SPOKEN[situation])) != []


@pytest.mark.parametrize("reason", [DEPRESSION, None], ids=["for depression", "without a reason"])
def test_an_order_that_is_not_for_pain_gets_contraindications_and_interactions_only(reason: list[Json] | None) -> None:
    request = order_call(draft(ESKETAMINE, reasonCode=reason), conditions=[CRPS, PSYCHOSIS])

    cards = cards_of(post(make_client(), request))

    assert [card["source"]["topic"]["code"] for card in cards] == ["KetamineContraindication"]
    assert "Not met" not in cards[0]["detail"]
    assert "Monitoring" not in cards[0]["detail"]


def test_other_drafts_are_not_offered_for_deletion() -> None:
    request = order_call(draft(IBUPROFEN, "d2"), draft(KETAMINE), conditions=[CRPS, PSYCHOSIS])

    cards = cards_of(post(make_client(), request))

    actions = [action for card in cards for offer in card.get("suggestions", ()) for action in offer["actions"]]
    assert [action["resourceId"] for action in actions if action["type"] == "delete"] == ["MedicationRequest/d1"]


@pytest.mark.parametrize(
    ("audience", "speaks"),
    [
        pytest.param(Audience.PAIN, True, id="pain: every pain problem"),
        pytest.param(Audience.REFRACTORY, False, id="refractory: not where the pain is new"),
        pytest.param(Audience.KETAMINE, False, id="ketamine: not without ketamine"),
    ],
)
def test_new_back_pain_is_spoken_about_to_one_audience_only(audience: Audience, speaks: bool) -> None:  # noqa: FBT001
    request = hook_call(conditions=[NEW_BACK_PAIN])

    cards = cards_of(post(make_client(audience), request))

    assert bool(cards) is speaks


@pytest.mark.parametrize(
    ("given", "speaks"),
    [
        pytest.param("2025-11-21", True, id="twelve months ago"),
        pytest.param("2025-11-20", False, id="a day earlier"),
    ],
)
def test_the_ketamine_audience_hears_of_pain_patients_given_ketamine_in_the_last_twelve_months(
    given: str,
    speaks: bool,  # noqa: FBT001
) -> None:
    request = hook_call(conditions=[CRPS], medicationAdministrations=[medication_administration(KETAMINE, given)])

    cards = cards_of(post(make_client(Audience.KETAMINE), request))

    assert bool(cards) is speaks


def test_chronic_pain_is_spoken_about_to_the_refractory_audience_while_treatments_may_have_failed() -> None:
    without_keys = hook_call(conditions=[CRPS], procedures=[procedure("91251008")])
    del without_keys["prefetch"]["medicationRequests"]

    assert cards_of(post(make_client(Audience.REFRACTORY), without_keys)) != []


def test_a_card_on_an_order_that_is_not_for_pain_says_nothing_of_pain() -> None:
    dangerous = [condition("I71.40"), CRPS]
    for_depression = order_call(draft(ESKETAMINE, reasonCode=DEPRESSION), conditions=dangerous)
    for_pain = order_call(draft(ESKETAMINE, reasonCode=[concept(ICD_10_CM, "G90.50")]), conditions=dangerous)

    (card,) = cards_of(post(make_client(), for_depression))

    assert "pain" not in card["detail"]
    assert "off label for chronic pain" in cards_of(post(make_client(), for_pain))[0]["detail"]
