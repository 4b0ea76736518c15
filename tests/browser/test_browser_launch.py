"""The review page as an EHR opens it: its states while the chart is read, what is refused, tabs; frames stand apart."""

from collections.abc import Iterator

import pytest
from builders import patient
from chromium import needs_chromium
from fhir_server import status
from playwright.sync_api import Browser
from running_kcds import Kcds, running_kcds
from service_builders import free_port, sample
from smart_ehr import SmartEhr, smart_ehr
from smart_files import resources_of, smart_file, whose
from tab import Tab, open_tab

pytestmark = needs_chromium

CRPS, YEAR, EMPTY = "sample-crps-candidate", "sample-a-year-of-infusions", "nothing-known"
CRPS_NAME, YEAR_NAME = whose(sample("crps-candidate")), whose(sample("a-year-of-infusions"))
CHARTS = [
    *resources_of(sample("crps-candidate")),
    *resources_of(sample("a-year-of-infusions")),
    patient(id=EMPTY, name=[{"family": "Empty", "given": ["Chart"]}]),
]


@pytest.fixture(scope="module")
def ehr() -> Iterator[SmartEhr]:
    with smart_ehr(CHARTS) as running:
        yield running


@pytest.fixture(scope="module")
def service(ehr: SmartEhr, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kcds]:
    port = free_port()
    registered = smart_file(tmp_path_factory.mktemp("smart"), ehr, standalone=True)
    settings = {"smart_file": str(registered), "public_url": f"http://127.0.0.1:{port}", "auth": "off"}
    with running_kcds(port=port, workers=2, frame_ancestors=ehr.origin, **settings) as running:
        yield running


@pytest.fixture
def tab(browser: Browser, service: Kcds, ehr: SmartEhr) -> Iterator[Tab]:
    """A browser of its own, that goes through the EHR as well."""
    with open_tab(browser, service.url, also=ehr.origin) as opened:
        yield opened
    ehr.misbehaviour.clear()
    ehr.latency = 0
    ehr.manner.expires_in, ehr.manner.withhold, ehr.manner.refuse = 300, frozenset(), None
    assert ehr.problems == []


def launch(tab: Tab, ehr: SmartEhr, who: str = CRPS) -> None:
    tab.go(f"/launch?{ehr.launch_query(who)}")


def test_a_launch_shows_the_review_of_the_chart(tab: Tab, ehr: SmartEhr) -> None:
    launch(tab, ehr)

    assert tab.text("h1") == CRPS_NAME
    assert "/review/" in tab.page.url
    assert "sample" not in tab.page.url
    assert tab.complaints() == []


def test_a_chart_without_anything_is_told_as_it_is(tab: Tab, ehr: SmartEhr) -> None:
    launch(tab, ehr, EMPTY)

    assert tab.text("h1") == "Chart Empty"
    assert tab.complaints() == []


def test_while_the_chart_is_read_the_page_says_so(tab: Tab, ehr: SmartEhr) -> None:
    ehr.latency = 0
    launch(tab, ehr)
    ehr.latency = 1.5

    tab.page.goto(tab.page.url, wait_until="commit")

    tab.page.wait_for_selector(".loading", state="visible")
    assert "Reading the chart" in tab.text(".loading")
    assert tab.page.locator(".loading").get_attribute("role") == "status"
    assert tab.page.locator(".late").is_hidden()
    tab.page.wait_for_selector("#note")
    assert tab.page.locator(".loading").is_hidden()
    assert tab.text("h1") == CRPS_NAME


def test_a_wait_stays_a_wait_where_movement_is_reduced(tab: Tab, ehr: SmartEhr) -> None:
    launch(tab, ehr)
    ehr.latency = 1.5
    tab.page.emulate_media(reduced_motion="reduce")

    tab.page.goto(tab.page.url, wait_until="commit")

    tab.page.wait_for_selector(".loading", state="visible")
    assert tab.page.locator(".late").is_hidden()
    tab.page.wait_for_selector("#note")


