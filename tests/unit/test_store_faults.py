"""A store that is locked, full, gone or not there: feedback is refused in time, all else goes on, and it comes back."""

import os
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from store_builders import NOON, PATIENT, SINCE, Kept, call, card, eventually, feedback, opened, soon

from kcds.errors import StoreError
from kcds.store import process

ENTRIES = 40
SOON = NOON + timedelta(minutes=5)


@contextmanager
def locked(directory: Path, *names: str) -> Iterator[None]:
    """Another program holds the databases."""
    connections = [sqlite3.connect(directory / name, isolation_level=None) for name in names or ("kcds.db",)]
    for connection in connections:
        connection.execute("BEGIN EXCLUSIVE")
    yield
    for connection in connections:
        connection.close()


def refused(kept: Kept, entries: int = 1) -> StoreError:
    with pytest.raises(StoreError) as caught:
        kept.store.keep_feedback([feedback(reason_code="x" * 400) for _ in range(entries)])
    return caught.value


def cards_in(directory: Path) -> set[str]:
    """The cards about which feedback is in the file, read by another hand; the file must be sound."""
    with closing(sqlite3.connect(directory / "kcds.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {found for (found,) in connection.execute("SELECT card FROM feedback")}


def calls_in(directory: Path) -> int:
    with closing(sqlite3.connect(directory / "kcds.db")) as connection:
        return int(connection.execute("SELECT count(*) FROM call").fetchone()[0])


def tokens_in(directory: Path) -> int:
    with closing(sqlite3.connect(directory / "kcds-short.db")) as connection:
        return int(connection.execute("SELECT count(*) FROM token").fetchone()[0])


def test_feedback_is_refused_in_time_while_another_program_holds_the_database(tmp_path: Path) -> None:
    with opened(tmp_path) as kept, locked(tmp_path):
        started = time.monotonic()
        said = str(refused(kept))

        assert time.monotonic() - started < 4
        assert "another program holds it" in said
        assert kept.counted["feedback-failed"] == 1
        assert kept.store.state() == "unavailable"


def test_calls_wait_in_memory_for_a_lock_to_be_given_back(tmp_path: Path) -> None:
    with opened(tmp_path) as kept:
        with locked(tmp_path):
            kept.store.record_call(call(card()))
            eventually(lambda: kept.counted["write-failed"])

        assert eventually(lambda: calls_in(tmp_path)) == 1
        assert kept.counted["dropped"] == 0


@pytest.mark.usefixtures("unhurried")
def test_tokens_are_remembered_in_the_process_while_the_database_is_held_and_written_afterwards(tmp_path: Path) -> None:
    with opened(tmp_path) as kept, opened(tmp_path) as another_process:
        with locked(tmp_path, "kcds-short.db"):
            assert kept.store.remember_token("ehr", "t", SOON, soon())
            assert not kept.store.remember_token("ehr", "t", SOON, soon())
        kept.store.close()

        assert kept.counted["fallback"] == 1
        assert not another_process.store.remember_token("ehr", "t", SOON, soon())


def test_after_two_failures_the_database_is_not_asked_for_a_while(tmp_path: Path) -> None:
    with opened(tmp_path) as kept, locked(tmp_path, "kcds-short.db"):
        for token in "abcde":
            kept.store.remember_token("ehr", token, SOON, soon())

        assert kept.counted["look-up-failed"] == 2
        assert kept.counted["fallback"] == 5


@contextmanager
def nowhere(tmp_path: Path) -> Iterator[Path]:
    """A data directory that cannot be made, until it can."""
    (tmp_path / "var").write_text("a file is in the way")
    yield tmp_path / "var" / "kcds"


def test_a_store_that_is_not_there_costs_feedback_only(tmp_path: Path) -> None:
    with nowhere(tmp_path) as directory, opened(directory) as kept:
        kept.store.record_call(call(card()))
        kept.store.remember_shown(b"view", b"advice", NOON)

        assert kept.store.remember_token("ehr", "t", SOON, soon())
        assert kept.store.dismissals("ehr", PATIENT, SINCE, soon()) == ()
        assert not kept.store.shown_before(b"view", b"advice", SINCE, soon())
        assert kept.store.state() == "unavailable"
        assert str(tmp_path) not in str(refused(kept))


def test_a_store_that_comes_later_is_used(tmp_path: Path) -> None:
    with nowhere(tmp_path) as directory, opened(directory) as kept:
        kept.store.record_call(call(card()))
        refused(kept)

        (tmp_path / "var").unlink()
        kept.store.keep_feedback([feedback("after")])

        assert cards_in(directory) == {"after"}
        assert eventually(lambda: calls_in(directory)) == 1


@pytest.mark.usefixtures("unhurried")
def test_a_database_whose_file_was_taken_away_is_begun_anew_in_the_same_process(tmp_path: Path) -> None:
    with opened(tmp_path) as kept, opened(tmp_path) as another_process:
        kept.store.keep_feedback([feedback("before")])
        another_process.store.keep_feedback([feedback("before too")])
        for name in ("kcds.db", "kcds.db-wal", "kcds.db-shm", "kcds-short.db"):
            (tmp_path / name).unlink()

        kept.store.keep_feedback([feedback("after")])
        another_process.store.keep_feedback([feedback("after too")])
        another_process.store.close()
        kept.store.keep_feedback([feedback("later")])

        assert cards_in(tmp_path) == {"after", "after too", "later"}
        assert kept.store.remember_token("ehr", "t", SOON, soon())
        assert kept.counted["fallback"] == 0


def test_the_last_connection_to_a_file_that_was_taken_away_does_not_take_the_new_ones_log_along(tmp_path: Path) -> None:
    with opened(tmp_path) as idle, opened(tmp_path) as kept:
        idle.store.keep_feedback([feedback("before")])
        (tmp_path / "kcds.db").unlink()
        kept.store.keep_feedback([feedback("after")])

        idle.store.close()

        assert cards_in(tmp_path) == {"after"}


def test_a_full_database_refuses_feedback_says_so_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with opened(tmp_path) as kept:
        engine = kept.store._here().kept._engine
        limit = ["PRAGMA max_page_count = 25"]
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(limit[0]))
        kept_entries = fill(kept)

        assert refused(kept, ENTRIES).state == "full"
        limit[0] = "PRAGMA max_page_count = 100000"
        kept.store.keep_feedback([feedback("after")])

        assert cards_in(tmp_path) == {*kept_entries, "after"}


def fill(kept: Kept) -> list[str]:
    """Feedback until it is refused; returns what was acknowledged."""
    acknowledged: list[str] = []
    for number in range(20_000):
        entries = [feedback(f"{number}-{part}", reason_code="x" * 400) for part in range(ENTRIES)]
        try:
            kept.store.keep_feedback(entries)
        except StoreError:
            return acknowledged
        acknowledged += [entry.card for entry in entries]
    raise AssertionError("it is never full")


@contextmanager
def small_disk(directory: Path) -> Iterator[Callable[[str], None]]:
    """A disk of two megabytes that can be changed (its size, who may write); skips where it may not be mounted."""

    def mount(*options: str) -> bool:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", *options, "tmpfs", directory], check=False)  # noqa: S603, S607
        return done.returncode == 0

    if os.geteuid() != 0 or not mount("size=2m"):
        pytest.skip("no small disk can be mounted here (needs root)")
    try:
        yield lambda option: None if mount(f"remount,{option}") else pytest.fail("cannot be changed")
    finally:
        subprocess.run(["umount", "-l", directory], check=True)  # noqa: S603, S607


def test_on_a_full_disk_nothing_acknowledged_is_lost_and_all_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path) as grow, opened(tmp_path) as kept:
        acknowledged = fill(kept)
        refusals = [refused(kept, ENTRIES).state for _ in range(20)]
        state = kept.store.state()

        grow("size=20m")
        kept.store.keep_feedback([feedback("after")])
        eventually(lambda: kept.store.state() == "ok")

        assert set(refusals) == {"full"}
        assert state == "full"
        assert acknowledged
        assert cards_in(tmp_path) == {*acknowledged, "after"}


