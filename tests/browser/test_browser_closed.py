"""What a browser still shows of a review that was closed: with its "Back" too, nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import BROWSER, FLAGS, needs_chromium
from playwright.sync_api import Page, sync_playwright
from running_kcds import running_kcds
from service_builders import free_port, sample
from smart_ehr import smart_ehr
from smart_files import resources_of, smart_file, whose

pytestmark = needs_chromium

STORY = sample("crps-candidate")
KEPT = "--disable-back-forward-cache"
"""What Playwright gives browsers by itself: those of clinicians keep pages that were left, whatever `no-store` says."""


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """A review that is open, in a browser that keeps pages that were left."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with smart_ehr(resources_of(STORY)) as ehr:
        file = smart_file(tmp_path, ehr)
        with running_kcds(port=port, smart_file=str(file), public_url=url), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS, ignore_default_args=[KEPT])
            opened = browser.new_page()
            opened.goto(f"{url}/launch?{ehr.launch_query(STORY['context']['patientId'])}")
            yield opened
            browser.close()


def test_a_browser_that_keeps_pages_shows_nothing_of_a_review_that_was_closed(page: Page) -> None:
    assert page.inner_text("h1") == whose(STORY)

    page.click("text=Close")
    page.wait_for_selector("text=The review is closed")
    page.evaluate("setTimeout(() => history.back())")
    page.wait_for_selector("h1:visible:not(:text('The review is closed'))")

    assert page.inner_text("h1") == "Open again from the chart"


def test_what_was_left_and_not_closed_is_there_again(page: Page) -> None:
    page.evaluate("location.hash = '#data'")
    address = page.url
    page.goto(address.partition("/review/")[0] + "/rules")
    page.evaluate("setTimeout(() => history.back())")
    page.wait_for_url(address, wait_until="commit")
    page.wait_for_selector(f"h1:visible:text('{whose(STORY)}')")
