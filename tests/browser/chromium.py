"""The browser of these tests: `CHROMIUM=` names one, else it is the `chromium` of the path."""

import os
import shutil

import pytest

BROWSER = os.environ.get("CHROMIUM") or shutil.which("chromium")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
needs_chromium = pytest.mark.skipif(BROWSER is None, reason="no Chromium: install Debian's chromium, or set CHROMIUM=")