def test_a_disk_that_may_not_be_written_refuses_feedback_until_it_may_be(tmp_path: Path) -> None:
    with small_disk(tmp_path) as change:
        with opened(tmp_path) as kept:
            kept.store.keep_feedback([feedback("before")])
        change("ro")
        with opened(tmp_path) as kept:
            refused(kept)
            new = kept.store.remember_token("ehr", "t", SOON, soon())
            state = kept.store.state()

            change("rw")
            kept.store.keep_feedback([feedback("after")])

            assert new
            assert state == "unavailable"
            assert cards_in(tmp_path) == {"before", "after"}


def test_a_file_that_is_no_database_refuses_feedback_and_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "kcds.db").write_bytes(b"not a database" * 500)

    with opened(tmp_path) as kept:
        said = str(refused(kept))

        assert kept.store.state() == "unavailable"
    assert "the file is no database: restore a backup" in said
    assert (tmp_path / "kcds.db").read_bytes() == b"not a database" * 500


@pytest.mark.usefixtures("unhurried")
def test_what_is_kept_too_long_is_deleted_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "FIRST_PRUNING", 0.0)
    old = NOON - timedelta(days=366)
    with opened(tmp_path) as kept:
        kept.store.keep_feedback([feedback("new"), feedback("old", received_at=old, outcome_at=old)])
        kept.store.record_call(call(card(), card()))
        kept.store.record_call(call(card(), at=old))
        eventually(lambda: calls_in(tmp_path) == 2)

        kept.store.remember_token("ehr", "old", old, soon())
        kept.store.remember_token("ehr", "new", SOON, soon())

        kept.store._here()._tidy()

        assert tokens_in(tmp_path) == 1
        assert cards_in(tmp_path) == {"new"}
        assert calls_in(tmp_path) == 1
