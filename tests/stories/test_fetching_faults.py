"""Whatever the FHIR server does, the answer comes in time, is an answer or a 412, and tells nobody the token."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from builders import condition, patient, searchset
from fetch_builders import fetching_client, unprefetched
from fhir_server import FhirServer, busy_once, content, drip, fhir_server, flood, hang, packed_zeros, status
from service_builders import assert_readable, cards_of, hook_call, logs, make_client, post, real_service

from kcds.fhir.fetch import Fetcher
from kcds.model.queries import Query
from kcds.outbound.client import OutboundClient
from kcds.outbound.deadline import Deadline
from kcds.outbound.places import Place

CANARY = "canary-of-a-token"
DEADLINE = 1.0
A_LITTLE = 3
"""Seconds that a busy machine may lose; whoever waited for the server would wait for ten, or for ever."""
Behaviour = Callable[[Any], None]


def asked_of(server: FhirServer, deadline: float = DEADLINE) -> int:
    """The status of a call that prefetches nothing; in time, and without a word of the token."""
    request = unprefetched(hook_call(), server) | server.access(CANARY)
    server.token = CANARY
    client = fetching_client(deadline=deadline)
    with logs("DEBUG") as lines:
        started = time.monotonic()
        answer = post(client, request)
        took = time.monotonic() - started
    text = answer.get_data(as_text=True)
    assert took < deadline + A_LITTLE
    assert CANARY not in text + lines.getvalue() + str(answer.headers)
    if answer.status_code != 200:
        assert_readable(answer)
    return answer.status_code


def deep(handler: Any) -> None:
    handler.give(b'{"resourceType": "Bundle", "x": ' + b"[" * 200_000 + b"]" * 200_000 + b"}")


def deep_but_json(handler: Any) -> None:
    code = '{"extension":[' * 500 + "]}" * 500
    body = json.dumps(searchset(condition(id="deep", code="CODE"))).replace('"CODE"', code)
    handler.give(patient() if "/Patient/" in handler.path else body.encode())


@pytest.mark.checklist("PRE-11", "PERF-2")
@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(hang, id="accepts and says nothing"),
        pytest.param(drip, id="drips"),
        pytest.param(flood, id="50 MB for every query"),
        pytest.param(packed_zeros, id="a gzip bomb for every query"),
        pytest.param(deep, id="nested beyond reading"),
        pytest.param(content(b"<html>sign in</html>"), id="no JSON"),
        pytest.param(content({}), id="no FHIR"),
        pytest.param(content(patient(id="other")), id="somebody else whatever is asked"),
        pytest.param(status(302, Location="http://169.254.169.254/latest/meta-data"), id="sends to metadata"),
        pytest.param(status(307, Location="http://127.0.0.1:1/"), id="sends to this machine"),
        *(pytest.param(status(code), id=str(code)) for code in (401, 403, 404, 429, 500, 503)),
    ],
)
def test_a_server_from_which_nothing_can_be_had_is_a_failed_precondition_in_time(behaviour: Behaviour) -> None:
    with fhir_server() as server:
        server.misbehaviour["/"] = behaviour

        assert asked_of(server) == 412


@pytest.mark.checklist("PRE-11")
def test_a_server_that_is_down_is_a_failed_precondition() -> None:
    with fhir_server() as server:
        pass

    assert asked_of(server) == 412


def test_a_server_that_is_busy_at_first_is_asked_once_more() -> None:
    with fhir_server([patient(), condition()]) as server:
        server.misbehaviour["/"] = busy_once()

        assert asked_of(server, deadline=8) == 200
    assert len(server.asked) == 2 * len(Query)


def test_resources_nested_too_deeply_are_missing_data() -> None:
    with fhir_server() as server:
        server.misbehaviour["/"] = deep_but_json

        assert asked_of(server, deadline=8) == 200


def test_pages_without_end_are_cut_off_in_time() -> None:
    count = iter(range(1_000_000))

    def endless(handler: Any) -> None:
        body = patient() if "/Patient/" in handler.path else searchset(condition(id=f"c{next(count)}"))
        handler.give(body | {"link": [{"relation": "next", "url": f"x?page={next(count)}"}]})

    with fhir_server() as server:
        server.misbehaviour["/"] = endless

        assert asked_of(server, deadline=2) == 200
    assert len(server.asked) <= 50 * len(Query)


def test_of_endless_answers_little_is_ever_received() -> None:
    sent: list[int] = []

    def counting_flood(handler: Any) -> None:
        handler.give(b"", length=50_000_000)
        for _ in range(500):
            handler.wfile.write(b" " * 100_000)
            sent.append(100_000)

    with fhir_server() as server:
        server.misbehaviour["/"] = counting_flood
        asked_of(server)

    assert sum(sent) < 100_000_000  # of 950 MB; buffers of the system included


class Timekeeper(OutboundClient):
    """Notes how much time fetching may take."""

    def __init__(self) -> None:
        super().__init__([Place.parse("http://127.0.0.1:*")])
        self.seconds: list[float] = []

    def run(self, work: Any, deadline: Deadline) -> Any:
        self.seconds.append(deadline.left())
        return super().run(work, deadline)


def test_a_hanging_server_leaves_time_for_the_advice() -> None:
    request = hook_call(conditions=[condition()])
    del request["prefetch"]["ecg"]
    network = Timekeeper()
    client = make_client(service=replace(real_service(), fetcher=Fetcher(network)), deadline=1)
    with fhir_server() as server:
        server.misbehaviour["/"] = hang
        cards = cards_of(post(client, request | server.access()))

    assert cards
    assert max(network.seconds) <= 0.75


@pytest.mark.checklist("FHIR-6")
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}@evil.example.org/fhir",
        "http://user:secret@127.0.0.1:{port}/fhir",
        "http://127.0.0.1:{port}\\@evil.example.org/fhir",
        "http://127.0.0.1:{port}/fhir\r\nX-Evil: 1",
        "http://127.0.0.1:{port}/fhir/%2e%2e/admin",
        "http://127.0.0.1:{port}/fhir/../admin",
        "http://127.0.0.1:{port}/fhir?x=",
        "http://127.0.0.1:{port}/fhir#",
        "http://127.0.0.1:{port}/fhir#x",
        "http://127.0.0.1:*/fhir",
        "http://[127.0.0.1/fhir",
        "http://:{port}/fhir",
        "//127.0.0.1:{port}/fhir",
        "127.0.0.1:{port}/fhir",
        "file:///etc/passwd",
        "gopher://127.0.0.1:{port}/x",
        "http://127.0.0.1:{port}/fhir\u2024",
        "",
        " ",
    ],
)
def test_a_malformed_fhir_server_is_a_bad_request_and_nobody_is_asked(url: str) -> None:
    with fhir_server() as server:
        address = url.format(port=server.server_address[1])
        request = unprefetched(hook_call(), server) | {"fhirServer": address}
        answer = post(fetching_client(), request)

    issue = answer.get_json()["issue"][0]
    assert (answer.status_code, issue["expression"]) == (400, ["fhirServer"])
    assert "127.0.0.1" not in issue["diagnostics"]
    assert server.asked == []


@pytest.mark.checklist("FHIR-8")
@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "[::1]:{port}",
        "[::ffff:127.0.0.1]:{port}",
        "0.0.0.0:{port}",
        "127.1:{port}",
        "2130706433:{port}",
        "0x7f000001:{port}",
        "017700000001:{port}",
        "localhost:{port}",
        "127.0.0.1.:{port}",
        "127.0.0.2:{port}",
        "evil.example.org",
    ],
)
def test_a_server_that_is_not_listed_is_not_asked_under_any_spelling(host: str) -> None:
    with fhir_server() as server:
        address = f"http://{host.format(port=server.server_address[1])}/fhir"
        answer = post(fetching_client(), unprefetched(hook_call(), server) | {"fhirServer": address})

    assert answer.status_code == 412
    assert "does not list this fhirServer" in answer.get_json()["issue"][0]["diagnostics"]
    assert server.asked == []


def test_this_machine_is_not_asked_under_a_listed_name_that_leads_to_it() -> None:
    with fhir_server([patient(), condition()]) as server:
        listed = f"https://fhir.example.org:{server.server_address[1]}"
        client = fetching_client(listed, resolve=lambda _host: ["127.0.0.1"])
        answer = post(client, unprefetched(hook_call(), server) | {"fhirServer": f"{listed}/fhir"})

    assert answer.status_code == 412
    assert "address" in answer.get_json()["issue"][0]["diagnostics"]
    assert server.asked == []


@pytest.mark.checklist("FHIR-3", "FHIR-8")
def test_the_token_goes_to_the_server_of_the_call_only() -> None:
    with fhir_server() as other, fhir_server() as server:
        elsewhere = [{"relation": "next", "url": f"{other.base}/Condition?page=2"}]
        reference = {"reference": f"{other.base}/Medication/1"}
        order = {"resourceType": "MedicationRequest", "id": "m", "medicationReference": reference}
        body = searchset(condition(), order | {"subject": {"reference": "Patient/pat-1"}}, link=elsewhere)
        server.misbehaviour = {"/Patient": content(patient()), "/": content(body)}

        assert asked_of(server) == 200
    assert other.asked == []
    assert {asked.headers["Authorization"] for asked in server.asked} == {f"Bearer {CANARY}"}


@pytest.mark.parametrize("token", ["canary\r\nX-Evil: 1", "canary\u2603", "canary\x00", "canary " * 20_000])
def test_a_token_that_no_header_can_hold_is_told_to_nobody(token: str) -> None:
    with fhir_server() as server, logs("DEBUG") as lines:
        answer = post(fetching_client(), unprefetched(hook_call(), server) | server.access(token))

    assert answer.status_code in (400, 412)
    assert "canary" not in answer.get_data(as_text=True) + lines.getvalue()
    assert all("X-Evil" not in asked.headers for asked in server.asked)
