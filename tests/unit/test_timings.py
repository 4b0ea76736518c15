"""How long the steps of a call take: told in `Server-Timing` and `/metrics`, by names of steps and numbers only."""

import re
from dataclasses import replace
from typing import Any

import pytest
from service_builders import Nobody, hook_call, logs, make_client, noon, order_call, post, real_service, sample

from kcds.cds_hooks.request import read_hook_request
from kcds.cds_hooks.services import find_service
from kcds.model.steps import Step
from kcds.web import timings as timings_module
from kcds.web.timings import Timings

PAGE = "https://ehr.example.org"
VIEW = "/cds-services/ketamine-patient-view"
METRIC = re.compile(r"\A([!#$%&'*+.^_`|~0-9a-z-]+);dur=(\d+\.\d)\Z")
"""`server-timing-metric` of the W3C, as it is written here: a token, and a number as the only parameter."""


def timing_of(response: Any) -> dict[str, float]:
    """What the header says, by name; fails where it is no list of metrics."""
    found = [METRIC.fullmatch(part) for part in response.headers["Server-Timing"].split(", ")]
    return {each[1]: float(each[2]) for each in found if each}


def counted_steps(client: Any) -> dict[str, float]:
    text = client.get("/metrics").get_data(as_text=True)
    return {step: float(count) for step, count in re.findall(r'kcds_step_seconds_count\{step="([^"]+)"\} (\S+)', text)}


def test_an_answer_says_the_milliseconds_of_each_step_in_order_and_together() -> None:
    with logs():
        response = post(make_client(), sample("opioid-use-disorder-drafted"))

    told = timing_of(response)
    assert list(told) == [*(step.value for step in Step), "total"]
    assert told["total"] == pytest.approx(sum(told.values()) - told["total"], abs=0.5)
    assert told["total"] > 0


def test_the_header_holds_names_of_steps_and_numbers_and_nothing_else() -> None:
    with logs():
        response = post(make_client(), sample("opioid-use-disorder-drafted"))

    parts = response.headers["Server-Timing"].split(", ")
    assert all(METRIC.fullmatch(part) for part in parts)


def test_each_step_of_an_answered_call_is_counted_once() -> None:
    client = make_client()

    with logs():
        post(client, sample("opioid-use-disorder-drafted"))
        client.post(VIEW, json={})

    assert counted_steps(client) == {step.value: 1 for step in Step}


@pytest.mark.parametrize(
    ("path", "options"),
    [(VIEW, {"json": {}}), (VIEW, {"data": "x"}), ("/cds-services/unknown", {"json": hook_call()})],
    ids=["bad request", "not JSON", "unknown service"],
)
def test_a_refusal_says_nothing_of_times(path: str, options: dict[str, Any]) -> None:
    with logs():
        response = make_client(cors_origins="*").post(path, headers={"Origin": PAGE}, **options)

    assert "Server-Timing" not in response.headers
    assert "Timing-Allow-Origin" not in response.headers


def test_who_is_not_let_in_is_told_no_times() -> None:
    with logs():
        response = make_client(authenticator=Nobody()).post(VIEW, json=hook_call())

    assert "Server-Timing" not in response.headers


@pytest.mark.parametrize(
    ("origins", "origin", "allowed"),
    [
        (PAGE, PAGE, PAGE),
        ("*", PAGE, "*"),
        (f"{PAGE},null", "null", "null"),
        (PAGE, "https://evil.example.org", None),
        (PAGE, None, None),
        ("*", None, None),
        ("", PAGE, None),
    ],
)
def test_the_times_are_open_to_the_pages_that_may_read_the_answer(
    origins: str, origin: str | None, allowed: str | None
) -> None:
    with logs():
        response = make_client(cors_origins=origins).post(
            VIEW, json=hook_call(), headers={"Origin": origin} if origin else {}
        )

    assert response.status_code == 200
    assert response.headers.get("Timing-Allow-Origin") == allowed
    assert response.headers.get("Access-Control-Allow-Origin") == allowed


def test_other_answers_hold_no_times() -> None:
    response = make_client(cors_origins="*").get("/cds-services", headers={"Origin": PAGE})

    assert "Server-Timing" not in response.headers
    assert "Timing-Allow-Origin" not in response.headers


def test_the_flow_tells_each_step_that_it_has_done_in_order() -> None:
    done: list[Step] = []
    request = read_hook_request(order_call(), find_service("ketamine-order-sign"))

    real_service().respond(request, replace(noon(), done=done.append))

    assert done == [Step.FETCH, Step.READ, Step.FACTS, Step.RULES, Step.ADVICE, Step.CARDS]


def test_a_step_that_is_taken_twice_has_both_times(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([10.0, 10.5, 10.75, 11.0])
    monkeypatch.setattr(timings_module, "time", type("Clock", (), {"monotonic": lambda: next(clock)}))

    timings = Timings()
    timings.done(Step.CARDS)
    timings.done(Step.READ)
    timings.done(Step.CARDS)

    assert timings.seconds == {Step.CARDS: 0.75, Step.READ: 0.25}
    assert timings.header() == "cards;dur=750.0, read;dur=250.0, total;dur=1000.0"


def test_the_first_step_begins_when_the_worker_took_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timings_module, "time", type("Clock", (), {"monotonic": lambda: 3.0}))

    timings = Timings(1.0)
    timings.done(Step.RECEIVE)

    assert timings.seconds == {Step.RECEIVE: 2.0}
