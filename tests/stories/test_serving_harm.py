"""Crashes, endless loops and overload of the server itself: real ones. Each costs the calls that it must, no other."""

import http.client
import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from builders import Json
from running_kcds import HARMFUL, Kcds, running_kcds
from service_builders import INSTANCE, hook_call
from store_builders import eventually

VIEW = "/cds-services/ketamine-patient-view"
WORKERS = 2
FEEDBACK = {"feedback": [{"card": INSTANCE, "outcome": "overridden", "outcomeTimestamp": "2026-11-21T12:00:00Z"}]}
DEATHS, REFUSED = "kcds_worker_deaths_total", "kcds_repeated_crash_refusals_total"


@pytest.fixture(scope="module")
def service() -> Iterator[Kcds]:
    with running_kcds(workers=WORKERS, program=HARMFUL, log_level="INFO", log_format="json") as running:
        yield running


def call_of(user: str) -> Json:
    """A call as a client makes it: with a new hookInstance and a new token each time."""
    token = {"access_token": str(uuid4()), "token_type": "Bearer", "expires_in": 300, "scope": "x", "subject": "x"}
    request = hook_call() | {"hookInstance": str(uuid4()), "fhirServer": "https://ehr.example.org"}
    request["fhirAuthorization"] = token
    request["context"] = request["context"] | {"userId": f"Practitioner/{user}"}
    return request


def ask(service: Kcds, user: str) -> int | None:
    """The status of the answer; None where the connection ended without one."""
    try:
        return service.call("POST", VIEW, call_of(user)).status
    except (OSError, http.client.HTTPException):
        return None


def counted(service: Kcds, name: str) -> float:
    lines = service.call("GET", "/metrics").body.decode().splitlines()
    (line,) = [line for line in lines if line.startswith(f"{name} ")]
    return float(line.rpartition(" ")[2])


def begun(service: Kcds) -> int:
    """How many slow calls are, or were, in the hands of a worker."""
    return service.said().count("a slow call has begun")


def test_a_crash_costs_one_call_and_the_same_body_is_not_judged_a_third_time(service: Kcds) -> None:
    deaths, refused = counted(service, DEATHS), counted(service, REFUSED)
    with ThreadPoolExecutor(4) as others:
        answered = [others.submit(ask, service, f"p{number}") for number in range(20)]
        crashed = [ask(service, "crash") for _ in range(2)]
        statuses = [one.result() for one in answered]
    eventually(lambda: len(service.workers()) == WORKERS and counted(service, DEATHS) == deaths + 2)

    third = service.call("POST", VIEW, call_of("crash"))

    assert (crashed, statuses) == ([None, None], [200] * 20)
    assert third.status == 500
    assert third.json["issue"][0]["code"] == "exception"
    assert third.json["issue"][0]["diagnostics"].startswith("no advice can be given")
    assert counted(service, REFUSED) == refused + 1
    assert counted(service, DEATHS) == deaths + 2
    said = [json.loads(line) for line in service.said().splitlines() if line.startswith("{")]
    assert [line["event"] for line in said if line["level"] == "error"].count("a worker died") == deaths + 2
    assert "Practitioner" not in service.said()
    assert ask(service, "well") == 200


def test_a_body_that_never_comes_to_an_end_counts_as_a_crash(service: Kcds) -> None:
    before, refused = counted(service, DEATHS), counted(service, REFUSED)
    with ThreadPoolExecutor(WORKERS) as both:
        ended = list(both.map(lambda _: ask(service, "endless"), range(2)))
    eventually(lambda: counted(service, DEATHS) == before + 2)

    assert ended == [500, 500]
    assert ask(service, "endless") == 500
    assert counted(service, REFUSED) == refused + 1
    assert counted(service, DEATHS) == before + 2


def test_a_body_is_not_at_fault_where_somebody_kills_its_worker(service: Kcds) -> None:
    for _ in range(3):
        before = begun(service)
        with ThreadPoolExecutor(WORKERS) as both:
            cut = [both.submit(ask, service, "slow") for _ in range(WORKERS)]
            eventually(lambda: begun(service) == before + WORKERS)  # noqa: B023 - called at once
            for worker in service.workers():
                os.kill(worker, signal.SIGKILL)
        assert [one.result() for one in cut] == [None] * WORKERS
        eventually(lambda: ask(service, "well") == 200)

    assert ask(service, "slow") == 200


def test_a_worker_whose_engines_go_wrong_too_often_ends_in_order(service: Kcds) -> None:
    before, deaths = service.workers(), counted(service, DEATHS)

    ended = [ask(service, "differ") for _ in range(5)]
    eventually(lambda: set(service.workers()) != set(before) and len(service.workers()) == WORKERS)

    assert ended == [500] * 5
    assert ask(service, "well") == 200
    assert counted(service, DEATHS) == deaths
    assert counted(service, "kcds_engine_disagreements_total") == 5
    assert "its rules engines went wrong too often" in service.said()


def test_what_waited_too_long_is_refused_readably_while_all_else_is_answered(service: Kcds) -> None:
    large = hook_call() | {"extension": {"filling": "x" * 10_000_000}}
    before = begun(service)

    with ThreadPoolExecutor(10) as clients:
        for _ in range(WORKERS):
            clients.submit(ask, service, "slow")
        eventually(lambda: begun(service) == before + WORKERS)
        waiting = [clients.submit(service.call, "POST", VIEW, body) for body in (hook_call(), hook_call(), large)]
        feedback = clients.submit(service.call, "POST", f"{VIEW}/feedback", FEEDBACK)
        looks = [clients.submit(service.call, "GET", path) for path in ("/cds-services", "/health/ready")]
        refused = [one.result() for one in waiting]

    for answer in refused:
        assert answer.status == 503
        assert answer.headers["retry-after"] == "2"
        assert answer.headers["content-type"] == "application/fhir+json"
        assert answer.json["issue"][0]["code"] == "throttled"
    assert feedback.result().json == {"received": 1}
    assert [look.result().status for look in looks] == [200, 200]
    assert counted(service, "kcds_overload_refusals_total") == 3
    assert 'kcds_refused_total{status="503"} 3.0' in service.call("GET", "/metrics").body.decode()
    assert service.said().count('"why": "overload"') == 3
    assert service.call("POST", VIEW, hook_call()).status == 200
