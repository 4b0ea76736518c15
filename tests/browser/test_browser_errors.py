"""What a browser shows where there is no page, and how the look that all pages share behaves."""

from collections.abc import Iterator

import pytest
from chromium import needs_chromium
from playwright.sync_api import Browser
from running_kcds import Kcds
from tab import Tab, open_tab

pytestmark = needs_chromium


@pytest.fixture
def tab(browser: Browser, service: Kcds) -> Iterator[Tab]:
    with open_tab(browser, service.url) as opened:
        yield opened


@pytest.mark.parametrize("path", ["/rules/no-such-rule", "/demo/no-such-story", "/review/no-such-run"])
def test_where_there_is_no_page_a_page_says_so(tab: Tab, path: str) -> None:
    page = tab.go(path, status=404)

    assert page.locator("h1").count() == 1
    assert tab.complaints() == []
