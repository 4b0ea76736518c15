"""The demo in a browser: every page of every story, and what becomes of a record that is uploaded."""

import pytest
from chromium import needs_chromium
from service_builders import SAMPLE_NAMES, SAMPLES
from tab import Tab

pytestmark = needs_chromium


@pytest.mark.parametrize("path", ["/demo", *(f"/demo/{name}" for name in SAMPLE_NAMES)])
def test_a_page_of_the_demo_is_without_fault_in_every_width_and_theme(tab: Tab, path: str) -> None:
    tab.go(path)

    assert tab.complaints() == []


def test_the_front_page_is_the_list_of_stories(tab: Tab) -> None:
    page = tab.go("/")

    assert page.url == f"{tab.origin}/demo"
    linked = {link.get_attribute("href") for link in page.locator("main a[href^='/demo/']").all()}
    assert linked >= {f"/demo/{name}" for name in SAMPLE_NAMES}


def test_a_story_leads_to_its_cards_its_review_page_and_what_was_sent(tab: Tab) -> None:
    page = tab.go("/demo")
    page.click("a[href='/demo/opioid-use-disorder-drafted']")

    assert page.locator("article.cds").count() == 2
    page.locator("summary", has_text="Request").click()
    assert '"hook": "order-sign"' in tab.text("#request-json")
    page.click("main a[href$='/review']")
    page.wait_for_selector("h1")


def test_a_record_is_uploaded_and_answered(tab: Tab) -> None:
    page = tab.go("/demo")
    page.set_input_files("input[type=file]", SAMPLES / "crps-candidate" / "request.json")
    page.click("text=Show the cards")

    assert page.locator("article.cds").count() == 2
    assert "Uploaded record" in tab.text()
    assert tab.complaints() == []


def test_a_record_that_cannot_be_read_is_told_with_the_form_to_try_again(tab: Tab) -> None:
    page = tab.go("/demo")
    page.locator("summary", has_text="Paste").click()
    page.fill("textarea", "no JSON at all")
    page.click("text=Show the cards")

    assert page.locator("[role=alert]").is_visible()
    assert page.locator("input[type=file]").is_visible()
    assert tab.complaints() == []
