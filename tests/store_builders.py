"""Stores and what goes into them, for tests."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from kcds.outbound.deadline import Deadline
from kcds.settings import Settings
from kcds.store.keys import KeyRing
from kcds.store.opening import open_store
from kcds.store.records import CallRecord, CardRecord, FeedbackRecord, RuleAnswer
from kcds.store.sql_store import SqlStore

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
KEYS = KeyRing(b"a secret for tests, long enough!!")
PATIENT = KEYS.digest("patient", "ehr", "pat-1")
SINCE = NOON - timedelta(days=30)
STOP = RuleAnswer(rule="active-psychosis", version="1.0.0", status="applies")


@dataclass
class Kept:
    """A store, what it counted, and the clock it goes by."""

    store: SqlStore
    counted: Counter[str] = field(default_factory=Counter)
    now: datetime = NOON


@contextmanager
def opened(directory: Path | None = None, url: str | None = None, **settings: Any) -> Iterator[Kept]:
    """A store in this directory, or at this URL, closed afterwards."""
    chosen = Settings(data_dir=directory, database_url=url, **settings)
    counted: Counter[str] = Counter()
    times = [NOON]
    store = open_store(chosen, KEYS, count=lambda event: counted.update([event]), clock=lambda: times[0])
    with closing(store):
        yield Kept(store, counted)


def call(*cards: CardRecord, **members: Any) -> CallRecord:
    """A call of one patient of the client `ehr`."""
    usual = {
        "at": NOON,
        "client": "ehr",
        "service": "ketamine-patient-view",
        "hook_instance": uuid4(),
        "knowledge_version": "2026.11.1",
        "mode": "live",
        "disposition": "contraindicated",
        "milliseconds": 12.5,
        "rules": (STOP,),
        "cards": cards,
        "patient_key": PATIENT,
    }
    return CallRecord(**(usual | members))


def card(uuid: UUID | None = None, **members: Any) -> CardRecord:
    """A card about one stop."""
    usual = {"uuid": uuid or uuid4(), "topic": "suitability", "indicator": "warning", "shown": True, "rules": (STOP,)}
    return CardRecord(**(usual | members))


def feedback(card_id: UUID | str | None = None, **members: Any) -> FeedbackRecord:
    """A card overridden with a reason."""
    usual = {
        "client": "ehr",
        "service": "ketamine-patient-view",
        "card": str(card_id or uuid4()),
        "outcome": "overridden",
        "outcome_at": NOON,
        "received_at": NOON + timedelta(seconds=2),
        "reason_code": "patient-declined",
        "reason_system": "https://kcds.example/reasons",
    }
    return FeedbackRecord(**(usual | members))


def soon() -> Deadline:
    """A deadline as a hook call has it."""
    return Deadline.after(4)


def eventually(what: Callable[[], Any], seconds: float = 10) -> Any:
    """What becomes true within these seconds; fails where it does not."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        found = what()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} seconds")
