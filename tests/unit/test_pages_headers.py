"""What browsers are told about pages, and what those who run the service are told: the kind of a page, no more."""

import gzip
import re
from typing import Any

import pytest
from service_builders import OneEhr, logs, make_client

from kcds.pages.site import STATIC, asset_names, assets_digest
from kcds.web.pages.kinds import KINDS, kind_of

FRAMING = ("https://ehr.example.org",)
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def policy_of(headers: Any) -> dict[str, str]:
    """The directives of a content security policy."""
    return dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))


@pytest.mark.parametrize("path", ["/rules", "/nowhere", "/demo"])
def test_a_page_runs_and_loads_our_own_files_only(path: str) -> None:
    policy = policy_of(make_client(demo="on").get(path, headers=BROWSER).headers)

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == policy["form-action"] == "'self'"
    assert policy["base-uri"] == "'none'"
    assert "unsafe" not in str(policy)


@pytest.mark.parametrize("path", ["/rules", "/demo", "/nowhere"])
def test_nobody_keeps_frames_or_reaches_into_a_page(path: str) -> None:
    headers = make_client(demo="on").get(path, headers=BROWSER).headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "geolocation=()" in headers["Permissions-Policy"]


def test_a_page_that_an_ehr_frames_names_it_and_says_nothing_that_could_name_none() -> None:
    client = make_client(smart=OneEhr(), frame_ancestors=",".join(FRAMING))

    headers = client.get("/launch?iss=other", headers=BROWSER).headers

    assert policy_of(headers)["frame-ancestors"] == f"'self' {FRAMING[0]}"
    assert "X-Frame-Options" not in headers


@pytest.mark.parametrize("path", ["/rules", "/rules/none-of-this-name", "/rules/%00", "/feedback?rule=none"])
def test_the_rulebook_is_framed_by_nobody_although_the_review_is(path: str) -> None:
    headers = make_client(frame_ancestors=",".join(FRAMING)).get(path, headers=BROWSER).headers

    assert policy_of(headers)["frame-ancestors"] == "'none'"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("name", asset_names())
def test_an_asset_may_be_kept_for_ever_and_comes_compressed_where_that_helps(name: str) -> None:
    plain = make_client().get(f"/assets/{assets_digest()}/{name}")
    packed = make_client().get(f"/assets/{assets_digest()}/{name}", headers={"Accept-Encoding": "gzip"})

    assert plain.status_code == packed.status_code == 200
    assert "immutable" in plain.headers["Cache-Control"]
    assert plain.data == (STATIC / name).read_bytes()
    compressed = packed.headers.get("Content-Encoding") == "gzip"
    assert compressed is not name.endswith(".woff2")
    assert (gzip.decompress(packed.data) if compressed else packed.data) == plain.data


@pytest.mark.parametrize(("digest", "name"), [("000000000000", "kcds.css"), (assets_digest(), "../html.py")])
def test_there_is_no_other_asset(digest: str, name: str) -> None:
    assert make_client().get(f"/assets/{digest}/{name}").status_code == 404


def test_an_asset_that_may_be_kept_holds_nothing_of_anybody() -> None:
    headers = make_client().get(f"/assets/{assets_digest()}/kcds.css").headers

    assert "Set-Cookie" not in headers


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "home"),
        ("/rules/<rule_id>", "rules"),
        ("/feedback.csv", "feedback"),
        ("/review/<run>", "review"),
        ("/cds-services/<service_id>/feedback", None),
        ("/metrics", None),
        ("", None),
    ],
)
def test_a_page_has_a_kind_and_what_programs_call_has_none(path: str, kind: str | None) -> None:
    assert kind_of(path) == kind


def test_every_page_that_is_served_is_of_a_known_kind() -> None:
    application = make_client(demo="on", smart=OneEhr()).application

    kinds = {kind_of(rule.rule) for rule in application.url_map.iter_rules()}

    assert kinds - {None} <= KINDS


def test_a_page_is_counted_timed_and_logged_by_its_kind_alone() -> None:
    client = make_client()

    with logs() as log:
        client.get("/rules/a-rule-that-somebody-looks-for?why=because", headers=BROWSER, buffered=True)
    counted = client.get("/metrics").get_data(as_text=True)

    assert 'kcds_pages_total{page="rules",status="4xx"} 1.0' in counted
    assert 'kcds_page_seconds_count{page="rules"} 1.0' in counted
    (line,) = [line for line in log.getvalue().splitlines() if '"event": "page"' in line]
    assert '"page": "rules"' in line
    assert not re.search("looks-for|because", log.getvalue() + counted)


def test_no_path_of_a_page_is_ever_logged() -> None:
    client = make_client(smart=OneEhr(), demo="on")

    with logs("DEBUG") as log:
        for path in (
            "/review/canary",
            "/launch/canary?launch=canary",
            "/nowhere/canary",
            "/demo/canary",
            "/callback?code=canary",
        ):
            client.get(path, headers=BROWSER, buffered=True)
            client.post(path, headers=BROWSER, buffered=True)

    assert "canary" not in log.getvalue()
