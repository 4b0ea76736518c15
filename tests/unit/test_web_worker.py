"""The worker and the log of the production server: what gunicorn would quote is said without quoting."""

import json
import socket
from contextlib import closing
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http import errors
from gunicorn.workers.sync import SyncWorker
from service_builders import logs

from kcds.web.metrics import Metrics
from kcds.web.worker import ServerLog, Worker

CANARY = "canary"
UNREADABLE: list[tuple[BaseException, int]] = [
    (errors.InvalidRequestLine(CANARY), 400),
    (errors.InvalidRequestMethod(CANARY), 400),
    (errors.InvalidHTTPVersion(CANARY), 400),
    (errors.InvalidHeader(CANARY), 400),
    (errors.InvalidHeaderName(CANARY), 400),
    (errors.ObsoleteFolding(CANARY), 400),
    (errors.InvalidChunkSize(CANARY), 400),
    (errors.LimitRequestLine(9, 5), 414),
    (errors.LimitRequestHeaders(CANARY), 431),
    (errors.ExpectationFailed(CANARY), 417),
    (errors.UnsupportedTransferCoding(CANARY), 501),
    (ValueError(CANARY), 500),
    (SystemExit(1), 500),
]


def answer_to(error: BaseException, metrics: Metrics) -> bytes:
    """What a worker sends when this happens."""
    worker: Any = object.__new__(Worker)
    worker.app = SimpleNamespace(parts=SimpleNamespace(metrics=metrics))
    ours, theirs = socket.socketpair()
    with closing(theirs):
        with closing(ours):
            worker.handle_error(None, ours, (CANARY, 1), error)
        return b"".join(iter(lambda: theirs.recv(65536), b""))


@pytest.mark.parametrize(("error", "status"), UNREADABLE, ids=lambda one: type(one).__name__)
def test_what_cannot_be_read_gets_an_operation_outcome_that_quotes_nothing(error: BaseException, status: int) -> None:
    metrics = Metrics()

    with logs("DEBUG") as logged:
        head, _, body = answer_to(error, metrics).partition(b"\r\n\r\n")

    line = json.loads(logged.getvalue())
    counted = metrics.text().decode()
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"Content-Length: %d" % len(body) in head
    assert json.loads(body)["resourceType"] == "OperationOutcome"
    assert line["level"] == ("error" if status == 500 else "info")
    assert CANARY not in (head + body).decode() + logged.getvalue() + counted
    name = "kcds_evaluation_errors_total" if status == 500 else f'kcds_refused_total{{status="{status}"}}'
    assert f"{name} 1.0" in counted


def test_a_client_that_is_gone_already_is_no_error() -> None:
    worker: Any = object.__new__(Worker)
    worker.app = SimpleNamespace(parts=SimpleNamespace(metrics=Metrics()))
    closed = socket.socket()
    closed.close()

    with logs() as logged:
        worker.handle_error(None, closed, None, errors.InvalidHeader(CANARY))

    assert json.loads(logged.getvalue())["event"] == "call refused"


def test_a_worker_gets_ready_for_the_next_call_when_this_one_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    worker: Any = object.__new__(Worker)
    worker.nr = 1
    worker.app = SimpleNamespace(get_ready=lambda: done.append("ready"))
    worker._partings = SimpleNamespace(add=lambda connection: connection.close())
    monkeypatch.setattr(SyncWorker, "handle", lambda *_: done.append("answered"))
    monkeypatch.setattr("kcds.web.worker.note_arrival", lambda _: None)  # it would be that of all later tests' calls
    client, other = socket.socketpair()

    with closing(other):
        worker.handle(None, client, None)

    assert done == ["answered", "ready"]


def said_of(error: BaseException) -> dict[str, Any]:
    """The line about an exception that the server logs."""
    with logs("DEBUG") as logged:
        server_log = ServerLog(Config())
        try:
            raise error
        except type(error):
            server_log.exception("Error of %s", "the server")
    line: dict[str, Any] = json.loads(logged.getvalue())
    return line


def test_of_an_exception_the_server_says_kind_and_place_only() -> None:
    line = said_of(ValueError(CANARY))

    assert (line["level"], line["event"], line["kind"]) == ("error", "Error of the server", "ValueError")
    assert line["where"].startswith("said_of:")
    assert CANARY not in str(line)


def test_a_client_that_falls_silent_is_no_error_of_the_server() -> None:
    assert said_of(TimeoutError(CANARY)).items() >= {"level": "info", "event": "a client fell silent"}.items()


@pytest.mark.parametrize(("level", "count"), [("debug", 0), ("info", 0), ("warning", 1), ("error", 1), ("critical", 1)])
def test_the_server_is_heard_from_warnings_upwards_and_keeps_no_access_log(level: str, count: int) -> None:
    with logs("DEBUG") as logged:
        server_log = ServerLog(Config())
        getattr(server_log, level)("A worker (pid:%s) was sent SIGKILL!", 7)
        server_log.access(None, None, {"RAW_URI": CANARY}, None)

    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    assert [(line["level"], line["event"]) for line in lines] == [(level, "A worker (pid:7) was sent SIGKILL!")] * count
