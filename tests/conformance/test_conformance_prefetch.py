"""Prefetch (checklist 3): a client written from the standard alone can fill every template, and every state is told."""

import re
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest
from answers import CRPS, DRAFT, discovered
from builders import (
    Json,
    blood_pressure,
    condition,
    medication_request,
    observation,
    operation_outcome,
    pain_score,
    patient,
    searchset,
)
from service_builders import advice_of, assert_readable, cards_of, hook_call, logs, make_client, order_call, post
from standard_client import PREFETCHABLE, call_of, prefetch_of, query_of, with_tokens

CONTEXT: Json = {"userId": "Practitioner/p1", "patientId": "pat-1"}
TEMPLATES = [pytest.param(t, id=f"{s['id']}-{k}") for s in discovered() for k, t in s["prefetch"].items()]
SUBSET = {"patient", "code", "combo-code", "_count", "_sort"}
RECORD = [
    patient(),
    CRPS,
    blood_pressure(210, 125),
    pain_score(8),
    medication_request("310433"),
    observation("2160-0", valueQuantity={"value": 1, "unit": "mg/dL", "code": "mg/dL"}),
    condition("F20.9", id="of-another", subject={"reference": "Patient/other"}),
]


def domains_missing(cards: list[Json]) -> set[str]:
    return {name for a in advice_of(cards) for f in a["findings"] for name in f.get("missing", ())}


@pytest.mark.checklist("PRE-1")
@pytest.mark.parametrize("template", TEMPLATES)
def test_pre_1_a_template_is_a_read_or_a_type_search_with_a_relative_url(template: str) -> None:
    url = with_tokens(template, CONTEXT)

    assert not url.startswith("/")
    assert url == "Patient/pat-1" or query_of(url)[0] in {
        *("Condition", "MedicationRequest", "MedicationStatement", "MedicationAdministration"),
        *("Procedure", "AllergyIntolerance", "Observation"),
    }


@pytest.mark.checklist("PRE-2", "PRE-3", "PRE-4")
@pytest.mark.parametrize("template", TEMPLATES)
def test_pre_2_pre_3_pre_4_tokens_are_required_context_fields_that_the_hooks_mark_for_prefetch(template: str) -> None:
    tokens = re.findall(r"\{\{(.*?)\}\}", template)

    assert tokens
    assert {token.removeprefix("context.") for token in tokens} <= PREFETCHABLE - {"encounterId"}
    assert "{" not in with_tokens(template, CONTEXT)
    assert "%" not in template


@pytest.mark.checklist("PRE-5", "PRE-6", "PRE-7")
@pytest.mark.parametrize("template", TEMPLATES)
def test_pre_5_pre_6_pre_7_a_search_is_of_the_patient_and_uses_the_recommended_subset_once_each(template: str) -> None:
    if "?" not in template:
        assert template == "Patient/{{context.patientId}}"
        return

    pairs = parse_qsl(with_tokens(template, CONTEXT).partition("?")[2], strict_parsing=True)

    assert ("patient", "pat-1") in pairs
    assert {name for name, _ in pairs} <= SUBSET
    assert len({name for name, _ in pairs}) == len(pairs)


@pytest.mark.checklist("PRE-5")
@pytest.mark.parametrize("template", TEMPLATES)
def test_pre_5_a_filled_template_stays_short_however_a_client_encodes_it(template: str) -> None:
    longest_id = with_tokens(template, CONTEXT | {"patientId": "x" * 64})

    assert len(quote(longest_id, safe="")) < 2000


@pytest.mark.checklist("PRE-6")
@pytest.mark.parametrize("template", [t for t in TEMPLATES if "?" in str(t.values[0])])
def test_pre_6_decoding_folding_sorting_and_encoding_as_the_sandbox_does_keeps_the_query(template: str) -> None:
    url = with_tokens(template, CONTEXT)
    path, _, query = url.partition("?")
    folded: dict[str, list[str]] = {}
    for name, value in parse_qsl(query):
        folded.setdefault(name, []).append(value)
    sent = "&".join(f"{name}={quote(','.join(folded[name]), safe='')}" for name in sorted(folded))

    assert query_of(f"{path}?{sent}") == query_of(url)


@pytest.mark.checklist("PRE-1", "PRE-8")
@pytest.mark.parametrize("service", discovered(), ids=lambda service: service["hook"])
def test_pre_1_an_independent_client_fills_every_key_and_gets_advice_on_all_that_it_sent(service: Json) -> None:
    context = CONTEXT | ({} if service["hook"] == "patient-view" else {"draftOrders": searchset(DRAFT)})
    context |= {"selections": ["MedicationRequest/draft"]} if service["hook"] == "order-select" else {}
    prefetch = prefetch_of(service, context, RECORD)

    cards = cards_of(make_client().post(f"/cds-services/{service['id']}", json=call_of(service, context, prefetch)))

    assert prefetch.keys() == service["prefetch"].keys()
    rules = {finding["rule"]: finding for advice in advice_of(cards) for finding in advice["findings"]}
    supporting = {reference for finding in rules.values() for reference in finding.get("supporting", ())}
    assert "Observation/obs-85354-9" in supporting
    assert "Condition/of-another" not in supporting
    assert not domains_missing(cards) & {"blood-pressure", "problem-list"}


