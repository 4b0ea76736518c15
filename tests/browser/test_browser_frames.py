"""Launches in Chromium, in a frame of the EHR: with its cookie, without it, and where no frame is allowed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from chromium import needs_chromium
from playwright.sync_api import Browser, Page, expect
from running_kcds import Kcds, running_kcds
from service_builders import free_port, sample
from smart_ehr import CODE, SECRET, TOKEN, SmartEhr, smart_ehr
from smart_files import NAME, resources_of, smart_file, whose
from tls_front import tls_front

STORY = "ketamine-maintenance"
PATIENT = f"sample-{STORY}"
WHOSE = whose(sample(STORY))

pytestmark = needs_chromium


@dataclass(frozen=True)
class Ward:
    """An EHR, kcds, and where browsers reach it."""

    ehr: SmartEhr
    kcds: Kcds
    url: str

    def chart(self, host: str = "127.0.0.1") -> str:
        """A chart with the app in a frame, at the site of kcds or at another."""
        return self.ehr.chart(f"{self.url}/launch", PATIENT, host)


@contextmanager
def ward(directory: Path, *, https: bool = False, framed_by: str | None = None) -> Iterator[Ward]:
    with smart_ehr(resources_of(sample(STORY))) as ehr:
        port, outside = free_port(), free_port()
        url = f"https://localhost:{outside}" if https else f"http://127.0.0.1:{port}"
        ehr.redirects = {f"{url}/callback"}
        origins = (ehr.origin, ehr.origin.replace("127.0.0.1", "localhost"))
        settings = {
            "smart_file": str(smart_file(directory, ehr, standalone=True)),
            "frame_ancestors": ",".join(origins) if framed_by is None else framed_by,
            "public_url": url,
            "auth": "off",
        }
        with running_kcds(port=port, workers=2, **settings) as kcds:
            if https:
                with tls_front(outside, port, directory):
                    yield Ward(ehr, kcds, url)
            else:
                yield Ward(ehr, kcds, url)


def opened(browser: Browser, url: str) -> Page:
    page = browser.new_context(ignore_https_errors=True, viewport={"width": 1400, "height": 1000}).new_page()
    page.goto(url)
    return page


def test_in_a_frame_of_another_site_the_review_opens_over_https(browser: Browser, tmp_path: Path) -> None:
    with ward(tmp_path, https=True) as here:
        page = opened(browser, here.chart())
        frame = page.frame_locator("iframe")

        expect(frame.get_by_text(WHOSE).first).to_be_visible(timeout=20_000)
        (cookie,) = page.context.cookies()
        assert cookie["name"] == "__Host-kcds"
        assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "None")
        assert cookie["partitionKey"] == "http://127.0.0.1"
        assert here.ehr.problems == []
        page.context.close()


def test_without_the_cookie_the_same_launch_goes_on_in_a_window_of_its_own(browser: Browser, tmp_path: Path) -> None:
    with ward(tmp_path) as here:
        page = opened(browser, here.chart("localhost"))
        button = page.frame_locator("iframe").get_by_role("link", name="Open in a new window")
        with page.context.expect_page() as windows:
            button.click()

        expect(windows.value.get_by_text(WHOSE).first).to_be_visible(timeout=20_000)
        assert "/review/" in windows.value.url
        assert here.ehr.problems == []
        page.context.close()


def test_the_browser_is_never_given_a_token(browser: Browser, tmp_path: Path) -> None:
    with ward(tmp_path) as here:
        page = opened(browser, "about:blank")
        urls: list[str] = []
        page.context.on("request", lambda request: urls.append(f"{request.url} {request.post_data or ''}"))
        page.goto(here.chart())
        frame = page.frame_locator("iframe")
        expect(frame.get_by_text(WHOSE).first).to_be_visible(timeout=20_000)
        page.wait_for_load_state("networkidle")

        kept = page.frames[1].evaluate(
            "() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
        )
        everything = [*urls, kept, page.frames[1].content(), repr(page.context.cookies())]
        assert here.ehr.tokens
        assert not [text for text in everything if TOKEN in text or SECRET in text]
        assert not [text for text in everything[len(urls) :] if CODE in text]
        assert not [url for url in urls if url.startswith(here.url) and PATIENT in url]
        page.context.close()


def test_a_site_that_is_not_listed_can_show_nothing_in_a_frame(browser: Browser, tmp_path: Path) -> None:
    with ward(tmp_path, framed_by="https://ehr.example.org") as here:
        page = opened(browser, "about:blank")
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(here.chart())
        page.wait_for_timeout(3000)

        assert WHOSE not in page.frames[1].content()
        assert any("frame-ancestors" in text for text in said)
        page.context.close()


def test_without_a_chart_the_patient_is_chosen_at_the_ehr_and_the_review_can_be_closed(
    browser: Browser, tmp_path: Path
) -> None:
    with ward(tmp_path) as here:
        here.ehr.manner.patient = PATIENT
        page = opened(browser, f"{here.url}/launch")
        page.get_by_role("link", name=f"Sign in at {NAME}").click()

        expect(page.get_by_text(WHOSE).first).to_be_visible(timeout=20_000)
        address = page.url
        page.get_by_role("button", name="Close").click()
        expect(page.get_by_role("heading", name="The review is closed")).to_be_visible()
        assert page.goto(address).status == 403  # type: ignore[union-attr] - there is an answer
        expect(page.get_by_role("heading", name="Open again from the chart")).to_be_visible()
        assert here.ehr.problems == []
        page.context.close()
