"""FHIR access (checklist 4, and of 3 what needs a server): what is left out is fetched, from there alone, in time."""

import re
import time
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from answers import CRPS, DRAFT, discovered
from builders import Json, blood_pressure, condition, medication_request, observation, patient, searchset
from fhir_server import FhirServer, content, drip, fhir_server, flood, hang, status
from running_kcds import Answer, Kcds, running_kcds
from service_builders import advice_of
from standard_client import call_of, prefetch_of, query_of

RECORD = [
    patient(),
    CRPS,
    condition("F11.20"),
    blood_pressure(210, 125),
    medication_request("310433"),
    observation("2708-6", valueQuantity={"value": 97, "unit": "%"}),
]
TOKEN = "opaque-canary-token"  # noqa: S105 - of a server that lives for one test
URL_CHARACTERS = re.compile(r"(?:[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")


@pytest.fixture(scope="module")
def service() -> Iterator[Kcds]:
    """A service that may fetch from this machine, by one name of it; it logs all it logs."""
    with running_kcds(fhir_servers="http://127.0.0.1:*", deadline="2", log_level="DEBUG") as running:
        yield running


@cache
def entry(hook: str) -> Json:
    return next(service for service in discovered() if service["hook"] == hook)


def context_of(hook: str) -> Json:
    context = {"userId": "Practitioner/p1", "patientId": "pat-1"}
    drafts = {"draftOrders": searchset(DRAFT)}
    return (
        context
        | {
            "patient-view": {},
            "order-select": drafts | {"selections": ["MedicationRequest/draft"]},
            "order-sign": drafts,
        }[hook]
    )


def prefetched(hook: str) -> Json:
    return prefetch_of(entry(hook), context_of(hook), RECORD)


def call(kcds: Kcds, hook: str, prefetch: Json | None = None, **members: Any) -> Answer:
    return kcds.call(
        "POST", f"/cds-services/{entry(hook)['id']}", call_of(entry(hook), context_of(hook), prefetch, **members)
    )


def without_uuids(answer: Answer) -> list[Json]:
    cards: list[Json] = answer.json["cards"]
    return [
        {name: card[name] for name in ("summary", "detail", "indicator", "source")} | {"advice": advice}
        for card, advice in zip(cards, advice_of(cards), strict=True)
    ]


def assert_refused(answer: Answer) -> None:
    assert answer.status == 412
    assert answer.json["resourceType"] == "OperationOutcome"
    assert TOKEN.encode() not in answer.body


@pytest.mark.checklist("FHIR-1", "FHIR-5", "PRE-9")
@pytest.mark.parametrize("hook", ["patient-view", "order-select", "order-sign"])
@pytest.mark.parametrize("page", [1, 1000])
def test_fhir_1_fhir_5_what_is_fetched_gives_the_advice_of_what_is_prefetched(
    service: Kcds, hook: str, page: int
) -> None:
    with fhir_server(RECORD, page=page) as server:
        fetched = call(service, hook, **server.access())

    assert fetched.status == 200
    assert without_uuids(fetched) == without_uuids(call(service, hook, prefetched(hook)))
    assert len(without_uuids(fetched)) > 0


@pytest.mark.checklist("FHIR-2", "FHIR-4")
def test_fhir_2_fhir_4_every_request_carries_the_token_and_is_a_query_of_discovery(service: Kcds) -> None:
    with fhir_server(RECORD) as server:
        assert call(service, "patient-view", **server.access()).status == 200

    asked_for = {query_of(t.replace("{{context.patientId}}", "pat-1"))[0] for t in templates() if "?" in t}
    assert {asked.headers["Authorization"] for asked in server.asked} == {f"Bearer {server.token}"}
    for path in server.paths():
        assert URL_CHARACTERS.fullmatch(path), path
        if path != "Patient/pat-1":
            kind, parameters = query_of(path)
            assert kind in asked_for
            assert parameters["patient"] == "pat-1"


