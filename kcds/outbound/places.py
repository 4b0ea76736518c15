"""Places that may be called: base URLs that an operator listed. Everything else is refused before anything is sent."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

_ODD_IN_QUERY = frozenset(' \\"<>^`{}')
_ODD = _ODD_IN_QUERY | {"|"}
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A base URL: scheme, host, port (None: any) and path, below which everything may be read."""

    scheme: str
    host: str
    port: int | None
    path: str  # without slash at its end

    @classmethod
    def parse(cls, text: str) -> "Place":
        """Read `https://fhir.example.org/r4` or `http://127.0.0.1:*`; raises ValueError that says what is wrong."""
        any_port = text.endswith(":*") or ":*/" in text
        parts = _split(text.replace(":*", "", 1) if any_port else text)
        if parts.scheme not in _PORTS:
            raise ValueError("must begin with https:// (http:// on loopback only)")
        host = parts.hostname or ""
        if parts.scheme == "http" and not is_loopback(host):
            raise ValueError("must begin with https://: data of patients and tokens travel there")
        port = None if any_port else parts.port or _PORTS[parts.scheme]
        return cls(scheme=parts.scheme, host=host, port=port, path=parts.path.rstrip("/"))

    def holds(self, url: str) -> bool:
        """Whether a URL is this place or below it."""
        try:
            parts = _split(url, query=True)
        except ValueError:
            return False
        same_port = self.port is None or (parts.port or _PORTS.get(parts.scheme)) == self.port
        path = parts.path.rstrip("/")
        below = path == self.path or path.startswith(f"{self.path}/")
        return parts.scheme == self.scheme and parts.hostname == self.host and same_port and below


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _split(url: str, *, query: bool = False) -> SplitResult:
    """Take a URL apart; raises ValueError where it could be read in two ways."""
    if (
        not url.isascii()
        or not url.isprintable()
        or any(sign in url for sign in ' \\"<>^`{|}' if not query or sign != "|")
    ):
        raise ValueError("must be a plain URL")
    parts = urlsplit(url)
    port = parts.port  # raises ValueError where it is none
    if not parts.hostname or port == 0 or "@" in parts.netloc or parts.fragment or (parts.query and not query):
        raise ValueError("must be a base URL: scheme, host and path, no user, query or fragment")
    segments = parts.path.lower().replace("%2e", ".").split("/")
    if "." in segments or ".." in segments or "%2f" in parts.path.lower() or "%5c" in parts.path.lower():
        raise ValueError("must have a plain path")
    return parts
