"""A tab that looks at our pages, and notes whatever a browser complains of: policy, scripts, requests to other hosts.

`KCDS_PICTURES=/tmp/somewhere` keeps a picture of each page that axe found fault with.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from builders import Json
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response

WIDE, MIDDLE, NARROW = 1400, 700, 320
_HEIGHT = 900
_TRIES = 8
CHARTS = ".lane svg[role=img]"
_REPORTS = (
    "addEventListener('securitypolicyviolation', e => console.error('policy', e.effectiveDirective, e.blockedURI))"
)
_SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8").partition("\n")[2]
_ALL = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
_LAYOUT = {"type": "rule", "values": ["target-size", "scrollable-region-focusable", "color-contrast"]}
_LOOKS = [(WIDE, "light", _ALL), (WIDE, "dark", _COLOURS), (MIDDLE, "light", _LAYOUT), (NARROW, "dark", _LAYOUT)]
"""Widths and themes in which a page is looked at, and what axe looks at: in others than the first, what may differ."""


@dataclass
class Tab:
    """One tab of a service; `faults` is what went wrong in it, `also` are other origins that it may ask."""

    page: Page
    origin: str
    also: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def go(self, path: str, *, status: int = 200) -> Page:
        """Open a page, wide and light, and wait until all of it is there."""
        self.page.set_viewport_size({"width": WIDE, "height": _HEIGHT})
        self.page.emulate_media(
            media="null", color_scheme="light", forced_colors="none", reduced_motion="no-preference"
        )
        answer = self.page.goto(f"{self.origin}{path}")
        assert answer is not None
        assert answer.status == status, (path, answer.status)
        return self.page

    def go_drawn(self, path: str) -> Page:
        """Open a review page with its charts: a machine that is busy may not have drawn them at first."""
        for _ in range(_TRIES):
            page = self.go(path)
            if page.locator(CHARTS).count():
                return page
        raise AssertionError("no charts were drawn")

    def look(self, width: int, theme: str = "light") -> None:
        """Give the page that is open another width and theme."""
        self.page.set_viewport_size({"width": width, "height": _HEIGHT})
        self.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]

    def complaints(self) -> list[str]:
        """What is wrong with the page that is open: what axe says in each look, and what is too wide for the window."""
        found = []
        for width, theme, rules in _LOOKS:
            self.look(width, theme)
            here = self._sideways() + self._axe(rules)
            found += [f"{width} {theme}: {complaint}" for complaint in here]
            if here:
                self._keep_picture(f"{width}-{theme}")
        self.look(WIDE)
        return found

    def _axe(self, rules: Json) -> list[str]:
        # Without `preload`: axe would write the style sheets into the page once more, which the policy forbids.
        if not self.page.evaluate("typeof axe === 'object'"):
            self.page.evaluate(AXE_SCRIPT)
        found: list[str] = self._ask("axe", {"runOnly": rules, "resultTypes": ["violations"], "preload": False})
        return found

    def _sideways(self) -> list[str]:
        width, window = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        found: list[str] = self._ask("tooWide")
        return found + ([f"the page scrolls sideways: {width} > {window}"] if width > window else [])

    def _keep_picture(self, name: str) -> None:
        if directory := os.environ.get("KCDS_PICTURES"):
            path = urlsplit(self.page.url).path.strip("/").replace("/", "-") or "root"
            self.page.screenshot(path=Path(directory) / f"{path}-{name}.png", full_page=True)

    def walk(self) -> list[str]:
        """What is wrong with a walk by the Tab key: controls that are left out, out of order, covered, not marked."""
        number = self._ask("number")
        found, stops = [], list[int]()
        while len(stops) < number:
            self.page.keyboard.press("Tab")
            here = self._ask("stop")
            found += [f"covered: {here['name']}"] if here["covered"] else []
            found += [] if here["ring"] else [f"no ring: {here['name']}"]
            if here["stop"] not in stops[-1:]:  # a date has several stops within
                stops.append(here["stop"])
        return found + ([] if stops == list(range(number)) else [f"stops: {stops} of {number}"])

    def _ask(self, question: str, *arguments: Any) -> Any:
        return self.page.evaluate(f"(given) => {_SCRIPT.strip()}.{question}(...given)", list(arguments))

    def text(self, selector: str = "main") -> str:
        """What can be read there."""
        return self.page.locator(selector).first.inner_text()

    def watch(self) -> None:
        """Note from now on what a browser complains of."""
        self.page.add_init_script(_REPORTS)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("dialog", lambda dialog: self.faults.append(f"dialog: {dialog.message}"))
        self.page.on("console", self._hear)
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)

    def _hear(self, message: ConsoleMessage) -> None:
        # A page that says 404 is an error to the console, too: failed assets are noted by `_answered`.
        if message.type in {"error", "warning"} and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        self.hosts.add(urlsplit(request.url).netloc if request.url.startswith("http") else "")

    def _answered(self, response: Response) -> None:
        ours = response.url.startswith(self.origin)
        if ours and response.status >= 400 and not response.request.is_navigation_request():
            self.faults.append(f"{response.status}: {response.url}")

    def assert_nothing_went_wrong(self) -> None:
        """Hold that the policy was kept, no script failed, and nobody else was asked; then begin anew."""
        faults, self.faults = self.faults, []
        assert faults == [], faults
        known = {urlsplit(origin).netloc for origin in (self.origin, *self.also)}
        assert self.hosts <= known | {""}, self.hosts


@contextmanager
def open_tab(browser: Browser, origin: str, *, also: str | None = None, **options: Any) -> Iterator[Tab]:
    """A tab in a context of its own; closed at the end, where it must have been without a fault."""
    context = browser.new_context(**options)
    tab = Tab(context.new_page(), origin, {also} if also else set())
    tab.watch()
    try:
        yield tab
        tab.assert_nothing_went_wrong()
    finally:
        context.close()
