"""What one process holds of the store: connections, threads, and what it noticed. Never used across a fork."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias, TypeVar

import structlog
from sqlalchemy import Connection

from kcds.errors import StoreError, place_of
from kcds.outbound.deadline import Deadline
from kcds.store.database import Database
from kcds.store.patience import Askers
from kcds.store.places import Places
from kcds.store.queries import add_calls, add_short_lived
from kcds.store.records import CallRecord
from kcds.store.tidying import delete_before, delete_expired
from kcds.store.token_memory import TokenMemory
from kcds.store.writer import Writer

log = structlog.get_logger("kcds.store")

LOOK_UP = 0.25
"""Seconds that a call may wait for the store."""

LOCK = 0.2
"""Seconds of these for a lock of another process."""

FLUSH = 2.0
STATE_HOLDS = 2.0
FIRST_PRUNING = 300.0
DAY = 86_400.0

Answer = TypeVar("Answer")
Clock: TypeAlias = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Call:
    """A call to be kept under this id."""

    id: str
    record: CallRecord


@dataclass(frozen=True, slots=True)
class Shown:
    """Advice that was shown."""

    view_key: bytes
    advice: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Token:
    """A token id that could not be kept at once."""

    digest: bytes
    expires: datetime


Later: TypeAlias = Call | Shown | Token


class Process:
    """The store inside one process."""

    def __init__(self, places: Places, *, retention: timedelta, count: Callable[[str], None], clock: Clock) -> None:
        """Connect to nothing and start nothing yet."""
        self.pid = os.getpid()
        self.databases = [Database(place) for place in places.distinct]
        self.kept, self.short = self.databases[0], self.databases[-1]
        self.askers = Askers()
        self.tokens = TokenMemory()
        self.later: Writer[Later] = Writer(self._write, self._tidy, count)
        self._retention, self._count, self._clock = retention, count, clock
        self._prune_at = time.monotonic() + FIRST_PRUNING
        self._troubles: dict[tuple[str, Database], str] = {}
        self._state, self._state_until = "ok", 0.0

    def look_up(self, database: Database, work: Callable[[], Answer], deadline: Deadline) -> Answer | None:
        """Return the answer, or None where there is none in time; then it is not asked again for a while."""
        seconds = min(LOOK_UP, deadline.left())
        if database.breaker.is_open or not seconds:
            return None
        try:
            answer = self.askers.ask(work, seconds)
        except Exception as error:  # noqa: BLE001 - advice goes on whatever it is
            database.breaker.failed()
            self.failed("look-up-failed", database, error)
            return None
        database.breaker.worked()
        self.worked("look-up-failed", database)
        return answer

    def require(self, database: Database, work: Callable[[], Answer], seconds: float, what: str) -> Answer:
        """Return the answer; raises StoreError, and counts that `what` happened, where there is none in time."""
        try:
            answer = self.askers.ask(work, seconds)
        except Exception as error:
            self.failed(what, database, error)
            if isinstance(error, StoreError):
                raise
            raise StoreError("the store does not work") from None
        self.worked(what, database)
        return answer

    def failed(self, what: str, database: Database, error: Exception) -> None:
        """Count a failure, and log it unless it failed like this the last time."""
        known = isinstance(error, StoreError)
        trouble = str(error) if known else f"unexpected {type(error).__name__} in {place_of(error)}"
        self._count(what)
        if self._troubles.get((what, database)) != trouble:
            self._troubles[what, database] = trouble
            log.warning("store", what=what, trouble=trouble)

    def worked(self, what: str, database: Database) -> None:
        """Log that this works again, if it did not."""
        if self._troubles.pop((what, database), None) is not None:
            log.warning("store", what=what, trouble="none any more")

    def state(self) -> str:
        """Say `ok`, `unavailable` or `full`; looks at most every other second."""
        if time.monotonic() >= self._state_until:
            found = {self._state_of(database) for database in self.databases}
            self._state = next((bad for bad in ("full", "unavailable") if bad in found), "ok")
            self._state_until = time.monotonic() + STATE_HOLDS
        return self._state

    def close(self) -> None:
        """Write down what is queued and let the connections go."""
        self.later.close(FLUSH)
        for database in self.databases:
            database.close()

    def _state_of(self, database: Database) -> str:
        try:
            self.askers.ask(lambda: database.check(LOCK), LOOK_UP)
        except StoreError as error:
            return "full" if error.state == "full" else "unavailable"
        except Exception:  # noqa: BLE001 - readiness is told, whatever it is
            return "unavailable"
        return "ok"

    def _write(self, batch: Sequence[Later]) -> None:
        """Write a batch; written twice, it is there once."""
        calls = [(item.id, item.record) for item in batch if isinstance(item, Call)]
        shown = [(item.view_key, item.advice, item.at) for item in batch if isinstance(item, Shown)]
        tokens = [(item.digest, item.expires) for item in batch if isinstance(item, Token)]
        if calls:
            self._write_to(self.kept, lambda connection: add_calls(connection, calls))
        if shown or tokens:
            self._write_to(self.short, lambda connection: add_short_lived(connection, tokens, shown))

    def _write_to(self, database: Database, write: Callable[[Connection], None]) -> None:
        try:
            with database.transaction() as connection:
                write(connection)
        except StoreError as error:
            self.failed("write-failed", database, error)
            raise
        self.worked("write-failed", database)

    def _tidy(self) -> None:
        now = self._clock()
        self.tokens.forget_expired(now)
        try:
            delete_expired(self.short, now)
            if time.monotonic() >= self._prune_at:
                self._prune_at = time.monotonic() + DAY
                delete_before(self.kept, now - self._retention)
        except Exception as error:  # noqa: BLE001 - it is done another time
            self.failed("tidying-failed", self.short, error)
