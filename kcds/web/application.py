"""The Flask application: discovery, hook calls, feedback, and what those who run the service look at."""

import orjson
from flask import Flask, Response

from kcds.cds_hooks.services import describe_services
from kcds.web.arrival import deadline_once_taken
from kcds.web.body import LARGEST_BODY, discard_body
from kcds.web.callers import who_calls
from kcds.web.errors import register_errors
from kcds.web.feedback import register_feedback
from kcds.web.headers import register_headers
from kcds.web.hook_calls import register_hook_calls
from kcds.web.observation import FIRST_REFUSAL, register_observation
from kcds.web.operations import register_operations
from kcds.web.overload import register_overload
from kcds.web.pages.register import register_pages
from kcds.web.parts import Parts
from kcds.web.responses import json_response


def make_application(parts: Parts) -> Flask:
    """Make the application around one service."""
    app = Flask("kcds", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY + 1  # of a body of unsaid length no more than that is read
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # a redirect would lose the body, and say the path again
    register_observation(app, parts.metrics)
    register_headers(app, parts.settings)
    register_errors(app)
    register_overload(app, parts)
    _register_discovery(app, parts)
    register_hook_calls(app, parts)
    register_feedback(app, parts)
    register_operations(app, parts)
    register_pages(app, parts)

    @app.after_request
    def drain(response: Response) -> Response:
        if response.status_code >= FIRST_REFUSAL:
            discard_body()
        return response

    return app


def _register_discovery(app: Flask, parts: Parts) -> None:
    discovery = orjson.dumps(describe_services(parts.service.knowledge.value_sets.pairs_of))

    @app.get("/cds-services")
    def discover() -> Response:
        who_calls(parts, deadline_once_taken(parts.settings.deadline))
        return json_response(discovery)
