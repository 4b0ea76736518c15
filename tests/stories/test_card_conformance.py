"""Every response keeps the standard and the contract, whatever the story."""

import pytest
from builders import SNOMED, Json, allergy, blood_pressure, concept, condition, medication_request, patient, reference
from card_conformance import faults_in
from service_builders import (
    SAMPLE_NAMES,
    advice_of,
    cards_of,
    hook_call,
    make_client,
    noon,
    order_call,
    post,
    real_service,
    sample,
)

from kcds.advice.speaking import Speech
from kcds.cds_hooks.card import to_json
from kcds.cds_hooks.request import read_hook_request
from kcds.cds_hooks.services import find_service

KETAMINE, ESKETAMINE = "238082", "2119381"

CRPS = condition("G90.50", onsetDateTime="2020-01-01")
RED_FLAGS = [
    *(CRPS, condition("F20.9"), condition("F11.20"), condition("K74.60"), condition("O09.90"), condition("I10")),
    *(condition("G93.2"), condition("F10.21")),
]

CALLS = {
    "nothing on record but pain": hook_call(conditions=[CRPS]),
    "everything speaks against it": hook_call(
        conditions=RED_FLAGS, bloodPressure=[blood_pressure(210, 125)], allergies=[allergy("6130")]
    ),
    "everything against a drafted order": order_call(
        medication_request(KETAMINE, id="draft"), conditions=RED_FLAGS, bloodPressure=[blood_pressure(210, 125)]
    ),
    "two drafted orders": order_call(
        medication_request(KETAMINE, id="one"), medication_request(ESKETAMINE, id="two"), conditions=RED_FLAGS
    ),
    "a selected order": order_call(
        medication_request(KETAMINE, id="one"), selected=["MedicationRequest/one"], conditions=RED_FLAGS
    ),
    "a draft without id": order_call(medication_request(KETAMINE, id=None), conditions=RED_FLAGS),
    "a child": order_call(medication_request(KETAMINE), patient=[patient(birthDate="2015-01-01")], conditions=[CRPS]),
    "somebody who has died": order_call(medication_request(KETAMINE), patient=[patient(deceasedBoolean=True)]),
    "markup in every text": hook_call(
        conditions=[CRPS | {"code": {"text": "<script>alert(1)</script> [x](javascript:alert(1))"}, "id": "c2"}, CRPS],
        medicationRequests=[
            medication_request(
                None,
                medicationCodeableConcept={
                    "text": "<img src=x onerror=alert(1)> ![x](http://evil.example) theophylline"
                },
            ),
            medication_request(None, id="b", medicationReference=reference("Medication/gone")),
            medication_request(
                None, id="d", medicationCodeableConcept={"text": "javascript:alert(1) www.evil.example"}
            ),
        ],
        allergies=[allergy("1") | {"code": {"text": "<b>ketamine</b>"}}],
    ),
    "esketamine for depression": order_call(
        medication_request(ESKETAMINE, reasonCode=[concept(SNOMED, "370143000")]), conditions=RED_FLAGS
    ),
}


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_the_response_to_a_story_conforms(name: str) -> None:
    request = sample(name)

    response = post(make_client(), request)

    assert faults_in(request["hook"], response.get_json()) == []


@pytest.mark.parametrize("situation", CALLS)
def test_the_response_in_an_odd_situation_has_cards_that_conform(situation: str) -> None:
    request = CALLS[situation]

    response = post(make_client(), request)

    assert cards_of(response)
    assert faults_in(request["hook"], response.get_json()) == []


@pytest.mark.parametrize("request_json", [*map(sample, SAMPLE_NAMES), *CALLS.values()], ids=[*SAMPLE_NAMES, *CALLS])
def test_every_finding_that_applies_or_cannot_tell_is_listed_on_some_card(request_json: Json) -> None:
    call = read_hook_request(request_json, find_service(f"ketamine-{request_json['hook']}"))

    assessment = real_service().respond(call, noon())

    listed = {finding["rule"] for advice in advice_of(to_json(assessment.cards)) for finding in advice["findings"]}
    spoken = assessment.speech is not Speech.SILENCE
    assert listed == {advised.rule.id for advised in assessment.advice.advised if spoken}


@pytest.mark.parametrize("name", SAMPLE_NAMES)
@pytest.mark.parametrize("missing", ["conditions", "medicationRequests", "bloodPressure", "allergies", "healthScreens"])
def test_missing_data_is_never_critical_and_never_a_candidate(name: str, missing: str) -> None:
    request = sample(name)
    del request["prefetch"][missing]

    response = post(make_client(), request)

    assert faults_in(request["hook"], response.get_json()) == []
    advice = [card["extension"]["org.kcds.advice"] for card in cards_of(response)]
    assert "candidate" not in {one["disposition"] for one in advice}


def test_a_hard_stop_is_critical_on_order_sign_only() -> None:
    draft = medication_request(KETAMINE, id="one")
    signed = order_call(draft, conditions=RED_FLAGS)
    selected = order_call(draft, selected=["MedicationRequest/one"], conditions=RED_FLAGS)
    viewed = hook_call(conditions=RED_FLAGS)

    indicators = [
        [card["indicator"] for card in cards_of(post(make_client(), one))] for one in (signed, selected, viewed)
    ]

    assert [("critical" in found) for found in indicators] == [True, False, False]


def test_each_contraindicated_draft_may_be_taken_back_by_one_delete_action_that_names_it() -> None:
    drafts = medication_request(KETAMINE, id="one"), medication_request(ESKETAMINE, id="two")
    request = order_call(*drafts, conditions=RED_FLAGS)

    first = cards_of(post(make_client(), request))[0]

    actions = [action for suggestion in first["suggestions"] for action in suggestion["actions"]]
    deletions = {action["resourceId"]: action["description"] for action in actions if action["type"] == "delete"}
    assert deletions == {
        "MedicationRequest/one": "Take back the drafted order: ketamine, route not stated",
        "MedicationRequest/two": "Take back the drafted order: esketamine, nasal",
    }
