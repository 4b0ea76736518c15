"""What reading the cards of whole patients as a clinician has taught: nothing that changes no action is said."""

from builders import LOINC, SNOMED, Json, condition, medication_request, observation, patient
from service_builders import advice_of, cards_of, hook_call, make_client, post

IBUPROFEN, PHENELZINE = "197806", "312347"
LATER = "**Not known, to settle before ketamine is considered:**"


def first_card(**answers: list[Json]) -> Json:
    request = hook_call(**{"medicationRequests": [medication_request(IBUPROFEN)], **answers})
    request["prefetch"]["patient"] = patient(gender="female", birthDate="1985-01-01")
    return cards_of(post(make_client(), request))[0]


def test_nobody_is_sent_for_a_pregnancy_test_while_ketamine_is_not_yet_an_option() -> None:
    card = first_card(conditions=[condition("M54.50", onsetDateTime="2020-01-01")])
    (advice,) = advice_of([card])

    assert advice["disposition"] == "not-yet"
    (line,) = [text for text in card["detail"].splitlines() if text.startswith(LATER)]
    assert "pregnancy status (not on record)" in line
    assert "allergies (not on record)" in line
    for asked in ("Do a pregnancy test", "Measure the blood pressure", "**On record:**", "No record found"):
        assert asked not in card["detail"]
    missing = {name for finding in advice["findings"] for name in finding.get("missing", [])}
    assert {"pregnancy-status", "allergies", "blood-pressure"} <= missing


def test_a_stop_is_not_followed_by_what_speaks_for_ketamine() -> None:
    pregnant = observation("82810-3", LOINC, valueCodeableConcept={"coding": [{"system": SNOMED, "code": "77386006"}]})
    card = first_card(conditions=[condition("G90.521", onsetDateTime="2020-01-01")], pregnancyTests=[pregnant])
    (advice,) = advice_of([card])

    assert advice["disposition"] == "contraindicated"
    assert "best supported" not in card["detail"]
    assert "**Met:**" not in card["detail"]
    assert "crps-indication" in {finding["rule"] for finding in advice["findings"]}


def test_a_tricyclic_is_not_named_beside_an_mao_inhibitor() -> None:
    untried = "a tricyclic such as amitriptyline"
    neuralgia = condition("B02.29", onsetDateTime="2020-01-01")
    phenelzine = medication_request(PHENELZINE)

    assert untried in first_card(conditions=[neuralgia])["detail"]
    assert untried not in first_card(conditions=[neuralgia], medicationRequests=[phenelzine])["detail"]