def without(*keys: str) -> Json:
    request = hook_call(conditions=[CRPS])
    request["prefetch"] = {key: value for key, value in request["prefetch"].items() if key not in keys}
    return request


@pytest.mark.checklist("PRE-9", "PRE-10")
@pytest.mark.parametrize(
    "request_json",
    [
        pytest.param({k: v for k, v in hook_call().items() if k != "prefetch"}, id="no prefetch"),
        pytest.param(hook_call() | {"prefetch": {}}, id="an empty prefetch"),
        pytest.param(without("patient"), id="no patient"),
        pytest.param(hook_call() | {"prefetch": {"patient": patient()}}, id="the patient only"),
        pytest.param(hook_call() | {"prefetch": {"somethingElse": patient()}}, id="keys that nobody asked for"),
    ],
)
def test_pre_10_data_that_is_needed_and_neither_sent_nor_reachable_is_a_412(request_json: Json) -> None:
    with logs():
        response = post(make_client(), request_json)

    assert response.status_code == 412
    assert_readable(response)


@pytest.mark.checklist("PRE-9")
def test_pre_9_one_key_that_was_left_out_is_told_as_missing_and_not_read_as_none_found() -> None:
    with logs():
        cards = cards_of(post(make_client(), without("medicationRequests")))

    assert "medications" in domains_missing(cards)
    assert "medications" not in domains_missing(cards_of(post(make_client(), hook_call(conditions=[CRPS]))))


@pytest.mark.checklist("PRE-12")
@pytest.mark.parametrize(
    ("answer", "is_none_found"),
    [
        pytest.param(None, True, id="null"),
        pytest.param(searchset(), True, id="an empty searchset"),
        pytest.param({"resourceType": "Bundle", "type": "searchset", "total": 0}, True, id="a searchset without entry"),
        pytest.param(
            searchset(operation_outcome("warning", "not-found"), total=0)
            | {"entry": [{"resource": operation_outcome("warning"), "search": {"mode": "outcome"}}]},
            True,
            id="a searchset with a warning that nothing was found, as Epic sends it",
        ),
        pytest.param(operation_outcome(), False, id="an OperationOutcome"),
        pytest.param(
            {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": operation_outcome()}]},
            False,
            id="a searchset with an error",
        ),
    ],
)
def test_pre_12_none_found_is_kept_apart_from_failed(answer: Json | None, *, is_none_found: bool) -> None:
    request = without("medicationRequests")
    request["prefetch"]["medicationRequests"] = answer

    with logs():
        cards = cards_of(post(make_client(), request))

    assert ("medications" in domains_missing(cards)) is not is_none_found


@pytest.mark.checklist("PRE-13")
def test_pre_13_a_searchset_with_more_pages_that_cannot_be_had_is_incomplete_and_not_all() -> None:
    more = [{"relation": "next", "url": "https://ehr.example.org/fhir?page=2"}]
    request = without("conditions")
    request["prefetch"]["conditions"] = searchset(CRPS, link=more)

    with logs():
        cards = cards_of(post(make_client(), request))

    assert "psychosis" in domains_missing(cards)
    assert {a["disposition"] for a in advice_of(cards)} != {"candidate"}


@pytest.mark.checklist("PRE-14")
@pytest.mark.parametrize("shape", ["x", 5, [], True, {}, {"resourceType": "Bundle", "entry": {}}, patient()])
def test_pre_14_a_key_of_the_wrong_shape_is_refused_or_not_read_and_never_a_5xx(shape: Any) -> None:
    for key in ("patient", "conditions", "bloodPressure"):
        request = without(key)
        request["prefetch"][key] = shape

        with logs():
            response = post(make_client(), request)

        assert 200 <= response.status_code < 500
        if response.status_code != 200:
            assert_readable(response)


@pytest.mark.checklist("PRE-15")
@pytest.mark.parametrize("hook", ["patient-view", "order-sign"])
def test_pre_15_another_patient_in_the_prefetch_gets_no_advice(hook: str) -> None:
    answers: Json = {"patient": [patient(id="pat-2")], "conditions": [CRPS]}
    request = hook_call(**answers) if hook == "patient-view" else order_call(DRAFT, **answers)
    request["prefetch"]["patient"] = patient(id="pat-2")

    with logs():
        response = post(make_client(), request)

    assert 400 <= response.status_code < 500
    assert "cards" not in response.get_json(force=True)


@pytest.mark.checklist("PRE-15")
def test_pre_15_a_resource_of_another_patient_in_the_prefetch_gets_no_advice() -> None:
    request = hook_call(conditions=[CRPS, condition("F20.9", subject={"reference": "Patient/pat-2"})])

    with logs():
        response = post(make_client(), request)

    assert 400 <= response.status_code < 500
    assert "cards" not in response.get_json(force=True)
