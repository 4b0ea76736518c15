"""What users did with the cards, as clients report it at `/cds-services/{id}/feedback`.

Acknowledged only when it is kept. Nothing of the body is logged, and a user's comment is let go at once unless the
operator wants it, encrypted.
"""

from collections import Counter

import orjson
import structlog
from flask import Flask, Response

from kcds.cds_hooks.feedback import read_feedback
from kcds.cds_hooks.services import find_service
from kcds.store.records import FeedbackRecord
from kcds.web.arrival import deadline_once_taken
from kcds.web.body import read_body
from kcds.web.callers import who_calls
from kcds.web.parts import Parts
from kcds.web.responses import json_response

log = structlog.get_logger("kcds.web")


def register_feedback(app: Flask, parts: Parts) -> None:
    """Take feedback on the cards of a service."""

    @app.post("/cds-services/<service_id>/feedback")
    def take(service_id: str) -> Response:
        service = find_service(service_id)
        deadline = deadline_once_taken(parts.settings.deadline)
        client = who_calls(parts, deadline)
        entries = read_feedback(read_body())
        received = parts.clock()
        comments = parts.settings.feedback_comments == "encrypt"
        records = tuple(
            FeedbackRecord(
                client=client.issuer,
                service=service.id,
                card=entry.card,
                outcome=entry.outcome,
                outcome_at=entry.at,
                received_at=received,
                accepted_suggestions=entry.accepted_suggestions,
                reason_code=entry.reason_code,
                reason_system=entry.reason_system,
                comment=entry.comment if comments else None,
            )
            for entry in entries
        )
        parts.store.keep_feedback(records)
        parts.metrics.count_feedback(records)
        log.info("feedback", service=service.id, **Counter(record.outcome for record in records))
        return json_response(orjson.dumps({"received": len(records)}))
