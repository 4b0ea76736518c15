"""What the pages and calls of the service are made of, put together by `kcds.app`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, TypeAlias

from kcds.auth.identity import Authenticator
from kcds.service import AdviceService
from kcds.settings import Settings
from kcds.store.keys import KeyRing
from kcds.store.records import Store
from kcds.web.metrics import Metrics

if TYPE_CHECKING:
    from kcds.auth.smart.smart import Smart
    from kcds.auth.staff import Staff

Clock: TypeAlias = Callable[[], datetime]
"""Gives the time, with its zone."""


def utc_now() -> datetime:
    """Return the time of this machine: the one clock of the service."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The service, what it keeps, who may call it, and its clock."""

    service: AdviceService
    settings: Settings
    store: Store
    keys: KeyRing
    authenticator: Authenticator  # without a default: nobody lets everybody in by leaving it out
    metrics: Metrics = field(default_factory=Metrics)
    clock: Clock = utc_now
    smart: "Smart | None" = None  # EHRs that open the review page; None: there are none
    staff: "Staff | None" = None  # who may see feedback; None: nobody was named

    def today(self, now: datetime) -> date:
        """Give the day, in the zone of the settings."""
        return now.astimezone(self.settings.zone).date()