def templates() -> list[str]:
    return list(entry("patient-view")["prefetch"].values())


@pytest.mark.checklist("FHIR-1")
def test_fhir_1_an_open_server_is_asked_without_a_token(service: Kcds) -> None:
    with fhir_server(RECORD, token=None) as server:
        assert call(service, "patient-view", fhirServer=server.base).status == 200

    assert not any("Authorization" in asked.headers for asked in server.asked)


@pytest.mark.checklist("FHIR-1", "PRE-8", "PRE-12")
def test_fhir_1_what_was_prefetched_is_not_asked_for_again_null_included(service: Kcds) -> None:
    prefetch = prefetched("patient-view") | {"allergies": None}
    del prefetch["bloodPressure"]
    with fhir_server(RECORD) as server:
        answer = call(service, "patient-view", prefetch, **server.access())

    assert answer.status == 200
    assert [path.partition("?")[0] for path in server.paths()] == ["Observation"]


@pytest.mark.checklist("FHIR-3")
def test_fhir_3_the_token_is_in_no_log_no_file_and_no_answer(service: Kcds) -> None:
    with fhir_server(RECORD, token=TOKEN) as server:
        good = call(service, "patient-view", **server.access())
        server.token = "another"  # noqa: S105
        refused = call(service, "patient-view", **server.access(TOKEN))

    assert good.status == 200
    assert_refused(refused)
    files = [path for path in service.data.rglob("*") if path.is_file()]
    assert [path.name for path in files if TOKEN.encode() in path.read_bytes()] == []
    for page in ("/metrics", "/health/ready"):
        assert TOKEN.encode() not in service.call("GET", page).body


@pytest.mark.checklist("FHIR-8")
def test_fhir_8_a_next_link_to_another_server_is_not_followed(service: Kcds) -> None:
    with fhir_server(RECORD) as server, fhir_server(RECORD) as elsewhere:
        more = [{"relation": "next", "url": f"{elsewhere.base}/Condition?patient=pat-1&_offset=1"}]
        server.misbehaviour["/Condition"] = content(searchset(CRPS, link=more))
        answer = call(service, "patient-view", **server.access())

        assert elsewhere.asked == []
    missing = {name for a in advice_of(answer.json["cards"]) for f in a["findings"] for name in f.get("missing", ())}
    assert "psychosis" in missing


@pytest.mark.checklist("FHIR-8")
def test_fhir_8_a_medication_elsewhere_is_not_read_and_a_redirect_is_not_followed(service: Kcds) -> None:
    with fhir_server(RECORD) as server, fhir_server(RECORD) as elsewhere:
        request = medication_request(None, medicationReference={"reference": f"{elsewhere.base}/Medication/m"})
        server.misbehaviour["/MedicationRequest"] = content(searchset(request))
        server.misbehaviour["/Condition"] = status(307, Location=f"{elsewhere.base}/Condition?patient=pat-1")
        answer = call(service, "patient-view", **server.access())

        assert elsewhere.asked == []
    assert answer.status == 200


NOT_LISTED = [
    "https://ehr.example.org/fhir",
    "http://localhost:{port}/fhir",
    "http://127.0.0.2:{port}/fhir",
    "http://[::1]:{port}/fhir",
    "http://169.254.169.254/latest/meta-data",
    "http://127.0.0.1.nip.io:{port}/fhir",
    "http://user@127.0.0.1:{port}/fhir",
    "http://2130706433:{port}/fhir",
    "http://0x7f.1:{port}/fhir",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/",
    "//127.0.0.1:{port}/fhir",
    "https://127.0.0.1:{port}/fhir",
]


@pytest.mark.checklist("FHIR-8")
@pytest.mark.parametrize("address", NOT_LISTED)
def test_fhir_8_a_server_that_is_not_listed_is_not_asked(service: Kcds, address: str) -> None:
    with fhir_server(RECORD, token=None) as server:
        answer = call(service, "patient-view", fhirServer=address.format(port=server.server_address[1]))

        assert answer.status in (400, 412)
        assert server.asked == []


