"""`kcds serve` with the demo: a record that is uploaded leaves no trace on this machine."""

import json
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path

import pytest
from builders import condition
from demo_pages import BOUNDARY, form
from running_kcds import HARMFUL, Answer, Kcds, running_kcds
from service_builders import hook_call

MARKER = b"Zebrafinch"
FORM = {"Content_Type": f"multipart/form-data; boundary={BOUNDARY}", "Accept": "text/html"}


@pytest.fixture(scope="module")
def service() -> Iterator[Kcds]:
    with running_kcds(log_level="DEBUG") as running:
        yield running


def marked(length: int = 0) -> bytes:
    """A request whose patient, problem and ids hold the marker."""
    name = MARKER.decode()
    request = hook_call(conditions=[condition("G90.50", id=name, code={"text": name})])
    request["prefetch"]["patient"]["name"] = [{"family": name}]
    return json.dumps(request).encode().replace(b"pat-1", MARKER).ljust(length)


def sent(service: Kcds, record: bytes, **fields: str) -> Answer:
    return service.call("POST", "/demo/upload", form(record, **fields), **FORM)


def files_with_the_marker(service: Kcds) -> list[Path]:
    """Of all that the service writes: its store, its log, its temporary files, also those without a name any more."""
    written = [path for path in service.data.rglob("*") if path.is_file()]
    opened = [path for worker in service.workers() for path in Path(f"/proc/{worker}/fd").iterdir() if path.is_file()]
    return [path for path in [*written, *opened] if MARKER in path.read_bytes()]


def test_the_search_finds_what_is_written(service: Kcds) -> None:
    trace = service.data / "trace"
    trace.write_bytes(b"..." + MARKER)

    assert files_with_the_marker(service) == [trace]
    trace.unlink()


@pytest.mark.parametrize("show", ["cards", "review"])
@pytest.mark.parametrize("length", [0, 2_000_000], ids=["small", "of 2 MB"])
def test_nothing_of_an_upload_is_left_in_store_log_or_temporary_files(service: Kcds, show: str, length: int) -> None:
    answer = sent(service, marked(length), show=show)

    assert answer.status == 200
    assert MARKER in answer.body
    assert answer.headers["cache-control"] == "no-store"
    assert files_with_the_marker(service) == []
    assert MARKER not in service.call("GET", "/metrics").body


def test_nothing_of_an_upload_that_is_refused_is_left_either(service: Kcds) -> None:
    answers = [sent(service, MARKER), sent(service, marked(17_000_000)), sent(service, marked(), hook=MARKER.decode())]

    assert [answer.status for answer in answers] == [400, 413, 400]
    assert [MARKER in answer.body for answer in answers] == [False, False, False]
    assert files_with_the_marker(service) == []


def test_an_upload_that_ended_two_workers_is_not_judged_a_third_time() -> None:
    request = hook_call()
    request["context"]["userId"] = "Practitioner/crash"

    with running_kcds(program=HARMFUL) as harmed:
        answers = [status_of(harmed, json.dumps(request).encode()) for _ in range(3)]
        other = status_of(harmed, json.dumps(hook_call()).encode())

    assert answers == [502, 502, 500]
    assert other == 200


def status_of(service: Kcds, record: bytes) -> int:
    """The status of an upload; 502, as a proxy would say, where the connection ended without an answer."""
    try:
        return sent(service, record).status
    except (OSError, HTTPException):
        return 502


def test_the_first_page_leads_to_the_stories(service: Kcds) -> None:
    first = service.call("GET", "/")

    assert (first.status, first.headers["location"]) == (302, "/demo")
    assert b"Demo: without an EHR" in service.call("GET", "/demo").body
    assert f"open {service.url}/ in a browser" in service.said()
