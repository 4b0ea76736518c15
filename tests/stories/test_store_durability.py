"""Four processes keep feedback and are killed: nothing acknowledged is lost, nothing is doubled, the file is sound."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from postgres import PostgreSQL
from store_builders import eventually, feedback, opened

PROCESSES, ROUNDS = 4, 5
PROGRAM = Path(__file__).parents[1] / "store_writers.py"


@contextmanager
def writers(place: Path | str, acknowledged: Path, *more: str) -> Iterator["subprocess.Popen[str]"]:
    """The program that forks the processes, waiting for a line."""
    command = [sys.executable, str(PROGRAM), str(place), str(acknowledged), str(PROCESSES), *more]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:  # noqa: S603
        yield program


def say(program: "subprocess.Popen[str]") -> None:
    assert program.stdin is not None
    program.stdin.write("go\n")
    program.stdin.flush()


def heard(program: "subprocess.Popen[str]") -> list[int]:
    assert program.stdout is not None
    return [int(word) for word in program.stdout.readline().split() if word != "done"]


def lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


def write_and_kill(program: "subprocess.Popen[str]", acknowledged: Path) -> None:
    """One round: all four write, and are killed at some moment."""
    before = len(lines(acknowledged))
    say(program)
    processes = heard(program)
    eventually(lambda: len(lines(acknowledged)) > before + 20)
    time.sleep(random.uniform(0, 0.3))  # noqa: S311
    for process in processes:
        os.kill(process, signal.SIGKILL)
    heard(program)


def stored_in_sqlite(directory: Path) -> list[str]:
    with closing(sqlite3.connect(directory / "kcds.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [card for (card,) in connection.execute("SELECT card FROM feedback")]


@pytest.mark.checklist("FB-5")
def test_of_writers_that_are_killed_nothing_acknowledged_is_lost_or_doubled_also_when_sent_again(
    tmp_path: Path,
) -> None:
    acknowledged = tmp_path / "acknowledged"
    with writers(tmp_path, acknowledged) as program:
        for _ in range(ROUNDS):
            write_and_kill(program, acknowledged)

    told, stored = set(lines(acknowledged)), stored_in_sqlite(tmp_path)
    assert told <= set(stored)
    assert len(stored) == len(set(stored))
    assert len(set(stored) - told) <= PROCESSES * ROUNDS
    with opened(tmp_path) as kept:
        kept.store.keep_feedback([feedback(card) for card in stored])
    assert sorted(stored_in_sqlite(tmp_path)) == sorted(stored)


def test_of_writers_to_postgresql_that_are_killed_nothing_is_lost_either(
    tmp_path: Path, postgresql: PostgreSQL
) -> None:
    acknowledged, url = tmp_path / "acknowledged", postgresql.new_database()
    with writers(url, acknowledged) as program:
        for _ in range(2):
            write_and_kill(program, acknowledged)

    with psycopg.connect(url) as connection:
        stored = [card for (card,) in connection.execute("SELECT card FROM feedback")]
    assert set(lines(acknowledged)) <= set(stored)
    assert len(stored) == len(set(stored))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_of_processes_that_race_for_a_token_id_exactly_one_wins(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server: PostgreSQL | None = None if kind == "sqlite" else request.getfixturevalue("postgresql")
    with writers(server.new_database() if server else tmp_path, tmp_path / "none", "tokens") as program:
        say(program)

        winners = Counter(token for _ in range(PROCESSES) for token in heard(program))

    assert winners == Counter(range(200))