FAULTS: dict[str, Any] = {
    "it hangs": hang,
    "it drips": drip,
    "it sends 50 MB": flood,
    "it refuses the token": status(401),
    "it forbids": status(403),
    "it breaks": status(500),
    "it is not there": status(404),
    "it sends HTML": content(b"<html></html>", Content_Type="text/html"),
    "it sends another type": content(patient(id="pat-1", resourceType="Practitioner")),
    "it sends another patient": content(patient(id="pat-2")),
    "it sends half a JSON": content(b'{"resourceType": "Pat'),
}


@pytest.mark.checklist("PRE-10", "PRE-11", "PERF-2")
@pytest.mark.parametrize("fault", FAULTS)
def test_pre_11_perf_2_a_server_that_gives_no_patient_is_a_412_in_bounded_time(service: Kcds, fault: str) -> None:
    with fhir_server(RECORD) as server:
        server.misbehaviour["/"] = FAULTS[fault]
        started = time.monotonic()
        answer = call(service, "patient-view", **server.access())

    assert_refused(answer)
    assert time.monotonic() - started < 6


@pytest.mark.checklist("PRE-11")
def test_pre_11_a_server_that_is_down_is_a_412(service: Kcds) -> None:
    with fhir_server(RECORD) as server:
        access = server.access()

    assert_refused(call(service, "patient-view", **access))


@pytest.mark.checklist("PRE-11", "PERF-2")
@pytest.mark.parametrize("fault", ["it hangs", "it refuses the token", "it breaks", "it sends HTML", "it sends 50 MB"])
def test_pre_11_one_query_that_fails_is_missing_data_and_the_rest_is_advised_on(service: Kcds, fault: str) -> None:
    with fhir_server(RECORD) as server:
        server.misbehaviour["/AllergyIntolerance"] = FAULTS[fault]
        started = time.monotonic()
        answer = call(service, "order-sign", **server.access())

    assert time.monotonic() - started < 6
    assert answer.status == 200
    rules = {f["rule"]: f for a in advice_of(answer.json["cards"]) for f in a["findings"]}
    assert "allergies" in {name for finding in rules.values() for name in finding.get("missing", ())}
    assert rules["very-high-blood-pressure"]["status"] == "applies"


@pytest.mark.checklist("PRE-13")
def test_pre_13_the_other_pages_of_a_prefetched_bundle_are_fetched_with_the_token(service: Kcds) -> None:
    prefetch = prefetched("patient-view")
    with fhir_server(RECORD) as server:
        rest = [{"relation": "next", "url": f"{server.base}/Condition?patient=pat-1&_offset=1"}]
        prefetch["conditions"] = searchset(CRPS, link=rest)
        answer = call(service, "patient-view", prefetch, **server.access())

    whole = call(service, "patient-view", prefetched("patient-view"))
    assert "active-substance-use-disorder" in {
        f["rule"] for a in advice_of(answer.json["cards"]) for f in a["findings"]
    }
    assert without_uuids(answer) == without_uuids(whole)


@pytest.mark.checklist("PRE-13", "PERF-2")
def test_pre_13_pages_without_end_end_in_time(service: Kcds) -> None:
    def endless(handler: Any) -> None:
        server: FhirServer = handler.server
        more = [{"relation": "next", "url": f"{server.base}/Condition?patient=pat-1&_page={len(server.asked)}"}]
        handler.give(searchset(CRPS, link=more))

    with fhir_server(RECORD) as server:
        server.misbehaviour["/Condition"] = endless
        started = time.monotonic()
        answer = call(service, "patient-view", **server.access())

    assert time.monotonic() - started < 6
    assert answer.status == 200
    assert {a["disposition"] for a in advice_of(answer.json["cards"])} != {"candidate"}
