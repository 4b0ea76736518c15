"""Errors as the caller sees them: a status and a FHIR OperationOutcome that names the element at fault.

No body holds a stack trace, a path, a class name or anything of a patient. The status comes from the class of the
error, never from its text.
"""

from typing import Any

import structlog
from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException

from kcds.errors import EvaluationError, RequestError

log = structlog.get_logger("kcds.web")

_ISSUES = {404: "not-found", 405: "not-supported", 413: "too-long", 415: "not-supported"}


def register_errors(app: Flask) -> None:
    """Make every error of the application an OperationOutcome."""
    app.register_error_handler(RequestError, _request_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(EvaluationError, _evaluation_error)
    app.register_error_handler(RecursionError, _nested_too_deep)
    app.register_error_handler(Exception, _unexpected)


def _request_error(error: RequestError) -> Response:
    return outcome(error.status, error.issue, str(error), error.element)


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    response = outcome(status, _ISSUES.get(status, "invalid"), error.name)
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _evaluation_error(error: EvaluationError) -> Response:
    log.error("evaluation failed", reason=str(error))
    return outcome(500, "exception", "no advice can be given: the rules engine could not be trusted for this request")


def _nested_too_deep(_error: RecursionError) -> Response:
    return outcome(400, "too-long", "the body is nested too deeply")


def _unexpected(error: Exception) -> Response:
    """Log where it happened, never the message: it may quote the record."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f"{frame.tb_frame.f_code.co_qualname}:{frame.tb_lineno}" if frame else "unknown"
    log.error("unexpected error", kind=type(error).__name__, where=where)
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
