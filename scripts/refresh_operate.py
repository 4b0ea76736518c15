"""Put today's table of settings into docs/operate.md."""

from pathlib import Path

from doc_blocks import refresh

from kcds.settings_report import settings_table

PAGE = Path(__file__).resolve().parents[1] / "docs" / "operate.md"


if __name__ == "__main__":
    refresh([PAGE], {"settings": settings_table()})
