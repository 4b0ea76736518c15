"""Counting what is kept: calls and cards are read in portions, within a time, and only sums leave this module.

A call holds nearly a hundred answers. Read as JSON a hundred thousand calls would take many seconds, so the text that
we wrote ourselves is cut between its entries, equal entries are counted, and each different one is read once.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, TypeAlias

import orjson
from sqlalchemy import Connection, Select, Text, cast, func, select, type_coerce
from sqlalchemy.sql.elements import ColumnElement

from kcds.errors import StoreError
from kcds.outbound.deadline import Deadline
from kcds.store.tables import call, card, feedback
from kcds.store.tally import NO_REASON, Reason, Tally, Wanted

PORTION = 2000
"""Rows that are in memory at once."""

_DAYS = 7
_APPLIES, _ACCEPTED, _OVERRIDDEN = "applies", "accepted", "overridden"
_BETWEEN = "],["

_Outcomes: TypeAlias = dict[tuple[str, str], tuple[str, Reason]]
"""What became of a card, by its client and uuid: the last that was said."""


def count_advice(connection: Connection, wanted: Wanted, deadline: Deadline) -> Tally:
    """Count what is wanted; raises StoreError where the time is over, so that nothing goes on that nobody waits for."""
    tally = Tally()
    _count_periods(connection, wanted, tally)
    _count_calls(connection, wanted, tally, deadline)
    _count_cards(connection, wanted, tally, deadline)
    return tally


def _count_periods(connection: Connection, wanted: Wanted, tally: Tally) -> None:
    columns = (call.c.mode, call.c.client, call.c.knowledge_version)
    first = type_coerce(func.min(call.c.at), call.c.at.type).label("first")
    query = (
        select(*columns, func.count().label("calls"), first)
        .where(call.c.at >= wanted.since, call.c.at < wanted.until)
        .group_by(*columns)
    )
    for row in connection.execute(query):
        tally.modes[row.mode] += row.calls
        tally.clients[row.client] += row.calls
        day = row.first.date()
        tally.versions[row.knowledge_version] = min(day, tally.versions.get(row.knowledge_version, day))
    tally.versions = dict(sorted(tally.versions.items(), key=lambda used: (used[1], used[0])))


def _count_calls(connection: Connection, wanted: Wanted, tally: Tally, deadline: Deadline) -> None:
    entries: dict[int, Counter[str]] = {}
    query = select(call.c.at, call.c.service, call.c.milliseconds, cast(call.c.rules, Text)).where(*_asked(wanted))
    for at, service, milliseconds, rules in _rows(connection, query, deadline):
        tally.calls[service] += 1
        tally.milliseconds.append(milliseconds)
        entries.setdefault((at - wanted.since).days // _DAYS, Counter()).update(_entries(rules))
    for week, found in entries.items():
        for entry, count in found.items():
            rule, version, status = orjson.loads(f"[{entry}]")
            counts = tally.of((rule, version))
            if status == _APPLIES:
                counts.fired[week] += count
            else:
                counts.unknown += count


def _count_cards(connection: Connection, wanted: Wanted, tally: Tally, deadline: Deadline) -> None:
    outcomes = _outcomes(connection, wanted, deadline)
    query = select(card.c.uuid, call.c.client, call.c.service, card.c.rules).join(call, call.c.id == card.c.call)
    for uuid, client, service, rules in _rows(connection, query.where(card.c.shown, *_asked(wanted)), deadline):
        tally.cards[service] += 1
        outcome, reason = outcomes.get((client, uuid), ("", NO_REASON))
        for key in {(rule, version) for rule, version, _ in rules}:
            counts = tally.of(key)
            counts.shown += 1
            counts.accepted += outcome == _ACCEPTED
            if outcome == _OVERRIDDEN:
                counts.overridden[reason] += 1


def _outcomes(connection: Connection, wanted: Wanted, deadline: Deadline) -> _Outcomes:
    """Read what became of cards since then: the last that was said of each."""
    columns = (feedback.c.client, feedback.c.card, feedback.c.outcome, feedback.c.reason_system, feedback.c.reason_code)
    query = select(*columns).where(feedback.c.received_at >= wanted.since)
    query = query.order_by(feedback.c.outcome_at, feedback.c.received_at, feedback.c.digest)
    return {
        (client, uuid): (outcome, (system or "", code) if code else NO_REASON)
        for client, uuid, outcome, system, code in _rows(connection, query, deadline)
    }


def _asked(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions = [call.c.at >= wanted.since, call.c.at < wanted.until, call.c.mode == wanted.mode]
    for column, value in (
        (call.c.service, wanted.service),
        (call.c.client, wanted.client),
        (call.c.knowledge_version, wanted.version),
    ):
        if value is not None:
            conditions.append(column == value)
    return conditions


def _rows(connection: Connection, query: Select[Any], deadline: Deadline) -> Iterator[Any]:  # rows
    for portion in connection.execute(query.execution_options(yield_per=PORTION)).partitions():
        if not deadline.left():
            raise StoreError("the store did not answer in time")
        yield from portion


def _entries(rules: str) -> list[str]:
    """Cut `[["a","1.0.0","applies"],["b",...]]` between its entries. No rule, version or answer holds a bracket."""
    return rules[2:-2].split(_BETWEEN) if len(rules) > len("[[]]") else []
