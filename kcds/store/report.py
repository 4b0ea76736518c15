"""Counting what is kept: calls and cards are read in portions, within a time, and only sums leave this module.

A call holds nearly a hundred answers. Read as JSON a hundred thousand calls would take many seconds, so the text that
we wrote ourselves is cut between its entries, equal entries are counted, and each different one is read once.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, TypeAlias

import orjson
from sqlalchemy import Connection, Select, Text, cast, select

from kcds.errors import StoreError
from kcds.outbound.deadline import Deadline
from kcds.store.tables import call, card, feedback
from kcds.store.tally import NO_REASON, Reason, Tally, Wanted

PORTION = 2000
"""Rows that are in memory at once."""

_APPLIES, _ACCEPTED, _OVERRIDDEN = "applies", "accepted", "overridden"
_BETWEEN = "],["

_Calls: TypeAlias = dict[str, tuple[str, str]]
"""Client and service of a call, by its id."""

_Outcomes: TypeAlias = dict[tuple[str, str], tuple[str, Reason]]
"""What became of a card, by its client and uuid: the last that was said."""


def count_advice(connection: Connection, wanted: Wanted, deadline: Deadline) -> Tally:
    """Count what is wanted; raises StoreError where the time is over, so that nothing goes on that nobody waits for."""
    tally = Tally()
    counted = _count_calls(connection, wanted, tally, deadline)
    _count_cards(connection, wanted, tally, counted, deadline)
    return tally


def _count_calls(connection: Connection, wanted: Wanted, tally: Tally, deadline: Deadline) -> _Calls:
    """Count each call of the period, and what was answered by those that are wanted; say which these are.

    Week by week, so that of no call the time need be read.
    """
    counted: _Calls = {}
    periods: Counter[tuple[str, str]] = Counter()
    columns = (call.c.id, call.c.mode, call.c.client, call.c.service, call.c.knowledge_version, call.c.milliseconds)
    for week, (begins, ends) in enumerate(pairwise(wanted.weeks)):
        entries: Counter[str] = Counter()
        query = select(*columns, cast(call.c.rules, Text)).where(call.c.at >= begins, call.c.at < ends)
        for call_id, mode, client, service, version, milliseconds, rules in _rows(connection, query, deadline):
            periods[mode, client] += 1
            tally.versions.setdefault(version, week)
            if wanted.includes(mode, client, service, version):
                counted[call_id] = client, service
                tally.calls[service] += 1
                tally.milliseconds.append(milliseconds)
                entries.update(_entries(rules))
        _count_entries(tally, week, entries)
    for (mode, client), calls in periods.items():
        tally.modes[mode] += calls
        tally.clients[client] += calls
    return counted


def _count_entries(tally: Tally, week: int, entries: Counter[str]) -> None:
    for entry, count in entries.items():
        rule, version, status = orjson.loads(f"[{entry}]")
        counts = tally.of((rule, version))
        if status == _APPLIES:
            counts.fired[week] += count
        else:
            counts.unknown += count


def _count_cards(connection: Connection, wanted: Wanted, tally: Tally, calls: _Calls, deadline: Deadline) -> None:
    """Count the cards of these calls. All cards are read: to look each call's up takes longer than that."""
    outcomes = _outcomes(connection, wanted, deadline)
    found: Counter[tuple[str, str, Reason]] = Counter()
    query = select(card.c.uuid, card.c.call, cast(card.c.rules, Text)).where(card.c.shown)
    for uuid, call_id, rules in _rows(connection, query, deadline):
        if call_id in calls:
            client, service = calls[call_id]
            tally.cards[service] += 1
            found[rules, *outcomes.get((client, uuid), ("", NO_REASON))] += 1
    for (rules, outcome, reason), count in found.items():
        for key in {(rule, version) for rule, version, _ in orjson.loads(rules)}:
            counts = tally.of(key)
            counts.shown += count
            if outcome == _ACCEPTED:
                counts.accepted += count
            elif outcome == _OVERRIDDEN:
                counts.overridden[reason] += count


def _outcomes(connection: Connection, wanted: Wanted, deadline: Deadline) -> _Outcomes:
    """Read what became of cards since then: the last that was said of each."""
    columns = (feedback.c.client, feedback.c.card, feedback.c.outcome, feedback.c.reason_system, feedback.c.reason_code)
    query = select(*columns).where(feedback.c.received_at >= wanted.since)
    query = query.order_by(feedback.c.outcome_at, feedback.c.received_at, feedback.c.digest)
    return {
        (client, uuid): (outcome, (system or "", code) if code else NO_REASON)
        for client, uuid, outcome, system, code in _rows(connection, query, deadline)
    }


def _rows(connection: Connection, query: Select[Any], deadline: Deadline) -> Iterator[Any]:  # rows
    for portion in connection.execute(query.execution_options(yield_per=PORTION)).partitions():
        if not deadline.left():
            raise StoreError("the store did not answer in time")
        yield from portion


def _entries(rules: str) -> list[str]:
    """Cut `[["a","1.0.0","applies"],["b",...]]` between its entries. No rule, version or answer holds a bracket."""
    return rules[2:-2].split(_BETWEEN) if len(rules) > len("[[]]") else []
