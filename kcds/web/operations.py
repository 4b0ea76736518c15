"""For those who run the service or connect to it: is it alive, is it ready, what has it done, what does it take."""

import orjson
from flask import Flask, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from kcds.errors import EvaluationError
from kcds.web.openapi import make_openapi
from kcds.web.parts import Parts
from kcds.web.responses import json_response


def register_operations(app: Flask, parts: Parts) -> None:
    """Serve `/health/live`, `/health/ready`, `/metrics` and `/openapi.json`."""

    @app.get("/health/live")
    def live() -> Response:
        return json_response(orjson.dumps({"status": "ok"}))

    @app.get("/health/ready")
    def ready() -> Response:
        try:
            parts.service.engine.evaluate((), today=parts.today(parts.clock()))
        except EvaluationError:
            return json_response(orjson.dumps({"status": "the rules engine does not work"}), status=503)
        knowledge = parts.service.knowledge
        state = {
            "status": "ok",
            "knowledge": knowledge.version,
            "rules": len(knowledge.active_rules),
            "mode": parts.settings.mode,
            "store": parts.store.state(),
        }
        return json_response(orjson.dumps(state))

    description = orjson.dumps(make_openapi(parts.settings.public_url or "/"))

    @app.get("/openapi.json")
    def openapi() -> Response:
        return json_response(description)

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(parts.metrics.text(), content_type=CONTENT_TYPE_PLAIN_0_0_4)
