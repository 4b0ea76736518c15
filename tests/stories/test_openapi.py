"""The OpenAPI description is true: made from the code, written down, and held against the service by schemathesis."""

import json
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from service_builders import logs, make_client

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from make_openapi import PAGE, written  # noqa: E402 - the scripts are no package

from kcds.cds_hooks.services import SERVICES  # noqa: E402
from kcds.web.pages.kinds import is_page  # noqa: E402

OPERATIONS = 4 + 2 * len(SERVICES)
"""Discovery, two for health, metrics; call and feedback of each service. Schemathesis only reads the description."""

CONFIG = {
    "seed": 1,
    "generation": {"deterministic": True, "max-examples": 8, "database": "none"},
    "checks": {
        # That the prefetched patient is the one of the context, and what is clinical data, no schema can say.
        "positive_data_acceptance": {"expected-statuses": ["2xx", "400", "412"]},
        # More entries than a schema allows are a 413.
        "negative_data_rejection": {"expected-statuses": ["400", "405", "413", "415"]},
    },
}


@cache
def tried() -> tuple[Counter[tuple[str, str]], list[str], list[str], list[str]]:
    """One run of schemathesis: checks by outcome, failures and errors in words, operations that were tried."""
    app = make_client(public_url="http://127.0.0.1:8000").application
    checks: Counter[tuple[str, str]] = Counter()
    failures, errors, labels = [], [], []
    with logs():
        schema = schemathesis.openapi.from_wsgi("/openapi.json", app, config=SchemathesisConfig.from_dict(CONFIG))
        for event in from_schema(schema).execute():
            if isinstance(event, events.NonFatalError | events.FatalError):
                errors.append(str(event))
            if isinstance(event, events.ScenarioFinished):
                labels.append(event.label or "")
                for check in (one for found in event.recorder.checks.values() for one in found):
                    checks[check.name, check.status.name] += 1
                    if check.failure_info:
                        failure = check.failure_info
                        failures.append(f"{event.label}: {failure.failure.message}: {failure.code_sample[:500]}")
    return checks, failures, errors, labels


def test_the_service_answers_as_described_whatever_is_sent() -> None:
    _checks, failures, errors, _labels = tried()

    assert (failures, errors) == ([], [])


def test_every_operation_was_tried_and_every_kind_of_check_was_made() -> None:
    checks, _failures, _errors, labels = tried()

    assert len(set(labels) - {"Stateful tests"}) == OPERATIONS
    assert checks["not_a_server_error", "SUCCESS"] > 500
    for name in ("status_code", "content_type", "response_schema", "response_headers"):
        assert checks[f"{name}_conformance", "SUCCESS"] > 500
    for name in ("negative_data_rejection", "positive_data_acceptance", "unsupported_method"):
        assert checks[name, "SUCCESS"] > 100


def test_the_page_is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == written(), "run scripts/make_openapi.py"


def test_everything_that_is_served_to_programs_is_described() -> None:
    client = make_client()
    served = {rule.rule for rule in client.application.url_map.iter_rules() if not is_page(rule.rule)}

    described = set(client.get("/openapi.json").get_json()["paths"])

    expected = {path.replace("<service_id>", service_id) for path in served for service_id in SERVICES}
    assert described == expected


@pytest.mark.parametrize("url", ["https://kcds.example.org/base", "http://127.0.0.1:9"])
def test_the_description_names_the_public_url(url: str) -> None:
    body: Any = make_client(public_url=url).get("/openapi.json").get_json()

    assert body["servers"] == [{"url": url}]


def test_the_description_holds_no_name_of_a_class_of_ours() -> None:
    text = json.dumps(make_client().get("/openapi.json").get_json())

    assert "$defs" not in text
    assert '"_' not in text
    assert "pydantic" not in text
