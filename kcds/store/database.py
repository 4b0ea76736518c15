"""One database, used through transactions; makes its tables when they are missing, and notices when it was taken away.

Every failure is a StoreError whose message names the kind of error only.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from kcds.errors import StoreError
from kcds.store.engines import PATIENCE, WRITES, identity_of, make_engine
from kcds.store.patience import Breaker
from kcds.store.places import Place
from kcds.store.revisions import revision_of
from kcds.store.trouble import state_after, trouble_of

LEAST_ROOM = 512 * 1024
"""Bytes without which the disk of an SQLite file counts as full."""

log = structlog.get_logger("kcds.store")


class Database:
    """Transactions on one database; safe to use from several threads of one process, not across a fork."""

    def __init__(self, place: Place) -> None:
        """Connect to nothing yet."""
        self.place = place
        self.breaker = Breaker()
        self._engine = make_engine(place)
        self._file: tuple[int, int] | None = None
        self._current = False  # whether the tables are known to be at the newest revision
        self._disposed = 0  # how often the connections were let go
        self._lock = threading.Lock()

    @contextmanager
    def transaction(self, *, writes: bool = True, patience: float = 1) -> Iterator[Connection]:
        """Give a connection in a transaction, committed at the end; waits so many seconds for another's lock.

        Raises StoreError where it cannot be begun or committed; then nothing was written.
        """
        try:
            self._prepare(patience)
            with self._begin(writes=writes, patience=patience) as connection:
                yield connection
            if writes:
                self._require_file()
        except (SQLAlchemyError, OSError) as error:
            self._current = False
            raise StoreError(trouble_of(error), "full" if self._has_no_room() else state_after(error)) from None

    def prepare(self) -> None:
        """Bring the tables to the newest revision where they are not; raises StoreError."""
        with self.transaction(writes=False):
            pass

    def peek(self) -> AbstractContextManager[Connection]:
        """Give a connection for reading, whatever the revision of the tables; raises SQLAlchemyError or OSError."""
        return self._begin(writes=False, patience=1)

    def check(self, patience: float) -> None:
        """Write nothing of meaning, but write: a full disk or a lock shows; raises StoreError."""
        if self._has_no_room():
            raise StoreError("the disk of the store is full", "full")
        with self.transaction(patience=patience) as connection:
            if self.place.file is not None:
                connection.exec_driver_sql("PRAGMA user_version = 0")
            elif connection.exec_driver_sql("SHOW transaction_read_only").scalar() != "off":
                raise StoreError("the database may only be read")

    def close(self) -> None:
        """Let the connections go."""
        self._dispose()

    @contextmanager
    def _begin(self, *, writes: bool, patience: float) -> Iterator[Connection]:
        disposed = self._disposed
        with self._engine.execution_options(**{WRITES: writes, PATIENCE: patience}).connect() as connection:
            try:
                with connection.begin():
                    yield connection
            finally:
                if self._disposed != disposed:  # its pool is gone: nobody else would close it
                    connection.invalidate()

    def _dispose(self) -> None:
        self._disposed += 1
        self._engine.dispose()

    def _prepare(self, patience: float) -> None:
        if self._file_is_another():
            self._leave()
        if self._current:
            return
        with self._lock:
            if self._current:
                return
            with self._begin(writes=False, patience=patience) as connection:
                outdated = [g for g in self.place.groups if revision_of(connection, g) != g.head]
            if outdated:
                from kcds.store.migrate import upgrade  # noqa: PLC0415 - Alembic: slow to import, and seldom needed

                with self._begin(writes=True, patience=patience) as connection:
                    for group in outdated:
                        upgrade(connection, group)
            self._file = self._identity()
            self._current = True

    def _identity(self) -> tuple[int, int] | None:
        return identity_of(self.place.file) if self.place.file is not None else None

    def _file_is_another(self) -> bool:
        return self._file is not None and self._file != self._identity()

    def _require_file(self) -> None:
        """What went into a file that has no name any more is not kept."""
        if self._file_is_another():
            raise StoreError("the database file was taken away")

    def _has_no_room(self) -> bool:
        """Whether the disk is as good as full. SQLite has many words for it, and small writes may still pass."""
        if self.place.file is None:
            return False
        try:
            disk = os.statvfs(self.place.file.parent)
        except OSError:
            return False
        return disk.f_bavail * disk.f_frsize < LEAST_ROOM

    def _leave(self) -> None:
        """Let connections to a file without a name go (SQLite then leaves the new file's log alone)."""
        with self._lock:
            if not self._file_is_another():
                return  # another thread did it
            log.warning("store", what="database file was taken away: a new one is begun")
            self._file, self._current = None, False
            self._dispose()