def test_a_source_that_failed_names_itself_and_can_be_asked_again(tab: Tab, ehr: SmartEhr) -> None:
    ehr.misbehaviour["/Condition"] = status(500)
    launch(tab, ehr)
    assert tab.page.locator(".st.unk:visible").count() > 0
    assert "problem" in tab.text("#data").lower()
    assert tab.complaints() == []
    ehr.misbehaviour.clear()

    tab.page.click("#data >> text=Read the chart again")

    tab.page.wait_for_selector("#note")
    assert tab.text("h1") == CRPS_NAME


def test_a_chart_that_cannot_be_read_can_be_asked_for_again(tab: Tab, ehr: SmartEhr) -> None:
    ehr.misbehaviour["/Patient"] = status(500)
    launch(tab, ehr)
    assert tab.page.locator("[role=alert]").is_visible()
    assert tab.complaints() == []
    ehr.misbehaviour.clear()

    tab.page.click("main a.btn")

    tab.page.wait_for_selector("#rules")
    assert tab.text("h1") == CRPS_NAME


def test_what_the_ehr_does_not_permit_is_named(tab: Tab, ehr: SmartEhr) -> None:
    ehr.manner.withhold = frozenset({"AllergyIntolerance"})

    launch(tab, ehr)

    assert "permit" in tab.text("#data").lower()
    assert tab.complaints() == []


def test_a_launch_that_is_over_is_opened_again_from_the_chart(tab: Tab, ehr: SmartEhr) -> None:
    ehr.manner.expires_in = 2
    launch(tab, ehr)
    tab.page.wait_for_timeout(2200)

    answer = tab.page.reload()

    assert answer is not None
    assert answer.status in {401, 403, 410}
    assert "Open" in tab.text("h1")
    assert "from the chart" in tab.text()
    assert tab.complaints() == []


def test_the_review_of_another_browser_is_not_shown(tab: Tab, ehr: SmartEhr, browser: Browser, service: Kcds) -> None:
    launch(tab, ehr)

    with open_tab(browser, service.url) as other:
        answer = other.page.goto(tab.page.url)

        assert answer is not None
        assert answer.status in {401, 403, 410}
        assert CRPS_NAME not in other.text("body")
        assert other.complaints() == []


def test_a_launch_that_the_ehr_refuses_is_told(tab: Tab, ehr: SmartEhr) -> None:
    ehr.manner.refuse = "access_denied"

    tab.page.goto(f"{tab.origin}/launch?{ehr.launch_query(CRPS)}")

    assert tab.page.locator("h1").count() == 1
    assert tab.complaints() == []


def test_without_a_chart_one_is_chosen_at_the_ehr(tab: Tab, ehr: SmartEhr) -> None:
    ehr.manner.patient = CRPS
    page = tab.go("/launch")
    assert tab.complaints() == []

    page.click(".launch-ehrs a")

    page.wait_for_url("**/review/*")
    assert tab.text("h1") == CRPS_NAME


def test_two_tabs_of_a_browser_show_two_patients(tab: Tab, ehr: SmartEhr) -> None:
    launch(tab, ehr, CRPS)
    second = tab.page.context.new_page()
    second.goto(f"{tab.origin}/launch?{ehr.launch_query(YEAR)}")

    for _ in range(2):
        tab.page.reload()
        second.reload()

        assert tab.text("h1") == CRPS_NAME
        assert second.locator("h1").inner_text() == YEAR_NAME


def test_the_review_stands_in_a_frame_of_the_ehr(tab: Tab, ehr: SmartEhr) -> None:
    tab.page.goto(ehr.chart(f"{tab.origin}/launch", CRPS))

    frame = tab.page.frame_locator("iframe")
    frame.locator("#rules").wait_for()

    assert frame.locator("h1").inner_text() == CRPS_NAME
