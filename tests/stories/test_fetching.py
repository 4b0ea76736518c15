"""A client that prefetches nothing gets the same cards as one that prefetches all."""

import json
import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from builders import Json, blood_pressure, bundle, condition, medication, medication_request, patient, searchset
from fetch_builders import fetching_client, unprefetched
from fhir_server import FhirServer, content, fhir_server, hang, prefetched, status
from service_builders import (
    SAMPLE_NAMES,
    assert_readable,
    cards_of,
    hook_call,
    logs,
    make_client,
    order_call,
    post,
    real_service,
    sample,
    without_uuids,
)

from kcds.app import make_parts
from kcds.cds_hooks.prefetch import prefetch_templates
from kcds.cds_hooks.services import Hook
from kcds.model.queries import Query
from kcds.settings import Settings
from kcds.web.application import make_application

TEMPLATES = prefetch_templates(real_service().knowledge.value_sets.pairs_of)


def resources_of(request: Json) -> list[Json]:
    """Everything that was prefetched, each once."""
    answers = [answer for answer in request["prefetch"].values() if answer]
    found = [e["resource"] for a in answers for e in a.get("entry", [])] + [a for a in answers if "entry" not in a]
    return list({(r["resourceType"], r["id"]): r for r in found if "id" in r}.values())


def on_hook(request: Json, hook: Hook) -> Json:
    """The same patient at another moment; with the drafts of the call, or with a ketamine order."""
    drafts = request["context"].get("draftOrders") or bundle(
        medication_request(
            "6130", id="draft-1", status="draft", subject={"reference": f"Patient/{_patient_id(request)}"}
        )
    )
    context = {key: request["context"][key] for key in ("userId", "patientId")}
    if hook is not Hook.PATIENT_VIEW:
        context["draftOrders"] = drafts
    if hook is Hook.ORDER_SELECT:
        orders = [e["resource"] for e in drafts["entry"] if e["resource"]["resourceType"] == "MedicationRequest"]
        context["selections"] = [f"MedicationRequest/{order['id']}" for order in orders]
    return request | {"hook": hook.value, "context": context}


def _patient_id(request: Json) -> str:
    identifier: str = request["context"]["patientId"]
    return identifier


@pytest.mark.checklist("FHIR-5")
@pytest.mark.parametrize("hook", Hook)
@pytest.mark.parametrize("name", SAMPLE_NAMES)
@pytest.mark.checklist("FHIR-5")
def test_fetched_and_prefetched_data_give_the_same_cards(name: str, hook: Hook) -> None:
    request = on_hook(sample(name), hook)
    resources = resources_of(request)
    whole = request | {"prefetch": prefetched(TEMPLATES, _patient_id(request), resources)}

    with fhir_server(resources, page=1) as server:
        fetched = cards_of(post(fetching_client(deadline=8), unprefetched(request, server)))

    assert without_uuids(fetched) == without_uuids(cards_of(post(make_client(), whole)))
    assert len(server.asked) >= len(Query)


def test_there_are_cards_to_compare() -> None:
    spoken = [name for name in SAMPLE_NAMES if sample(name, "response.json")["cards"]]

    assert len(spoken) >= 8


CRPS = [patient(), condition(), blood_pressure(118, 76)]


@pytest.mark.checklist("PRE-9")
def test_what_was_prefetched_is_not_fetched_again_whatever_the_server_does() -> None:
    request = hook_call(conditions=[condition()])
    with fhir_server() as server:
        server.misbehaviour["/"] = hang
        answer = post(fetching_client(), request | server.access())

    assert without_uuids(cards_of(answer)) == without_uuids(cards_of(post(make_client(), request)))
    assert server.asked == []


def test_the_medicine_of_a_drafted_order_is_fetched() -> None:
    drafted = medication_request(
        None, id="d1", status="draft", medicationReference={"reference": "Medication/med-6130"}
    )
    named = medication_request("6130", id="d1", status="draft")
    with fhir_server([medication("6130", "ketamine")]) as server:
        by_reference = cards_of(post(fetching_client(), order_call(drafted) | server.access()))

    by_name = cards_of(post(make_client(), order_call(named)))
    assert by_reference
    assert [card["summary"] for card in by_reference] == [card["summary"] for card in by_name]


def missing_domains(cards: list[Json]) -> set[str]:
    findings = [f for card in cards for f in card["extension"]["org.kcds.advice"]["findings"]]
    return {domain for finding in findings for domain in finding.get("missing", [])}


@pytest.mark.parametrize("behaviour", [status(403), status(500), hang], ids=["refused", "broken", "hanging"])
def test_one_query_that_fails_is_missing_data_for_its_domains(behaviour: Any) -> None:
    with fhir_server(CRPS) as server:
        server.misbehaviour["/AllergyIntolerance"] = behaviour
        cards = cards_of(post(fetching_client(deadline=1), unprefetched(hook_call(), server)))

    assert "allergies" in missing_domains(cards)
    assert "blood-pressure" not in missing_domains(cards)


