"""The review page in a browser: every state of it, printed, by keyboard, without scripts, in other colours."""

import re

import pytest
from chromium import needs_chromium
from playwright.sync_api import Browser
from running_kcds import Kcds
from tab import CHARTS, Tab, open_tab

pytestmark = needs_chromium

STORIES = {
    "a-year-of-infusions": "contraindicated",
    "alcohol-use-disorder-in-remission": "caution",
    "crps-candidate": "candidate",
    "safety-data-missing": "insufficient-data",
    "no-pain-silent": "out-of-scope",
    "low-back-pain-not-yet": "not-yet",
}
YEAR = "/demo/a-year-of-infusions/review"
BACKGROUND = "getComputedStyle(document.body).backgroundColor"
LIGHT, DARK = "rgb(243, 245, 246)", "rgb(15, 22, 27)"


@pytest.mark.parametrize("story", STORIES, ids=STORIES.get)
def test_the_review_of_each_disposition_is_without_fault_in_every_width_and_theme(tab: Tab, story: str) -> None:
    page = tab.go_drawn(f"/demo/{story}/review")

    assert page.locator(".loading").is_hidden()
    assert page.locator("h1").count() == 1
    assert tab.complaints() == []


@pytest.mark.parametrize("story", STORIES, ids=STORIES.get)
def test_it_prints_on_two_pages_with_the_patient_on_both(tab: Tab, story: str) -> None:
    page = tab.go_drawn(f"/demo/{story}/review")
    name = tab.text("h1")

    printed = page.pdf(prefer_css_page_size=True)

    page.emulate_media(media="print")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2
    assert page.evaluate("getComputedStyle(document.querySelector('#rules')).breakBefore") == "page"
    assert tab.text("#rules").startswith(name)  # what the second page begins with


def test_a_dark_screen_prints_in_light_colours(tab: Tab) -> None:
    page = tab.go(YEAR)
    page.click("button.theme")
    assert page.evaluate(BACKGROUND) == DARK

    page.emulate_media(media="print", color_scheme="dark")

    assert page.evaluate(BACKGROUND) == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(21, 35, 45)"
    page.evaluate("localStorage.clear()")


def test_a_rule_of_the_table_shows_its_evidence_and_back_leads_back(tab: Tab) -> None:
    page = tab.go(YEAR)
    first = page.locator(".ev article:visible").get_attribute("id")
    link = page.locator(".why tbody a[href^='#e-']").nth(2)
    chosen = str(link.get_attribute("href"))[1:]
    assert chosen != first

    link.click()

    assert page.locator(".ev article:visible").get_attribute("id") == chosen
    assert page.locator("tr.sel").get_attribute("id") == chosen.replace("e-", "r-", 1)
    page.go_back()
    assert page.locator(".ev article:visible").get_attribute("id") == first


def test_every_rule_is_listed_and_those_that_do_not_apply_are_opened_by_the_keyboard(tab: Tab) -> None:
    page = tab.go(YEAR)
    said = re.search(r"(\d+) rules checked", tab.text("#rules"))
    folded = page.locator(".why details").last
    folded.locator("summary").focus()

    page.keyboard.press("Enter")

    assert folded.get_attribute("open") is not None
    assert said is not None
    assert page.locator(".why tbody th[scope=row]").count() == int(said[1])


def test_the_values_behind_the_charts_are_in_tables(tab: Tab) -> None:
    page = tab.go(YEAR)
    page.locator(".timeline summary").first.click()

    assert page.locator(".timeline table:visible tbody tr").count() > 10
    assert tab.complaints() == []


def test_the_skip_link_leads_past_the_head(tab: Tab) -> None:
    page = tab.go("/demo")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"

    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("path", [YEAR, "/demo", "/demo/crps-candidate"])
def test_the_tab_key_reaches_every_control_in_order_and_shows_where_it_is(tab: Tab, path: str) -> None:
    tab.go(path)

    assert tab.walk() == []


def test_the_text_for_the_note_is_copied(browser: Browser, service: Kcds) -> None:
    with open_tab(browser, service.url, permissions=["clipboard-read", "clipboard-write"]) as tab:
        page = tab.go(YEAR)

        page.click("button.copy")

        page.wait_for_function("document.getElementById('said').textContent === 'Copied'")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert "contraindicated" in copied.lower()
        assert copied == page.locator("#note-text").text_content().strip()  # type: ignore[union-attr]
        assert "Copied" in tab.text("button.copy")


def test_where_copying_is_blocked_the_page_says_so_and_the_text_is_selected(browser: Browser, service: Kcds) -> None:
    with open_tab(browser, service.url) as tab:
        tab.page.add_init_script("navigator.clipboard.writeText = () => Promise.reject(new Error('blocked'))")
        tab.page.add_init_script("document.execCommand = () => false")
        page = tab.go(YEAR)

        page.click("button.copy")

        page.wait_for_function("document.getElementById('said').textContent.includes('did not allow')")
        assert page.locator("#note-text").is_visible()
        assert page.evaluate("getSelection().toString().length") > 100


def test_the_theme_is_the_systems_until_one_is_chosen_and_then_stays(browser: Browser, service: Kcds) -> None:
    with open_tab(browser, service.url) as tab:
        page = tab.go(YEAR)
        assert page.evaluate(BACKGROUND) == LIGHT
        page.emulate_media(color_scheme="dark")
        assert page.evaluate(BACKGROUND) == DARK

        page.click("button.theme")

        assert page.evaluate(BACKGROUND) == LIGHT
        page.reload()
        assert page.evaluate(BACKGROUND) == LIGHT
        page.click("button.theme")
        assert page.evaluate(BACKGROUND) == DARK


def test_without_scripts_everything_can_be_read(browser: Browser, service: Kcds) -> None:
    with open_tab(browser, service.url, java_script_enabled=False) as tab:
        page = tab.go_drawn(YEAR)

        assert page.locator(".loading").is_hidden()
        assert page.locator("button:visible").count() == 0
        assert page.locator(f"{CHARTS}:visible").count() >= 3
        evidence = str(page.locator(".why tbody a[href^='#e-']").nth(2).get_attribute("href"))
        page.locator(f".why tbody a[href='{evidence}']").click()
        assert page.locator(f"article{evidence}").is_visible()
        assert page.locator(".ev article:visible").count() == 1
        page.locator("#note summary").click()
        assert "contraindicated" in tab.text("#note-text").lower()


def test_in_forced_colours_and_without_movement_it_says_the_same(tab: Tab) -> None:
    page = tab.go_drawn(YEAR)
    said = tab.text()

    page.emulate_media(forced_colors="active", reduced_motion="reduce")

    assert tab.text() == said
    assert page.locator(f"{CHARTS}:visible").count() >= 3
    assert page.evaluate(
        "[...document.querySelectorAll('.card')].every((e) => getComputedStyle(e).borderStyle !== 'none')"
    )
