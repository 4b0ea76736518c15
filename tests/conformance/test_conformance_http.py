"""HTTP, CORS, transport, speed (checklist 8), against a real `kcds serve` where the server itself has a say."""

import json
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from answers import CRPS, KETAMINE
from builders import Json, medication_request, observation
from running_kcds import Answer, Kcds, running_kcds
from service_builders import OUR_INSIDE, cards_of, hook_call, logs, make_client, post

from kcds.errors import SettingsError
from kcds.settings import Settings

VIEW = "/cds-services/ketamine-patient-view"
PATHS = ["/cds-services", VIEW, f"{VIEW}/feedback"]
ORIGIN = "https://ehr.example.org"
PREFLIGHT = {
    "Origin": ORIGIN,
    "Access_Control_Request_Method": "POST",
    "Access_Control_Request_Headers": "authorization,content-type",
}


@pytest.fixture(scope="module")
def service() -> Iterator[Kcds]:
    """One service that a page of another origin may call."""
    with running_kcds(cors_origins=f"{ORIGIN},https://second.example.org") as running:
        yield running


def assert_outcome(answer: Answer, status: int) -> None:
    assert answer.status == status
    assert answer.headers["content-type"].startswith("application/fhir+json")
    assert answer.json["resourceType"] == "OperationOutcome"


@pytest.mark.checklist("HTTP-1")
@pytest.mark.parametrize(
    "path", ["/cds-services/nothing", "/cds-services/nothing/feedback", "/nowhere", "/cds-service"]
)
def test_http_1_what_is_not_served_is_a_404(service: Kcds, path: str) -> None:
    assert_outcome(service.call("POST", path, hook_call()), 404)


@pytest.mark.checklist("HTTP-2")
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", VIEW, "POST"),
        ("PUT", VIEW, "POST"),
        ("POST", "/cds-services", "GET"),
        ("GET", f"{VIEW}/feedback", "POST"),
    ],
)
def test_http_2_a_wrong_method_is_a_405_with_allow(service: Kcds, method: str, path: str, allowed: str) -> None:
    answer = service.call(method, path)

    assert_outcome(answer, 405)
    assert allowed in answer.headers["allow"].split(", ")
    assert method not in answer.headers["allow"].split(", ")


@pytest.mark.checklist("HTTP-3")
@pytest.mark.parametrize("path", PATHS[1:])
@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data", ""])
def test_http_3_a_body_that_is_not_declared_as_json_is_a_415(service: Kcds, path: str, kind: str) -> None:
    assert_outcome(service.call("POST", path, json.dumps(hook_call()).encode(), Content_Type=kind), 415)


@pytest.mark.checklist("HTTP-4")
@pytest.mark.parametrize("path", PATHS[1:])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"null", b"5", b"\xff\xfe{}", b"{}{}"])
def test_http_4_a_body_that_is_not_a_json_object_is_a_400(service: Kcds, path: str, body: bytes) -> None:
    assert_outcome(service.call("POST", path, body, Content_Type="application/json"), 400)


@pytest.mark.checklist("HTTP-5")
@pytest.mark.parametrize(
    "accept", ["application/json", "*/*", "application/json, text/plain, */*", "application/fhir+json", "text/html", ""]
)
def test_http_5_whatever_is_accepted_json_is_sent(service: Kcds, accept: str) -> None:
    answer = service.call("GET", "/cds-services", Accept=accept)

    assert answer.status in (200, 406)
    assert answer.status == 200 or "json" not in accept
    assert "json" in answer.headers["content-type"]


@pytest.mark.checklist("CORS-1")
@pytest.mark.parametrize("path", PATHS)
def test_cors_1_a_preflight_is_answered_and_names_authorization(service: Kcds, path: str) -> None:
    answer = service.call("OPTIONS", path, **PREFLIGHT)

    assert answer.status in (200, 204)
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    allowed = {name.strip().lower() for name in answer.headers["access-control-allow-headers"].split(",")}
    assert allowed >= {"authorization", "content-type"}
    methods = {name.strip() for name in answer.headers["access-control-allow-methods"].split(",")}
    assert ("GET" if path == "/cds-services" else "POST") in methods


@pytest.mark.checklist("CORS-1", "CORS-2")
@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/cds-services", None, 200),
        ("POST", VIEW, hook_call(), 200),
        ("POST", VIEW, {"hook": "x"}, 400),
        ("POST", VIEW, hook_call() | {"prefetch": {}}, 412),
        ("POST", "/cds-services/nothing", {}, 404),
        ("DELETE", VIEW, None, 405),
        ("POST", VIEW, b"x", 415),
        ("POST", f"{VIEW}/feedback", {"feedback": 1}, 400),
    ],
)
def test_cors_2_answers_and_errors_may_be_read_by_a_configured_origin(
    service: Kcds, method: str, path: str, body: Json | bytes | None, status: int
) -> None:
    answer = service.call(method, path, body, Origin=ORIGIN)

    assert answer.status == status
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "origin" in answer.headers["vary"].lower()


