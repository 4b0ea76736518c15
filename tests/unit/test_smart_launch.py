"""Launches as the EHR and the browser see them: the steps of the standard, for every kind of EHR."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from service_builders import make_client
from smart_browser import PUBLIC_URL, SECURE_URL, Hospital, hospital, query_of, title_of
from smart_ehr import CLIENT_ID, LAUNCH
from smart_files import NAME

from kcds.auth.smart.scopes import TYPES


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Hospital]:
    """An EHR where kcds is registered with a secret, also for standalone launches."""
    with hospital(tmp_path, standalone=True, deadline=1) as found:
        yield found


def test_a_launch_from_a_chart_opens_the_review_of_its_patient(here: Hospital) -> None:
    browser = here.browser()

    launched = browser.launched(browser.launch("pat-7"))

    assert (launched.ehr, launched.server, launched.patient_id) == (NAME, here.ehr.base, "pat-7")
    assert launched.token in here.ehr.tokens
    assert launched.user == "Practitioner/p1"
    assert launched.refused == frozenset()
    assert launched.card is None
    assert timedelta(seconds=290) < launched.expires - here.parts.clock() <= timedelta(seconds=300)


def test_what_the_ehr_is_asked_is_what_the_standard_says(here: Hospital) -> None:
    asked = query_of(here.browser().begin())

    scopes = asked.pop("scope").split()
    assert asked.pop("launch").startswith(LAUNCH)
    assert len(asked.pop("state")) == 22
    assert len(asked.pop("nonce")) == 22
    assert len(asked.pop("code_challenge")) == 43
    assert asked == {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": f"{PUBLIC_URL}/callback",
        "aud": here.ehr.base,
        "code_challenge_method": "S256",
    }
    assert scopes == ["launch", "openid", "fhirUser", *(f"patient/{kind}.rs" for kind in TYPES)]


def test_without_a_chart_somebody_chooses_the_patient_at_the_ehr(here: Hospital) -> None:
    browser = here.browser()
    page = browser.get("/launch")
    here.ehr.manner.patient = "pat-9"

    launched = browser.launched(browser.follow(f"/launch?iss={here.ehr.base}"))

    assert NAME in page.get_data(as_text=True)
    assert launched.patient_id == "pat-9"
    assert "launch/patient" in query_of(browser.visited[3])["scope"].split()


def test_an_ehr_that_is_not_registered_for_it_cannot_be_opened_standalone(tmp_path: Path) -> None:
    with hospital(tmp_path) as found:
        browser = found.browser()

        assert NAME not in browser.get("/launch/standalone").get_data(as_text=True)
        refused = browser.follow(f"/launch?iss={found.ehr.base}")

    assert (refused.status_code, title_of(refused)) == (403, "Open it from the chart")


def test_an_ehr_of_the_first_version_is_asked_in_its_style(here: Hospital) -> None:
    here.ehr.manner.configuration = {"capabilities": ["launch-ehr"]}
    browser = here.browser()

    launched = browser.launched(browser.launch())

    assert "patient/Observation.read" in query_of(browser.visited[2])["scope"]
    assert launched.refused == frozenset()


def test_without_the_file_there_is_no_way_in(tmp_path: Path) -> None:
    with hospital(tmp_path) as found:
        client = found.app.test_client()

        assert client.get("/launch").status_code == 200

    for path in ("/launch", "/launch/standalone", "/callback", "/launch/jwks.json"):
        assert make_client().get(path).status_code == 404


def test_behind_a_proxy_with_https_and_a_path_the_same_steps_lead_to_the_review(tmp_path: Path) -> None:
    with hospital(tmp_path, public_url=SECURE_URL) as found:
        browser = found.browser()
        opened = browser.launch("pat-4")

        assert opened.headers["Location"].startswith("/ketamine/review/")
        assert browser.launched(opened).patient_id == "pat-4"


def test_a_key_that_came_without_https_is_not_ours_where_there_is_https(tmp_path: Path) -> None:
    with hospital(tmp_path, public_url=SECURE_URL) as found:
        browser = found.browser()
        browser.has_cookie("k" * 43)

        assert browser.get("/launch/continue?iss=x").status_code == 403
        assert "__Host-kcds=" in browser.get(f"/launch?{found.ehr.launch_query()}").headers["Set-Cookie"]
