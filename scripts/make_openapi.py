"""Write docs/openapi.json: the service described by its own code; a test compares."""

import json
from pathlib import Path

from kcds.web.openapi import make_openapi

PAGE = Path(__file__).resolve().parents[1] / "docs" / "openapi.json"


def written() -> str:
    """Return what the file should hold."""
    return json.dumps(make_openapi("http://127.0.0.1:8000"), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
