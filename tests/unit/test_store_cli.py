"""`kcds store` says how the store is and looks after it; no URL is said with its password."""

import csv
import io
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from postgres import PostgreSQL
from store_builders import PATIENT, call, card, eventually, feedback, opened, soon
from typer.testing import CliRunner

from kcds.cli import app
from kcds.store.keys import load_key_ring
from kcds.store.sql_store import SqlStore

TODAY = datetime.now(UTC)
LONG_AGO = TODAY - timedelta(days=400)


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data directory of the settings."""
    monkeypatch.setenv("KCDS_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def filled(directory: Path) -> Iterator[SqlStore]:
    """An open store with a card and feedback on it, of today and of long ago."""
    with opened(directory, feedback_comments="encrypt") as kept:
        for at in (TODAY, LONG_AGO):
            shown = card()
            kept.store.record_call(call(shown, at=at))
            kept.store.keep_feedback([feedback(shown.uuid, outcome_at=at, received_at=at)])
        eventually(lambda: count(directory, "call") == 2)
        yield kept.store


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["store", *map(str, arguments)])


def count(directory: Path, table: str, file: str = "kcds.db") -> int:
    with closing(sqlite3.connect(directory / file)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608


def test_status_of_a_store_that_is_not_there_yet_makes_none(directory: Path) -> None:
    result = run("status")

    assert result.exit_code == 0
    assert "not there yet" in result.stdout
    assert not directory.exists()


def test_status_of_a_database_without_tables_says_what_makes_them(
    postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KCDS_DATABASE_URL", postgresql.new_database())

    assert "not there yet" in run("status").stdout
    assert run("prune").exit_code == 1
    assert run("upgrade").exit_code == 0
    assert "feedback: 0 rows" in run("status").stdout
    assert run("prune").exit_code == 0


@pytest.mark.usefixtures("filled")
def test_status_says_where_the_store_is_and_how_much_is_in_it(directory: Path) -> None:
    result = run("status")

    assert result.exit_code == 0
    for said in (f"{directory}/kcds.db", "kept: revision kept_0001", "call: 2 rows", "feedback: 2 rows", "365 days"):
        assert said in result.stdout
    assert f"first call: {LONG_AGO:%Y-%m-%d}" in result.stdout


def test_status_of_a_server_that_is_not_there_says_so_without_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KCDS_DATABASE_URL", "postgresql://kcds:CANARY@127.0.0.1:1/kcds")

    result = run("status")

    assert result.exit_code == 1
    assert "refused" in result.output
    assert "CANARY" not in result.output


@pytest.mark.parametrize("command", [["prune"], ["delete", "--before", "2026-01-01"], ["feedback"], ["backup", "x.db"]])
def test_without_a_store_the_commands_say_what_makes_one(command: list[str], directory: Path) -> None:
    result = run(*command)

    assert result.exit_code == 1
    assert "`kcds store upgrade`" in result.stderr
    assert not directory.exists()


@pytest.mark.usefixtures("filled")
def test_what_nobody_expected_is_said_by_kind_and_place_and_quotes_nothing(directory: Path) -> None:
    with closing(sqlite3.connect(directory / "kcds.db", isolation_level=None)) as connection:
        connection.execute("UPDATE card SET rules = 'canary'")

    result = run("feedback")

    assert result.exit_code == 1
    assert result.stderr.startswith("kcds: unexpected error (JSONDecodeError in ")
    assert "canary" not in result.output


def test_upgrade_makes_the_store(directory: Path) -> None:
    assert run("upgrade").exit_code == 0
    assert count(directory, "call") == 0
    assert count(directory, "token", "kcds-short.db") == 0


@pytest.mark.parametrize("command", [["upgrade"], ["prune"], ["backup", "copy.db"]])
def test_a_store_of_a_newer_release_is_left_alone(command: list[str], directory: Path) -> None:
    run("upgrade")
    with closing(sqlite3.connect(directory / "kcds.db", isolation_level=None)) as connection:
        connection.execute("UPDATE kcds_kept_version SET version_num = 'kept_9999'")

    result = run(*command)

    assert result.exit_code == 1
    assert "kept_9999" in result.stderr
    assert "newer kcds" in result.stderr
    assert run("status").exit_code == 1


@pytest.mark.usefixtures("filled")
def test_prune_deletes_what_is_older_than_the_retention(directory: Path) -> None:
    result = run("prune")

    assert result.exit_code == 0
    assert "deleted 1 calls with their cards and 1 entries of feedback" in result.stdout
    assert [count(directory, table) for table in ("call", "card", "feedback")] == [1, 1, 1]


@pytest.mark.usefixtures("filled")
def test_delete_deletes_what_is_before_a_day(directory: Path) -> None:
    result = run("delete", "--before", f"{TODAY + timedelta(days=1):%Y-%m-%d}")

    assert result.exit_code == 0
    assert [count(directory, table) for table in ("call", "card", "feedback")] == [0, 0, 0]


def test_a_backup_is_whole_while_feedback_is_written(filled: SqlStore, tmp_path: Path) -> None:
    done = threading.Event()
    acknowledged: list[str] = []

    def write() -> None:
        while not done.is_set():
            name = f"card {len(acknowledged)}"
            filled.keep_feedback([feedback(name)])
            acknowledged.append(name)

    writer = threading.Thread(target=write)
    writer.start()
    eventually(lambda: len(acknowledged) > 20)
    before = set(acknowledged)
    result = run("backup", str(tmp_path / "copy.db"))
    done.set()
    writer.join()

    assert result.exit_code == 0, result.stderr
    with closing(sqlite3.connect(tmp_path / "copy.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert before <= {card for (card,) in connection.execute("SELECT card FROM feedback")}
    assert count(tmp_path, "token", "copy-short.db") == 0
    assert (tmp_path / "copy.db").stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("filled", "unhurried")
def test_a_backup_in_the_place_of_the_store_is_the_store(tmp_path: Path) -> None:
    run("backup", str(tmp_path / "copy.db"))
    (tmp_path / "restored").mkdir()
    (tmp_path / "copy.db").rename(tmp_path / "restored" / "kcds.db")

    with opened(tmp_path / "restored") as restored:
        dismissed = restored.store.dismissals("ehr", PATIENT, LONG_AGO - timedelta(days=1), soon())

    assert len(dismissed) == 2


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("name", ["copy.db", "copy-short.db"])
def test_a_backup_overwrites_nothing(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("precious")

    result = run("backup", str(tmp_path / "copy.db"))

    assert result.exit_code == 1
    assert f"{name}: is there already" in result.stderr
    assert (tmp_path / name).read_text() == "precious"
    assert {path.name for path in tmp_path.iterdir()} == {"data", name}


@pytest.mark.usefixtures("filled")
def test_a_backup_into_a_directory_that_is_not_there_says_so(tmp_path: Path) -> None:
    result = run("backup", str(tmp_path / "no" / "copy.db"))

    assert result.exit_code == 1
    assert "Traceback" not in result.output


def test_postgresql_is_backed_up_by_pg_dump(
    postgresql: PostgreSQL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgresql.new_database()
    monkeypatch.setenv("KCDS_DATABASE_URL", url)
    monkeypatch.setenv("PATH", str(postgresql.programs), prepend=":")
    run("upgrade")

    result = run("backup", str(tmp_path / "copy.dump"))

    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "copy.dump").read_bytes().startswith(b"PGDMP")


def test_without_pg_dump_it_is_said_what_to_run(
    postgresql: PostgreSQL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KCDS_DATABASE_URL", postgresql.new_database().replace("kcds@", "kcds:CANARY@"))
    run("upgrade")
    monkeypatch.setenv("PATH", str(tmp_path))

    result = run("backup", str(tmp_path / "copy.dump"))

    assert result.exit_code == 1
    assert "pg_dump --format=custom" in result.stderr
    assert "CANARY" not in result.output


def table(result: Result) -> list[dict[str, str]]:
    assert result.exit_code == 0, result.stderr
    return list(csv.DictReader(io.StringIO(result.stdout)))


@pytest.mark.usefixtures("filled")
def test_feedback_is_printed_with_the_card_and_the_rules_that_it_is_about() -> None:
    first, second = table(run("feedback"))

    assert first["received_at"] < second["received_at"]
    assert second["rules"] == "active-psychosis@1.0.0"
    assert (second["topic"], second["disposition"], second["outcome"]) == (
        "suitability",
        "contraindicated",
        "overridden",
    )
    assert "comment" not in second


def test_a_client_that_speaks_about_a_card_of_another_is_not_taken_to_mean_it(filled: SqlStore) -> None:
    (card_id, *_) = [row["card"] for row in table(run("feedback"))]
    filled.keep_feedback([feedback(card_id, client="other")])

    (row,) = [row for row in table(run("feedback")) if row["client"] == "other"]

    assert row["card"] == card_id
    assert (row["rules"], row["topic"], row["disposition"]) == ("", "", "")


def test_comments_are_printed_on_demand_and_never_as_a_formula(directory: Path) -> None:
    directory.mkdir()
    with opened(directory, feedback_comments="encrypt") as kept:
        kept.store._keys = load_key_ring(directory)
        kept.store.keep_feedback([feedback(comment="=cmd()", reason_code="+1")])
        kept.store._keys = type(kept.store._keys)(b"of another installation")
        kept.store.keep_feedback([feedback(comment="lost")])

    rows = table(run("feedback", "--comments"))

    assert {row["comment"] for row in rows} == {"'=cmd()", "(encrypted with another secret key)"}
    assert "'+1" in {row["reason_code"] for row in rows}


@pytest.mark.parametrize(
    "url",
    ["mysql://root:CANARY@db/kcds", "sqlite://", "sqlite:///:memory:", "nonsense", "postgresql://h/d?password=CANARY"],
)
def test_a_database_that_cannot_be_used_is_named_without_its_password(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KCDS_DATABASE_URL", url)

    result = run("status")

    assert result.exit_code == 1
    assert "KCDS_DATABASE_URL" in result.stderr
    assert "CANARY" not in result.output
