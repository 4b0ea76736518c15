"""The rulebook in a browser: its list with filters, rules of every kind, and the exported files."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from chromium import needs_chromium
from knowledge_builders import real_knowledge
from playwright.sync_api import Browser
from running_kcds import Kcds
from tab import Tab, open_tab

from kcds.engine.reference import ReferenceEngine
from kcds.knowledge.paths import rules_directory
from kcds.model.findings import Category
from kcds.pages.rulebook.book import Rulebook
from kcds.pages.rulebook.files import export_rulebook

pytestmark = needs_chromium

ONE_OF_EACH = {rule.category: rule.id for rule in real_knowledge().active_rules}
STRANGE = {
    "no rule has these words": "?q=zzzz",
    "no category": "?category=nothing",
    "hostile": "?q=<script>alert(1)</script>",
}
ROWS = "#list tbody tr"


@pytest.mark.parametrize("rule", ONE_OF_EACH.values(), ids=ONE_OF_EACH)
def test_a_rule_of_each_category_is_without_fault_in_every_width_and_theme(tab: Tab, rule: str) -> None:
    page = tab.go(f"/rules/{rule}")

    assert page.locator("h1").count() == 1
    assert tab.complaints() == []


def test_the_list_is_without_fault_in_every_width_and_theme(tab: Tab) -> None:
    page = tab.go("/rules?category=contraindication")

    assert 0 < page.locator(ROWS).count() < len(real_knowledge().active_rules)
    assert tab.complaints() == []


def test_all_rules_are_listed(tab: Tab) -> None:
    page = tab.go("/rules")

    assert page.locator(ROWS).count() >= len(real_knowledge().active_rules)


@pytest.mark.parametrize("query", STRANGE.values(), ids=STRANGE)
def test_a_list_without_a_rule_says_so(tab: Tab, query: str) -> None:
    page = tab.go(f"/rules{query}")

    assert page.locator(ROWS).count() == 0
    assert tab.complaints() == []


def test_the_list_follows_what_is_typed_and_the_address_names_it(tab: Tab) -> None:
    page = tab.go("/rules")
    page.fill("#q", "pregnan")

    page.wait_for_url("**/rules?*q=pregnan*")

    page.wait_for_function(f"document.querySelectorAll('{ROWS}').length < 30")
    assert page.locator(ROWS).count() > 0
    page.reload()
    assert page.locator(ROWS).count() < 30
    assert page.input_value("#q") == "pregnan"


def test_without_scripts_the_button_filters(browser: Browser, service: Kcds) -> None:
    with open_tab(browser, service.url, java_script_enabled=False) as tab:
        page = tab.go("/rules")
        page.select_option("select[name=category]", Category.CONTRAINDICATION)

        page.click("form .btn-p")

        assert "category=contraindication" in page.url
        assert 0 < page.locator(ROWS).count() < len(real_knowledge().active_rules)
        page.locator(f"{ROWS} a").first.click()
        assert page.locator("h1").is_visible()


@pytest.mark.parametrize("path", ["/rules?category=eligibility", f"/rules/{ONE_OF_EACH[Category.CONTRAINDICATION]}"])
def test_the_tab_key_reaches_every_control_in_order_and_shows_where_it_is(tab: Tab, path: str) -> None:
    tab.go(path)

    assert tab.walk() == []


def test_the_exported_rulebook_is_read_from_files(browser: Browser, tmp_path: Path) -> None:
    chosen = tuple(rule for rule in real_knowledge().rules if rule.id in ONE_OF_EACH.values())
    book = Rulebook(real_knowledge(), (rules_directory(),), ReferenceEngine)
    export_rulebook(SimpleNamespace(knowledge=replace(book.knowledge, rules=chosen), page=book.page), tmp_path)

    with open_tab(browser, tmp_path.as_uri()) as tab:
        page = tab.page
        page.goto(f"{tmp_path.as_uri()}/index.html")
        assert page.locator(ROWS).count() == len(chosen)
        assert tab.complaints() == []
        page.locator(f"{ROWS} a").first.click()
        page.wait_for_selector("h1")
        assert tab.text("h1") in {rule.title for rule in chosen}
        assert tab.complaints() == []
