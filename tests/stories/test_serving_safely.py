"""The production server against careless and hostile callers, and what it leaves in logs, counts and files."""

import http.client
import json
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from functools import partial
from pathlib import Path

import pytest
from running_kcds import Kcds, running_kcds
from service_builders import INSTANCE, hook_call, sample
from smuggled_http import SMUGGLED, VIEW, request_of

CANARY = "canary"
BODY = json.dumps(hook_call()).encode()


@pytest.fixture(scope="module")
def service() -> Iterator[Kcds]:
    with running_kcds(workers=2, log_level="DEBUG", log_format="json") as running:
        yield running


@pytest.mark.parametrize("trick", SMUGGLED)
def test_http_that_could_be_read_in_two_ways_is_refused_once_and_quoted_nowhere(service: Kcds, trick: str) -> None:
    answer = service.send(SMUGGLED[trick])

    assert re.match(rb"HTTP/1\.1 [45]\d\d ", answer), answer
    assert not answer.startswith(b"HTTP/1.1 500")
    assert answer.count(b"HTTP/1.1") == 1
    assert CANARY not in answer.decode().lower()
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["resourceType"] == "OperationOutcome"
    assert service.call("GET", "/health/live").status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Script_Name": "/cds-services", "Path_Info": "/metrics"},
        {"SCRIPT_NAME": "/cds-services"},
        {"X-Forwarded-For": "10.0.0.1", "X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "on"},
        {"X-Forwarded-Protocol": "ssl", "Forwarded": "proto=https;for=canary"},
    ],
)
def test_no_header_that_a_proxy_might_send_changes_path_or_scheme(service: Kcds, headers: dict[str, str]) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())

    answer = service.send(f"GET /health/live HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode())

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b'{"status":"ok"}')


def test_the_banner_tells_no_version(service: Kcds) -> None:
    headers = service.call("GET", "/cds-services").headers

    assert headers["server"] == "gunicorn"
    assert not any(char.isdigit() for char in headers["server"])


@pytest.mark.parametrize(
    "begun",
    [
        pytest.param(request_of()[:-2], id="headers"),
        pytest.param(request_of(b"Content-Length: 5000", body=b'{"hook":'), id="a body"),
    ],
)
def test_a_client_that_falls_silent_is_let_go_and_costs_no_worker(service: Kcds, begun: bytes) -> None:
    before = service.workers()

    started = time.monotonic()
    answer = service.send(begun, then_end=False)

    assert time.monotonic() - started < 15
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    assert service.workers() == before
    assert service.call("GET", "/health/live").status == 200


@pytest.mark.parametrize(
    "begun", [request_of()[:-2], request_of(b"Content-Length: 5000", body=b'{"hook":"')], ids=["headers", "body"]
)
def test_a_client_that_sends_byte_by_byte_is_let_go_and_costs_no_worker(service: Kcds, begun: bytes) -> None:
    before = service.workers()

    with closing(socket.create_connection(("127.0.0.1", service.port), timeout=20)) as connection:
        connection.sendall(begun)
        with suppress(BrokenPipeError, ConnectionResetError):
            for _ in range(30):
                connection.sendall(b"x")
                time.sleep(0.3)
            raise AssertionError("still listened to after 9 seconds")

    assert service.workers() == before


def canaries() -> dict[str, Callable[[Kcds], int]]:
    """Calls with a canary wherever a caller can put one, each with the status that it gets."""
    token = {"Authorization": "Bearer canary.canary.canary", "Cookie": "canary=1", "User_Agent": CANARY}
    named = hook_call() | {"extension": {CANARY: CANARY}, CANARY: CANARY}
    return {
        "query and headers": lambda to: to.call("POST", f"{VIEW}?patient={CANARY}", named, **token).status,
        "path": lambda to: to.call("POST", f"/cds-services/{CANARY}", named).status,
        "below the path": lambda to: to.call("GET", f"/{CANARY}/Patient?name={CANARY}").status,
        "method": lambda to: to.call("CANARY", VIEW).status,
        "content type": lambda to: to.call("POST", VIEW, BODY, Content_Type=f"text/{CANARY}").status,
        "JSON that is none": lambda to: to.call("POST", VIEW, b'{"canary', Content_Type="application/json").status,
        "ids": lambda to: to.call("POST", VIEW, named | {"hookInstance": CANARY}).status,
        "a patient": lambda to: (
            to.call("POST", VIEW, named | {"context": {"userId": "Practitioner/canary", "patientId": CANARY}}).status
        ),
        "a token for a server": lambda to: (
            to.call(
                "POST",
                VIEW,
                named
                | {
                    "fhirServer": "https://canary.example.org",
                    "fhirAuthorization": {
                        "access_token": CANARY,
                        "token_type": "Bearer",
                        "expires_in": 300,
                        "scope": CANARY,
                        "subject": CANARY,
                    },
                },
            ).status
        ),
        "feedback": lambda to: (
            to.call(
                "POST",
                VIEW + "/feedback",
                {
                    "feedback": [
                        {
                            "card": INSTANCE,
                            "outcome": "overridden",
                            "outcomeTimestamp": "2026-11-21T12:00:00Z",
                            "overrideReason": {"userComment": CANARY},
                        }
                    ]
                },
            ).status
        ),
    }


