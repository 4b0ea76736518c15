"""Feedback over HTTP: acknowledged when it is kept, refused as a whole where an entry is wrong, never in the logs."""

from datetime import UTC, datetime
from typing import Any

import pytest
from builders import Json
from fake_store import MemoryStore
from flask.testing import FlaskClient
from service_builders import NOON, assert_readable, logs, make_client
from ward import ByName
from werkzeug.test import TestResponse

from kcds.auth.identity import Client
from kcds.cds_hooks.services import SERVICES
from kcds.errors import UnauthorizedError
from kcds.outbound.deadline import Deadline

CARD = "f6b95768-b1c8-40dc-8385-bf3504b82ffb"
COMMENT = "canary remark on Canaryname"


def entry(**members: Any) -> Json:
    why = {
        "reason": {"code": "canary-code", "system": "urn:canary-system", "display": "canary display"},
        "userComment": COMMENT,
    }
    usual = {"card": CARD, "outcome": "overridden", "outcomeTimestamp": "2026-11-21T12:00:00Z", "overrideReason": why}
    return usual | members


def send(client: FlaskClient, *entries: object, service: str = "ketamine-order-sign", **headers: str) -> TestResponse:
    return client.post(f"/cds-services/{service}/feedback", json={"feedback": list(entries)}, headers=headers)


@pytest.mark.checklist("FB-1")
@pytest.mark.parametrize("service", SERVICES)
def test_feedback_on_every_service_is_kept(service: str) -> None:
    store = MemoryStore()

    response = send(make_client(store=store), entry(), service=service)

    assert (response.status_code, response.get_json()) == (200, {"received": 1})
    (kept,) = store.feedback
    assert (kept.service, kept.card, kept.outcome, kept.client) == (service, CARD, "overridden", "local")
    assert (kept.outcome_at, kept.received_at) == (datetime(2026, 11, 21, 12, tzinfo=UTC), NOON)
    assert (kept.reason_code, kept.reason_system) == ("canary-code", "urn:canary-system")


def test_a_batch_about_cards_of_several_calls_is_kept_as_a_whole() -> None:
    store = MemoryStore()
    taken = {"outcome": "accepted", "acceptedSuggestions": [{"id": "e56e1945-20b3-4393-8503-a1a20fd73152"}]}

    response = send(make_client(store=store), entry(), entry(card="123456"), entry(**taken))

    assert response.get_json() == {"received": 3}
    assert [(kept.card, kept.outcome) for kept in store.feedback] == [
        (CARD, "overridden"),
        ("123456", "overridden"),
        (CARD, "accepted"),
    ]


@pytest.mark.checklist("FB-5")
def test_what_is_sent_again_is_acknowledged_again_and_kept_once() -> None:
    store = MemoryStore()
    client = make_client(store=store)

    statuses = [send(client, entry(), entry(card="2")).status_code for _ in range(3)]

    assert statuses == [200, 200, 200]
    assert len(store.feedback) == 2


@pytest.mark.checklist("FB-7")
def test_feedback_on_a_card_that_nobody_knows_is_acknowledged() -> None:
    assert send(make_client(), entry(card="never seen")).status_code == 200


@pytest.mark.checklist("FB-3")
def test_nothing_of_a_batch_is_kept_where_one_entry_is_malformed() -> None:
    store = MemoryStore()

    response = send(make_client(store=store), entry(), entry(outcomeTimestamp="yesterday"), entry())

    assert response.status_code == 400
    assert_readable(response)
    assert response.get_json(force=True)["issue"][0]["expression"] == ["feedback[1].outcomeTimestamp"]
    assert store.feedback == []


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b'"feedback"', b'{"feedback": 1}', b'{"feedback": [1]}'])
def test_a_body_that_is_no_feedback_is_refused(body: bytes) -> None:
    response = make_client().post(
        "/cds-services/ketamine-order-sign/feedback", data=body, content_type="application/json"
    )

    assert response.status_code == 400
    assert_readable(response)


def test_feedback_on_a_service_that_there_is_not_is_not_found() -> None:
    response = send(make_client(), entry(), service="ketamine-appointment-book")

    assert response.status_code == 404
    assert_readable(response)


@pytest.mark.checklist("FB-4")
def test_feedback_is_posted() -> None:
    response = make_client().get("/cds-services/ketamine-order-sign/feedback")

    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]


def test_what_cannot_be_kept_is_not_acknowledged() -> None:
    response = send(make_client(store=MemoryStore(broken=True)), entry())

    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert_readable(response)


@pytest.mark.parametrize(("broken", "counted"), [(False, True), (True, False)], ids=["kept", "not kept"])
def test_what_is_kept_is_counted_by_its_outcome(*, broken: bool, counted: bool) -> None:
    client = make_client(store=MemoryStore(broken=broken))

    send(client, entry(), entry(card="another"))

    told = client.get("/metrics").get_data(as_text=True)
    line = 'kcds_feedback_total{outcome="overridden",service="ketamine-order-sign"} 2.0'
    assert (line in told) is counted


class Asked:
    """Lets nobody in, and remembers where they wanted to."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    def authenticate(self, authorization: str | None, path: str, deadline: Deadline) -> Client:  # noqa: ARG002
        self.paths.append(path)
        raise UnauthorizedError


@pytest.mark.checklist("FB-6")
def test_who_sends_feedback_is_asked_for_that_endpoint_before_the_body_is_read() -> None:
    asked, store = Asked(), MemoryStore()

    response = send(make_client(store=store, authenticator=asked), "malformed")

    assert (response.status_code, asked.paths) == (401, ["/cds-services/ketamine-order-sign/feedback"])
    assert store.feedback == []


def test_feedback_is_kept_with_the_client_that_sent_it() -> None:
    store = MemoryStore()

    send(make_client(store=store, authenticator=ByName()), entry(), Authorization="hospital")

    assert [kept.client for kept in store.feedback] == ["hospital"]


@pytest.mark.checklist("FB-9")
@pytest.mark.parametrize(("setting", "kept"), [("discard", None), ("encrypt", COMMENT)])
def test_a_comment_goes_no_further_unless_it_is_wanted(setting: str, kept: str | None) -> None:
    store = MemoryStore()

    send(make_client(store=store, feedback_comments=setting), entry())

    assert [record.comment for record in store.feedback] == [kept]


def test_a_comment_is_discarded_by_default() -> None:
    store = MemoryStore()

    send(make_client(store=store), entry())

    assert [record.comment for record in store.feedback] == [None]


@pytest.mark.checklist("FB-9")
@pytest.mark.parametrize("broken", [False, True], ids=["kept", "not kept"])
@pytest.mark.parametrize("members", [{}, {"outcome": "canary"}], ids=["right", "wrong"])
def test_no_log_line_and_no_answer_holds_anything_of_the_body(*, broken: bool, members: Json) -> None:
    client = make_client(store=MemoryStore(broken=broken), feedback_comments="encrypt")

    with logs("DEBUG") as logged:
        response = send(client, entry(card="canary-card") | members)

    said = (logged.getvalue() + response.get_data(as_text=True)).lower()
    assert logged.getvalue()
    assert "canary" not in said
