"""One hook call over HTTP: who calls, what about, what is advised, what is kept of it."""

import time
from uuid import uuid4

import orjson
import structlog
from flask import Flask, Response, request

from kcds.cds_hooks.card import to_json
from kcds.cds_hooks.request import HookRequest, read_hook_request
from kcds.cds_hooks.services import find_service
from kcds.outbound.deadline import Deadline
from kcds.service import Assessment, Moment
from kcds.web.body import read_body
from kcds.web.parts import Parts
from kcds.web.responses import json_response

log = structlog.get_logger("kcds.web")


def register_hook_calls(app: Flask, parts: Parts) -> None:
    """Answer hook calls at `/cds-services/{id}`."""

    @app.post("/cds-services/<service_id>")
    def answer(service_id: str) -> Response:
        started = time.perf_counter()
        cds_service = find_service(service_id)
        deadline = Deadline.after(parts.settings.deadline)
        parts.authenticator.authenticate(request.headers.get("Authorization"), request.path, deadline)
        hook_request = read_hook_request(read_body(), cds_service)
        now = parts.clock()
        moment = Moment(
            now=now,
            today=parts.today(now),
            audience=parts.settings.patient_view,
            new_uuid=uuid4,
            deadline=deadline,
        )
        assessment = parts.service.respond(hook_request, moment)
        _log_call(service_id, hook_request, assessment, started)
        return json_response(orjson.dumps({"cards": to_json(assessment.cards)}))


def _log_call(service_id: str, hook_request: HookRequest, assessment: Assessment, started: float) -> None:
    """Log what was answered: rule ids, counts and times, nothing of the patient."""
    log.info(
        "hook call",
        service=service_id,
        hook_instance=str(hook_request.hook_instance),
        disposition=assessment.advice.disposition.value,
        speech=assessment.speech.value,
        cards=len(assessment.cards),
        rules=[a.rule.id for a in assessment.advice.advised if a.applies],
        undecided=[a.rule.id for a in assessment.advice.undecided],
        milliseconds=round((time.perf_counter() - started) * 1000, 1),
    )
