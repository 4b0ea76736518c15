"""The feedback page in a browser: with an invented store, with nothing in it, by keyboard, without scripts."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from chromium import needs_chromium
from knowledge_builders import real_knowledge
from playwright.sync_api import Browser
from report_builders import seed
from running_kcds import Kcds, running_kcds
from tab import open_tab

from kcds.settings import Settings

pytestmark = needs_chromium

RULES = [(rule.id, rule.version) for rule in real_knowledge().active_rules][:40]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kcds]:
    directory: Path = tmp_path_factory.mktemp("seeded")
    seed(Settings(data_dir=directory), RULES, until=datetime.now(UTC), calls=2000)
    with running_kcds(data_dir=str(directory)) as running:
        yield running


def test_a_store_with_much_in_it_is_without_fault_in_every_width_and_theme(browser: Browser, service: Kcds) -> None:
    with open_tab(browser, service.url) as tab:
        page = tab.go("/feedback")

        assert page.locator("main table tbody tr").count() > 10
        assert tab.complaints() == []


def test_the_tab_key_reaches_every_control_in_order_and_shows_where_it_is(browser: Browser, service: Kcds) -> None:
    with open_tab(browser, service.url) as tab:
        tab.go("/feedback")

        assert tab.walk() == []


def test_without_scripts_the_button_filters(browser: Browser, service: Kcds) -> None:
    with open_tab(browser, service.url, java_script_enabled=False) as tab:
        page = tab.go("/feedback")

        page.locator("form button.btn-p").first.click()

        assert "?" in page.url
        assert page.locator("h1").is_visible()


def test_an_empty_store_says_so(browser: Browser) -> None:
    with running_kcds() as running, open_tab(browser, running.url) as tab:
        page = tab.go("/feedback")

        assert page.locator("h1").count() == 1
        assert tab.complaints() == []
