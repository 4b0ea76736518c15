"""Errors as the caller sees them: a status and a FHIR OperationOutcome that names the element at fault.

No body holds a stack trace, a path, a class name or anything of a patient. The status comes from the class of the
error, never from its text.
"""

from typing import Any

import structlog
from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException

from kcds.errors import EvaluationError, RequestError, place_of
from kcds.web.body import LARGEST_BODY

log = structlog.get_logger("kcds.web")

BAD_REQUEST = 400
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
    app.register_error_handler(RecursionError, _nested_too_deep)
    app.register_error_handler(Exception, _unexpected)


def _request_error(error: RequestError) -> Response:
    _log_refusal(error.status, error.element)
    return outcome(error.status, error.issue, str(error), error.element)


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    issue, text = _HTTP_ERRORS.get(status, ("invalid", "the request is not valid HTTP"))
    _log_refusal(status, None)
    response = outcome(status, issue, text)
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _log_refusal(status: int, element: str | None) -> None:
    """Log that a call was refused: the status and the element at fault, nothing of what was sent."""
    log.info("call refused", status=status, **({"element": element} if element else {}))


def _evaluation_error(error: EvaluationError) -> Response:
    log.error("evaluation failed", reason=str(error))
    return outcome(500, "exception", "no advice can be given: the rules engine could not be trusted for this request")


def _nested_too_deep(_error: RecursionError) -> Response:
    _log_refusal(BAD_REQUEST, None)
    return outcome(BAD_REQUEST, "too-long", "the body is nested too deeply")


def _unexpected(error: Exception) -> Response:
    """Log where it happened, never the message: it may quote the record."""
    log.error("unexpected error", kind=type(error).__name__, where=place_of(error))
    return outcome(500, "exception", "no advice can be given: unexpected error")


def outcome(status: int, code: str, text: str, element: str | None = None) -> Response:
    """Make a response whose body is an OperationOutcome with one issue."""
    issue: dict[str, Any] = {"severity": "error", "code": code, "diagnostics": text}
    if element:
        issue["expression"] = [element]
    response = jsonify({"resourceType": "OperationOutcome", "issue": [issue]})
    response.status_code = status
    response.content_type = "application/fhir+json"
    return response
