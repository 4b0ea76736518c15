"""What is counted, under which words: closed sets, so that no caller can make a label or fill the memory."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from service_builders import INSTANCE, NOON, Nobody, hook_call, logs, make_client, post, sample

from kcds.auth.refusal import Reason
from kcds.model.steps import Step
from kcds.store.records import CallRecord, CardRecord, FeedbackRecord
from kcds.web.metrics import FETCH_OUTCOMES, STORE_EVENTS, Metrics

PACKAGE = Path(__file__).parents[2] / "kcds"
VIEW = "/cds-services/ketamine-patient-view"


def counts(metrics: Metrics) -> dict[str, float]:
    """What is not 0, by name and labels."""
    lines = (line.rpartition(" ") for line in metrics.text().decode().splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines if float(value) and not re.search(r"_created|_bucket", name)}


def counted(client: Any) -> dict[str, float]:
    lines = (line.rpartition(" ") for line in client.get("/metrics").get_data(as_text=True).splitlines())
    return {name: float(value) for name, _, value in lines if not name.startswith("#") and float(value)}


def call_record(**elements: Any) -> CallRecord:
    card = CardRecord(
        uuid=UUID(INSTANCE), topic="KetamineCaution", indicator="warning", shown=elements.pop("shown", True), rules=()
    )
    return CallRecord(
        at=NOON,
        client="local",
        service=elements.pop("service", "ketamine-order-sign"),
        hook_instance=UUID(INSTANCE),
        knowledge_version="1",
        mode="live",
        disposition=elements.pop("disposition", "caution"),
        milliseconds=1,
        rules=(),
        cards=(card,),
    )


def feedback(**elements: Any) -> FeedbackRecord:
    moment = datetime(2026, 11, 21, tzinfo=UTC)
    entry = {"service": "ketamine-order-sign", "card": "x", "outcome": "accepted", "client": "local"} | elements
    return FeedbackRecord(**entry, outcome_at=moment, received_at=moment)


def test_a_call_is_counted_by_kind_service_and_class_of_status_and_timed() -> None:
    client = make_client()

    with logs():
        post(client, sample("opioid-use-disorder-drafted"))

    found = counted(client)
    assert found['kcds_calls_total{kind="hook",service="ketamine-order-sign",status="2xx"}'] == 1
    assert found['kcds_call_seconds_count{service="ketamine-order-sign"}'] == 1
    assert found['kcds_call_seconds_sum{service="ketamine-order-sign"}'] > 0
    assert found['kcds_dispositions_total{disposition="contraindicated",service="ketamine-order-sign"}'] == 1
    assert found['kcds_cards_total{indicator="critical",shown="yes",topic="KetamineContraindication"}'] == 1
    assert found['kcds_info{knowledge="",mode="",version=""}'] == 1


def test_cards_that_are_held_back_are_counted_as_such() -> None:
    client = make_client(mode="silent")

    with logs():
        post(client, sample("opioid-use-disorder-drafted"))

    assert counted(client)['kcds_cards_total{indicator="critical",shown="no",topic="KetamineContraindication"}'] == 1


def test_refusals_are_counted_by_status() -> None:
    client = make_client()

    with logs():
        client.post(VIEW, json={})
        client.post(VIEW, data="x")
        client.post("/cds-services/canary", json={})
        client.put("/cds-services")
        client.get("/canary")

    found = counted(client)
    assert {name: found[name] for name in found if name.startswith("kcds_refused_total")} == {
        'kcds_refused_total{status="400"}': 1,
        'kcds_refused_total{status="415"}': 1,
        'kcds_refused_total{status="404"}': 2,
        'kcds_refused_total{status="405"}': 1,
    }
    assert found['kcds_calls_total{kind="hook",service="ketamine-patient-view",status="4xx"}'] == 2
    assert found['kcds_calls_total{kind="hook",service="other",status="4xx"}'] == 1
    assert "canary" not in str(found)


def test_an_unknown_caller_is_counted_and_a_preflight_is_no_call() -> None:
    client = make_client(authenticator=Nobody(), cors_origins="*")

    with logs():
        client.get("/cds-services", headers={"Authorization": "Bearer canary"})
        client.options("/cds-services")

    found = counted(client)
    assert found['kcds_calls_total{kind="discovery",service="",status="4xx"}'] == 1
    assert found['kcds_refused_total{status="401"}'] == 1
    assert 'kcds_calls_total{kind="discovery",service="",status="2xx"}' not in found


def test_errors_of_ours_are_counted() -> None:
    def broken() -> Any:
        raise ValueError

    client = make_client(clock=broken)

    with logs():
        client.post(VIEW, json=hook_call())

    assert counted(client)["kcds_evaluation_errors_total"] == 1
    assert counted(client)['kcds_calls_total{kind="hook",service="ketamine-patient-view",status="5xx"}'] == 1


def test_feedback_is_counted_by_outcome() -> None:
    metrics = Metrics()

    metrics.count_feedback([feedback(), feedback(outcome="overridden"), feedback(outcome="overridden")])

    assert counts(metrics)['kcds_feedback_total{outcome="overridden",service="ketamine-order-sign"}'] == 2


@pytest.mark.parametrize("word", sorted(Reason))
def test_each_reason_not_to_let_somebody_in_is_a_word_of_its_own(word: str) -> None:
    metrics = Metrics()

    metrics.count_auth_refusal(word)

    assert counts(metrics)[f'kcds_auth_refusals_total{{reason="{word}"}}'] == 1


@pytest.mark.parametrize("word", sorted(STORE_EVENTS))
def test_each_failing_of_the_store_is_a_word_of_its_own(word: str) -> None:
    metrics = Metrics()

    metrics.count_store(word)

    assert counts(metrics)[f'kcds_store_events_total{{event="{word}"}}'] == 1


@pytest.mark.parametrize("word", sorted(FETCH_OUTCOMES))
def test_each_outcome_of_a_request_to_a_fhir_server_is_timed(word: str) -> None:
    metrics = Metrics()

    metrics.count_fetch(word, 0.5)

    assert counts(metrics)[f'kcds_fhir_request_seconds_sum{{outcome="{word}"}}'] == 0.5


def words_in(part: str, pattern: str) -> set[str]:
    """The words that a part of the program says where it fails."""
    return {word for path in (PACKAGE / part).glob("*.py") for word in re.findall(pattern, path.read_text("utf-8"))}


def test_every_way_to_fail_has_its_word_and_none_is_lost_among_the_others() -> None:
    kinds = words_in("outbound", r'(?:OutboundError\(|kind = )f?"([a-z-]+)')
    kinds |= words_in("fhir", r'OutboundError\(f?"([a-z-]+)')
    of_store = words_in("store", r'(?:(?:count|failed|worked)\(|require\([^"\n]*)"([a-z-]+)"')

    assert kinds - {"endless", "not-granted"} == FETCH_OUTCOMES - {"ok"}  # where these are said, no request is made
    assert of_store == STORE_EVENTS


def test_a_word_that_is_in_no_set_is_counted_as_other() -> None:
    metrics = Metrics()

    metrics.count_call("canary", "canary", 200, 1)
    metrics.count_refused(499)
    metrics.count_advice(call_record(service="canary", disposition="canary"))
    metrics.count_feedback([feedback(service="canary", outcome="canary")])
    metrics.count_auth_refusal("canary")
    metrics.count_fetch("canary", 1)
    metrics.count_store("canary")

    found = counts(metrics)
    assert "canary" not in str(found)
    assert sum('"other"' in name for name in found) == 8
    assert len(found) == 10


def test_cards_and_processes_are_counted() -> None:
    metrics = Metrics()
    metrics.describe(version="1", knowledge="2", mode="live")

    metrics.count_advice(call_record())
    metrics.count_advice(call_record(shown=False))
    metrics.count_worker_death()

    assert counts(metrics) == {
        'kcds_dispositions_total{disposition="caution",service="ketamine-order-sign"}': 2,
        'kcds_cards_total{indicator="warning",shown="yes",topic="KetamineCaution"}': 1,
        'kcds_cards_total{indicator="warning",shown="no",topic="KetamineCaution"}': 1,
        "kcds_worker_deaths_total": 1,
        'kcds_info{knowledge="2",mode="live",version="1"}': 1,
    }


@pytest.mark.parametrize("step", list(Step))
def test_each_step_is_timed_under_its_name(step: Step) -> None:
    metrics = Metrics()

    metrics.observe_step(step, 0.002)

    assert counts(metrics) == {
        f'kcds_step_seconds_count{{step="{step.value}"}}': 1,
        f'kcds_step_seconds_sum{{step="{step.value}"}}': 0.002,
        'kcds_info{knowledge="",mode="",version=""}': 1,
    }


def test_steps_are_told_apart_from_half_a_millisecond_to_seconds() -> None:
    metrics = Metrics()

    for seconds in (0.0004, 0.002, 3):
        metrics.observe_step(Step.READ, seconds)

    text = metrics.text().decode()
    bucket = re.compile(r'kcds_step_seconds_bucket\{le="([^"]+)",step="read"\} (\S+)')
    assert {limit: float(count) for limit, count in bucket.findall(text)} == {
        "0.0005": 1,
        "0.001": 1,
        "0.0025": 2,
        "0.005": 2,
        "0.01": 2,
        "0.025": 2,
        "0.05": 2,
        "0.1": 2,
        "0.25": 2,
        "1.0": 2,
        "4.0": 3,
        "+Inf": 3,
    }


def test_what_the_server_refuses_reloads_and_doubts_is_counted() -> None:
    metrics = Metrics()

    metrics.count_overload()
    metrics.count_repeated_crash()
    metrics.count_reload("loaded")
    metrics.count_reload("refused")
    metrics.count_reload("canary")
    metrics.count_disagreement()

    assert counts(metrics) == {
        "kcds_overload_refusals_total": 1,
        "kcds_repeated_crash_refusals_total": 1,
        'kcds_reloads_total{outcome="loaded"}': 1,
        'kcds_reloads_total{outcome="refused"}': 1,
        'kcds_reloads_total{outcome="other"}': 1,
        "kcds_engine_disagreements_total": 1,
        'kcds_info{knowledge="",mode="",version=""}': 1,
    }


def test_after_a_reload_only_the_new_rules_are_named() -> None:
    metrics = Metrics()
    metrics.describe(version="1", knowledge="old", mode="live")

    metrics.describe_rules("new")

    assert counts(metrics) == {'kcds_info{knowledge="new",mode="live",version="1"}': 1}


def test_two_services_in_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()

    one.count_worker_death()

    assert "kcds_worker_deaths_total" not in counts(other)


def test_the_page_is_prometheus_text() -> None:
    response = make_client().get("/metrics")

    assert response.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert response.get_data(as_text=True).startswith("# HELP kcds_")
