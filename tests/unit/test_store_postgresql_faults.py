"""PostgreSQL that hangs, stops or crashes: nobody waits long, nothing acknowledged is lost, and it is used again."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from builders import condition, medication_request
from postgres import PostgreSQL
from service_builders import cards_of, hook_call, make_client, order_call, post
from store_builders import NOON, PATIENT, SINCE, Kept, call, card, eventually, feedback, opened, soon

from kcds.errors import StoreError

SOON = NOON + timedelta(minutes=5)


@pytest.fixture
def database(postgresql: PostgreSQL) -> str:
    """The URL of an empty database."""
    return postgresql.new_database()


@pytest.fixture
def kept(database: str) -> Iterator[Kept]:
    """An open store."""
    with opened(url=database) as store:
        yield store


def cards_in(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [found for (found,) in connection.execute("SELECT card FROM feedback")]


def tell(kept: Kept, name: str) -> bool:
    """Whether feedback about this card was acknowledged."""
    try:
        kept.store.keep_feedback([feedback(name)])
    except StoreError:
        return False
    return True


def test_a_server_that_hangs_is_given_up_in_time_and_used_again(kept: Kept, postgresql: PostgreSQL) -> None:
    kept.store.keep_feedback([feedback("before")])
    kept.store.remember_token("ehr", "before", SOON, soon())

    with postgresql.hanging():
        started = time.monotonic()
        told = tell(kept, "while it hangs")
        refused = time.monotonic()
        new = kept.store.remember_token("ehr", "while it hangs", SOON, soon())
        dismissed = kept.store.dismissals("ehr", PATIENT, SINCE, soon())
        looked_up = time.monotonic()
        state = kept.store.state()

    assert not told
    assert refused - started < 4
    assert (new, dismissed, state) == (True, (), "unavailable")
    assert looked_up - refused < 4
    assert eventually(lambda: tell(kept, "after"))
    assert eventually(lambda: kept.store.state() == "ok")


def test_advice_comes_in_time_while_the_server_hangs(kept: Kept, postgresql: PostgreSQL) -> None:
    client = make_client(store=kept.store, alert_fatigue="on")
    calls = [order_call(medication_request("238082"), conditions=[condition("F20.9")]), hook_call()]
    post(client, calls[0])

    answers, times = [], []
    with postgresql.hanging():
        for call in calls * 2:
            started = time.monotonic()
            answers.append(post(client, call))
            times.append(time.monotonic() - started)

    assert [answer.status_code for answer in answers] == [200] * 4
    assert cards_of(answers[0])
    assert max(times) < 4


def test_a_server_that_hangs_does_not_keep_the_service_from_starting_or_ending(
    postgresql: PostgreSQL, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kcds.store.opening.PREPARING", 0.5)
    with postgresql.hanging():
        started = time.monotonic()
        with opened(url=database) as kept:
            kept.store.record_call(call(card()))
        taken = time.monotonic() - started

    assert taken < 8


def test_of_a_server_that_crashes_and_starts_again_nothing_acknowledged_is_lost(
    kept: Kept, postgresql: PostgreSQL, database: str
) -> None:
    acknowledged: list[str] = []
    done = threading.Event()

    def write() -> None:
        number = 0
        while not done.is_set():
            number += 1
            if tell(kept, str(number)):
                acknowledged.append(str(number))

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(2):
        seen = len(acknowledged)
        eventually(lambda seen=seen: len(acknowledged) > seen + 20)
        postgresql.stop("immediate")
        postgresql.start()
    seen = len(acknowledged)
    eventually(lambda: len(acknowledged) > seen + 20)
    done.set()
    writer.join()

    stored = cards_in(database)
    assert set(acknowledged) <= set(stored)
    assert len(stored) == len(set(stored))
    assert kept.store.remember_token("ehr", "after", SOON, soon())


def test_a_server_that_is_not_there_is_told_without_its_password() -> None:
    nowhere = "postgresql://kcds:CANARY@127.0.0.1:1/kcds"
    with opened(url=nowhere) as gone, pytest.raises(StoreError) as caught:
        gone.store.keep_feedback([feedback()])

    assert "CANARY" not in str(caught.value)


def test_a_database_that_may_only_be_read_is_not_ok(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("ALTER ROLE kcds SET default_transaction_read_only = on")
        try:
            with opened(url=database) as reading:
                assert reading.store.state() == "unavailable"
                assert not tell(reading, "while it may only be read")
        finally:
            connection.execute("ALTER ROLE kcds RESET default_transaction_read_only")


def test_commits_are_durable_whatever_the_servers_default_is(kept: Kept) -> None:
    with kept.store._here().kept.transaction() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
