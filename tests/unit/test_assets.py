"""What is not ours among the assets is what its package holds, and comes with its licence."""

import re
from hashlib import sha256
from pathlib import Path

import pytest
import yaml

from kcds.pages.site import STATIC

PAGES = STATIC.parent
FOREIGN = yaml.safe_load((PAGES / "ASSETS.yaml").read_text(encoding="utf-8"))
OURS = {".css", ".js"}


@pytest.mark.parametrize("name", [name for name in FOREIGN if name != "icons"])
def test_a_foreign_asset_is_unchanged(name: str) -> None:
    assert sha256((STATIC / name).read_bytes()).hexdigest() == FOREIGN[name]["sha256"]


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_asset_comes_with_its_licence(name: str) -> None:
    said = FOREIGN[name]["licence"]
    licence: Path = PAGES / said.partition("(")[2].rstrip(")")

    assert len(licence.read_text(encoding="utf-8")) > 300


def test_every_other_asset_is_our_own() -> None:
    others = {path.name for path in STATIC.iterdir()} - FOREIGN.keys()

    assert {Path(name).suffix for name in others} <= OURS


def test_every_icon_is_used() -> None:
    sources = [*PAGES.rglob("*.py"), *PAGES.rglob("*.j2")]
    written = "".join(path.read_text(encoding="utf-8") for path in sources)
    named = set(re.findall(r"""["']([a-z-]+)["']""", written))

    assert {path.stem for path in (PAGES / "icons").iterdir()} <= named
