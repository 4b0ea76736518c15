"""What hostile or careless callers try over HTTP, short of the server itself (checklist section 8)."""

import json
from typing import Any

import pytest
from fake_store import MemoryStore
from service_builders import assert_readable, hook_call, logs, make_client

from kcds.auth.identity import LOCAL, Client
from kcds.outbound.deadline import Deadline

VIEW = "/cds-services/ketamine-patient-view"
PATHS = ["/cds-services", "/health/live", "/health/ready", "/metrics", "/openapi.json", "/nowhere", VIEW]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_tells_browsers_to_keep_frame_and_guess_nothing(path: str) -> None:
    with logs():
        headers = make_client().get(path).headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Frame-Options"] == "DENY"
    assert "Server" not in headers
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize(
    ("url", "sent"), [("https://kcds.example.org", True), ("http://127.0.0.1:8000", False), (None, False)]
)
def test_browsers_are_held_to_https_where_the_public_url_is_https(url: str | None, *, sent: bool) -> None:
    headers = make_client(public_url=url).get("/cds-services").headers

    assert ("Strict-Transport-Security" in headers) is sent


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_a_name_of_its_own_and_none_that_the_caller_chose(path: str) -> None:
    client = make_client()

    with logs():
        names = [client.get(path, headers={"X-Request-Id": "canary"}).headers["X-Request-Id"] for _ in range(2)]

    assert len(set(names)) == 2
    assert all(len(name) == 36 for name in names)


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/fhir+json", "text/html", "image/png", ""])
def test_whatever_a_client_says_it_accepts_it_gets_json(accept: str) -> None:
    with logs():
        response = make_client().post(VIEW, json=hook_call(), headers={"Accept": accept})

    assert response.status_code == 200
    assert response.content_type == "application/json"


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json;charset=UTF-8",
        'application/json; charset="utf-8"',
        "APPLICATION/JSON",
        "application/json; charset=iso-8859-1; x=y",
        "application/vnd.cdshooks+json",
    ],
)
def test_json_is_taken_in_every_spelling_of_its_type(content_type: str) -> None:
    with logs():
        response = make_client().post(VIEW, data=json.dumps(hook_call()), content_type=content_type)

    assert response.status_code == 200


@pytest.mark.parametrize(
    "content_type",
    ["text/json", "application/jsonp", "application/json+xml", "multipart/form-data", "*/*", "json"],
)
def test_what_only_looks_like_json_is_a_415(content_type: str) -> None:
    with logs():
        response = make_client().post(VIEW, data=json.dumps(hook_call()), content_type=content_type)

    assert response.status_code == 415
    assert_readable(response)


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_no_header_changes_the_method(header: str) -> None:
    with logs():
        response = make_client().post("/cds-services?_method=GET", headers={header: "GET"}, data={"_method": "GET"})

    assert response.status_code == 405


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Original-URL": "/metrics", "X-Rewrite-URL": "/metrics"},
        {"X-Forwarded-Prefix": "/x", "X-Script-Name": "/cds-services", "X-Forwarded-Path": "/metrics"},
        {"X-Forwarded-Host": "evil.example.org", "X-Forwarded-Proto": "https", "Forwarded": "host=evil.example.org"},
        {"Host": "evil.example.org"},
    ],
)
def test_no_header_of_a_proxy_changes_what_is_served(headers: dict[str, str]) -> None:
    client = make_client()
    plain = client.get("/cds-services").get_data()

    response = client.get("/cds-services", headers=headers)

    assert response.get_data() == plain
    assert "evil" not in str(response.headers)


