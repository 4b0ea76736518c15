"""Sessions of launches in the store: until they expire, for all processes, given away once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from postgres import PostgreSQL
from sqlalchemy import select
from store_builders import KEYS, NOON, Kept, eventually, opened

from kcds.errors import StoreError
from kcds.settings import Settings
from kcds.store.database import Database
from kcds.store.keys import KeyRing
from kcds.store.places import find_places
from kcds.store.tables import session
from kcds.store.tidying import delete_expired

NAME, SEALED = b"digest of a name", b"sealed content"
SOON = NOON + timedelta(minutes=5)


@pytest.fixture(params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    """A store of each kind, empty."""
    server: PostgreSQL | None = None if request.param == "sqlite" else request.getfixturevalue("postgresql")
    with opened(tmp_path, server and server.new_database()) as found:
        yield found


def test_a_session_is_found_until_it_expires(kept: Kept) -> None:
    kept.store.keep_session(NAME, SEALED, SOON)

    assert kept.store.find_session(NAME, NOON) == SEALED
    assert kept.store.find_session(NAME, SOON) is None
    assert kept.store.find_session(b"another", NOON) is None


def test_a_session_is_given_away_once(kept: Kept) -> None:
    kept.store.keep_session(NAME, SEALED, SOON)

    assert kept.store.take_session(NAME, NOON) == SEALED
    assert kept.store.take_session(NAME, NOON) is None
    assert kept.store.find_session(NAME, NOON) is None


def test_of_many_who_ask_at_once_one_is_given_the_session(kept: Kept) -> None:
    for number in range(5):
        name = f"{number}".encode()
        kept.store.keep_session(name, SEALED, SOON)
        with ThreadPoolExecutor(6) as threads:
            taken = list(threads.map(lambda _number, name=name: kept.store.take_session(name, NOON), range(6)))

        assert sorted(map(bool, taken)) == [False] * 5 + [True]


def test_an_expired_session_is_not_given_away(kept: Kept) -> None:
    kept.store.keep_session(NAME, SEALED, SOON)

    assert kept.store.take_session(NAME, SOON) is None


def test_expired_sessions_are_deleted(tmp_path: Path) -> None:
    with opened(tmp_path) as kept:
        kept.store.keep_session(NAME, SEALED, NOON)
        kept.store.keep_session(b"later", SEALED, SOON)
        database = Database(find_places(Settings(data_dir=tmp_path)).short)

        assert delete_expired(database, NOON + timedelta(seconds=1)) == 1
        with database.transaction(writes=False) as connection:
            assert connection.execute(select(session.c.digest)).scalars().all() == [b"later"]
        database.close()


def test_a_process_that_keeps_nothing_but_sessions_tidies_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kcds.store.writer.CHORES", 0.05)
    with opened(tmp_path) as kept:
        kept.store.keep_session(NAME, SEALED, NOON - timedelta(seconds=1))
        database = Database(find_places(Settings(data_dir=tmp_path)).short)

        def gone() -> bool:
            with database.transaction(writes=False) as connection:
                return connection.execute(select(session.c.digest)).first() is None

        assert eventually(gone)
        database.close()


def test_where_the_store_is_not_there_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "kcds-short.db").mkdir()

    with opened(tmp_path) as kept:
        for ask in (
            lambda: kept.store.keep_session(NAME, SEALED, SOON),
            lambda: kept.store.find_session(NAME, NOON),
            lambda: kept.store.take_session(NAME, NOON),
        ):
            with pytest.raises(StoreError):
                ask()
        assert kept.counted["session-failed"] == 3


def test_what_is_sealed_takes_the_secret_and_every_part_to_read() -> None:
    sealed = KEYS.seal("session", "planted-token", "run", "browser")

    assert b"planted" not in sealed
    assert KEYS.unseal("session", sealed, "run", "browser") == "planted-token"
    for keys, purpose, parts in [
        (KEYS, "session", ("run", "another browser")),
        (KEYS, "session", ("another run", "browser")),
        (KEYS, "session", ("runbrowser",)),
        (KEYS, "another purpose", ("run", "browser")),
        (KeyRing(b"another secret, long enough !!!!"), "session", ("run", "browser")),
    ]:
        with pytest.raises(StoreError):
            keys.unseal(purpose, sealed, *parts)
