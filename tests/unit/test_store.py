"""What is kept is found again: on SQLite and on a real PostgreSQL alike."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from postgres import PostgreSQL
from sqlalchemy import Column, Table, select
from store_builders import KEYS, NOON, PATIENT, SINCE, STOP, Kept, call, card, eventually, feedback, opened, soon

from kcds.store.database import Database
from kcds.store.records import CallBefore
from kcds.store.tables import FIRST, LAST
from kcds.store.tables import call as call_table
from kcds.store.tables import feedback as feedback_table


@pytest.fixture(params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    """An open store of each kind."""
    server: PostgreSQL | None = None if request.param == "sqlite" else request.getfixturevalue("postgresql")
    with opened(tmp_path, server and server.new_database()) as store:
        yield store


def read_column(kept: Kept, column: "Column[Any]") -> list[Any]:
    with closing(Database(kept.store._places.kept)) as database, database.transaction() as connection:
        return list(connection.scalars(select(column)))


def rows(kept: Kept, table: Table) -> int:
    return len(read_column(kept, next(iter(table.primary_key))))


def dismissed(kept: Kept, client: str = "ehr", patient: bytes = PATIENT, since: datetime = SINCE) -> list[str]:
    return [found.rule for found in kept.store.dismissals(client, patient, since, soon())]


def test_a_dismissal_is_found_with_the_rule_its_answer_and_the_reason(kept: Kept) -> None:
    shown = card(topic="suitability")
    kept.store.record_call(call(shown))

    kept.store.keep_feedback([feedback(shown.uuid, reason_code="declined", reason_system="urn:x")])

    (found,) = eventually(lambda: kept.store.dismissals("ehr", PATIENT, SINCE, soon()))
    assert (found.topic, found.rule, found.version, found.status) == ("suitability", STOP.rule, "1.0.0", "applies")
    assert (found.reason_code, found.reason_system, found.at) == ("declined", "urn:x", NOON)


def test_feedback_may_come_before_the_call_is_written(kept: Kept) -> None:
    shown = card()
    kept.store.keep_feedback([feedback(shown.uuid)])

    kept.store.record_call(call(shown))

    assert eventually(lambda: dismissed(kept)) == [STOP.rule]


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"outcome": "accepted", "reason_code": None}, id="accepted"),
        pytest.param({"reason_code": None}, id="overridden without a reason"),
        pytest.param({"client": "other"}, id="told by another client"),
        pytest.param({"outcome_at": SINCE - timedelta(days=1)}, id="long ago"),
        pytest.param({"received_at": SINCE - timedelta(days=1)}, id="said to be later than it came"),
        pytest.param({"card": "a card that nobody made"}, id="about an unknown card"),
    ],
)
def test_other_feedback_is_kept_but_dismisses_nothing(tmp_path: Path, members: dict[str, Any]) -> None:
    shown = card()
    with opened(tmp_path) as kept:
        kept.store.record_call(call(shown))

        kept.store.keep_feedback([feedback(members.pop("card", shown.uuid), **members)])

        assert eventually(lambda: rows(kept, call_table)) == 1
        assert rows(kept, feedback_table) == 1
        assert dismissed(kept) == []


def test_a_card_that_was_held_back_cannot_have_been_dismissed(kept: Kept) -> None:
    hidden = card(shown=False)
    kept.store.record_call(call(hidden))

    kept.store.keep_feedback([feedback(hidden.uuid)])

    assert eventually(lambda: rows(kept, call_table)) == 1
    assert dismissed(kept) == []


def test_dismissals_are_of_this_patient_and_this_client_only(kept: Kept) -> None:
    mine, of_another = card(), card()
    kept.store.record_call(call(mine))
    kept.store.record_call(call(of_another, patient_key=b"another"))
    kept.store.keep_feedback([feedback(mine.uuid), feedback(of_another.uuid)])

    assert eventually(lambda: dismissed(kept)) == [STOP.rule]
    assert dismissed(kept, client="other") == []
    assert dismissed(kept, patient=b"nobody") == []


@pytest.mark.parametrize(
    ("members", "count"),
    [
        pytest.param({}, 1, id="the same"),
        pytest.param({"received_at": NOON + timedelta(hours=1)}, 1, id="received later"),
        pytest.param({"comment": "another comment"}, 1, id="with another comment"),
        pytest.param({"outcome_at": NOON + timedelta(seconds=1)}, 2, id="another time"),
        pytest.param({"reason_code": "other"}, 2, id="another reason"),
        pytest.param({"client": "other"}, 2, id="another client"),
        pytest.param({"accepted_suggestions": ("s-1",)}, 2, id="another suggestion"),
    ],
)
def test_an_entry_sent_again_is_kept_once(tmp_path: Path, members: dict[str, Any], count: int) -> None:
    shown = uuid4()
    with opened(tmp_path) as kept:
        kept.store.keep_feedback([feedback(shown)])

        kept.store.keep_feedback([feedback(shown, **members)])

        assert rows(kept, feedback_table) == count


def test_one_batch_may_hold_the_same_entry_twice(kept: Kept) -> None:
    entry = feedback()

    kept.store.keep_feedback([entry, feedback(), entry])

    assert rows(kept, feedback_table) == 2


def test_texts_that_a_database_refuses_are_kept_without_what_is_refused(kept: Kept) -> None:
    kept.store.keep_feedback([feedback("card\0with\ud800 odd", reason_code="x" * 10_000)])
    kept.store.record_call(call(client="ehr\0"))

    assert rows(kept, feedback_table) == 1
    assert eventually(lambda: rows(kept, call_table)) == 1


@pytest.mark.parametrize("moment", [FIRST, LAST], ids=str)
@pytest.mark.parametrize("hours", [-14, 14])
def test_moments_beyond_the_calendar_are_kept_as_its_ends(tmp_path: Path, moment: datetime, hours: int) -> None:
    odd = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    with opened(tmp_path) as kept:
        kept.store.keep_feedback([feedback(outcome_at=odd)])

        (found,) = read_column(kept, feedback_table.c.outcome_at)

    assert found.year == moment.year


def test_a_token_id_is_new_once(kept: Kept) -> None:
    later = NOON + timedelta(minutes=5)

    first = [kept.store.remember_token("ehr", token, later, soon()) for token in ("a", "b", "a")]
    elsewhere = kept.store.remember_token("other", "a", later, soon())

    assert first == [True, True, False]
    assert elsewhere


def test_the_advice_shown_last_is_known_and_an_older_one_does_not_replace_it(kept: Kept) -> None:
    kept.store.remember_shown(b"view", b"first", NOON - timedelta(hours=2))
    kept.store.remember_shown(b"view", b"second", NOON)
    kept.store.remember_shown(b"view", b"first", NOON - timedelta(hours=1))

    assert eventually(lambda: kept.store.shown_before(b"view", b"second", SINCE, soon()))
    assert not kept.store.shown_before(b"view", b"first", SINCE, soon())
    assert not kept.store.shown_before(b"view", b"second", NOON + timedelta(seconds=1), soon())
    assert not kept.store.shown_before(b"other", b"second", SINCE, soon())


def test_what_is_queued_is_written_when_the_store_is_closed(kept: Kept) -> None:
    for _ in range(300):
        kept.store.record_call(call(card()))

    kept.store.close()

    assert rows(kept, call_table) == 300
    assert kept.counted == {}


def test_a_call_is_found_again_by_its_id_with_what_it_came_to_and_nothing_else(kept: Kept) -> None:
    one = call(disposition="caution")
    kept.store.record_call(call())
    kept.store.record_call(one)

    found = eventually(lambda: kept.store.find_call(one.id, soon()))

    assert found == CallBefore(
        at=NOON, service="ketamine-patient-view", disposition="caution", knowledge_version="2026.11.1"
    )


def test_a_call_that_is_not_known_is_not_found(kept: Kept) -> None:
    assert kept.store.find_call(uuid4(), soon()) is None


def test_a_store_says_that_it_is_ok(kept: Kept) -> None:
    assert kept.store.state() == "ok"


def test_comments_are_kept_only_where_asked_for_and_then_encrypted(tmp_path: Path) -> None:
    with opened(tmp_path) as discarding:
        discarding.store.keep_feedback([feedback(comment="CANARY one")])
    with opened(tmp_path, feedback_comments="encrypt") as encrypting:
        encrypting.store.keep_feedback([feedback(comment="CANARY two")])

    comments = [sealed and KEYS.decrypt(sealed) for sealed in read_column(encrypting, feedback_table.c.comment)]
    assert sorted(comments, key=bool) == [None, "CANARY two"]
    assert b"CANARY" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