@pytest.mark.checklist("FHIR-3", "JWT-9")
def test_nothing_that_a_caller_sends_is_left_in_logs_counts_or_files(service: Kcds) -> None:
    statuses = {name: call(service) for name, call in canaries().items()}
    service.call("POST", "/cds-services/ketamine-order-sign", sample("opioid-use-disorder-drafted"))

    counts = service.call("GET", "/metrics").body.decode()
    files = [path for path in service.data.rglob("*") if path.is_file()]
    assert statuses == {
        "query and headers": 200,
        "path": 404,
        "below the path": 404,
        "method": 405,
        "content type": 415,
        "JSON that is none": 400,
        "ids": 400,
        "a patient": 400,
        "a token for a server": 200,
        "feedback": 200,
    }
    assert INSTANCE in service.said()
    assert any(path.name.endswith(".db") for path in files)
    assert CANARY not in (service.said() + counts).lower()
    assert [path.name for path in files if CANARY.encode() in path.read_bytes().lower()] == []


def test_every_line_of_the_log_is_one_json_object_with_a_level(service: Kcds) -> None:
    service.call("GET", "/nowhere")

    lines = [json.loads(line) for line in service.said().splitlines() if not line.startswith("kcds")]

    assert len(lines) > 10
    assert all({"level", "event", "timestamp"} <= line.keys() for line in lines)
    refused = [line for line in lines if line["event"] == "call refused" and "request" in line]
    assert all(line["status"] >= 400 for line in refused)
    assert refused[-1]["milliseconds"] >= 0


def counted(service: Kcds, name: str) -> float:
    """The sum over all labels."""
    lines = service.call("GET", "/metrics").body.decode().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if re.match(rf"{name}[{{ ]", line))


def test_counts_are_those_of_all_processes_and_outlive_a_worker() -> None:
    with running_kcds(workers=2) as service:
        for _ in range(20):
            service.call("GET", "/cds-services")
        before = service.workers()
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: len(set(service.workers()) - set(before)) == 2)
        for _ in range(10):
            service.call("GET", "/cds-services")

        assert counted(service, "kcds_calls_total") == 30
        assert counted(service, "kcds_worker_deaths_total") == 2
        assert counted(service, "kcds_info") == 1
        assert service.said().count("a worker died") == 2
        directory = counts_of(service.workers()[0])
        assert directory.stat().st_mode & 0o777 == 0o700
        assert len(list(directory.glob("counter_*.db"))) <= 3
        service.process.send_signal(signal.SIGTERM)
        service.process.wait(30)
        assert not directory.exists()


def counts_of(worker: int) -> Path:
    """The directory in which this process counts."""
    mapped = re.search(r"(/\S*/kcds-metrics-[^/]+)/", Path(f"/proc/{worker}/maps").read_text(encoding="utf-8"))
    assert mapped
    return Path(mapped[1])


def wait_for(done: Callable[[], bool]) -> None:
    for _ in range(200):
        if done():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen in 10 seconds")


def test_a_request_that_takes_too_long_gets_a_readable_500_and_the_worker_is_replaced() -> None:
    with running_kcds(workers=1, log_level="INFO", log_format="json") as service:
        (before,) = service.workers()
        with closing(socket.create_connection(("127.0.0.1", service.port), timeout=20)) as connection:
            connection.sendall(request_of(b"Content-Length: 5000", body=b'{"hook":"canary"'))
            time.sleep(0.5)
            os.kill(before, signal.SIGABRT)  # as the master does after its time limit
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        wait_for(lambda: service.workers() not in ([], [before]))

        status = service.call("GET", "/health/ready").status
        deaths = counted(service, "kcds_worker_deaths_total")

        assert answer.startswith(b"HTTP/1.1 500 ")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["issue"][0]["code"] == "exception"
        assert (status, deaths, counted(service, "kcds_evaluation_errors_total")) == (200, 1, 1)
        assert "Traceback" not in service.said()
        assert CANARY not in service.said()


