"""What a user did not want to be told again, as the store remembers it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Dismissal:
    """A card shown for this answer of a rule was overridden for this reason at `at` (never later than received)."""

    topic: str  # of the card
    rule: str
    version: str
    status: str
    reason_code: str
    reason_system: str
    at: datetime
