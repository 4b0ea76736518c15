"""HTTP around the hook calls: content types, methods, paths, trailing slashes (checklist section 8)."""

import json

import pytest
from service_builders import assert_readable, hook_call, logs, make_client

VIEW = "/cds-services/ketamine-patient-view"


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", None])
def test_a_body_that_is_not_declared_as_json_is_a_415(content_type: str | None) -> None:
    with logs():
        response = make_client().post(VIEW, data=json.dumps(hook_call()), content_type=content_type)

    assert response.status_code == 415
    assert_readable(response)


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "application/fhir+json"]
)
def test_json_is_taken_under_its_usual_names(content_type: str) -> None:
    with logs():
        response = make_client().post(VIEW, data=json.dumps(hook_call()), content_type=content_type)

    assert response.status_code == 200


def test_a_compressed_body_is_a_415_that_says_what_to_do() -> None:
    headers = {"Content-Encoding": "gzip"}

    with logs():
        response = make_client().post(VIEW, data=b"\x1f\x8b", content_type="application/json", headers=headers)

    assert response.status_code == 415
    assert "Content-Encoding" in response.get_json(force=True)["issue"][0]["diagnostics"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", VIEW, {"OPTIONS", "POST"}),
        ("PUT", VIEW, {"OPTIONS", "POST"}),
        ("DELETE", VIEW, {"OPTIONS", "POST"}),
        ("POST", "/cds-services", {"GET", "HEAD", "OPTIONS"}),
        ("POST", "/health/ready", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_a_wrong_method_is_a_405_that_names_the_right_ones(method: str, path: str, allowed: set[str]) -> None:
    with logs():
        response = make_client().open(path, method=method)

    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == allowed
    assert_readable(response)


@pytest.mark.parametrize(
    "path",
    [
        "/cds-services/ketamine",
        "/cds-services/%00",
        "/cds-services/..%2f..%2fetc%2fpasswd",
        "/cds-services/\N{SNOWMAN}",
    ],
)
def test_an_unknown_service_is_a_404(path: str) -> None:
    with logs():
        response = make_client().post(path, json=hook_call())

    assert response.status_code == 404
    assert_readable(response)


@pytest.mark.parametrize("path", ["/nowhere", "/nowhere//", "/cds-services/ketamine-patient-view/feedback/x"])
def test_a_path_at_which_nothing_is_served_is_a_404(path: str) -> None:
    with logs():
        response = make_client().get(path)

    assert response.status_code == 404
    assert_readable(response)


@pytest.mark.parametrize("path", ["/cds-services", "/cds-services/"])
def test_discovery_answers_with_and_without_a_trailing_slash(path: str) -> None:
    response = make_client().get(path)

    services = response.get_json()["services"]
    assert [(one["hook"], one["id"]) for one in services] == [
        ("patient-view", "ketamine-patient-view"),
        ("order-select", "ketamine-order-select"),
        ("order-sign", "ketamine-order-sign"),
    ]


def test_a_service_answers_with_a_trailing_slash() -> None:
    with logs():
        assert make_client().post(VIEW + "/", json=hook_call()).status_code == 200


def test_head_and_options_are_answered_without_a_body() -> None:
    client = make_client()

    assert client.head("/cds-services").status_code == 200
    options = client.options(VIEW)
    assert (options.status_code, options.get_data()) == (200, b"")
    assert set(options.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}
