"""Make every picture of README.md and docs/ (docs/images/*.png): one command, no service need run.

The whole application runs here, on a free port of this machine and on the day of the stories, with the samples as its
demo and invented feedback. `CHROMIUM=` names a browser other than the `chromium` of the path.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from pathlib import Path
from threading import Thread

from playwright.sync_api import Page, sync_playwright
from small_png import make_small
from werkzeug.serving import WSGIRequestHandler, make_server

from kcds.advice.speaking import Audience
from kcds.app import make_parts
from kcds.logs import configure_logs
from kcds.sample import STORY_DAY
from kcds.settings import Settings
from kcds.web.application import make_application

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests"))

from report_builders import seed  # type: ignore[import-not-found]  # noqa: E402 - found on the path above

IMAGES = ROOT / "docs" / "images"
MOST = 350_000
"""Bytes that a picture may have."""
_NOW = datetime.combine(STORY_DAY, time(9, 42), UTC)
_WIDE, _PHONE, _SCREEN = 1400, 390, 900
_TRIES = 5
_UNDRAWN = ".undrawn"
"""What the review page says in place of charts."""
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@dataclass(frozen=True)
class Picture:
    """One picture: a page, how wide, in which theme, and how much of its height (0: all)."""

    name: str
    path: str
    width: int = _WIDE
    theme: str = "light"
    height: int = 0


_STORY = "a-year-of-infusions"
PICTURES = [
    Picture("review", f"/demo/{_STORY}/review"),
    Picture("review-dark", f"/demo/{_STORY}/review", theme="dark"),
    Picture("review-phone", f"/demo/{_STORY}/review", width=_PHONE, height=1400),
    Picture("demo", "/demo"),
    Picture("demo-story", f"/demo/{_STORY}", height=1400),
    Picture("rulebook", "/rules", height=1000),
    Picture("rule", "/rules/repeated-high-blood-pressure", height=1600),
    Picture("feedback", "/feedback", height=1400),
]


def take_all(directory: Path = IMAGES) -> dict[str, int]:
    """Take every picture anew; return their sizes in bytes."""
    browser = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if browser is None:
        sys.exit("no Chromium: install Debian's chromium, or set CHROMIUM=")
    directory.mkdir(parents=True, exist_ok=True)
    with running() as origin, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=_FLAGS)
        context = chromium.new_context(reduced_motion="reduce")
        page, workshop = context.new_page(), context.new_page()
        sizes = {}
        for picture in PICTURES:
            content = make_small(workshop, _take(page, origin, picture))
            (directory / f"{picture.name}.png").write_bytes(content)
            sizes[picture.name] = len(content)
        chromium.close()
    return sizes


def _take(page: Page, origin: str, picture: Picture) -> bytes:
    """Take one picture; a page whose charts were not drawn in time is loaded again."""
    page.set_viewport_size({"width": picture.width, "height": picture.height or _SCREEN})
    page.emulate_media(color_scheme="dark" if picture.theme == "dark" else "light")
    for _ in range(_TRIES):
        answer = page.goto(origin + picture.path)
        if answer is None or not answer.ok:
            sys.exit(f"{picture.path} could not be shown")
        page.wait_for_load_state("networkidle")
        if not page.locator(_UNDRAWN).count():
            break
    else:
        sys.exit(f"{picture.path}: the charts were not drawn")
    page.evaluate("document.fonts.ready")
    if not picture.height:  # a window as high as the page: what is as high as the window is shown whole
        page.set_viewport_size({"width": picture.width, "height": page.evaluate("document.body.scrollHeight")})
    return page.screenshot(full_page=not picture.height)


class _Quiet(WSGIRequestHandler):
    """Says nothing of requests."""

    def log_request(self, *_said: object) -> None:
        """Say nothing."""


@contextmanager
def running() -> Iterator[str]:
    """Run the application in this process, on the day of the stories; give where it is."""
    with tempfile.TemporaryDirectory(prefix="kcds-pictures-") as data:
        settings = Settings(
            patient_view=Audience.PAIN, timezone="UTC", demo="on", auth="off", data_dir=Path(data), log_level="ERROR"
        ).resolve("127.0.0.1", 0)
        configure_logs(settings)
        parts = replace(make_parts(settings), clock=lambda: _NOW)
        seed(settings, [(rule.id, rule.version) for rule in parts.service.knowledge.active_rules][:40], until=_NOW)
        server = make_server("127.0.0.1", 0, make_application(parts), threaded=True, request_handler=_Quiet)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


if __name__ == "__main__":
    for name, size in take_all().items():
        print(f"{name}.png: {size // 1000} kB" + (f", more than {MOST // 1000} kB" if size > MOST else ""))
