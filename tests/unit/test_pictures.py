"""The pictures of README.md and docs/: each that is named is there, small, and made by scripts/make_screenshots.py."""

import re
import struct
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IMAGES = sorted((ROOT / "docs" / "images").glob("*.png"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_PICTURE = re.compile(r"(?:!\[[^\]]*\]\(|<img[^>]* src=\"|srcset=\")([^)\"\s]+\.(?:png|svg))")


def test_every_picture_that_a_page_shows_is_there() -> None:
    shown = [(page, name) for page in PAGES for name in _PICTURE.findall(page.read_text(encoding="utf-8"))]

    missing = [f"{page.name}: {name}" for page, name in shown if not (page.parent / name).is_file()]

    assert missing == []


def test_every_picture_is_made_by_the_script() -> None:
    script = (ROOT / "scripts" / "make_screenshots.py").read_text(encoding="utf-8")

    made = set(re.findall(r'Picture\("([a-z-]+)"', script))

    assert {path.stem for path in IMAGES} == made


@pytest.mark.parametrize("path", IMAGES, ids=lambda path: path.stem)
def test_a_picture_is_small(path: Path) -> None:
    content = path.read_bytes()

    width, _height = struct.unpack(">II", content[16:24])

    assert content.startswith(b"\x89PNG")
    assert len(content) < 350_000
    assert width <= 1400


def test_every_picture_is_shown_or_linked() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)

    assert [path.name for path in IMAGES if f"images/{path.name}" not in text] == []
