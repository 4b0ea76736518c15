"""`kcds serve` itself, as a process on a free port: what only the production server can show."""

import http.client
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from bad_bodies import DANGEROUS
from running_kcds import Kcds, running_kcds
from service_builders import SAMPLE_NAMES, advice_of, sample

from kcds.sample import read_sample

JSON = {"Content-Type": "application/json"}
VIEW = "/cds-services/ketamine-patient-view"


@pytest.fixture(scope="module")
def service() -> Iterator[Kcds]:
    """A service of two workers, ended when the module is done."""
    with running_kcds(workers=2) as running:
        yield running


def call(service: Kcds, method: str, path: str, body: bytes | None = None) -> tuple[int, Any]:
    answer = service.call(method, path, body, **(JSON if body is not None else {}))
    return answer.status, answer.json


def story() -> bytes:
    return json.dumps(sample("no-pain-silent")).encode()


def test_discovery_is_served(service: Kcds) -> None:
    status, body = call(service, "GET", "/cds-services")

    assert status == 200
    assert len(body["services"]) == 3


@pytest.mark.checklist("ROB-7")
def test_patients_asked_about_at_once_are_never_mixed_up(service: Kcds) -> None:
    requests = {name: json.loads(read_sample(name, datetime.now(UTC).date())) for name in SAMPLE_NAMES}

    def answer(name: str) -> tuple[str, Any]:
        request = requests[name]
        status, body = call(service, "POST", f"/cds-services/ketamine-{request['hook']}", json.dumps(request).encode())
        return name, (status, advice_of(body["cards"]))

    one_by_one = dict(map(answer, SAMPLE_NAMES))
    with ThreadPoolExecutor(8) as threads:
        at_once = list(threads.map(answer, SAMPLE_NAMES * 10))

    speaking = [json.dumps(given) for given in one_by_one.values() if given[1]]
    assert len(set(speaking)) == len(speaking) > len(SAMPLE_NAMES) / 2
    assert [name for name, given in at_once if given != one_by_one[name]] == []


@pytest.mark.parametrize("danger", DANGEROUS)
@pytest.mark.checklist("ROB-6")
def test_a_body_that_is_meant_to_hurt_is_answered_readably_and_the_service_lives(service: Kcds, danger: str) -> None:
    make, statuses = DANGEROUS[danger]

    status, body = call(service, "POST", VIEW, make())

    assert status in statuses
    assert status == 200 or body["resourceType"] == "OperationOutcome"
    assert call(service, "POST", VIEW, story()) == (200, {"cards": []})


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        pytest.param("POST", "/cds-services/unknown", 404, id="an unknown service"),
        pytest.param("PUT", VIEW, 405, id="a wrong method"),
    ],
)
def test_a_large_body_that_nobody_reads_does_not_cost_the_answer(
    service: Kcds, method: str, path: str, expected: int
) -> None:
    status, body = call(service, method, path, b" " * 10_000_000)

    assert status == expected
    assert body["resourceType"] == "OperationOutcome"


@pytest.mark.checklist("ROB-6")
def test_a_chunked_body_that_is_too_large_is_a_413(service: Kcds) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)) as connection:
        connection.request("POST", VIEW, (b" " * 1_000_000 for _ in range(20)), JSON, encode_chunked=True)
        response = connection.getresponse()

        assert response.status == 413
        assert json.loads(response.read())["issue"][0]["code"] == "too-long"


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", id="a TLS handshake"),
        pytest.param(b"GET /cds-services\r\n\r\n", id="no version"),
        pytest.param(b"GET " + b"x" * 10_000 + b" HTTP/1.1\r\n\r\n", id="a long request line"),
        pytest.param(b"POST " + VIEW.encode() + b" HTTP/1.1\r\nContent-Length: -1\r\n\r\n", id="a negative length"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_is_not_http_is_refused_without_a_trace(service: Kcds, sent: bytes) -> None:
    answer = service.send(sent)

    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    assert b"Traceback" not in answer
    assert call(service, "GET", "/health/live") == (200, {"status": "ok"})
