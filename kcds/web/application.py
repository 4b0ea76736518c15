"""The Flask application: discovery, hook calls, health."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import uuid4

import orjson
import structlog
from flask import Flask, Response

from kcds.cds_hooks.card import to_json
from kcds.cds_hooks.request import read_hook_request
from kcds.cds_hooks.services import describe_services, find_service
from kcds.errors import EvaluationError
from kcds.service import AdviceService, Assessment, Moment
from kcds.settings import Settings
from kcds.web.body import LARGEST_BODY, discard_body, read_body
from kcds.web.errors import register_errors

log = structlog.get_logger("kcds.web")

WebApplication: TypeAlias = Flask

FIRST_ERROR = 400
"""The lowest HTTP status that refuses a call."""

Clock: TypeAlias = Callable[[], datetime]
"""Gives the time, with its zone."""


def utc_now() -> datetime:
    """Return the time of this machine: the one clock of the service."""
    return datetime.now(UTC)


def make_application(service: AdviceService, settings: Settings, *, clock: Clock = utc_now) -> WebApplication:
    """Make the application around one service."""
    app = Flask("kcds", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.url_map.strict_slashes = False
    register_errors(app)
    discovery = orjson.dumps(describe_services(service.knowledge.value_sets.pairs_of))

    @app.get("/cds-services")
    def discover() -> Response:
        return _json(discovery)

    @app.post("/cds-services/<service_id>")
    def answer(service_id: str) -> Response:
        started = time.perf_counter()
        hook_service = find_service(service_id)
        hook_request = read_hook_request(read_body(), hook_service)
        now = clock()
        moment = Moment(
            now=now, today=now.astimezone(settings.zone).date(), audience=settings.patient_view, new_uuid=uuid4
        )
        assessment = service.respond(hook_request, moment)
        _log_call(service_id, str(hook_request.hook_instance), assessment, started)
        return _json(orjson.dumps({"cards": to_json(assessment.cards)}))

    @app.get("/health/live")
    def live() -> Response:
        return _json(orjson.dumps({"status": "ok"}))

    @app.get("/health/ready")
    def ready() -> Response:
        try:
            service.engine.evaluate((), today=clock().astimezone(settings.zone).date())
        except EvaluationError:
            return _json(orjson.dumps({"status": "the rules engine does not work"}), status=503)
        knowledge = service.knowledge
        return _json(
            orjson.dumps({"status": "ok", "knowledge": knowledge.version, "rules": len(knowledge.active_rules)})
        )

    @app.after_request
    def finish(response: Response) -> Response:
        if response.status_code >= FIRST_ERROR:
            discard_body()
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return app


def _json(body: bytes, status: int = 200) -> Response:
    return Response(body, status=status, content_type="application/json")


def _log_call(service_id: str, hook_instance: str, assessment: Assessment, started: float) -> None:
    """Log what was answered: rule ids, counts and times, nothing of the patient."""
    log.info(
        "hook call",
        service=service_id,
        hook_instance=hook_instance,
        disposition=assessment.advice.disposition.value,
        speech=assessment.speech.value,
        cards=len(assessment.cards),
        rules=[a.rule.id for a in assessment.advice.advised if a.applies],
        undecided=[a.rule.id for a in assessment.advice.undecided],
        milliseconds=round((time.perf_counter() - started) * 1000, 1),
    )
