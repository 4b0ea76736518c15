"""Errors: words for whoever looks at a page, an OperationOutcome for programs."""

from typing import Any

import pytest
from service_builders import assert_readable, hook_call, logs, make_client
from werkzeug.test import TestResponse

from kcds.errors import EvaluationError, StoreError

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def get(path: str, accept: str = BROWSER, method: str = "GET", **settings: Any) -> TestResponse:
    with logs():
        return make_client(**settings).open(path, method=method, headers={"Accept": accept})


@pytest.mark.parametrize("path", ["/nowhere", "/review", "/rules/x/y/z", "/assets/0/kcds.css", "/cds-services-of-old"])
def test_a_page_that_is_not_there_is_a_page_that_says_so(path: str) -> None:
    response = get(path)

    assert response.status_code == 404
    assert response.mimetype == "text/html"
    text = response.get_data(as_text=True)
    assert "There is no such page" in text
    assert path not in text.replace("/assets/", "")


def test_in_the_frame_of_an_ehr_nothing_leads_to_a_page_that_it_may_not_show() -> None:
    response = get("/review/x/y", frame_ancestors="https://ehr.example.org")

    assert "frame-ancestors 'self' https://ehr.example.org" in response.headers["Content-Security-Policy"]
    assert "Open the first page" not in response.get_data(as_text=True)


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/fhir+json", "", "image/png"])
def test_who_does_not_ask_for_html_gets_an_operation_outcome(accept: str) -> None:
    response = get("/nowhere", accept)

    assert response.status_code == 404
    assert_readable(response)


@pytest.mark.parametrize("path", ["/cds-services/x/y", "/health", "/metrics/x", "/openapi.json/x"])
def test_what_programs_call_answers_programs_even_in_a_browser(path: str) -> None:
    response = get(path)

    assert response.status_code == 404
    assert_readable(response)


def test_a_hook_call_is_refused_for_programs_whatever_it_accepts() -> None:
    with logs():
        response = make_client().post("/cds-services/nowhere", json=hook_call(), headers={"Accept": BROWSER})

    assert_readable(response)


def test_a_wrong_method_is_a_page_that_names_the_right_ones_in_its_head() -> None:
    response = get("/rules", method="POST")

    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]
    assert "is not opened like that" in response.get_data(as_text=True)


def test_what_is_too_large_is_said_in_words() -> None:
    with logs():
        response = make_client(demo="on").post(
            "/demo/upload",
            data=b"--b\r\n" + b"x" * (17 * 1024 * 1024),
            headers={"Accept": BROWSER, "Sec-Fetch-Site": "same-origin"},
            content_type="multipart/form-data; boundary=b",
        )

    assert response.status_code == 413
    assert response.mimetype == "text/html"


CANARY = "Jane Roe, canary"


@pytest.mark.parametrize(
    ("error", "status"), [(ValueError(CANARY), 500), (EvaluationError(CANARY), 500), (StoreError(CANARY), 503)]
)
def test_an_error_of_ours_quotes_nothing_and_can_be_tried_again(error: Exception, status: int) -> None:
    client = make_client()

    def fail() -> str:
        raise error

    client.application.add_url_rule("/failing", view_func=fail)
    with logs():
        response = client.get("/failing?a=1", headers={"Accept": BROWSER})

    text = response.get_data(as_text=True)
    assert response.status_code == status
    assert CANARY not in text
    assert 'href="/failing?a=1"' in text


def fail() -> str:
    raise ValueError(CANARY)


def test_what_is_said_of_the_path_is_said_as_text() -> None:
    client = make_client()
    client.application.add_url_rule("/failing", view_func=fail)
    with logs():
        text = client.get('/failing?"><script>1</script>', headers={"Accept": BROWSER}).get_data(as_text=True)

    assert "<script>1" not in text


def test_under_a_prefix_of_a_proxy_it_is_tried_again_there() -> None:
    client = make_client(public_url="https://example.org/kcds")
    client.application.add_url_rule("/failing", view_func=fail)
    with logs():
        text = client.get("/failing", headers={"Accept": BROWSER}).get_data(as_text=True)

    assert 'href="/kcds/failing"' in text


@pytest.mark.parametrize(
    ("demo", "waited", "status"), [("off", 0.9, 200), ("off", 1.1, 503), ("on", 1.9, 200), ("on", 2.1, 503)]
)
def test_a_page_that_waited_too_long_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, demo: str, waited: float, status: int
) -> None:
    monkeypatch.setattr("kcds.web.overload.seconds_queued", lambda: waited)

    response = get("/rules", deadline=4, demo=demo)

    assert response.status_code == status
    if status == 503:
        assert response.headers["Retry-After"] == "2"
        assert "too busy" in response.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/health/live", "/cds-services", "/assets/0/kcds.css"])
def test_what_costs_little_is_never_refused_for_having_waited(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setattr("kcds.web.overload.seconds_queued", lambda: 100.0)

    assert get(path).status_code in (200, 404)


def test_the_head_of_a_page_is_what_get_would_say() -> None:
    client = make_client()

    head, whole = client.head("/rules"), client.get("/rules")

    assert head.status_code == whole.status_code == 200
    assert head.headers["Content-Type"] == whole.headers["Content-Type"]
    assert head.data == b""
