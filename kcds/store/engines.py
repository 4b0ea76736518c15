"""Connections: how SQLite and PostgreSQL are spoken to, so that a commit is durable and no wait is endless."""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from kcds.store.places import Place, make_directory

WRITES = "kcds_writes"
PATIENCE = "kcds_patience"

POSTGRESQL_WAITS = {
    "connect_timeout": 2,
    "tcp_user_timeout": 4000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
}
"""Seconds (tcp_user_timeout: milliseconds) after which a server that is gone is given up; a URL may say otherwise."""


def make_engine(place: Place) -> Engine:
    """Make the engine of one database; connects to nothing yet."""
    if place.file is not None:
        return _sqlite(place, place.file)
    waits = {name: value for name, value in POSTGRESQL_WAITS.items() if name not in place.url.query}
    engine = _engine(place, connect_args=waits, pool_pre_ping=True)
    event.listen(engine, "connect", _bound_statements)
    return engine


def _engine(place: Place, **more: Any) -> Engine:  # noqa: ANN401 - options of SQLAlchemy
    """Few connections; errors never quote what was to be written."""
    return create_engine(
        place.url,
        hide_parameters=True,
        pool_size=2,
        max_overflow=8,
        pool_timeout=0.2,
        pool_use_lifo=True,
        json_serializer=_json,
        **more,
    )


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _bound_statements(connection: Any, _entry: ConnectionPoolEntry) -> None:  # noqa: ANN401 - a connection of psycopg
    """Bound each statement by the server itself, and keep commits durable whatever the server's default is."""
    with _closed_on_failure(connection), connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '1800ms'")
        cursor.execute("SET lock_timeout = '1500ms'")
        cursor.execute("SET idle_in_transaction_session_timeout = '60s'")
        cursor.execute("SET synchronous_commit = on")
        connection.commit()


@contextmanager
def _closed_on_failure(connection: Any) -> Iterator[None]:  # noqa: ANN401 - a connection of any driver
    """Close a connection that cannot be made ready: the pool would only forget it."""
    try:
        yield
    except Exception:
        connection.close()
        raise


def _sqlite(place: Place, file: Path) -> Engine:
    engine = _engine(place)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _entry: ConnectionPoolEntry) -> None:  # noqa: ANN401 - a connection of sqlite3
        connection.isolation_level = None  # transactions are begun below, not by the driver
        with _closed_on_failure(connection):
            connection.execute("PRAGMA busy_timeout = 1000")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {'FULL' if place.power_safe else 'NORMAL'}")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")

    @event.listens_for(engine, "do_connect")
    def begin_file(*_connecting: object) -> None:
        _begin(file)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        """Take the right to write at the beginning: taken later it could be refused without waiting."""
        options = connection.get_execution_options()
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {round(options.get(PATIENCE, 1) * 1000)}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(WRITES) else "BEGIN")

    return engine


def _begin(file: Path) -> None:
    """Make the file where there is none, for its owner only; raises OSError.

    The log of a file that was taken away may still be there, and in use: it must not become the log of the new one.
    Under a lock, since of two processes the second would take away the log of the first. The file is not opened and
    closed here, which would drop the locks that SQLite holds on it.
    """
    if file.exists():
        return
    make_directory(file.parent)
    directory = os.open(file.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        if not file.exists():
            for ending in ("-wal", "-shm"):
                file.with_name(file.name + ending).unlink(missing_ok=True)
            os.mknod(file, stat.S_IFREG | 0o600)
    finally:
        os.close(directory)


def identity_of(file: Path) -> tuple[int, int] | None:
    """Say which file this path names now; None where none does."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
