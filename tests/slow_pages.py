"""`kcds` as it is, but charts are judged slowly and never drawn: for tests of what a browser is sent when."""

import sys
import time
from typing import Any
from unittest.mock import patch

from kcds import reading
from kcds.cli import main
from kcds.pages.charts.process import Renderer
from kcds.web import server

PART = 1.5
"""Seconds that judging takes, and that is waited for the pictures: longer together than a worker may take at once."""
server.TIMEOUT = 2

_hanging = Renderer((sys.executable, "-c", "import time; time.sleep(60)"), timeout=PART)


def review_content(*arguments: Any) -> Any:
    """Judge as ever, but slowly."""
    time.sleep(PART)
    return reading.review_content(*arguments)


patch("kcds.web.pages.demo.review_content", review_content).start()
patch("kcds.pages.charts.draw.own_renderer", lambda: _hanging).start()

if __name__ == "__main__":
    main()
