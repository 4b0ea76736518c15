"""A store that keeps nothing: for evaluation without a service around it."""

from collections.abc import Sequence
from datetime import datetime

from kcds.errors import StoreError
from kcds.outbound.deadline import Deadline
from kcds.store.records import CallRecord, Dismissal, FeedbackRecord


class Unkept:
    """Keeps nothing, and acknowledges no feedback."""

    def record_call(self, call: CallRecord) -> None:
        """Forget it."""

    def keep_feedback(self, entries: Sequence[FeedbackRecord]) -> None:  # noqa: ARG002
        """Refuse: what is acknowledged must be kept."""
        raise StoreError("feedback is not kept here")

    def remember_token(self, issuer: str, token_id: str, expires: datetime, deadline: Deadline) -> bool:  # noqa: ARG002
        """Say that it is new."""
        return True

    def dismissals(self, client: str, patient_key: bytes, since: datetime, deadline: Deadline) -> tuple[Dismissal, ...]:  # noqa: ARG002
        """Know of none."""
        return ()

    def shown_before(self, view_key: bytes, advice: bytes, since: datetime, deadline: Deadline) -> bool:  # noqa: ARG002
        """Know of none."""
        return False

    def remember_shown(self, view_key: bytes, advice: bytes, at: datetime) -> None:
        """Forget it."""

    def state(self) -> str:
        """Say that nothing is kept."""
        return "off"

    def close(self) -> None:
        """Have nothing to let go."""
