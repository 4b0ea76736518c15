"""Where the pages are, and which of them there are: every link and every asset of a page is named here."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

STATIC = Path(__file__).parent / "static"
"""Style sheets, scripts and the font; all that a browser is ever given beside pages."""

_SHOWN_DIGITS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One place where pages are: a service, whose paths may begin with a prefix of a proxy."""

    prefix: str = ""  # "" or "/kcds"
    demo: bool = False  # whether there are the demo,
    feedback: bool = False  # the feedback page,
    launch: bool = False  # and EHRs from which it can be opened
    version: str = ""  # of the knowledge

    def path(self, *parts: str) -> str:
        """Return the path of a page: `path("rules", "a rule")` is `/rules/a%20rule`."""
        return "/".join([self.prefix, *(quote(part, safe="") for part in parts)]) or "/"

    def asset(self, name: str) -> str:
        """Return the path of an asset; it changes with the content of any, so that a browser may keep it for ever."""
        return self.path("assets", assets_digest(), name)


def asset_names() -> list[str]:
    """Return the names of all assets."""
    return sorted(path.name for path in STATIC.iterdir() if path.is_file())


@cache
def assets_digest() -> str:
    """Name the present content of all assets."""
    digest = sha256()
    for name in asset_names():
        content = (STATIC / name).read_bytes()
        digest.update(f"{name} {len(content)} ".encode() + content)
    return digest.hexdigest()[:_SHOWN_DIGITS]
