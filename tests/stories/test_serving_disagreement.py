"""Two rule engines that differ: the caller gets no advice, those who look after the service get rule ids."""

import json
from pathlib import Path

import pytest
from service_builders import assert_readable, logs, sample

from kcds.app import make_parts
from kcds.engine.durable import DurableRuleEngine
from kcds.settings import Settings
from kcds.web.application import make_application

SIGN = "/cds-services/ketamine-order-sign"


def test_a_disagreement_is_a_500_counted_and_logged_by_rules_only_and_the_next_call_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = make_parts(Settings(auth="off", data_dir=tmp_path, timezone="UTC", patient_view="pain"))
    client, story = make_application(parts).test_client(), sample("opioid-use-disorder-drafted")

    with monkeypatch.context() as patched, logs() as logged:
        patched.setattr(DurableRuleEngine, "match", lambda *_: {})
        refused = client.post(SIGN, json=story)
    right = client.post(SIGN, json=story)

    assert refused.status_code == 500
    assert_readable(refused)
    assert right.status_code == 200
    assert right.get_json()["cards"]
    assert "kcds_engine_disagreements_total 1.0" in parts.metrics.text().decode()
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    (line,) = [line for line in lines if line["event"] == "the rules engines disagree"]
    assert line["level"] == "error"
    assert line.keys() == {"event", "level", "timestamp", "request", "client", "rules"}
    assert set(line["rules"]) <= {rule.id for rule in parts.service.knowledge.rules} != set()
    assert story["context"]["patientId"] not in logged.getvalue()
    parts.store.close()
