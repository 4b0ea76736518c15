"""Feedback (checklist 7): what the standard's clients send, and Epic's, arrives; what is malformed does not."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from uuid import uuid4

import pytest
from answers import CRPS
from builders import Json
from running_kcds import Answer, Kcds, running_kcds
from service_builders import hook_call

SERVICE = "ketamine-patient-view"
PATH = f"/cds-services/{SERVICE}/feedback"
AT = "2026-11-21T10:05:31Z"
REASON = {"code": "d7ecf885", "system": "https://example.com/cds-hooks/override-reason-system"}
EPIC_REASON = {
    f"com.epic.cdshooks.feedback.overrideReason.{name}": value
    for name, value in {"reasonCategory": "45", "reasonDisplay": "Does not meet", "reasonTitle": "Does not"}.items()
}
CANARY = "Canaryname 1971-03-04"


@pytest.fixture(scope="module")
def service() -> Iterator[Kcds]:
    """A service that logs all it logs."""
    with running_kcds(log_level="DEBUG") as running:
        yield running


def overridden(**members: Any) -> Json:
    whole = {"card": str(uuid4()), "outcome": "overridden", "outcomeTimestamp": AT} | members
    return {name: value for name, value in whole.items() if value is not ...}


def accepted(**members: Any) -> Json:
    return overridden(outcome="accepted", acceptedSuggestions=[{"id": str(uuid4())}]) | members


def send(service: Kcds, *entries: Any) -> Answer:
    return service.call("POST", PATH, {"feedback": list(entries)})


def kept(service: Kcds, card: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(service.data / "kcds.db")) as store:
        return store.execute("SELECT outcome, reason_code FROM feedback WHERE card = ?", (card,)).fetchall()


@pytest.mark.checklist("FB-1", "FB-2")
@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        pytest.param(accepted(), ("accepted", None), id="accepted"),
        pytest.param(accepted(acceptedSuggestions=[{"id": "a"}, {"id": "b"}]), ("accepted", None), id="two accepted"),
        pytest.param(overridden(), ("overridden", None), id="without reason"),
        pytest.param(overridden(overrideReason={"reason": REASON}), ("overridden", REASON["code"]), id="a reason"),
        pytest.param(overridden(overrideReason={"userComment": "seen"}), ("overridden", None), id="a comment"),
        pytest.param(
            overridden(overrideReason={"reason": REASON | {"display": "x"}, "userComment": "seen"}),
            ("overridden", REASON["code"]),
            id="both",
        ),
        pytest.param(overridden(extension={"com.example": 1}, more=[1]), ("overridden", None), id="unknown members"),
        pytest.param(overridden(outcomeTimestamp="1985-04-12T23:20:50.52Z"), ("overridden", None), id="fractions"),
        pytest.param(overridden(outcomeTimestamp="2026-11-21T12:05:31+02:00"), ("overridden", None), id="an offset"),
    ],
)
def test_fb_1_feedback_of_the_standards_shape_is_kept(service: Kcds, entry: Json, expected: tuple[Any, ...]) -> None:
    answer = send(service, entry)

    assert answer.status == 200
    assert answer.headers["content-type"].startswith("application/json")
    assert kept(service, entry["card"]) == [expected]


@pytest.mark.checklist("FB-1")
def test_fb_1_feedback_on_a_card_that_was_shown_is_kept_under_its_uuid(service: Kcds) -> None:
    (card, *_) = service.call("POST", f"/cds-services/{SERVICE}", hook_call(conditions=[CRPS])).json["cards"]

    entry = overridden(card=card["uuid"], overrideReason={"reason": card["overrideReasons"][0]})

    assert send(service, entry).status == 200
    assert kept(service, card["uuid"]) == [("overridden", card["overrideReasons"][0]["code"])]


MALFORMED: dict[str, Any] = {
    "no card": overridden(card=...),
    "an empty card": overridden(card=""),
    "a card that is a number": overridden(card=5),
    "no outcome": overridden(outcome=...),
    "another outcome": overridden(outcome="ignored"),
    "no time": overridden(outcomeTimestamp=...),
    "a day for a time": overridden(outcomeTimestamp="2026-11-21"),
    "a time without zone": overridden(outcomeTimestamp="2026-11-21T10:05:31"),
    "a time that is none": overridden(outcomeTimestamp="2026-13-45T10:05:31Z"),
    "a time as a number": overridden(outcomeTimestamp=1700000000),
    "accepted without suggestions": overridden(outcome="accepted"),
    "accepted with null": accepted(acceptedSuggestions=None),
    "accepted with none": accepted(acceptedSuggestions=[]),
    "accepted without ids": accepted(acceptedSuggestions=[{}]),
    "accepted as texts": accepted(acceptedSuggestions=["x"]),
    "an empty override reason": overridden(overrideReason={}),
    "a reason without system": overridden(overrideReason={"reason": {"code": "x"}}),
    "a reason without code": overridden(overrideReason={"reason": {"system": "x"}}),
    "a reason that is a text": overridden(overrideReason="x"),
    "an entry that is a text": "x",
    "an entry that is null": None,
}


@pytest.mark.checklist("FB-2", "FB-3", "ROB-2")
@pytest.mark.parametrize("fault", MALFORMED)
def test_fb_3_a_malformed_entry_is_a_400_and_nothing_of_the_batch_is_kept(service: Kcds, fault: str) -> None:
    good = overridden()

    answer = send(service, good, MALFORMED[fault])

    assert answer.status == 400
    assert answer.json["resourceType"] == "OperationOutcome"
    assert answer.json["issue"][0]["expression"][0].startswith("feedback[1]")
    assert kept(service, good["card"]) == []


@pytest.mark.checklist("FB-3")
@pytest.mark.parametrize("body", [{}, {"feedback": None}, {"feedback": {}}, {"feedback": "x"}, overridden()])
def test_fb_3_a_body_without_the_array_is_a_400(service: Kcds, body: Json) -> None:
    assert service.call("POST", PATH, body).status == 400


@pytest.mark.checklist("FB-4")
@pytest.mark.parametrize(
    ("request_line", "body", "kind", "status"),
    [
        (("GET", PATH), None, "", 405),
        (("PUT", PATH), b"{}", "application/json", 405),
        (("POST", "/cds-services/nothing/feedback"), b'{"feedback": []}', "application/json", 404),
        (("POST", PATH), b'{"feedback": []}', "text/plain", 415),
        (("POST", PATH), b"{", "application/json", 400),
        (("POST", PATH), b"", "application/json", 400),
        (("POST", f"{PATH}/"), b'{"feedback": []}', "application/json", 200),
        (("POST", PATH), b'{"feedback": []}', "application/json; charset=utf-8", 200),
    ],
)
def test_fb_4_http_around_feedback_is_as_around_hook_calls(
    service: Kcds, request_line: tuple[str, str], body: bytes | None, kind: str, status: int
) -> None:
    assert service.call(*request_line, body, Content_Type=kind).status == status


@pytest.mark.checklist("FB-5")
def test_fb_5_batches_for_several_cards_and_entries_sent_again_are_kept_once_each(service: Kcds) -> None:
    entries = [overridden(), accepted(), overridden(overrideReason={"reason": REASON})]

    for _ in range(3):
        assert send(service, *entries, *entries).status == 200

    assert [len(kept(service, entry["card"])) for entry in entries] == [1, 1, 1]


@pytest.mark.checklist("FB-5")
def test_fb_5_what_happened_twice_to_one_card_is_kept_twice(service: Kcds) -> None:
    first = overridden()
    later = first | {"outcomeTimestamp": "2026-11-21T11:00:00Z", "outcome": "accepted"}
    later["acceptedSuggestions"] = [{"id": "a"}]

    assert send(service, first).status == send(service, later).status == 200
    assert len(kept(service, first["card"])) == 2


@pytest.mark.checklist("FB-7")
def test_fb_7_a_card_that_nobody_knows_is_taken(service: Kcds) -> None:
    entry = overridden()

    assert send(service, entry).status == 200
    assert kept(service, entry["card"]) == [("overridden", None)]


@pytest.mark.checklist("FB-8")
@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(overridden(overrideReasons={"reason": REASON, "userComment": "x"}), id="a plural name"),
        pytest.param(
            overridden(card="123456", overrideReasons={"extension": EPIC_REASON, "userComment": "words"}),
            id="an extension for the reason",
        ),
        pytest.param(
            overridden(card="12345^7", overrideReasons={"reason": REASON | {"system": "http: //example.org/x"}}),
            id="a system that is no URL and a card that is no UUID",
        ),
    ],
)
def test_fb_8_feedback_as_epic_sends_it_is_taken(service: Kcds, entry: Json) -> None:
    assert send(service, entry).status == 200
    assert len(kept(service, entry["card"])) == 1


@pytest.mark.checklist("FB-9")
def test_fb_9_comments_are_bounded_and_neither_kept_nor_logged_by_default(service: Kcds) -> None:
    entry = overridden(overrideReason={"userComment": f"{CANARY} " * 5_000})

    assert send(service, entry).status == 200
    files = [path for path in service.data.rglob("*") if path.is_file()]
    assert [path.name for path in files if CANARY.encode() in path.read_bytes()] == []
    assert service.data.joinpath("said") in files
