"""The service described for programs: OpenAPI 3.1, made from the code that serves it.

The CDS Hooks standard stays the contract. This says which part of it is served here, and what is refused how.
"""

from importlib.metadata import version
from typing import Any

from kcds.cds_hooks.feedback import feedback_schema
from kcds.cds_hooks.request import request_schema
from kcds.cds_hooks.services import SERVICES, SPECIFICATION, CdsService
from kcds.model.steps import Step
from kcds.web.openapi_schemas import CARDS, DISCOVERY, LIVE, OUTCOME, READY, RECEIVED, inlined
from kcds.web.timings import HEADER as TIMING

Json = dict[str, Any]

_VERSION = version("kcds")  # of the program that runs: after an upgrade the files are those of another
_FHIR = "application/fhir+json"
_REFUSALS = {
    400: "The body, or an element of it, is wrong; the OperationOutcome names it",
    401: "No valid client token was sent, where authentication is required; the answer does not say why",
    404: "There is no such service",
    405: "Wrong method; Allow names the right ones",
    412: "The patient, or every clinical key, was neither prefetched nor could it be fetched",
    413: "The body is too large, or holds more than can be judged",
    415: "The body is not declared as JSON, or is compressed",
    500: "No advice can be given; never an empty list of cards",
    503: "Too many calls are waiting, or nothing was kept; try again later",
}
_ALWAYS = (405, 500)
_TOKEN: Json = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
_ANYBODY_OR_CLIENT: list[Json] = [{}, {"clientToken": []}]


def make_openapi(url: str) -> Json:
    """Describe the service that clients call at `url`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "kcds: ketamine for chronic pain",
            "version": _VERSION,
            "summary": f"CDS Hooks {SPECIFICATION} services on FHIR R4",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": url}],
        "paths": {
            "/cds-services": {"get": _discovery()},
            **{f"/cds-services/{one.id}": {"post": _hook_call(one)} for one in SERVICES.values()},
            **{f"/cds-services/{one.id}/feedback": {"post": _feedback(one)} for one in SERVICES.values()},
            "/health/live": {"get": _operation("live", "Whether the process lives", _json(LIVE))},
            "/health/ready": {"get": _readiness()},
            "/metrics": {"get": _operation("metrics", "What was counted", _metrics())},
            "/openapi.json": {"get": _operation("openapi", "This description", _json({"type": "object"}))},
        },
        "components": {"securitySchemes": {"clientToken": _TOKEN}, "schemas": {"OperationOutcome": OUTCOME}},
    }


def _discovery() -> Json:
    return _operation("discovery", "The services and their prefetch templates", _json(DISCOVERY), 401) | {
        "security": _ANYBODY_OR_CLIENT
    }


def _hook_call(service: CdsService) -> Json:
    refused = (400, 401, 412, 413, 415, 503)
    answer = _json(CARDS) | {"headers": {TIMING: _timing()}}
    return _operation(service.id, service.description, answer, *refused) | {
        "security": _ANYBODY_OR_CLIENT,
        "requestBody": _body(request_schema(service)),
    }


def _timing() -> Json:
    steps = ", ".join(Step)
    said = f"Milliseconds of each step of the call ({steps}) and of all together (total): receive;dur=0.8, ..."
    return {"required": True, "description": said, "schema": {"type": "string"}}


def _feedback(service: CdsService) -> Json:
    refused = (400, 401, 413, 415, 503)
    return _operation(f"{service.id}-feedback", "What became of cards", _json(RECEIVED), *refused) | {
        "security": _ANYBODY_OR_CLIENT,
        "requestBody": _body(feedback_schema()),
    }


def _readiness() -> Json:
    operation = _operation("ready", "Whether calls can be answered, and how the store is", _json(READY))
    operation["responses"]["503"] = {"description": "The rules engine does not work"} | _json(READY)
    return operation


def _operation(name: str, summary: str, answer: Json, *refusals: int) -> Json:
    refused = {str(status): _refusal(status) for status in sorted({*refusals, *_ALWAYS})}
    return {"operationId": name, "summary": summary, "responses": {"200": {"description": "OK"} | answer} | refused}


def _refusal(status: int) -> Json:
    content = {_FHIR: {"schema": {"$ref": "#/components/schemas/OperationOutcome"}}}
    headers = {
        401: {"WWW-Authenticate": {"required": True, "schema": {"const": "Bearer"}}},
        405: {"Allow": {"required": True, "schema": {"type": "string"}}},
        503: {"Retry-After": {"required": True, "schema": {"type": "integer"}}},
    }
    said: Json = {"description": _REFUSALS[status], "content": content}
    return said | ({"headers": headers[status]} if status in headers else {})


def _json(schema: Json) -> Json:
    return {"content": {"application/json": {"schema": schema}}}


def _metrics() -> Json:
    return {"content": {"text/plain": {"schema": {"type": "string"}}}}


def _body(schema: Json) -> Json:
    return {"required": True} | _json(inlined(schema))
