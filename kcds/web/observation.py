"""What is seen of every request by those who run the service: a name for it, its time, its status. Nothing it held.

Of a page that is its kind: the rest of its path may name a launch.
"""

import time
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request

from kcds.web.arrival import arrival_of_call, begin_call, seconds_so_far
from kcds.web.headers import REQUEST_ID
from kcds.web.metrics import Metrics
from kcds.web.pages.kinds import ASSETS, kind_of

log = structlog.get_logger("kcds.web")

FIRST_REFUSAL = 400
OUR_ERROR = 500

_KINDS = {
    "/cds-services": "discovery",
    "/cds-services/<service_id>": "hook",
    "/cds-services/<service_id>/feedback": "feedback",
}


def register_observation(app: Flask, metrics: Metrics) -> None:
    """Name, time and count every request."""

    @app.before_request
    def begin() -> None:
        g.request_id = str(uuid4())
        begin_call()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        response.headers[REQUEST_ID] = g.request_id
        status = response.status_code
        rule = request.url_rule.rule if request.url_rule else ""
        if page := kind_of(rule):
            _observe_page(response, page, metrics)
        kind = _KINDS.get(rule)
        if kind and request.method != "OPTIONS":
            service = (request.view_args or {}).get("service_id", "")
            metrics.count_call(kind, service, status, seconds_so_far())
        if status == OUR_ERROR:
            metrics.count_error()
        elif status >= FIRST_REFUSAL:
            metrics.count_refused(status)
        return response


def _observe_page(response: Response, kind: str, metrics: Metrics) -> None:
    """Time and count a page once all of it is sent: it may be sent in parts."""
    came, status = arrival_of_call().came, response.status_code

    def sent() -> None:
        seconds = time.monotonic() - came
        metrics.count_page(kind, status, seconds)
        if kind != ASSETS:
            log.info("page", page=kind, status=status, milliseconds=round(seconds * 1000, 1))

    response.call_on_close(sent)


def milliseconds_so_far() -> float:
    """Return how long ago this request arrived."""
    return round(seconds_so_far() * 1000, 1)
