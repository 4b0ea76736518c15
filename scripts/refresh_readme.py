"""Put today's output of the commands that README.md names into README.md.

A fenced block that follows a line `<!-- command: kcds ... -->` is replaced by what that command prints.
"""

import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
_BLOCK = re.compile(r"(<!-- command: kcds ([^\n]*) -->\n```\n)(.*?)(^```$)", re.MULTILINE | re.DOTALL)


def refreshed(text: str) -> str:
    """Return the text with today's output in its blocks."""
    return _BLOCK.sub(lambda found: found[1] + _output(found[2]) + found[4], text)


def _output(arguments: str) -> str:
    command = [str(Path(sys.executable).with_name("kcds")), *shlex.split(arguments)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603 - our own commands
    return done.stdout.strip() + "\n"


if __name__ == "__main__":
    README.write_text(refreshed(README.read_text(encoding="utf-8")), encoding="utf-8")
