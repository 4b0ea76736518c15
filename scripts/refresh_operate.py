"""Put today's table of settings into docs/operate.md, between its two marks."""

import re
from pathlib import Path

from kcds.settings_report import settings_table

PAGE = Path(__file__).resolve().parents[1] / "docs" / "operate.md"
_TABLE = re.compile(r"(?<=<!-- settings -->\n).*?(?=<!-- end of settings -->)", re.DOTALL)


def refreshed(text: str) -> str:
    """Return the page with today's table."""
    return _TABLE.sub(lambda _: "\n" + settings_table() + "\n", text)


if __name__ == "__main__":
    PAGE.write_text(refreshed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