@pytest.mark.parametrize(
    "path",
    [
        "/cds-services//ketamine-patient-view",
        "//cds-services",
        "/cds-services/./ketamine-patient-view",
        "/x/../cds-services/ketamine-patient-view",
        "/cds-services/ketamine-patient-view%00",
        "/cds-services/ketamine-patient-view%0d%0aX-Canary:1",
        "/cds-services/KETAMINE-PATIENT-VIEW",
        "/CDS-SERVICES",
        "/cds-services/ketamine-patient-view;x=1",
        "/cds-services/" + "x" * 3000,
        "/static/x",
        "/cds-services/__class__",
    ],
)
def test_a_path_that_is_not_exactly_one_of_ours_is_a_404_and_never_a_redirect(path: str) -> None:
    with logs() as logged:
        response = make_client().post(path, json=hook_call())

    assert response.status_code == 404
    assert_readable(response)
    assert "Location" not in response.headers
    assert "canary" not in (str(response.headers) + response.get_data(as_text=True) + logged.getvalue()).lower()


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PATCH", "DELETE", "PROPFIND", "X" * 200])
@pytest.mark.parametrize("path", ["/cds-services", VIEW, VIEW + "/feedback", "/health/live", "/metrics"])
def test_every_other_method_is_a_405_that_names_the_right_ones(method: str, path: str) -> None:
    with logs():
        response = make_client().open(path, method=method)

    assert response.status_code == 405
    assert "OPTIONS" in response.headers["Allow"]
    assert_readable(response)


@pytest.mark.parametrize("path", ["/cds-services", "/health/live", "/health/ready", "/metrics", "/openapi.json"])
def test_head_says_what_get_would_and_sends_nothing(path: str) -> None:
    client = make_client()

    head, get = client.head(path), client.get(path)

    assert (head.status_code, head.content_type, head.get_data()) == (200, get.content_type, b"")


@pytest.mark.parametrize("query", ["?", "?patientId=canary", "?" + "x=1&" * 500])
def test_a_query_is_ignored(query: str) -> None:
    with logs() as logged:
        response = make_client().post(VIEW + query, json=hook_call())

    assert response.status_code == 200
    assert "canary" not in logged.getvalue()


def test_a_body_that_ends_too_early_is_a_400() -> None:
    environ: dict[str, Any] = {"CONTENT_LENGTH": "5000"}

    with logs():
        response = make_client().post(
            VIEW, data=b'{"hook":', content_type="application/json", environ_overrides=environ
        )

    assert response.status_code == 400
    assert_readable(response)


def test_readiness_says_mode_and_how_the_store_is() -> None:
    body = make_client(mode="silent").get("/health/ready").get_json()

    assert (body["mode"], body["store"]) == ("silent", "ok")


def test_a_store_that_is_away_is_said_and_keeps_nobody_from_being_advised() -> None:
    client = make_client(store=MemoryStore(broken=True))

    with logs():
        advised = client.post(VIEW, json=hook_call())

    ready = client.get("/health/ready")
    assert (ready.status_code, ready.get_json()["store"]) == (200, "unavailable")
    assert advised.status_code == 200


def test_what_cannot_be_kept_is_a_503_that_says_when_to_try_again() -> None:
    entry = {"card": "x", "outcome": "overridden", "outcomeTimestamp": "2026-11-21T12:00:00Z"}

    with logs() as logged:
        response = make_client(store=MemoryStore(broken=True)).post(VIEW + "/feedback", json={"feedback": [entry]})

    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert_readable(response)
    assert json.loads(logged.getvalue())["level"] == "error"


class Listening:
    """Lets everybody in and remembers under which path they came."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    def authenticate(self, authorization: str | None, path: str, deadline: Deadline) -> Client:  # noqa: ARG002
        self.paths.append(path)
        return LOCAL


@pytest.mark.parametrize("path", ["/cds-services", VIEW, VIEW + "/feedback"])
def test_a_slash_at_the_end_is_the_same_endpoint_to_those_who_check_tokens(path: str) -> None:
    listening = Listening()
    client = make_client(authenticator=listening)

    with logs():
        for called in (path, path + "/", path + "?x=1"):
            client.open(called, method="GET" if path == "/cds-services" else "POST", json={})

    assert listening.paths == [path] * 3
