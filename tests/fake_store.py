"""A store in memory, for tests: keeps what it is given, at once, and fails when it is told to."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from uuid import UUID

from kcds.errors import StoreError
from kcds.model.dismissals import Dismissal
from kcds.outbound.deadline import Deadline
from kcds.store.records import CallBefore, CallRecord, FeedbackRecord
from kcds.store.tally import Tally, Wanted


@dataclass
class MemoryStore:
    """What was kept, in the order it came."""

    broken: bool = False
    calls: list[CallRecord] = field(default_factory=list)
    feedback: list[FeedbackRecord] = field(default_factory=list)
    tokens: set[tuple[str, str]] = field(default_factory=set)
    sessions: dict[bytes, tuple[bytes, datetime]] = field(default_factory=dict)
    shown: dict[bytes, tuple[bytes, datetime]] = field(default_factory=dict)

    def record_call(self, call: CallRecord) -> None:
        if not self.broken:
            self.calls.append(call)

    def keep_feedback(self, entries: Sequence[FeedbackRecord]) -> None:
        if self.broken:
            raise StoreError("broken")
        for entry in entries:
            if _same(entry) not in map(_same, self.feedback):
                self.feedback.append(entry)

    def remember_token(self, issuer: str, token_id: str, expires: datetime, deadline: Deadline) -> bool:  # noqa: ARG002
        known = (issuer, token_id) in self.tokens
        self.tokens.add((issuer, token_id))
        return not known

    def dismissals(self, client: str, patient_key: bytes, since: datetime, deadline: Deadline) -> tuple[Dismissal, ...]:  # noqa: ARG002
        if self.broken:
            return ()
        cards = {
            str(card.uuid): card
            for call in self.calls
            if call.client == client and call.patient_key == patient_key
            for card in call.cards
            if card.shown
        }
        return tuple(
            Dismissal(
                topic=cards[f.card].topic,
                rule=r.rule,
                version=r.version,
                status=r.status,
                reason_code=f.reason_code,
                reason_system=f.reason_system or "",
                at=at,
            )
            for f in self.feedback
            if f.client == client and f.outcome == "overridden" and f.reason_code and f.card in cards
            for at in [min(f.outcome_at, f.received_at)]
            if at >= since
            for r in cards[f.card].rules
        )

    def find_call(self, call_id: UUID, deadline: Deadline) -> CallBefore | None:  # noqa: ARG002
        found = [] if self.broken else [call for call in self.calls if call.id == call_id]
        return next((CallBefore(**{f.name: getattr(c, f.name) for f in fields(CallBefore)}) for c in found), None)

    def tally(self, wanted: Wanted) -> Tally:  # noqa: ARG002
        self._require()
        return Tally()

    def shown_before(self, view_key: bytes, advice: bytes, since: datetime, deadline: Deadline) -> bool:  # noqa: ARG002
        last = self.shown.get(view_key)
        return not self.broken and last is not None and last[0] == advice and last[1] >= since

    def remember_shown(self, view_key: bytes, advice: bytes, at: datetime) -> None:
        self.shown[view_key] = (advice, at)

    def keep_session(self, digest: bytes, sealed: bytes, expires: datetime) -> None:
        self._require()
        self.sessions[digest] = (sealed, expires)

    def find_session(self, digest: bytes, now: datetime) -> bytes | None:
        self._require()
        sealed, expires = self.sessions.get(digest, (None, now))
        return sealed if expires > now else None

    def take_session(self, digest: bytes, now: datetime) -> bytes | None:
        found = self.find_session(digest, now)
        self.sessions.pop(digest, None)
        return found

    def _require(self) -> None:
        if self.broken:
            raise StoreError("broken")

    def state(self) -> str:
        return "unavailable" if self.broken else "ok"

    def close(self) -> None:
        """Have nothing to let go."""


def _same(entry: FeedbackRecord) -> FeedbackRecord:
    """The entry without what may differ when it is sent again."""
    return replace(entry, received_at=entry.outcome_at, comment=None)
