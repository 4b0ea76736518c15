"""The tables: `call`, `card`, `feedback` are kept; `token`, `shown`, `session` live for minutes, hours or days.

No column holds, or could be traced to, a patient: `patient_key` and `view_key` are keyed hashes. The two groups have a
schema of their own each, because in SQLite they live in two files: what was acknowledged must survive a power cut, what
is short-lived must be quick. A `session` is a launch from an EHR, sealed with a key of which the browser holds half.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)

FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def _in_utc(moment: datetime) -> datetime:
    """Give the moment in UTC, or the first or last there is: with its offset a client's may lie beyond."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return FIRST if moment.year == FIRST.year else LAST


class Instant(TypeDecorator[datetime]):
    """A moment, in UTC: SQLite keeps no zone, so it is taken off before and put on again after."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Write in UTC."""
        if value is None:
            return None
        moment = _in_utc(value)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Group:
    """Tables that live, and are migrated, together; `head` is their newest revision."""

    name: str
    metadata: MetaData
    version_table: str
    head: str


_kept = MetaData()
_short = MetaData()

call = Table(
    "call",
    _kept,
    Column("id", Text, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("client", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("hook_instance", Text, nullable=False),
    Column("knowledge_version", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("disposition", Text, nullable=False),
    Column("milliseconds", Float, nullable=False),
    Column("rules", JSON, nullable=False),  # [[rule, version, status], ...]
    Column("patient_key", LargeBinary),
    Index("call_at", "at"),
    Index("call_patient", "patient_key", "client"),
)

card = Table(
    "card",
    _kept,
    Column("uuid", Text, primary_key=True),
    Column("call", Text, ForeignKey("call.id", ondelete="CASCADE"), nullable=False),
    Column("topic", Text, nullable=False),
    Column("indicator", Text, nullable=False),
    Column("shown", Boolean, nullable=False),
    Column("rules", JSON, nullable=False),
    Index("card_call", "call"),
)

feedback = Table(
    "feedback",
    _kept,
    Column("digest", LargeBinary, primary_key=True),  # of the entry: the same entry is kept once
    Column("client", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("card", Text, nullable=False),  # as sent: it may be a card that is not, or no longer, known
    Column("outcome", Text, nullable=False),
    Column("outcome_at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("accepted", JSON, nullable=False),
    Column("reason_code", Text),
    Column("reason_system", Text),
    Column("comment", LargeBinary),  # encrypted
    Index("feedback_card", "card"),
    Index("feedback_received_at", "received_at"),
)

token = Table(
    "token",
    _short,
    Column("digest", LargeBinary, primary_key=True),
    Column("expires", Instant, nullable=False),
    Index("token_expires", "expires"),
)

shown = Table(
    "shown",
    _short,
    Column("view_key", LargeBinary, primary_key=True),
    Column("advice", LargeBinary, nullable=False),
    Column("at", Instant, nullable=False),
    Index("shown_at", "at"),
)

session = Table(
    "session",
    _short,
    Column("digest", LargeBinary, primary_key=True),  # keyed, of its name and of the browser's key
    Column("sealed", LargeBinary, nullable=False),
    Column("expires", Instant, nullable=False),
    Index("session_expires", "expires"),
)

KEPT = Group("kept", _kept, "kcds_kept_version", "kept_0001")
SHORT = Group("short", _short, "kcds_short_version", "short_0002")