def test_a_body_that_is_shorter_than_it_said_is_refused_even_if_the_part_is_whole_json(service: Kcds) -> None:
    answer = service.send(request_of(b"Content-Length: %d" % (len(BODY) + 100), body=BODY))

    assert answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_stopping_lets_the_running_call_end_and_is_no_death(sign: signal.Signals) -> None:
    with running_kcds(workers=1, log_format="json") as service:
        (worker,) = service.workers()
        with closing(socket.create_connection(("127.0.0.1", service.port), timeout=20)) as connection:
            connection.sendall(request_of(b"Content-Length: %d" % len(BODY), body=BODY[:10]))
            time.sleep(0.3)
            os.kill(worker, sign)  # Ctrl-C reaches the workers first
            os.kill(service.process.pid, sign)
            time.sleep(0.3)
            connection.sendall(BODY[10:])
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        service.process.wait(20)

        assert answer.startswith(b"HTTP/1.1 200 ")
        assert "a worker died" not in service.said()


def test_workers_that_are_asked_to_end_while_they_begin_do_so() -> None:
    with running_kcds(workers=4, log_format="json") as service:  # one of them is ready
        service.process.send_signal(signal.SIGTERM)

        assert service.process.wait(15) == 0  # after 20 seconds those that have not heard are killed
        assert "a worker died" not in service.said()


def test_workers_whose_master_is_gone_end_though_there_is_always_a_next_call() -> None:
    with running_kcds(workers=1) as service:
        os.kill(service.process.pid, signal.SIGKILL)
        service.process.wait(10)
        ends = time.monotonic() + 8

        def is_gone_for(_caller: int) -> bool:
            while time.monotonic() < ends:
                try:
                    service.call("GET", "/cds-services")
                except ConnectionRefusedError:
                    return True
                except (OSError, http.client.HTTPException):
                    continue
            return False

        with ThreadPoolExecutor(6) as callers:
            gone = list(callers.map(is_gone_for, range(6)))

        assert gone == [True] * 6


def test_the_deadline_and_the_time_of_a_call_begin_when_it_arrives_and_not_when_a_worker_is_free() -> None:
    with running_kcds(workers=1, log_level="INFO", log_format="json", deadline="8") as service:
        with closing(socket.create_connection(("127.0.0.1", service.port), timeout=20)) as slow:
            slow.sendall(request_of()[:-2])  # keeps the worker
            time.sleep(0.3)
            threading.Timer(1, lambda: slow.shutdown(socket.SHUT_RDWR)).start()
            service.call("POST", VIEW, BODY, Content_Type="application/json")

        (line,) = [json.loads(line) for line in service.said().splitlines() if '"hook call"' in line]
        assert 500 < line["milliseconds"] < 10_000


def test_what_was_answered_is_in_the_store_when_the_service_has_ended() -> None:
    with running_kcds(workers=1) as service:
        answer = service.call("POST", "/cds-services/ketamine-order-sign", sample("opioid-use-disorder-drafted"))
        service.process.send_signal(signal.SIGTERM)
        service.process.wait(30)

        status = service.command("store", "status")

    assert answer.status == 200
    assert service.process.returncode == 0
    assert "call: 1 rows" in status


def test_a_client_that_has_its_answer_and_does_not_go_keeps_no_worker_and_is_let_go() -> None:
    with running_kcds(workers=1) as service, ExitStack() as connections:
        (worker,) = service.workers()
        held = len(list(Path(f"/proc/{worker}/fd").iterdir()))
        started = time.monotonic()
        for _ in range(5):
            client = connections.enter_context(closing(socket.create_connection(("127.0.0.1", service.port))))
            client.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"".join(iter(partial(client.recv, 65536), b"")).endswith(b'{"status":"ok"}')

        assert time.monotonic() - started < 5
        wait_for(lambda: len(list(Path(f"/proc/{worker}/fd").iterdir())) <= held)


def test_a_connection_that_is_opened_and_left_alone_does_not_stop_the_service(service: Kcds) -> None:
    with closing(socket.create_connection(("127.0.0.1", service.port))):
        answer = service.call("GET", "/health/live")

    assert answer.status == 200
