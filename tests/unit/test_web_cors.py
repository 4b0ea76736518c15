"""Pages on other origins (checklist CORS-1 to CORS-3): who may read answers, refusals included, and who may not."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from service_builders import INSTANCE, Nobody, hook_call, logs, make_client
from werkzeug.test import TestResponse

PAGE = "https://ehr.example.org"
VIEW = "/cds-services/ketamine-patient-view"
ENDPOINTS = [("/cds-services", "GET"), (VIEW, "POST"), (VIEW + "/feedback", "POST")]


def preflight(client: FlaskClient, path: str, method: str, origin: str = PAGE, **headers: str) -> TestResponse:
    asked = {"Origin": origin, "Access-Control-Request-Method": method} | headers
    return client.options(path, headers=asked)


def listed(response: TestResponse, header: str) -> set[str]:
    return {item.strip() for item in response.headers.get(header, "").split(",")}


@pytest.mark.parametrize(("path", "method"), ENDPOINTS)
@pytest.mark.parametrize("origins", [PAGE, "*"])
def test_a_preflight_is_answered_without_authentication_and_names_both_headers(
    path: str, method: str, origins: str
) -> None:
    client = make_client(cors_origins=origins, authenticator=Nobody())

    with logs():
        response = preflight(
            client, path, method, **{"Access-Control-Request-Headers": "authorization,content-type,x-other"}
        )

    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == origins
    assert listed(response, "Access-Control-Allow-Headers") == {"authorization", "content-type"}
    assert method in listed(response, "Access-Control-Allow-Methods")
    assert int(response.headers["Access-Control-Max-Age"]) > 0
    assert "Access-Control-Allow-Credentials" not in response.headers


REFUSALS: dict[str, tuple[str, str, dict[str, Any], int]] = {
    "not JSON": ("POST", VIEW, {"data": b"{", "content_type": "application/json"}, 400),
    "unknown service": ("POST", "/cds-services/unknown", {"json": hook_call()}, 404),
    "no such path": ("GET", "/cds-services/a/b/c", {}, 404),
    "wrong method": ("PUT", VIEW, {"json": hook_call()}, 405),
    "no patient": ("POST", VIEW, {"json": hook_call() | {"prefetch": {}}}, 412),
    "too large": ("POST", VIEW, {"data": b" " * 17_000_000, "content_type": "application/json"}, 413),
    "plain text": ("POST", VIEW, {"data": b"{}", "content_type": "text/plain"}, 415),
}


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("origins", [PAGE, "*"])
def test_refusals_can_be_read_by_the_page_too(refusal: str, origins: str) -> None:
    method, path, options, status = REFUSALS[refusal]

    with logs():
        response = make_client(cors_origins=origins).open(path, method=method, headers={"Origin": PAGE}, **options)

    assert response.status_code == status
    assert response.headers["Access-Control-Allow-Origin"] == origins
    assert listed(response, "Access-Control-Expose-Headers") == {"Retry-After", "Server-Timing", "X-Request-Id"}


def test_a_401_can_be_read_by_the_page_too() -> None:
    with logs():
        response = make_client(cors_origins=PAGE, authenticator=Nobody()).get("/cds-services", headers={"Origin": PAGE})

    assert response.status_code == 401
    assert response.headers["Access-Control-Allow-Origin"] == PAGE


def test_an_error_of_ours_can_be_read_by_the_page_too() -> None:
    def broken() -> Any:
        raise ValueError

    with logs():
        response = make_client(cors_origins=PAGE, clock=broken).post(VIEW, json=hook_call(), headers={"Origin": PAGE})

    assert response.status_code == 500
    assert response.headers["Access-Control-Allow-Origin"] == PAGE


@pytest.mark.parametrize("path", ["/cds-services", "/cds-services/", "/openapi.json"])
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example.org",
        "https://ehr.example.org.evil.org",
        "https://ehr-example.org",
        "http://ehr.example.org",
        "https://ehr.example.org:8443",
        "https://ehr.example.org\x00",
        "https://x.ehr.example.org",
        "null",
        "*",
        "",
    ],
)
def test_an_origin_that_is_not_listed_exactly_gets_nothing(origin: str, path: str) -> None:
    response = make_client(cors_origins=PAGE).get(path, headers={"Origin": origin})

    assert "Access-Control-Allow-Origin" not in response.headers
    assert "Origin" in listed(response, "Vary")


@pytest.mark.parametrize("origin", [PAGE, "http://[::1]:3000", "null"])
def test_each_listed_origin_gets_itself_and_caches_are_told(origin: str) -> None:
    client = make_client(cors_origins=f"{PAGE}, http://[::1]:3000, null")

    response = client.get("/cds-services", headers={"Origin": origin})

    assert response.headers.getlist("Access-Control-Allow-Origin") == [origin]
    assert listed(response, "Vary") == {"Origin"}
    assert "Access-Control-Allow-Credentials" not in response.headers


def test_a_preflight_of_an_origin_that_is_not_listed_gets_nothing() -> None:
    response = preflight(make_client(cors_origins=PAGE), VIEW, "POST", "https://evil.example.org")

    assert [name for name in response.headers.keys() if name.startswith("Access-Control")] == []  # noqa: SIM118


@pytest.mark.parametrize("settings", [{}, {"cors_origins": ""}], ids=["not set", "empty"])
def test_without_origins_no_page_may_read_anything(settings: dict[str, Any]) -> None:
    response = make_client(**settings).get("/cds-services", headers={"Origin": PAGE})

    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("path", ["/metrics", "/health/ready", "/health/live", "/cds-servicesx"])
def test_what_is_for_operators_is_open_to_no_page(path: str) -> None:
    with logs():
        response = make_client(cors_origins="*").get(path, headers={"Origin": PAGE})

    assert "Access-Control-Allow-Origin" not in response.headers


def test_feedback_of_a_page_arrives() -> None:
    entry = {"card": INSTANCE, "outcome": "overridden", "outcomeTimestamp": "2026-11-21T12:00:00Z"}

    with logs():
        response = make_client(cors_origins=PAGE).post(
            VIEW + "/feedback", json={"feedback": [entry]}, headers={"Origin": PAGE}
        )

    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == PAGE
