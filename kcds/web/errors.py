"""Errors as the caller sees them: a status and a FHIR OperationOutcome that names the element at fault.

No body holds a stack trace, a path, a class name or anything of a patient. The status comes from the class of the
error, never from its text.
"""

from typing import Any

import structlog
from flask import Flask, Response, jsonify
from werkzeug.exceptions import ClientDisconnected, HTTPException

from kcds.errors import EvaluationError, RequestError, StoreError, UnauthorizedError, place_of
from kcds.web.body import LARGEST_BODY
from kcds.web.observation import milliseconds_so_far

log = structlog.get_logger("kcds.web")

BAD_REQUEST = 400
RETRY_AFTER = 30
"""Seconds after which feedback that could not be kept may be sent again."""
NO_ADVICE = "no advice can be given: unexpected error"
_HTTP_ERRORS = {
    404: ("not-found", "nothing is served at this path; GET /cds-services lists the services"),
    405: ("not-supported", "this path does not take this method; the Allow header names those that it takes"),
    413: ("too-long", f"the body has more than {LARGEST_BODY // 1024**2} MiB"),
}
"""Issue code and words for the statuses that the framework gives."""


def register_errors(app: Flask) -> None:
    """Make every error of the application an OperationOutcome."""
    app.register_error_handler(RequestError, _request_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(EvaluationError, _evaluation_error)
    app.register_error_handler(StoreError, _store_error)
    app.register_error_handler(RecursionError, _nested_too_deep)
    app.register_error_handler(Exception, _unexpected)


def _request_error(error: RequestError) -> Response:
    unknown = isinstance(error, UnauthorizedError)  # whoever asked for its token has said why
    _log_refusal(error.status, error.element, None if unknown else str(error))
    response = outcome(error.status, error.issue, str(error), error.element)
    if unknown:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    issue, text = _HTTP_ERRORS.get(status, ("invalid", "the request is not valid HTTP"))
    if isinstance(error, ClientDisconnected):
        text = "the body is shorter than its Content-Length says, or came too slowly"
    _log_refusal(status, None)
    response = outcome(status, issue, text)
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _log_refusal(status: int, element: str | None, why: str | None = None) -> None:
    """Log that a call was refused, and what the caller is told: status, element, words; nothing of what was sent."""
    about = {name: value for name, value in (("element", element), ("why", why)) if value}
    log.info("call refused", status=status, milliseconds=milliseconds_so_far(), **about)


def _evaluation_error(error: EvaluationError) -> Response:
    log.error("evaluation failed", reason=str(error))
    return outcome(500, "exception", "no advice can be given: the rules engine could not be trusted for this request")


def _store_error(_error: StoreError) -> Response:
    """Say that nothing was acknowledged, so that the client sends it again."""
    log.error("not kept: the store cannot be written", milliseconds=milliseconds_so_far())
    response = outcome(503, "transient", "nothing was kept: the store cannot be written now; send it again later")
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def _nested_too_deep(_error: RecursionError) -> Response:
    _log_refusal(BAD_REQUEST, None)
    return outcome(BAD_REQUEST, "too-long", "the body is nested too deeply")


def _unexpected(error: Exception) -> Response:
    """Log where it happened, never the message: it may quote the record."""
    log.error("unexpected error", kind=type(error).__name__, where=place_of(error))
    return outcome(500, "exception", NO_ADVICE)


def outcome(status: int, code: str, text: str, element: str | None = None) -> Response:
    """Make a response whose body is an OperationOutcome with one issue."""
    response = jsonify(outcome_of(code, text, element))
    response.status_code = status
    response.content_type = "application/fhir+json"
    return response


def outcome_of(code: str, text: str, element: str | None = None) -> dict[str, Any]:
    """Make an OperationOutcome with one issue."""
    issue: dict[str, Any] = {"severity": "error", "code": code, "diagnostics": text}
    if element:
        issue["expression"] = [element]
    return {"resourceType": "OperationOutcome", "issue": [issue]}
