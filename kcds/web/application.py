"""The Flask application: discovery, hook calls, health."""

from typing import TypeAlias

import orjson
from flask import Flask, Response, request

from kcds.cds_hooks.services import describe_services
from kcds.outbound.deadline import Deadline
from kcds.web.body import LARGEST_BODY, discard_body
from kcds.web.errors import register_errors
from kcds.web.hook_calls import register_hook_calls
from kcds.web.operations import register_operations
from kcds.web.parts import Parts
from kcds.web.responses import json_response

WebApplication: TypeAlias = Flask

FIRST_ERROR = 400
"""The lowest HTTP status that refuses a call."""


def make_application(parts: Parts) -> WebApplication:
    """Make the application around one service."""
    app = Flask("kcds", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.url_map.strict_slashes = False
    register_errors(app)
    _register_discovery(app, parts)
    register_hook_calls(app, parts)
    register_operations(app, parts)

    @app.after_request
    def finish(response: Response) -> Response:
        if response.status_code >= FIRST_ERROR:
            discard_body()
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return app


def _register_discovery(app: Flask, parts: Parts) -> None:
    discovery = orjson.dumps(describe_services(parts.service.knowledge.value_sets.pairs_of))

    @app.get("/cds-services")
    def discover() -> Response:
        deadline = Deadline.after(parts.settings.deadline)
        parts.authenticator.authenticate(request.headers.get("Authorization"), "/cds-services", deadline)
        return json_response(discovery)
