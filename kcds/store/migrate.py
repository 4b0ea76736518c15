"""Bring the tables to the newest revision: one transaction, one process at a time, no file needed but this package."""

import os
import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from kcds.errors import StoreError
from kcds.store.revisions import revision_of
from kcds.store.tables import Group

MIGRATIONS = Path(__file__).parent / "migrations"

LOCK = 0x6B636473
"""The advisory lock of PostgreSQL under which tables are changed: the letters "kcds"."""

_locks: dict[int, threading.Lock] = {}
"""A lock for each process: Alembic keeps what it is doing in globals of its modules."""


def upgrade(connection: Connection, group: Group) -> None:
    """Bring the tables of this group to the newest revision, inside the caller's transaction.

    Raises StoreError where a newer release made them.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    current = revision_of(connection, group)
    if current is not None and not is_known(group, current):
        raise StoreError(
            f"the database is at revision {current}, which this release does not know: a newer kcds made it. "
            "Install that release again, or restore the backup that was made before it"
        )
    with _locks.setdefault(os.getpid(), threading.Lock()):  # not one held by a thread of before a fork
        command.upgrade(make_config(connection, group), "head")


def is_known(group: Group, revision: str) -> bool:
    """Whether this release knows a revision of this group: a newer one it does not."""
    scripts = ScriptDirectory.from_config(make_config(None, group))
    return revision in {script.revision for script in scripts.walk_revisions()}


def make_config(connection: Connection | None, group: Group) -> Config:
    """Say to Alembic where the steps of this group are and on which connection to run them."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(MIGRATIONS / group.name).replace("%", "%%"))
    config.attributes.update(connection=connection, group=group)
    return config
