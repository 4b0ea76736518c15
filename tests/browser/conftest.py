"""One headless Chromium a module: other tests of a worker start event loops of their own, so none may stay.

A module of tests has one service with the demo, and one tab on it, unless it says otherwise.
"""

from collections.abc import Iterator

import pytest
from chromium import BROWSER, FLAGS
from playwright.sync_api import Browser, sync_playwright
from running_kcds import Kcds, running_kcds
from tab import Tab, open_tab


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium with a profile of its own."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        try:
            yield launched
        finally:
            launched.close()


@pytest.fixture(scope="module")
def service() -> Iterator[Kcds]:
    """A service of this module's own."""
    with running_kcds(demo="on") as running:
        yield running


@pytest.fixture(scope="module")
def opened(browser: Browser, service: Kcds) -> Iterator[Tab]:
    """One tab for all tests of the module."""
    with open_tab(browser, service.url) as tab:
        yield tab


@pytest.fixture
def tab(opened: Tab) -> Iterator[Tab]:
    """The tab, in which nothing may go wrong."""
    yield opened
    opened.assert_nothing_went_wrong()
