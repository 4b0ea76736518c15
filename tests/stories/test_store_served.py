"""The store under `kcds serve` with four workers: killed workers, a locked database, what the files hold afterwards."""

import os
import random
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from builders import Json, condition, medication_request, patient
from running_kcds import Answer, Kcds, running_kcds
from service_builders import order_call
from store_builders import eventually

SIGN = "/cds-services/ketamine-order-sign"
CLIENTS, KILLS = 4, 6
CANARIES = ("pat-canary-17", "Canaryname", "1971-03-04", "prac-canary", "canary remark", "cond-canary", "canary-bearer")


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the service keeps things."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def kcds(directory: Path) -> Iterator[Kcds]:
    """A service of four workers that remembers what was dismissed."""
    settings = {"data_dir": str(directory), "alert_fatigue": "on"}
    with running_kcds(workers=4, **settings) as service:
        yield service


def entry(card: str, comment: str | None = None) -> Json:
    why = {"reason": {"code": "patient-declined", "system": "urn:x"}, "userComment": comment}
    return {
        "card": card,
        "outcome": "overridden",
        "outcomeTimestamp": "2026-11-20T12:00:00Z",
        "overrideReason": {name: value for name, value in why.items() if value},
    }


def ask(directory: Path, question: str) -> list[str]:
    with closing(sqlite3.connect(directory / "kcds.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [answer for (answer,) in connection.execute(question)]


def tell(kcds: Kcds, card: str) -> None:
    """Send feedback until it is acknowledged, as clients do: the same entry, however often."""
    while True:
        try:
            if kcds.call("POST", f"{SIGN}/feedback", {"feedback": [entry(card)]}).status == 200:
                return
        except OSError:
            continue


def test_the_process_that_forks_the_workers_has_no_other_thread(kcds: Kcds) -> None:
    assert len(list(Path(f"/proc/{kcds.process.pid}/task").iterdir())) == 1


def test_of_feedback_to_workers_that_are_killed_nothing_acknowledged_is_lost_or_doubled(
    kcds: Kcds, directory: Path
) -> None:
    acknowledged: list[str] = []
    done = threading.Event()

    def send() -> None:
        while not done.is_set():
            card = str(uuid4())
            tell(kcds, card)
            acknowledged.append(card)

    clients = [threading.Thread(target=send) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for _ in range(KILLS):
        seen = len(acknowledged)
        eventually(lambda seen=seen: len(acknowledged) > seen + 10, seconds=20)
        os.kill(random.choice(eventually(kcds.workers)), signal.SIGKILL)  # noqa: S311
    done.set()
    for client in clients:
        client.join(30)

    stored = ask(directory, "SELECT card FROM feedback")
    assert sorted(stored) == sorted(acknowledged)


def answer_without_store(kcds: Kcds) -> Answer | None:
    """The answer of readiness once it says that the store is away: for two seconds it holds what it has seen."""
    answer = kcds.call("GET", "/health/ready")
    return answer if answer.json["store"] == "unavailable" else None


def test_a_database_that_another_program_holds_costs_no_advice_and_no_time(kcds: Kcds, directory: Path) -> None:
    call = order_call(medication_request("238082"), conditions=[condition("F20.9")])
    locks = [sqlite3.connect(directory / name, isolation_level=None) for name in ("kcds.db", "kcds-short.db")]
    for lock in locks:
        lock.execute("BEGIN EXCLUSIVE")
    try:
        started = time.monotonic()
        advice = kcds.call("POST", SIGN, call)
        answered = time.monotonic() - started
        refused = kcds.call("POST", f"{SIGN}/feedback", {"feedback": [entry("locked")]})
        ready = eventually(lambda: answer_without_store(kcds))
    finally:
        for lock in locks:
            lock.close()

    assert (advice.status, bool(advice.json["cards"])) == (200, True)
    assert answered < 4
    assert (refused.status, refused.json["issue"][0]["code"]) == (503, "transient")
    assert ready.status == 200
    uuids = {card["uuid"] for card in advice.json["cards"]}
    assert eventually(lambda: uuids <= set(ask(directory, "SELECT uuid FROM card")))


def test_no_file_of_the_store_holds_anything_of_the_patient(kcds: Kcds, directory: Path) -> None:
    person = patient(id="pat-canary-17", birthDate="1971-03-04", name=[{"family": "Canaryname"}])
    mine = {"subject": {"reference": "Patient/pat-canary-17"}}
    call = order_call(
        medication_request("238082", **mine),
        patient=[person],
        conditions=[condition("F20.9", id="cond-canary", note=[{"text": "canary remark"}], **mine)],
    )
    call["context"] |= {"patientId": "pat-canary-17", "userId": "Practitioner/prac-canary"}
    call["fhirServer"] = "https://canaryname.example/fhir"
    call["fhirAuthorization"] = {
        "access_token": "canary-bearer",
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "user/*.read",
        "subject": "kcds",
    }

    answer = kcds.call("POST", SIGN, call)
    cards = [card["uuid"] for card in answer.json["cards"]]
    told = kcds.call("POST", f"{SIGN}/feedback", {"feedback": [entry(cards[0], comment="canary remark")]})

    assert told.status == 200
    assert eventually(lambda: set(cards) <= set(ask(directory, "SELECT uuid FROM card")))
    files = {path.name: path.read_bytes().lower() for path in directory.rglob("*") if path.is_file()}
    assert {"kcds.db", "kcds-short.db", "secret.key"} <= files.keys()
    assert [(name, canary) for name in files for canary in CANARIES if canary.lower().encode() in files[name]] == []


def test_calls_that_are_still_in_memory_are_written_when_the_service_is_stopped(tmp_path: Path) -> None:
    call = order_call(medication_request("238082"), conditions=[condition("F20.9")])
    with running_kcds(workers=1, data_dir=str(tmp_path)) as service:
        lock = sqlite3.connect(tmp_path / "kcds.db", isolation_level=None, check_same_thread=False)
        lock.execute("BEGIN EXCLUSIVE")
        cards = {card["uuid"] for _ in range(5) for card in service.call("POST", SIGN, call).json["cards"]}
        threading.Timer(0.3, lock.close).start()

    assert cards
    assert set(ask(tmp_path, "SELECT uuid FROM card")) == cards