@pytest.mark.checklist("CORS-3")
@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://ehr.example.org.evil.example", "null", "http://ehr.example.org"]
)
@pytest.mark.parametrize("path", PATHS)
def test_cors_3_another_origin_is_not_allowed_and_credentials_never_are(service: Kcds, origin: str, path: str) -> None:
    for answer in (
        service.call("OPTIONS", path, **PREFLIGHT | {"Origin": origin}),
        service.call("GET", path, Origin=origin),
    ):
        assert "access-control-allow-origin" not in answer.headers
        assert "access-control-allow-credentials" not in answer.headers
        assert "origin" in answer.headers["vary"].lower()


@pytest.mark.checklist("SEC-1")
@pytest.mark.parametrize("url", ["http://kcds.example.org", "http://10.0.0.5:8000", "ftp://kcds.example.org", "kcds"])
def test_sec_1_a_public_address_without_tls_is_refused_at_the_start(url: str) -> None:
    with pytest.raises((SettingsError, ValueError)):
        Settings(public_url=url, auth="required", clients_file=Path(__file__)).resolve("127.0.0.1", 8000)


@pytest.mark.checklist("SEC-1")
@pytest.mark.parametrize("server", ["http://ehr.example.org/fhir", "http://10.0.0.5/fhir"])
def test_sec_1_a_fhir_server_without_tls_is_refused_at_the_start(server: str) -> None:
    with pytest.raises(ValueError, match="https"):
        Settings(fhir_servers=server)


@pytest.mark.checklist("SEC-2")
@pytest.mark.parametrize(
    ("host", "url"), [("127.0.0.1", "https://kcds.example.org"), ("192.0.2.7", None), ("10.0.0.5", None), ("::", None)]
)
def test_sec_2_whoever_serves_beyond_this_machine_must_name_the_clients(host: str, url: str | None) -> None:
    with pytest.raises(SettingsError, match="KCDS_CLIENTS_FILE"):
        Settings(public_url=url).resolve(host, 8000)
    with pytest.raises(SettingsError):
        Settings(public_url=url, auth="off").resolve(host, 8000)


@pytest.mark.checklist("SEC-9")
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("GET", "/cds-services", None), ("POST", VIEW, hook_call()), ("POST", VIEW, {}), ("GET", "/nothing", None)],
)
def test_sec_9_nothing_may_be_kept_by_a_cache(service: Kcds, method: str, path: str, body: Json | None) -> None:
    assert "no-store" in service.call(method, path, body).headers["cache-control"]


@pytest.mark.checklist("PERF-1")
def test_perf_1_an_answer_comes_in_the_order_of_half_a_second(service: Kcds) -> None:
    request = hook_call(conditions=[CRPS], medicationRequests=[medication_request(id=f"m{n}") for n in range(40)])
    times = []
    for _ in range(5):
        started = time.monotonic()
        assert service.call("POST", VIEW, request).status == 200
        times.append(time.monotonic() - started)

    assert statistics.median(times) < 2.5  # this machine is shared; docs/performance.md holds the measured times


@pytest.mark.checklist("PERF-3")
def test_perf_3_four_thousand_entries_of_one_key_are_answered_within_the_hard_limit() -> None:
    request = hook_call(conditions=[CRPS])
    many = [observation("2708-6", id=f"o{n}", valueQuantity={"value": 97, "unit": "%"}) for n in range(4000)]
    request["prefetch"]["vitalSigns"] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": one} for one in many],
    }
    started = time.monotonic()

    with logs("ERROR"):
        cards = cards_of(post(make_client(), request))

    assert cards
    assert time.monotonic() - started < 15


@pytest.mark.checklist("ROB-1", "ROB-2")
@pytest.mark.parametrize(
    "body", [b"{", b'{"hook":' + b"[" * 5_000, b'{"hook": "patient-view", "context": {"patientId": {}}}', b"\x00"]
)
def test_rob_1_rob_2_bad_input_is_a_4xx_that_shows_nothing_of_the_inside(service: Kcds, body: bytes) -> None:
    answer = service.call("POST", VIEW, body, Content_Type="application/json")

    assert 400 <= answer.status < 500
    assert [inside for inside in OUR_INSIDE if inside in answer.body.decode()] == []


@pytest.mark.checklist("ROB-8")
def test_rob_8_the_same_request_gets_the_same_advice_from_every_worker(service: Kcds) -> None:
    request = hook_call(conditions=[CRPS], medicationRequests=[medication_request(KETAMINE)])

    def advised() -> list[Json]:
        cards: list[Json] = service.call("POST", VIEW, request).json["cards"]
        return [
            {name: card[name] for name in ("summary", "detail", "indicator", "source")}
            | {"findings": card["extension"]["org.kcds.advice"]["findings"]}
            for card in cards
        ]

    first = advised()
    assert first
    assert [advised() for _ in range(5)] == [first] * 5
