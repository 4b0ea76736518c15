"""What the store keeps, in plain words. Nothing here is, or holds, anything of a patient.

`patient_key` is a keyed hash of client and patient, present only where alert fatigue is on; without the key nobody can
tell whose it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID, uuid4

from kcds.model.dismissals import Dismissal
from kcds.outbound.deadline import Deadline
from kcds.store.tally import Tally, Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleAnswer:
    """One finding of a call: rule, its version, and whether it applies or data is required."""

    rule: str
    version: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRecord:
    """One card that was made; `shown` is false where it was held back (silent mode, alert fatigue)."""

    uuid: UUID
    topic: str
    indicator: str
    shown: bool
    rules: tuple[RuleAnswer, ...]  # for which it was made: what it only carried is not dismissed with it


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One hook call and what it came to."""

    id: UUID = field(default_factory=uuid4)
    at: datetime
    client: str
    service: str
    hook_instance: UUID
    knowledge_version: str
    mode: str
    disposition: str
    milliseconds: float
    rules: tuple[RuleAnswer, ...]
    cards: tuple[CardRecord, ...]
    patient_key: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBefore:
    """What is still known of a call that was answered before."""

    at: datetime
    service: str
    disposition: str
    knowledge_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackRecord:
    """One entry of feedback, bounded by whoever read it. `card` is text: some clients send no UUID."""

    client: str
    service: str
    card: str
    outcome: str  # accepted | overridden
    outcome_at: datetime
    received_at: datetime
    accepted_suggestions: tuple[str, ...] = ()
    reason_code: str | None = None
    reason_system: str | None = None
    comment: str | None = None


class Store(Protocol):
    """Keeps advice and feedback. Only feedback and sessions may fail; all else goes on without it and is counted."""

    def record_call(self, call: CallRecord) -> None:
        """Keep a call some time soon; returns at once, never raises."""

    def keep_feedback(self, entries: Sequence[FeedbackRecord]) -> None:
        """Keep feedback before returning, all of it or none, the same entry once; raises StoreError."""

    def remember_token(self, issuer: str, token_id: str, expires: datetime, deadline: Deadline) -> bool:
        """Whether this token id is new; known to all processes until it expires. Never raises."""

    def dismissals(self, client: str, patient_key: bytes, since: datetime, deadline: Deadline) -> tuple[Dismissal, ...]:
        """Give what was dismissed for this patient at this client since then; nothing where the store is not there."""

    def shown_before(self, view_key: bytes, advice: bytes, since: datetime, deadline: Deadline) -> bool:
        """Whether the last advice shown for this key since then was this one; false where the store is not there."""

    def remember_shown(self, view_key: bytes, advice: bytes, at: datetime) -> None:
        """Keep the advice last shown for this key some time soon; returns at once, never raises."""

    def find_call(self, call_id: UUID, deadline: Deadline) -> CallBefore | None:
        """Give what is known of a call; None where it is not known, or the store is not there. Never raises."""

    def tally(self, wanted: Wanted) -> Tally:
        """Count what became of the advice; raises StoreError."""

    def keep_session(self, digest: bytes, sealed: bytes, expires: datetime) -> None:
        """Keep a session for all processes before returning; raises StoreError."""

    def find_session(self, digest: bytes, now: datetime) -> bytes | None:
        """Give what was kept under this digest, None where nothing is or it has expired; raises StoreError."""

    def take_session(self, digest: bytes, now: datetime) -> bytes | None:
        """Give it as `find_session` does, and forget it: nobody is given it twice; raises StoreError."""

    def state(self) -> str:
        """Say how the store is, for readiness: `ok`, `unavailable` or `full`."""

    def close(self) -> None:
        """Write down what is still in memory, and let go; a few seconds at most."""
