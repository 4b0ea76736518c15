"""Feedback as rows of a table, with the card and the rules that it is about where they are known."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, select

from kcds.errors import StoreError
from kcds.store.database import Database
from kcds.store.keys import KeyRing
from kcds.store.tables import call, card, feedback

COLUMNS = (
    *("received_at", "outcome_at", "client", "service", "card", "outcome", "reason_code", "reason_system"),
    *("accepted", "topic", "indicator", "rules", "disposition", "knowledge_version"),
)
COMMENT = "comment"

UNREADABLE = "(encrypted with another secret key)"


def feedback_rows(kept: Database, keys: KeyRing | None) -> Iterator[list[str]]:
    """Give the names of the columns and then each entry, in the order they came; comments where keys are given.

    Raises StoreError where the database cannot be read.
    """
    yield [*COLUMNS, *([COMMENT] if keys else [])]
    query = (
        select(feedback, card.c.topic, card.c.indicator, card.c.rules, call.c.disposition, call.c.knowledge_version)
        .outerjoin(
            card.join(call, call.c.id == card.c.call),
            (card.c.uuid == feedback.c.card) & (call.c.client == feedback.c.client),
        )
        .order_by(feedback.c.received_at)
        .execution_options(yield_per=1000)
    )
    with kept.transaction(writes=False) as connection:
        for row in connection.execute(query).mappings():
            yield [*(_cell(row[name], name) for name in COLUMNS), *([_comment(row, keys)] if keys else [])]


def _cell(value: Any, name: str) -> str:  # noqa: ANN401 - whatever a column holds
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if name == "rules":
        return " ".join(f"{rule}@{version}" for rule, version, _ in value)
    return _harmless(" ".join(value) if isinstance(value, list) else str(value))


def _comment(row: RowMapping, keys: KeyRing) -> str:
    if row[COMMENT] is None:
        return ""
    try:
        return _harmless(keys.decrypt(row[COMMENT]))
    except StoreError:
        return UNREADABLE


def _harmless(text: str) -> str:
    """A text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