def test_an_answer_that_is_cut_off_counts_as_a_prefetched_one_that_is() -> None:
    cut_off = searchset(blood_pressure(118, 76), link=[{"relation": "next", "url": "https://elsewhere.example.org/"}])
    with fhir_server(CRPS) as server:
        server.misbehaviour["/Observation?patient=pat-1&code=http://loinc.org%7C55284-4"] = content(cut_off)
        fetched = cards_of(post(fetching_client(), unprefetched(hook_call(), server)))

    request = hook_call(conditions=[condition()])
    request["prefetch"]["bloodPressure"] = cut_off
    assert without_uuids(fetched) == without_uuids(cards_of(post(make_client(), request)))
    assert "record" in missing_domains(fetched)


def refused(server: FhirServer, request: Json, code: int, *listed: str, **settings: Any) -> str:
    """The diagnostics of a call that must be refused with this status."""
    answer = post(fetching_client(*listed, **settings), request)
    assert answer.status_code == code, answer.get_data(as_text=True)
    assert_readable(answer)
    text: str = answer.get_json()["issue"][0]["diagnostics"]
    assert server.base not in text
    assert "pat-" not in text
    return text


@pytest.mark.checklist("PRE-10", "FHIR-8")
def test_a_server_that_is_not_listed_is_not_fetched_from_and_the_client_is_told() -> None:
    with fhir_server(CRPS) as server:
        told = refused(server, unprefetched(hook_call(), server), 412, "https://fhir.example.org")

    assert "KCDS_FHIR_SERVERS does not list this fhirServer" in told
    assert server.asked == []


def test_a_call_without_data_and_without_a_server_is_told_what_to_send() -> None:
    request = hook_call()
    del request["prefetch"]

    answer = post(fetching_client(), request)

    assert answer.status_code == 412
    assert_readable(answer)


def test_the_log_names_the_types_that_could_not_be_read() -> None:
    with fhir_server(CRPS) as server, logs() as logged:
        server.misbehaviour["/Condition"] = status(403)
        post(fetching_client(), unprefetched(hook_call(), server))

    line = json.loads(logged.getvalue())
    assert line["event"] == "hook call"
    assert line["data"] == "the FHIR server was asked, and failed: status 403 (Condition)"


def test_the_patient_alone_is_not_enough() -> None:
    with fhir_server([patient()]) as server:
        server.misbehaviour = {f"/{kind}?": status(500) for kind in ("Condition", "Medication", "Procedure")}
        server.misbehaviour |= {f"/{kind}": status(500) for kind in ("MedicationR", "MedicationS", "MedicationA")}
        server.misbehaviour |= {"/Allergy": status(500), "/Observation": status(500)}
        told = refused(server, unprefetched(hook_call(), server), 412)

    assert "status 500" in told


@pytest.mark.checklist("PRE-15")
def test_another_patient_from_the_server_is_a_failed_precondition() -> None:
    with fhir_server(CRPS) as server:
        server.misbehaviour["/Patient"] = lambda handler: handler.give(patient(id="pat-2"))
        told = refused(server, unprefetched(hook_call(), server), 412)

    assert "did not answer with the data of this patient" in told


@pytest.mark.checklist("PRE-15")
def test_a_resource_of_another_patient_from_the_server_is_a_failed_precondition() -> None:
    foreign = searchset(condition(subject={"reference": "Patient/pat-2"}))
    with fhir_server(CRPS) as server:
        server.misbehaviour["/Condition"] = lambda handler: handler.give(foreign)
        refused(server, unprefetched(hook_call(), server), 412)


def test_another_patient_in_the_prefetch_is_a_bad_request_even_where_the_rest_is_fetched() -> None:
    request = hook_call()
    request["prefetch"] = {"patient": patient(id="pat-2")}
    with fhir_server(CRPS) as server:
        refused(server, request | server.access(), 400)


def test_the_setting_makes_the_service_fetch_and_the_requests_are_counted(tmp_path: Path) -> None:
    settings = Settings(fhir_servers="http://127.0.0.1:*", auth="off", data_dir=tmp_path, timezone="UTC")
    parts = make_parts(settings)
    with closing(parts.store), fhir_server(CRPS) as server:
        server.misbehaviour["/Procedure"] = status(500)
        answer = post(make_application(parts).test_client(), unprefetched(hook_call(), server))

    assert answer.status_code == 200
    assert len(server.asked) == len(Query)
    counted = parts.metrics.text().decode()
    assert re.search(r'kcds_fhir_request_seconds_count\{outcome="ok"\} 18\.0', counted)
    assert re.search(r'kcds_fhir_request_seconds_count\{outcome="status"\} 1\.0', counted)
