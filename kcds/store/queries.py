"""What is asked of the tables: statements and rows, in a transaction of the caller."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from importlib import import_module
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, RowMapping, Table, delete, select

from kcds.model.dismissals import Dismissal
from kcds.store.records import CallBefore, CallRecord, CardRecord, FeedbackRecord, RuleAnswer
from kcds.store.tables import call, card, feedback, session, shown, token

LONGEST = 500
"""Characters of a text of a client that are kept."""

MOST_DISMISSALS = 200
"""Entries of feedback, newest first, that are looked at for one patient."""


def add_calls(connection: Connection, calls: Sequence[tuple[str, CallRecord]]) -> None:
    """Keep calls and their cards under these ids; a call that is there already stays as it is."""
    cards = [_card_row(call_id, c) for call_id, kept in calls for c in kept.cards]
    _add(connection, call, [_call_row(call_id, kept) for call_id, kept in calls])
    _add(connection, card, cards)


def add_feedback(connection: Connection, entries: Iterable[tuple[FeedbackRecord, bytes | None]]) -> None:
    """Keep entries with their sealed comments; the same entry is kept once."""
    rows = [_feedback_row(entry, comment) for entry, comment in entries]
    _add(connection, feedback, sorted(rows, key=lambda row: row["digest"]))


def add_token(connection: Connection, digest: bytes, expires: datetime) -> bool:
    """Keep a token id; whether it was new.

    The row comes back only when it was inserted. (`rowcount` is -1 on PostgreSQL, for the first and for a replay.)
    """
    insert = _insert(connection, token).values(digest=digest, expires=expires)
    return connection.execute(insert.on_conflict_do_nothing().returning(token.c.digest)).first() is not None


def add_short_lived(
    connection: Connection,
    tokens: Iterable[tuple[bytes, datetime]],
    views: Iterable[tuple[bytes, bytes, datetime]],
) -> None:
    """Keep token ids that were remembered elsewhere meanwhile, and the advice last shown for each view.

    Older advice never replaces newer.
    """
    _add(connection, token, [{"digest": digest, "expires": expires} for digest, expires in tokens])
    for view_key, advice, at in sorted(views):
        insert = _insert(connection, shown).values(view_key=view_key, advice=advice, at=at)
        newer = {"advice": insert.excluded.advice, "at": insert.excluded.at}
        connection.execute(
            insert.on_conflict_do_update(
                index_elements=[shown.c.view_key], set_=newer, where=insert.excluded.at >= shown.c.at
            )
        )


def add_session(connection: Connection, digest: bytes, sealed: bytes, expires: datetime) -> None:
    """Keep a session; one that is there already stays as it is."""
    _add(connection, session, [{"digest": digest, "sealed": sealed, "expires": expires}])


def find_session(connection: Connection, digest: bytes, now: datetime) -> bytes | None:
    """Give what was sealed under this digest, unless it has expired."""
    query = select(session.c.sealed).where(session.c.digest == digest, session.c.expires > now)
    found: bytes | None = connection.execute(query).scalar()
    return found


def take_session(connection: Connection, digest: bytes, now: datetime) -> bytes | None:
    """Give what was sealed under this digest, unless it has expired, and delete it: of two that ask, one gets it."""
    taken = delete(session).where(session.c.digest == digest).returning(session.c.sealed, session.c.expires)
    found = connection.execute(taken).first()
    return found.sealed if found is not None and found.expires > now else None


def was_shown(connection: Connection, view_key: bytes, advice: bytes, since: datetime) -> bool:
    """Whether the advice last shown for this key was this one, and not before `since`."""
    found = connection.execute(select(shown.c.advice, shown.c.at).where(shown.c.view_key == view_key)).first()
    return found is not None and found.advice == advice and found.at >= since


def find_call(connection: Connection, call_id: UUID) -> CallBefore | None:
    """Give what is kept of a call; None where it is not, or no longer, known."""
    columns = (call.c.at, call.c.service, call.c.disposition, call.c.knowledge_version)
    found = connection.execute(select(*columns).where(call.c.id == str(call_id))).mappings().first()
    return CallBefore(**found) if found else None


def find_dismissals(connection: Connection, client: str, patient_key: bytes, since: datetime) -> tuple[Dismissal, ...]:
    """Give each answer on each card shown for this patient that this client overrode with a reason; newest first."""
    query = (
        select(feedback, card.c.topic, card.c.rules)
        .join(card, card.c.uuid == feedback.c.card)
        .join(call, call.c.id == card.c.call)
        .where(
            call.c.patient_key == patient_key,
            call.c.client == _plain(client),
            card.c.shown,
            feedback.c.client == call.c.client,
            feedback.c.outcome == "overridden",
            feedback.c.reason_code.is_not(None),
            feedback.c.outcome_at >= since,
            feedback.c.received_at >= since,
        )
        .order_by(feedback.c.received_at.desc())
        .limit(MOST_DISMISSALS)
    )
    rows = connection.execute(query).mappings()
    return tuple(_dismissal(row, *answer) for row in rows for answer in row["rules"])


def _dismissal(row: RowMapping, rule: str, version: str, status: str) -> Dismissal:
    return Dismissal(
        topic=row["topic"],
        rule=rule,
        version=version,
        status=status,
        reason_code=row["reason_code"],
        reason_system=row["reason_system"] or "",
        at=min(row["outcome_at"], row["received_at"]),
    )


def _insert(connection: Connection, table: Table) -> Any:  # noqa: ANN401 - one of two dialects' inserts
    """Begin an insert as the dialect in use has it; that of the other database need not be loaded, which takes long."""
    return import_module(f"sqlalchemy.dialects.{connection.dialect.name}").insert(table)


def _add(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(_insert(connection, table).on_conflict_do_nothing(), rows)


def _call_row(call_id: str, kept: CallRecord) -> dict[str, Any]:
    return {
        "id": call_id,
        "at": kept.at,
        "client": _plain(kept.client),
        "service": _plain(kept.service),
        "hook_instance": str(kept.hook_instance),
        "knowledge_version": kept.knowledge_version,
        "mode": kept.mode,
        "disposition": kept.disposition,
        "milliseconds": kept.milliseconds,
        "rules": _rules(kept.rules),
        "patient_key": kept.patient_key,
    }


def _card_row(call_id: str, kept: CardRecord) -> dict[str, Any]:
    return {
        "uuid": str(kept.uuid),
        "call": call_id,
        "topic": kept.topic,
        "indicator": kept.indicator,
        "shown": kept.shown,
        "rules": _rules(kept.rules),
    }


def _rules(answers: Iterable[RuleAnswer]) -> list[list[str]]:
    return [[answer.rule, answer.version, answer.status] for answer in answers]


def _feedback_row(entry: FeedbackRecord, comment: bytes | None) -> dict[str, Any]:
    row = {
        "client": _plain(entry.client),
        "service": _plain(entry.service),
        "card": _plain(entry.card),
        "outcome": _plain(entry.outcome),
        "accepted": [_plain(suggestion) for suggestion in entry.accepted_suggestions],
        "reason_code": _plain(entry.reason_code) if entry.reason_code is not None else None,
        "reason_system": _plain(entry.reason_system) if entry.reason_system is not None else None,
    }
    # Left out are the time of arrival, which is another one when it is sent again, and the comment: a plain hash of a
    # short text could be guessed.
    digest = sha256(orjson.dumps([row, entry.outcome_at.timestamp()], option=orjson.OPT_SORT_KEYS)).digest()
    times = {"outcome_at": entry.outcome_at, "received_at": entry.received_at}
    return row | times | {"digest": digest, "comment": comment}


def _plain(text: str) -> str:
    """Bound a text and take out what a database refuses: NUL and halves of characters."""
    return text[:LONGEST].replace("\0", "").encode("utf-8", "replace").decode()
