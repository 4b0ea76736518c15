"""What became of the advice, by rule and version: counts only. No call, card, user or patient can be told apart."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

RuleVersion: TypeAlias = tuple[str, str]
Reason: TypeAlias = tuple[str, str]
"""System and code; both empty where a card was overridden without a reason."""

NO_REASON: Reason = ("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which calls are counted: those of `since` and later, before `until`; None: whatever it is."""

    since: datetime
    until: datetime
    service: str | None = None
    client: str | None = None
    version: str | None = None  # of the knowledge
    mode: str = "live"

    @property
    def weeks(self) -> list[datetime]:
        """The beginnings of the weeks, and the end of the last."""
        count = -(-(self.until - self.since) // timedelta(weeks=1))
        return [*(self.since + timedelta(weeks=week) for week in range(count)), self.until]

    def includes(self, mode: str, client: str, service: str, version: str) -> bool:
        """Whether a call of this period is counted."""
        return (
            mode == self.mode
            and self.client in (None, client)
            and self.service in (None, service)
            and self.version in (None, version)
        )


@dataclass(slots=True)
class OfRule:
    """One version of one rule: when it applied or could not tell, and what became of the cards made for it."""

    fired: Counter[int] = field(default_factory=Counter)  # by week, counted from the first of the period
    unknown: int = 0
    shown: int = 0
    accepted: int = 0
    overridden: Counter[Reason] = field(default_factory=Counter)


@dataclass(slots=True)
class Tally:
    """All that was counted; `modes`, `clients` and `versions` are of the whole period, whatever else was asked for."""

    rules: dict[RuleVersion, OfRule] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)  # by service
    cards: Counter[str] = field(default_factory=Counter)  # shown, by service
    milliseconds: list[float] = field(default_factory=list)
    modes: Counter[str] = field(default_factory=Counter)
    clients: Counter[str] = field(default_factory=Counter)
    versions: dict[str, int] = field(default_factory=dict)  # of the knowledge, with the first week each was used in

    def of(self, rule: RuleVersion) -> OfRule:
        """Return the counts of one version of one rule."""
        return self.rules.setdefault(rule, OfRule())
