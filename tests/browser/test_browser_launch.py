"""The review page as it is opened from an EHR: its states while the chart is read, and in frames and tabs of a browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from builders import patient
from chromium import needs_chromium
from fhir_server import status
from https_front import https_front
from playwright.sync_api import Browser
from running_kcds import Kcds, running_kcds
from service_builders import free_port, sample
from smart_ehr import SmartEhr, smart_ehr
from smart_files import resources_of, smart_file
from tab import Tab, open_tab

pytestmark = needs_chromium

CRPS, YEAR, EMPTY = "sample-crps-candidate", "sample-a-year-of-infusions", "nothing-known"
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
    with running_kcds(port=port, frame_ancestors=ehr.origin, **settings) as running:
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

    assert tab.text("h1") == "Crps Sample"
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
    tab.page.wait_for_load_state()
    assert tab.page.locator(".loading").is_hidden()
    assert tab.text("h1") == "Crps Sample"


def test_a_wait_stays_a_wait_where_movement_is_reduced(tab: Tab, ehr: SmartEhr) -> None:
    launch(tab, ehr)
    ehr.latency = 1.5
    tab.page.emulate_media(reduced_motion="reduce")

    tab.page.goto(tab.page.url, wait_until="commit")

    tab.page.wait_for_selector(".loading", state="visible")
    assert tab.page.locator(".late").is_hidden()
    tab.page.wait_for_load_state()


def test_a_source_that_failed_names_itself_and_can_be_asked_again(tab: Tab, ehr: SmartEhr) -> None:
    ehr.misbehaviour["/Condition"] = status(500)
    launch(tab, ehr)
    assert tab.page.locator(".st.unk:visible").count() > 0
    assert "problem" in tab.text("#data").lower()
    assert tab.complaints() == []
    ehr.misbehaviour.clear()

    tab.page.locator("a", has_text="again").first.click()

    tab.page.wait_for_load_state()
    assert tab.text("h1") == "Crps Sample"


def test_a_chart_that_cannot_be_read_can_be_asked_for_again(tab: Tab, ehr: SmartEhr) -> None:
    ehr.misbehaviour["/Patient"] = status(500)
    launch(tab, ehr)
    assert tab.page.locator("[role=alert]").is_visible()
    assert tab.complaints() == []
    ehr.misbehaviour.clear()

    tab.page.click("text=Try again")

    assert tab.text("h1") == "Crps Sample"


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
        assert "Sample" not in other.text("body")
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

    page.click("text=Sign in at")

    page.wait_for_url("**/review/*")
    assert tab.text("h1") == "Crps Sample"


def test_two_tabs_of_a_browser_show_two_patients(tab: Tab, ehr: SmartEhr) -> None:
    launch(tab, ehr, CRPS)
    second = tab.page.context.new_page()
    second.goto(f"{tab.origin}/launch?{ehr.launch_query(YEAR)}")

    for _ in range(2):
        tab.page.reload()
        second.reload()

        assert tab.text("h1") == "Crps Sample"
        assert second.locator("h1").inner_text() == "Ana Rivera-Holt"


def test_the_review_stands_in_a_frame_of_the_ehr(tab: Tab, ehr: SmartEhr) -> None:
    tab.page.goto(ehr.chart(f"{tab.origin}/launch", CRPS))

    frame = tab.page.frame_locator("iframe")
    frame.locator("#rules").wait_for()

    assert frame.locator("h1").inner_text() == "Crps Sample"


def test_another_site_cannot_frame_it(tab: Tab, ehr: SmartEhr) -> None:
    launch(tab, ehr)
    review = tab.page.url
    with smart_ehr() as stranger:
        tab.also.add(stranger.origin)
        tab.page.goto(stranger.chart(review.replace("?", "")))
        tab.page.wait_for_timeout(500)

        shown = [frame.url for frame in tab.page.frames[1:]]

    assert shown == ["chrome-error://chromewebdata/"]
    assert [fault for fault in tab.faults if "frame-ancestors" in fault]
    tab.faults.clear()


@contextmanager
def secure_service(ehr: SmartEhr, directory: Path) -> Iterator[str]:
    """The service behind https, which other sites may frame."""
    front, behind = free_port(), free_port()
    address = f"https://127.0.0.1:{front}"
    sites = f"{ehr.origin},{ehr.origin.replace('127.0.0.1', 'localhost')}"
    settings = {"smart_file": str(smart_file(directory, ehr)), "public_url": address, "auth": "off"}
    ehr.redirects = {f"{address}/callback"}
    with https_front(front, behind, directory), running_kcds(port=behind, frame_ancestors=sites, **settings):
        yield address
    ehr.redirects = set()


def test_in_a_frame_of_another_site_a_cookie_of_this_frame_alone_is_enough(
    browser: Browser, ehr: SmartEhr, tmp_path: Path
) -> None:
    with secure_service(ehr, tmp_path) as address:
        also = ehr.origin.replace("127.0.0.1", "localhost")
        with open_tab(browser, address, also=also, ignore_https_errors=True) as tab:
            tab.also.add(ehr.origin)
            tab.page.goto(ehr.chart(f"{address}/launch", CRPS, host="localhost"))
            frame = tab.page.frame_locator("iframe")
            frame.locator("#rules").wait_for()

            (cookie,) = tab.page.context.cookies(address)

            assert frame.locator("h1").inner_text() == "Crps Sample"
            assert cookie["name"].startswith("__Host-")
            assert cookie["partitionKey"] == "http://localhost"
            assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "None")


def test_where_a_frame_keeps_no_cookie_the_review_opens_in_a_window_of_its_own(
    browser: Browser, ehr: SmartEhr, service: Kcds
) -> None:
    site = ehr.origin.replace("127.0.0.1", "localhost")
    port = free_port()
    settings = dict(service.settings)
    more = {"smart_file": settings["KCDS_SMART_FILE"], "public_url": f"http://127.0.0.1:{port}", "auth": "off"}
    with (
        running_kcds(port=port, frame_ancestors=f"{ehr.origin},{site}", **more) as framed,
        open_tab(browser, framed.url, also=site) as tab,
    ):
        tab.also.add(ehr.origin)
        tab.page.goto(ehr.chart(f"{framed.url}/launch", CRPS, host="localhost"))
        frame = tab.page.frame_locator("iframe")

        with tab.page.context.expect_page() as opened:
            frame.locator("a", has_text="Open in a new window").click()

        opened.value.wait_for_selector("#rules")
        assert opened.value.locator("h1").inner_text() == "Crps Sample"
