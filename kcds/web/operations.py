"""For those who run the service: is it alive, is it ready, what has it done."""

import orjson
from flask import Flask, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from kcds.errors import EvaluationError
from kcds.web.parts import Parts
from kcds.web.responses import json_response


def register_operations(app: Flask, parts: Parts) -> None:
    """Serve `/health/live`, `/health/ready` and `/metrics`."""

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

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(parts.metrics.text(), content_type=CONTENT_TYPE_PLAIN_0_0_4)
