"""Odd records (checklist 8, ROB): what real records hold is answered with cards that conform, whatever it is."""

import copy
import json
from typing import Any

import pytest
from answers import CRPS, DRAFT
from builders import (
    LOINC,
    SNOMED,
    Json,
    allergy,
    blood_pressure,
    condition,
    medication_administration,
    medication_request,
    observation,
    pain_score,
    patient,
    procedure,
)
from service_builders import cards_of, hook_call, logs, make_client, order_call, post

VIEW = "/cds-services/ketamine-patient-view"

ODD: dict[str, Json] = {
    "a year for a birth date": {"patient": [patient(birthDate="1980")]},
    "a month for a birth date": {"patient": [patient(birthDate="1980-03")]},
    "no birth date": {"patient": [patient(birthDate=None)]},
    "a birth date to come": {"patient": [patient(birthDate="2031-01-01")]},
    "a birth date that is none": {"patient": [patient(birthDate="1980-02-30")]},
    "a child": {"patient": [patient(birthDate="2020-01-01")]},
    "somebody 130 years old": {"patient": [patient(birthDate="1896-01-01")]},
    "somebody who has died": {"patient": [patient(deceasedBoolean=True)]},
    "somebody who died on a day": {"patient": [patient(deceasedDateTime="2026-01-01")]},
    "no sex": {"patient": [patient(gender=None)]},
    "another sex": {"patient": [patient(gender="other")]},
    "a year for an onset": {"conditions": [condition("G90.50", onsetDateTime="2020")]},
    "an age for an onset": {"conditions": [condition("G90.50", onsetAge={"value": 40, "unit": "a"})]},
    "words for an onset": {"conditions": [condition("G90.50", onsetString="long ago")]},
    "an onset after the abatement": {
        "conditions": [condition("G90.50", onsetDateTime="2020-01-01", abatementDateTime="2010")]
    },
    "a problem without code": {"conditions": [condition(code=None)]},
    "a problem in words": {"conditions": [condition(code={"text": "pain"})]},
    "a coding without code": {"conditions": [condition(code={"coding": [{"system": SNOMED}]})]},
    "a coding without system": {"conditions": [condition(code={"coding": [{"code": "G90.50"}]})]},
    "an empty coding": {"conditions": [condition(code={"coding": [{}]})]},
    "a problem without status": {"conditions": [condition("F20.9", clinicalStatus=None, verificationStatus=None)]},
    "a medicine without medication": {"medicationRequests": [medication_request(None)]},
    "a medicine in words": {"medicationRequests": [medication_request(None, medicationCodeableConcept={"text": "x"})]},
    "a medicine that is a dead reference": {
        "medicationRequests": [medication_request(None, medicationReference={"reference": "Medication/gone"})]
    },
    "a medicine given at no time": {"medicationAdministrations": [medication_administration("310433", "nonsense")]},
    "a blood pressure in words": {"bloodPressure": [observation("85354-9", valueString="120 over 80")]},
    "a blood pressure without parts": {"bloodPressure": [observation("85354-9")]},
    "a blood pressure that is giant": {"bloodPressure": [blood_pressure(10**18, -5)]},
    "a blood pressure to come": {"bloodPressure": [blood_pressure(120, 80, "2030-01-01")]},
    "a pain score that is a ratio": {
        "painScores": [pain_score(7) | {"valueRatio": {"numerator": {"value": 7}, "denominator": {"value": 10}}}]
    },
    "a pain score of true": {"painScores": [observation("72514-3", valueBoolean=True)]},
    "a test with a reason for its absence": {
        "pregnancyTests": [observation("2106-3", dataAbsentReason={"text": "not done"})]
    },
    "a value with a comparator": {
        "liverTests": [observation("1742-6", valueQuantity={"value": 40, "comparator": ">", "unit": "U/L"})]
    },
    "a value in another unit": {"vitalSigns": [observation("29463-7", valueQuantity={"value": 12, "unit": "stone"})]},
    "a test with two values": {"pregnancyTests": [observation("2106-3", valueString="negative", valueBoolean=True)]},
    "a test marked as an error": {"bloodPressure": [blood_pressure(210, 130, status="entered-in-error")]},
    "a procedure at no time": {"procedures": [procedure("386761002", performedDateTime=None)]},
    "an allergy without code": {"allergies": [allergy("6130") | {"code": {}}]},
    "a code of the wrong system": {"allergies": [allergy("6130", LOINC)]},
}


