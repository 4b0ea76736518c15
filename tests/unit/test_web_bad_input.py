"""Bad input through the whole application: a 4xx that names the element, or `data-required`. Never a 5xx."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from bad_bodies import DANGEROUS
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
from service_builders import assert_readable, cards_of, hook_call, logs, make_client, order_call, post

from kcds.web.body import LARGEST_BODY

VIEW = "/cds-services/ketamine-patient-view"
CRPS = condition("G90.50", onsetDateTime="2020-01-01")


def changed(path: str, value: object, request: Json | None = None) -> Json:
    """A good request with one element replaced; `...` removes it."""
    sent = copy.deepcopy(request or hook_call(conditions=[CRPS]))
    inner: Any = sent
    *steps, last = path.split(".")
    for step in steps:
        inner = inner[step]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return sent


REFUSED: dict[str, tuple[Json, int, str]] = {
    "hook is missing": (changed("hook", ...), 400, "hook"),
    "hook is null": (changed("hook", None), 400, "hook"),
    "hook is a number": (changed("hook", 5), 400, "hook"),
    "hook is another service's": (changed("hook", "order-sign"), 400, "hook"),
    "hook is not served": (changed("hook", "encounter-start"), 400, "hook"),
    "hookInstance is missing": (changed("hookInstance", ...), 400, "hookInstance"),
    "hookInstance is no UUID": (changed("hookInstance", "one"), 400, "hookInstance"),
    "hookInstance is a list": (changed("hookInstance", []), 400, "hookInstance"),
    "context is missing": (changed("context", ...), 400, "context"),
    "context is a text": (changed("context", "x"), 400, "context"),
    "context is empty": (changed("context", {}), 400, "context"),
    "context.patientId is missing": (changed("context.patientId", ...), 400, "context.patientId"),
    "context.patientId is empty": (changed("context.patientId", ""), 400, "context.patientId"),
    "context.patientId is a number": (changed("context.patientId", 1), 400, "context.patientId"),
    "context.patientId holds a NUL": (changed("context.patientId", "pat-1\x00"), 400, "context.patientId"),
    "context.patientId ends in a line break": (changed("context.patientId", "pat-1\n"), 400, "context.patientId"),
    "context.userId is missing": (changed("context.userId", ...), 400, "context.userId"),
    "context.userId has no type": (changed("context.userId", "p1"), 400, "context.userId"),
    "context.userId is a device": (changed("context.userId", "Device/d1"), 400, "context.userId"),
    "prefetch is a list": (changed("prefetch", []), 400, "prefetch"),
    "fhirServer is a number": (changed("fhirServer", 1), 400, "fhirServer"),
    "fhirAuthorization is a text": (changed("fhirAuthorization", "x"), 400, "fhirAuthorization"),
    "the patient is another": (changed("prefetch.patient", patient(id="pat-2")), 400, "prefetch.patient.id"),
    "the patient has no id": (changed("prefetch.patient", patient(id=None)), 400, "prefetch.patient.id"),
    "the patient is missing": (changed("prefetch.patient", ...), 412, "prefetch.patient"),
    "the patient is null": (changed("prefetch.patient", None), 412, "prefetch.patient"),
    "the patient could not be loaded": (changed("prefetch.patient", operation_outcome()), 412, "prefetch.patient"),
    "the patient is a problem": (changed("prefetch.patient", CRPS), 400, "prefetch.patient"),
    "nothing was prefetched": (changed("prefetch", ...), 412, "prefetch.patient"),
    "only the patient was prefetched": (changed("prefetch", {"patient": patient()}), 412, "prefetch"),
    "an answer is a text": (changed("prefetch.conditions", "x"), 400, "prefetch.conditions"),
    "an answer is a list": (changed("prefetch.conditions", [CRPS]), 400, "prefetch.conditions"),
    "an answer is of another type": (changed("prefetch.conditions", patient()), 400, "prefetch.conditions"),
    "entry is an object": (
        changed("prefetch.conditions", {"resourceType": "Bundle", "entry": {}}),
        400,
        "prefetch.conditions",
    ),
    "an entry is a number": (
        changed("prefetch.conditions", {"resourceType": "Bundle", "entry": [5]}),
        400,
        "prefetch.conditions.entry[0]",
    ),
    "a resource is a text": (
        changed("prefetch.conditions", {"resourceType": "Bundle", "entry": [{"resource": "x"}]}),
        400,
        "prefetch.conditions.entry[0].resource",
    ),
    "a bundle of another patient": (
        changed("prefetch.conditions", searchset(condition("F11.20", subject={"reference": "Patient/pat-2"}))),
        400,
        "prefetch.conditions.entry[0].resource",
    ),
    "draftOrders is missing": (changed("context.draftOrders", ..., order_call()), 400, "context.draftOrders"),
    "draftOrders is a list": (changed("context.draftOrders", [], order_call()), 400, "context.draftOrders"),
    "draftOrders is no Bundle": (changed("context.draftOrders", patient(), order_call()), 400, "context.draftOrders"),
    "a draft is another patient's": (
        order_call(medication_request("238082", subject={"reference": "Patient/pat-2"})),
        400,
        "context.draftOrders.entry[0].resource",
    ),
    "selections is missing": (changed("context.selections", ..., order_call(selected=[])), 400, "context.selections"),
    "selections is a text": (changed("context.selections", "x", order_call(selected=[])), 400, "context.selections"),
    "a selection is a number": (
        changed("context.selections", [1], order_call(selected=[])),
        400,
        "context.selections.0",
    ),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_a_call_is_refused_by_naming_the_element_where(fault: str) -> None:
    request, status, element = REFUSED[fault]
    service = "patient-view" if fault.startswith("hook") else request["hook"]

    with logs():
        response = post(make_client(), request, f"ketamine-{service}")

    assert response.status_code == status
    assert_readable(response)
    (named,) = response.get_json(force=True)["issue"][0]["expression"]
    assert named.startswith(element)


DOUBTFUL: dict[str, tuple[Json, str]] = {
    "an onset on 2019-13-45": (
        hook_call(conditions=[condition("G90.50", onsetDateTime="2019-13-45")]),
        "pain-duration",
    ),
    "a birth date on 2019-13-45": (hook_call(patient=[patient(birthDate="2019-13-45")], conditions=[CRPS]), "age"),
    "a blood pressure that is a text": (
        hook_call(conditions=[CRPS], bloodPressure=[blood_pressure(120, 70) | {"component": "120/70"}]),
        "blood-pressure",
    ),
    "a pain score whose value is an object": (
        hook_call(conditions=[CRPS], painScores=[pain_score(7) | {"valueInteger": {"value": 7}}]),
        "pain-score",
    ),
    "a pain score in words": (
        hook_call(conditions=[CRPS], painScores=[observation("72514-3", valueString="seven")]),
        "pain-score",
    ),
    "a blood pressure measured on 2026-99-99": (
        hook_call(conditions=[CRPS], bloodPressure=[blood_pressure(120, 70, "2026-99-99")]),
        "blood-pressure",
    ),
    "an allergy list that failed": (
        changed("prefetch.allergies", operation_outcome(), hook_call(conditions=[CRPS])),
        "allergies",
    ),
    "a problem list with a next page": (
        changed("prefetch.conditions", searchset(CRPS, link=[{"relation": "next", "url": "https://x.example"}])),
        "psychosis",
    ),
}


@pytest.mark.parametrize("doubt", DOUBTFUL)
def test_what_cannot_be_read_is_data_required(doubt: str) -> None:
    request, domain = DOUBTFUL[doubt]

    with logs():
        cards = cards_of(post(make_client(), request))

    findings = [finding for card in cards for finding in card["extension"]["org.kcds.advice"]["findings"]]
    assert domain in {missing for finding in findings for missing in finding.get("missing", ())}
    assert {card["extension"]["org.kcds.advice"]["disposition"] for card in cards} != {"candidate"}


@pytest.mark.parametrize("danger", DANGEROUS)
def test_a_body_that_is_meant_to_hurt_is_refused_or_answered(danger: str) -> None:
    make, statuses = DANGEROUS[danger]
    client = make_client()

    with logs():
        response = client.post(VIEW, data=make(), content_type="application/json")

        assert response.status_code in statuses
        if response.status_code != 200:
            assert_readable(response)
        assert client.post(VIEW, json=hook_call(conditions=[CRPS])).status_code == 200


@pytest.mark.parametrize(
    ("body", "why"),
    [
        pytest.param(b"", "the body is empty", id="empty"),
        pytest.param(b"{", "the body is not JSON: unexpected end of data, line 1 column 2", id="cut short"),
        pytest.param(b'{"hook": "patient-view",}', "the body is not JSON: ", id="a trailing comma"),
        pytest.param(b"hook=patient-view", "the body is not JSON: ", id="a form"),
        pytest.param(b"[]", "the body must be a JSON object", id="a list"),
        pytest.param(b'"x"', "the body must be a JSON object", id="a text"),
        pytest.param(b"null", "the body must be a JSON object", id="null"),
    ],
)
def test_a_body_that_is_no_json_object_is_a_400_that_says_so(body: bytes, why: str) -> None:
    with logs():
        response = make_client().post(VIEW, data=body, content_type="application/json")

    assert response.status_code == 400
    assert_readable(response)
    assert response.get_json(force=True)["issue"][0]["diagnostics"].startswith(why)


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(lambda request: request | {"extension": {"x": 1}, "unknown": [1]}, id="unknown members"),
        pytest.param(lambda request: changed("prefetch.somethingElse", 5, request), id="an unknown prefetch key"),
        pytest.param(lambda request: changed("context.encounterId", "e1", request), id="an encounter"),
        pytest.param(lambda request: changed("context.patientId", "Patient/pat-1", request), id="a typed id"),
        pytest.param(lambda request: changed("prefetch.medicationStatements", ..., request), id="a key left out"),
        pytest.param(
            lambda request: changed("prefetch.conditions", {"resourceType": "Bundle"}, request), id="no entry"
        ),
    ],
)
def test_what_real_clients_send_beside_the_standard_is_taken(odd: Callable[[Json], Json]) -> None:
    with logs():
        assert post(make_client(), odd(hook_call(conditions=[CRPS]))).status_code == 200


@pytest.mark.parametrize(("size", "status"), [(LARGEST_BODY, 400), (LARGEST_BODY + 1, 413)])
def test_a_body_may_have_16_mib_and_not_a_byte_more(size: int, status: int) -> None:
    with logs():
        response = make_client().post(VIEW, data=b" " * size, content_type="application/json")

    assert response.status_code == status
