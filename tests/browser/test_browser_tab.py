"""What the tests of pages look with must see: each fault that they are there to find, on a page that has it."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from chromium import needs_chromium
from local_servers import serving
from playwright.sync_api import Browser
from tab import Tab, open_tab

pytestmark = needs_chromium

POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:"
PAGE = """<!doctype html><html lang="en"><title>Page</title><link rel="stylesheet" href="/dark.css">
<link rel="icon" href="data:,"><main><h1>Page</h1>{}</main></html>"""
DARK = "@media (prefers-color-scheme: dark) { body { background: #000 } .pale { color: #222 } } .wide { width: 600px }"


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        style = self.path.endswith(".css")
        self.send_response(200)
        self.send_header("Content-Type", "text/css" if style else "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write((DARK if style else PAGE.format(self.server.body)).encode())  # type: ignore[attr-defined]


@contextmanager
def tab_on(browser: Browser, body: str) -> Iterator[Tab]:
    """A tab on a page with this body."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.body = body  # type: ignore[attr-defined]
    with serving(server), open_tab(browser, f"http://127.0.0.1:{server.server_address[1]}") as tab:
        tab.go("/")
        yield tab


def test_a_page_without_fault_has_none(browser: Browser) -> None:
    with tab_on(browser, "<p>Text</p>") as tab:
        assert tab.complaints() == []


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ("<img src='data:,'>", "1400 light: image-alt"),
        ("<p class='pale'>Text</p>", "1400 dark: color-contrast"),
        ("<p class='wide'>Text</p>", "320 dark: the page scrolls sideways"),
    ],
)
def test_what_is_wrong_with_a_page_is_seen(browser: Browser, body: str, seen: str) -> None:
    with tab_on(browser, body) as tab:
        complaints = tab.complaints()
        tab.faults.clear()

    assert [complaint for complaint in complaints if complaint.startswith(seen)]


@pytest.mark.parametrize(
    "body", ["<p style='color: red'>x</p>", "<script>1</script>", "<img alt='' src='//x.test/x.png'>"]
)
def test_what_the_policy_forbids_is_noted(browser: Browser, body: str) -> None:
    with tab_on(browser, body) as tab:
        noted = list(tab.faults)
        tab.faults.clear()
        tab.hosts.clear()

    assert [fault for fault in noted if fault.startswith("console: policy")]
