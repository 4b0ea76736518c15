"""Deleting what has had its time, a few hundred rows at once, so that nobody waits long for the lock."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Table, delete, select

from kcds.store.database import Database
from kcds.store.tables import call, feedback, session, shown, token

ROWS = 500

SHOWN_LASTS = timedelta(days=60)
"""Longer than any period within which the same advice is not repeated."""


def delete_expired(short: Database, now: datetime) -> int:
    """Delete tokens and sessions that have expired and what was shown long ago; returns how many; raises StoreError."""
    expired = delete_rows(short, token, token.c.digest, token.c.expires < now)
    expired += delete_rows(short, session, session.c.digest, session.c.expires < now)
    return expired + delete_rows(short, shown, shown.c.view_key, shown.c.at < now - SHOWN_LASTS)


def delete_before(kept: Database, moment: datetime) -> tuple[int, int]:
    """Delete calls (with their cards) and feedback of before; returns how many of each; raises StoreError."""
    calls = delete_rows(kept, call, call.c.id, call.c.at < moment)
    return calls, delete_rows(kept, feedback, feedback.c.digest, feedback.c.received_at < moment)


def delete_rows(database: Database, table: Table, key: ColumnElement[str], which: ColumnElement[bool]) -> int:
    """Delete the rows that the condition picks, some at once; returns how many; raises StoreError."""
    return sum(_batches(database, table, key, which))


def _batches(database: Database, table: Table, key: ColumnElement[str], which: ColumnElement[bool]) -> Iterable[int]:
    deleted = ROWS
    while deleted == ROWS:
        with database.transaction() as connection:
            some = (
                select(key).where(which).limit(ROWS).with_for_update(skip_locked=True)
            )  # another process may be at it
            deleted = len(connection.execute(delete(table).where(key.in_(some)).returning(key)).all())
        yield deleted
