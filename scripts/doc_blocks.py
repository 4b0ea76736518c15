"""Parts of a page that a script writes, inside a page that people write.

A part lies between `<!-- generated: name -->` and `<!-- end -->`, each on a line of its own.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

_PART = re.compile(r"^(<!-- generated: ([a-z-]+) -->\n).*?^(<!-- end -->)$", re.MULTILINE | re.DOTALL)


def refreshed(text: str, parts: Mapping[str, str]) -> str:
    """Return the page with today's parts in it; raises KeyError for a part that nobody makes."""
    return _PART.sub(lambda found: f"{found[1]}\n{parts[found[2]]}\n\n{found[3]}", text)


def refresh(pages: Iterable[Path], parts: Mapping[str, str]) -> None:
    """Write today's parts into the pages."""
    for page in pages:
        page.write_text(refreshed(page.read_text(encoding="utf-8"), parts), encoding="utf-8")


def parts_of(text: str) -> list[str]:
    """Return the names of the parts of a page."""
    return [found[2] for found in _PART.finditer(text)]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Make a Markdown table."""
    return "\n".join(_line(cells) for cells in [head, ["---"] * len(head), *rows])


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def fenced(text: str, language: str = "") -> str:
    """Make a block that is shown, and copied, as it stands."""
    return f"```{language}\n{text}\n```"
