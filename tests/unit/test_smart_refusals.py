"""Launches that end on a page in words: what an EHR, a card or somebody else may do wrong."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fhir_server import content, drip, flood, hang, status
from service_builders import logs
from smart_browser import Hospital, hospital, title_of
from smart_files import NAME

from kcds.web.links import make_card_context

CALL = UUID("0ab7b2d8-6dd6-4f62-8a0c-6e1f0b5b7a11")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Hospital]:
    """An EHR where kcds is registered with a secret, also for standalone launches."""
    with hospital(tmp_path, standalone=True, deadline=1) as found:
        yield found


@pytest.mark.parametrize("launch", ["", "a%00b", "%C3%A9", "x" * 5000])
def test_an_odd_launch_parameter_is_refused(here: Hospital, launch: str) -> None:
    refused = here.browser().follow(f"/launch?iss={here.ehr.base}&launch={launch}")

    assert refused.status_code == 400
    assert here.ehr.asked == []


@pytest.mark.parametrize(
    ("error", "code", "title"),
    [
        ("access_denied", 403, "The EHR did not give access"),
        ("invalid_scope", 403, "The EHR does not permit what the review needs"),
        ("server_error", 502, "The EHR could not give access"),
        ("<script>planted</script>", 502, "The EHR could not give access"),
    ],
)
def test_an_error_of_the_ehr_is_a_page_in_words(here: Hospital, error: str, code: int, title: str) -> None:
    here.ehr.manner.refuse = error
    with logs() as log:
        refused = here.browser().launch()

    assert (refused.status_code, title_of(refused)) == (code, title)
    assert "planted" not in refused.get_data(as_text=True) + log.getvalue()


def test_a_scope_that_is_refused_is_noted_and_the_page_goes_on(here: Hospital) -> None:
    here.ehr.manner.withhold = frozenset({"Condition", "AllergyIntolerance"})
    browser = here.browser()

    assert browser.launched(browser.launch()).refused == {"Condition", "AllergyIntolerance"}


def test_without_the_patient_there_is_no_review(here: Hospital) -> None:
    here.ehr.manner.withhold = frozenset({"Patient"})

    refused = here.browser().launch()

    assert (refused.status_code, title_of(refused)) == (403, "The EHR does not permit what the review needs")


@pytest.mark.parametrize(
    "scope", [None, "epic-style scopes of its own", "launch openid", "patient/*.rs", "user/*.read"]
)
def test_scopes_of_another_style_are_not_judged(here: Hospital, scope: str | None) -> None:
    here.ehr.manner.token_says = {"scope": scope}
    browser = here.browser()

    assert browser.launched(browser.launch()).refused == frozenset()


def test_a_review_opened_from_a_card_knows_its_call(here: Hospital) -> None:
    context = make_card_context(here.parts.keys, here.ehr.base, "pat-1", CALL)
    browser = here.browser()

    assert browser.launched(browser.launch("pat-1", context)).card == str(CALL)


@pytest.mark.parametrize("other", ["another patient", "another server", "forged", "nonsense"])
def test_a_card_of_another_patient_opens_nothing(here: Hospital, other: str) -> None:
    context = {
        "another patient": make_card_context(here.parts.keys, here.ehr.base, "pat-2", CALL),
        "another server": make_card_context(here.parts.keys, "https://other.example.org/fhir", "pat-1", CALL),
        "forged": f"{CALL}.{'A' * 22}",
        "nonsense": "something else",
    }[other]
    browser = here.browser()
    with logs() as log:
        refused = browser.launch("pat-1", context)

    line = json.loads(log.getvalue().splitlines()[-1])
    assert (refused.status_code, title_of(refused)) == (403, "Open again from the chart")
    assert "another patient" in refused.get_data(as_text=True)
    assert (line["event"], line["outcome"], line["ehr"]) == ("smart launch", "other-patient", NAME)
    assert "pat-" not in log.getvalue()
    assert here.parts.store.sessions == {}


@pytest.mark.parametrize(
    "said",
    [
        {"access_token": None},
        {"access_token": ""},
        {"access_token": "two words"},
        {"access_token": 5},
        {"access_token": "x" * 20_000},
        {"token_type": "mac"},
        {"token_type": None},
        {"scope": ["patient/*.rs"]},
    ],
)
def test_a_token_that_is_none_is_refused(here: Hospital, said: dict[str, Any]) -> None:
    here.ehr.manner.token_says = said

    refused = here.browser().launch()

    assert (refused.status_code, title_of(refused)) == (502, "The EHR gave an answer that cannot be used")


@pytest.mark.parametrize("patient", [None, "", "a/b", "x" * 65, 7, "pat 1"])
def test_without_a_patient_there_is_no_review(here: Hospital, patient: object) -> None:
    here.ehr.manner.token_says = {"patient": patient}

    refused = here.browser().launch()

    assert (refused.status_code, title_of(refused)) == (400, "No patient is chosen")


@pytest.mark.parametrize(
    ("behaviour", "detail"),
    [
        (hang, "timeout"),
        (drip, "timeout"),
        (flood, "too-large"),
        (status(500), "status 500"),
        (status(302, Location="http://127.0.0.1:9/"), "redirect"),
        (lambda handler: handler.give({"error": "invalid_client"}, 401), "invalid_client"),
        (lambda handler: handler.give({"error": "planted-error"}, 400), "status 400"),
        (content(b"<html>planted</html>"), "access_token"),
        (content(b"[1, 2]"), "access_token"),
    ],
)
def test_whatever_the_token_endpoint_does_is_a_page_in_words(here: Hospital, behaviour: Any, detail: str) -> None:
    here.ehr.manner.token_does = behaviour
    with logs() as log:
        refused = here.browser().launch()

    line = json.loads(log.getvalue().splitlines()[-1])
    assert refused.status_code == 502
    assert refused.headers["Content-Type"].startswith("text/html")
    assert line["detail"] == detail
    assert "planted" not in log.getvalue() + refused.get_data(as_text=True)


@pytest.mark.parametrize(
    ("behaviour", "detail"),
    [
        (hang, "timeout"),
        (status(404), "status 404"),
        (status(301, Location="http://127.0.0.1:9/"), "redirect"),
        (content(b"no JSON"), "not-json"),
        (content(b'{"token_endpoint": 1, "token_endpoint": 2}'), "not-json"),
        (content({}), "token-endpoint"),
    ],
)
def test_whatever_the_ehr_says_of_itself_is_a_page_in_words(here: Hospital, behaviour: Any, detail: str) -> None:
    here.ehr.misbehaviour["/.well-known"] = behaviour
    with logs() as log:
        refused = here.browser().launch()

    assert refused.status_code == 502
    assert json.loads(log.getvalue().splitlines()[-1])["detail"] == detail


@pytest.mark.parametrize("code", ["", "a\0b", "x" * 5000])
def test_a_code_that_is_none_is_sent_nowhere(here: Hospital, code: str) -> None:
    here.ehr.manner.answer_says = {"code": code}

    refused = here.browser().launch()

    assert (refused.status_code, title_of(refused)) == (502, "The EHR could not give access")
    assert here.ehr.problems == []
