"""Errors of ours: a generic body, and a log line that says kind and place and never quotes the record."""

import json
from datetime import date
from typing import Any

import pytest
from service_builders import hook_call, logs, make_client, post, real_service

from kcds.engine.protocol import RuleEngine
from kcds.errors import EvaluationError
from kcds.model.findings import Findings
from kcds.service import AdviceService


class FailingEngine:
    """An engine that fails with a given error."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def evaluate(self, facts: Any, *, today: date) -> Findings:  # noqa: ARG002 - the protocol's
        raise self._error


def service_failing_with(error: Exception) -> AdviceService:
    engine: RuleEngine = FailingEngine(error)
    return AdviceService(real_service().knowledge, engine)


@pytest.mark.checklist("ROB-1")
def test_an_unexpected_error_is_a_generic_500() -> None:
    client = make_client(service=service_failing_with(ValueError("secret of Jane")))

    with logs() as logged:
        response = post(client, hook_call())

    assert response.status_code == 500
    assert response.content_type == "application/fhir+json"
    assert response.get_json() == {
        "resourceType": "OperationOutcome",
        "issue": [
            {"severity": "error", "code": "exception", "diagnostics": "no advice can be given: unexpected error"}
        ],
    }
    line = json.loads(logged.getvalue())
    assert (line["kind"], line["level"]) == ("ValueError", "error")
    assert line["where"].startswith("FailingEngine.evaluate:")
    assert "secret" not in logged.getvalue()


def test_an_engine_that_cannot_be_trusted_is_a_500_and_never_an_empty_list_of_cards() -> None:
    client = make_client(service=service_failing_with(EvaluationError("the rules engines disagree on some-rule")))

    with logs() as logged:
        response = post(client, hook_call())

    assert response.status_code == 500
    assert "cards" not in response.get_json()
    assert json.loads(logged.getvalue())["reason"] == "the rules engines disagree on some-rule"
    assert "some-rule" not in response.get_data(as_text=True)


def test_nesting_that_python_cannot_follow_is_a_400() -> None:
    client = make_client(service=service_failing_with(RecursionError("maximum recursion depth exceeded")))

    with logs():
        response = post(client, hook_call())

    assert response.status_code == 400
    assert response.get_json()["issue"][0]["diagnostics"] == "the body is nested too deeply"


def test_the_service_is_ready_while_the_engine_works() -> None:
    body = make_client().get("/health/ready").get_json()

    assert body["status"] == "ok"
    assert body["knowledge"] == real_service().knowledge.version
    assert body["rules"] > 50


def test_the_service_is_not_ready_where_the_engine_does_not_work() -> None:
    client = make_client(service=service_failing_with(EvaluationError("broken")))

    response = client.get("/health/ready")

    assert response.status_code == 503
    assert response.get_json() == {"status": "the rules engine does not work"}


def test_the_service_lives_whatever_the_engine_does() -> None:
    client = make_client(service=service_failing_with(EvaluationError("broken")))

    assert client.get("/health/live").get_json() == {"status": "ok"}


@pytest.mark.parametrize("path", ["/cds-services", "/health/live", "/nowhere"])
def test_no_answer_is_kept_by_caches_or_guessed_at(path: str) -> None:
    response = make_client().get(path)

    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
