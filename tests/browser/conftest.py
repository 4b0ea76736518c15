"""One headless Chromium a module: other tests of a worker start event loops of their own, so none may stay."""

from collections.abc import Iterator

import pytest
from chromium import BROWSER, FLAGS
from playwright.sync_api import Browser, sync_playwright


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium with a profile of its own."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        try:
            yield launched
        finally:
            launched.close()
