"""The store in a database: SQLite or PostgreSQL.

Feedback is written before the call returns, in one transaction. All else is written by a thread of each process, or
asked within a quarter of a second and done without where there is no answer. A process that was forked connects anew.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Connection

from kcds.model.dismissals import Dismissal
from kcds.outbound.deadline import Deadline
from kcds.store.keys import KeyRing
from kcds.store.places import Places
from kcds.store.process import LOCK, Call, Clock, Process, Shown, Token
from kcds.store.queries import (
    add_feedback,
    add_session,
    add_token,
    find_call,
    find_dismissals,
    find_session,
    take_session,
    was_shown,
)
from kcds.store.records import CallBefore, CallRecord, FeedbackRecord
from kcds.store.tally import Tally, Wanted

FEEDBACK = 2.0
"""Seconds after which feedback that is not written, and a session that is not found, is refused."""

COUNTING = 4.0
"""Seconds in which feedback is counted for a page: meanwhile the worker answers no call."""

FEEDBACK_LOCK = 1.5
"""Seconds of these for a lock of another process."""


Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How the store keeps: comments or not, for how long; whom it tells what it counts; its clock."""

    keep_comments: bool
    retention: timedelta
    count: Callable[[str], None]
    clock: Clock


class SqlStore:
    """Keeps calls, feedback, tokens and what was shown; see `Store` for what each method promises."""

    def __init__(self, places: Places, keys: KeyRing, keeping: Keeping) -> None:
        """Connect to nothing and start nothing yet: connections and threads belong to one process."""
        self._places, self._keys, self._keeping = places, keys, keeping
        self._process: Process | None = None

    def record_call(self, call: CallRecord) -> None:
        """Queue it."""
        self._here().later.put(Call(str(call.id), call))

    def keep_feedback(self, entries: Sequence[FeedbackRecord]) -> None:
        """Write it, and return when it is durable; raises StoreError after two seconds at most."""
        here = self._here()
        rows = [(entry, self._sealed(entry.comment)) for entry in entries]

        def write() -> None:
            with here.kept.transaction(patience=FEEDBACK_LOCK) as connection:
                add_feedback(connection, rows)

        here.require(here.kept, write, FEEDBACK, "feedback-failed")

    def remember_token(self, issuer: str, token_id: str, expires: datetime, deadline: Deadline) -> bool:
        """Ask the database, or go by what this process has seen."""
        here = self._here()
        digest = sha256(f"{len(issuer)}:{issuer}{token_id}".encode("utf-8", "replace")).digest()
        if not here.tokens.add(digest, expires):
            return False

        def write() -> bool:
            with here.short.transaction(patience=LOCK) as connection:
                return add_token(connection, digest, expires)

        new = here.look_up(here.short, write, deadline)
        if new is None:
            self._keeping.count("fallback")
            here.later.put(Token(digest, expires))
        return new is not False

    def dismissals(self, client: str, patient_key: bytes, since: datetime, deadline: Deadline) -> tuple[Dismissal, ...]:
        """Ask the database, or know of none."""
        here = self._here()

        def read() -> tuple[Dismissal, ...]:
            with here.kept.transaction(writes=False, patience=LOCK) as connection:
                return find_dismissals(connection, client, patient_key, since)

        return here.look_up(here.kept, read, deadline) or ()

    def find_call(self, call_id: UUID, deadline: Deadline) -> CallBefore | None:
        """Ask the database, or know of none."""
        here = self._here()

        def read() -> CallBefore | None:
            with here.kept.transaction(writes=False, patience=LOCK) as connection:
                return find_call(connection, call_id)

        return here.look_up(here.kept, read, deadline)

    def tally(self, wanted: Wanted) -> Tally:
        """Count in a thread of its own; raises StoreError after four seconds at most."""
        from kcds.store.report import count_advice  # noqa: PLC0415 - a worker that only answers hooks never counts

        here, deadline = self._here(), Deadline.after(COUNTING)

        def read() -> Tally:
            with here.kept.transaction(writes=False, patience=LOCK) as connection:
                return count_advice(connection, wanted, deadline)

        return here.require(here.kept, read, COUNTING, "report-failed")

    def shown_before(self, view_key: bytes, advice: bytes, since: datetime, deadline: Deadline) -> bool:
        """Ask the database, or say no."""
        here = self._here()

        def read() -> bool:
            with here.short.transaction(writes=False, patience=LOCK) as connection:
                return was_shown(connection, view_key, advice, since)

        return here.look_up(here.short, read, deadline) or False

    def remember_shown(self, view_key: bytes, advice: bytes, at: datetime) -> None:
        """Queue it."""
        self._here().later.put(Shown(view_key, advice, at))

    def keep_session(self, digest: bytes, sealed: bytes, expires: datetime) -> None:
        """Write it, and see to it that somebody tidies up; raises StoreError after two seconds at most."""
        self._here().later.start()
        self._of_sessions(lambda connection: add_session(connection, digest, sealed, expires))

    def find_session(self, digest: bytes, now: datetime) -> bytes | None:
        """Ask the database; raises StoreError after two seconds at most."""
        return self._of_sessions(lambda connection: find_session(connection, digest, now))

    def take_session(self, digest: bytes, now: datetime) -> bytes | None:
        """Ask the database, which deletes it; raises StoreError after two seconds at most."""
        return self._of_sessions(lambda connection: take_session(connection, digest, now))

    def state(self) -> str:
        """Try to write, at most every other second."""
        return self._here().state()

    def close(self) -> None:
        """Write down what is queued, for two seconds at most, and close the connections of this process."""
        process, self._process = self._process, None
        if process is not None and process.pid == os.getpid():
            process.close()

    def prepare(self) -> None:
        """Bring the tables to the newest revision; raises StoreError. Nothing stays open: this may be forked."""
        process = self._new_process()
        try:
            for database in process.databases:
                database.prepare()
        finally:
            process.close()

    def _of_sessions(self, work: Callable[[Connection], Found]) -> Found:
        here = self._here()

        def do() -> Found:
            with here.short.transaction(patience=FEEDBACK_LOCK) as connection:
                return work(connection)

        return here.require(here.short, do, FEEDBACK, "session-failed")

    def _here(self) -> Process:
        """What this process holds; what the process before the fork held is left to it."""
        process = self._process
        if process is None or process.pid != os.getpid():
            process = self._process = self._new_process()
        return process

    def _new_process(self) -> Process:
        keeping = self._keeping
        return Process(self._places, retention=keeping.retention, count=keeping.count, clock=keeping.clock)

    def _sealed(self, comment: str | None) -> bytes | None:
        return self._keys.encrypt(comment) if comment and self._keeping.keep_comments else None
