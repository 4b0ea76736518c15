"""From a card to the review of the same patient: the link of the card, a launch by the EHR, the page. Nobody else's."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from builders import Json
from fake_store import MemoryStore
from service_builders import cards_of, logs, post, sample
from smart_browser import PUBLIC_URL, Browser, Hospital, hospital, title_of
from smart_files import resources_of, whose

STORY = "crps-candidate"
PATIENT = sample(STORY)["context"]["patientId"]
NAME = whose(sample(STORY))


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Hospital]:
    """An EHR with the chart of one story, at which kcds is registered."""
    with hospital(tmp_path, ehr={"resources": resources_of(sample(STORY))}, patient_view="pain") as found:
        yield found


def smart_link(here: Hospital) -> Json:
    """The link of the first card on the opening of the chart."""
    call = sample(STORY) | {"fhirServer": here.ehr.base}
    (first, *_) = cards_of(post(here.app.test_client(), call))
    (link,) = [link for link in first["links"] if link["type"] == "smart"]
    found: Json = link
    return found


def shown(browser: Browser, answer: Any) -> str:
    """The page to which a launch leads."""
    return str(browser.get(urlsplit(answer.headers["Location"]).path).get_data(as_text=True))


def test_a_card_opens_the_review_of_its_patient_which_names_the_card_and_agrees_with_it(here: Hospital) -> None:
    link = smart_link(here)
    browser = here.browser()

    page = shown(browser, browser.launch(PATIENT, link["appContext"]))

    assert link["url"] == f"{PUBLIC_URL}/launch"
    assert NAME in page
    assert "Opened from the card of" in page
    assert "</html>" in page


def test_the_card_of_one_patient_never_opens_the_review_of_another(here: Hospital) -> None:
    link = smart_link(here)

    refused = here.browser().launch("another-patient", link["appContext"])

    assert refused.status_code >= 400
    assert NAME not in refused.get_data(as_text=True)
    assert title_of(refused)


def test_nothing_of_patient_token_or_run_is_in_an_address_a_log_a_count_or_the_store(here: Hospital) -> None:
    with logs("DEBUG") as log:
        browser = here.browser()
        answer = browser.launch(PATIENT, smart_link(here)["appContext"])
        run = answer.headers["Location"].rpartition("/")[2]
        page = browser.client.get(f"/review/{run}", base_url=PUBLIC_URL, buffered=True)
        counted = here.app.test_client().get("/metrics").get_data(as_text=True)
    store = here.parts.store
    assert isinstance(store, MemoryStore)
    token = next(iter(here.ehr.tokens))

    assert page.status_code == 200
    kept = repr((store.calls, store.sessions, store.shown))
    for held in (PATIENT, NAME.split()[1], token):
        assert held not in log.getvalue() + counted + kept
        assert held not in " ".join(browser.visited)
    assert run not in log.getvalue() + counted + kept
    assert token not in page.get_data(as_text=True)