def assert_valid(cards: list[Json]) -> None:
    for card in cards:
        assert 0 < len(card["summary"]) < 140
        assert card["indicator"] in ("info", "warning", "critical")
        assert card["source"]["label"]
        assert card["detail"]


@pytest.mark.checklist("ROB-2", "ROB-3")
@pytest.mark.parametrize("oddity", ODD)
@pytest.mark.parametrize("hook", ["patient-view", "order-sign"])
def test_rob_3_an_odd_record_gets_valid_cards(hook: str, oddity: str) -> None:
    record: Json = {"conditions": [CRPS]} | ODD[oddity]
    if "conditions" in ODD[oddity]:
        record["conditions"] = [CRPS, *(one | {"id": "odd"} for one in ODD[oddity]["conditions"])]
    request = hook_call(**record) if hook == "patient-view" else order_call(DRAFT, **record)
    if "patient" in record:
        request["prefetch"]["patient"] = record["patient"][0]

    with logs("ERROR"):
        cards = cards_of(post(make_client(), request))

    assert cards or hook == "patient-view"
    assert_valid(cards)


UNICODE = {
    "a lone high surrogate": r"\ud800",
    "a lone low surrogate": r"\udfff",
    "surrogates the wrong way round": r"\udc00\ud800",
    "an escaped NUL": r"\u0000",
    "control characters": r"\u0001\u001b\u007f\u0085",
    "turned text": r"\u202e\u2066",
    "combining marks": r"a\u0300\u0301\u0302\u0303" * 20,
    "a family": r"\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67",
    "private use and noncharacters": r"\ue000\uffff\ufdd0",
    "Arabic, Chinese and Georgian": r"\u0643\u064a\u062a\u0627\u0645\u064a\u0646 \u6c2f\u80fa\u916e \u10d9",
}


@pytest.mark.checklist("ROB-5")
@pytest.mark.parametrize("oddity", UNICODE)
def test_rob_5_any_text_of_unicode_is_answered_or_refused_and_the_answer_is_unicode(oddity: str) -> None:
    request = hook_call(
        conditions=[CRPS, condition(code={"text": "MARK"}, id="words")],
        medicationRequests=[medication_request(None, medicationCodeableConcept={"text": "MARK"})],
    )
    body = json.dumps(request).replace("MARK", UNICODE[oddity]).encode()

    with logs():
        response = make_client().post(VIEW, data=body, content_type="application/json")

    assert response.status_code in (200, 400)
    response.get_data().decode("utf-8")
    if response.status_code == 200:
        assert_valid(response.get_json()["cards"])


@pytest.mark.checklist("ROB-8")
@pytest.mark.parametrize("hook", ["patient-view", "order-sign"])
def test_rob_8_the_order_of_members_and_entries_changes_no_advice(hook: str) -> None:
    record: dict[str, Any] = {
        "conditions": [CRPS, condition("F11.20"), condition("I10")],
        "medicationRequests": [medication_request("310433"), medication_request("312347")],
    }
    request = hook_call(**record) if hook == "patient-view" else order_call(DRAFT, **record)
    turned = {name: request[name] for name in reversed(request)}
    turned["prefetch"] = {name: copy.deepcopy(turned["prefetch"][name]) for name in reversed(turned["prefetch"])}
    for answer in turned["prefetch"].values():
        if answer and "entry" in answer:
            answer["entry"].reverse()

    with logs():
        first, second = (cards_of(post(make_client(), one)) for one in (request, turned))

    def said(cards: list[Json]) -> list[Any]:
        return [(card["summary"], card["indicator"], sorted(card["detail"].splitlines())) for card in cards]

    assert said(first) == said(second)
