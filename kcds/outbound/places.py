"""Places that may be called: base URLs that an operator listed. Everything else is refused before anything is sent.

A URL that two programs could read in two ways is refused, whatever it seems to say: user names, backslashes, control
characters, dots that climb, encoded separators.
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

_ODD = re.compile(r"[^!-~]|[#\\\"<>^`{}]")
"""What no base URL or link holds: whatever is not printable ASCII, fragments, signs that programs read differently."""
_ODD_PATH = re.compile(r"[|\[\]]|%2f|%5c|%25|%00|%c[01]|/\.{1,2}(?:[;/]|$)")
"""In a path, with `%2e` read as a dot: encoded separators, what is decoded twice or no UTF-8, and dots that climb."""
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
        place = cls.of_url(text.replace(":*", "", 1) if any_port else text)
        if "*" in place.host:
            raise ValueError("must name one host: a * may stand for its port only")
        if place.scheme == "http" and not is_loopback(place.host):
            raise ValueError("must begin with https://: data of patients and tokens travel there")
        return cls(scheme=place.scheme, host=place.host, port=None, path=place.path) if any_port else place

    @classmethod
    def of_url(cls, url: str) -> "Place":
        """Make the place that is a base URL exactly, as a client names its server; raises ValueError likewise."""
        parts = _split(url)
        if parts.query:
            raise ValueError("must be a base URL: scheme, host and path, no user, query or fragment")
        path = parts.path.rstrip("/")
        return cls(scheme=parts.scheme, host=parts.hostname or "", port=_port(parts), path=path)

    @property
    def url(self) -> str:
        """The base URL, without slash at its end; of a place with any port, without port."""
        port = "" if self.port in (None, _PORTS[self.scheme]) else f":{self.port}"
        return f"{self.scheme}://{bracketed(self.host)}{port}{self.path}"

    def holds(self, url: str) -> bool:
        """Whether a URL is this place or below it."""
        try:
            parts = _split(url)
        except ValueError:
            return False
        same_port = self.port is None or _port(parts) == self.port
        path = parts.path.rstrip("/")
        below = path == self.path or path.startswith(f"{self.path}/")
        return parts.scheme == self.scheme and parts.hostname == self.host and same_port and below


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def bracketed(host: str) -> str:
    """Write a host as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def port_of(url: str) -> int:
    """Say the port that a URL means; raises ValueError where it is no plain URL."""
    return _port(_split(url))


def _port(parts: SplitResult) -> int:
    return parts.port or _PORTS[parts.scheme]


def _split(url: str) -> SplitResult:
    """Take a URL apart; raises ValueError where it could be read in two ways."""
    if _ODD.search(url):
        raise ValueError("must be a plain URL")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("must be a plain URL") from None  # the error quotes it
    if parts.scheme not in _PORTS:
        raise ValueError("must begin with https:// (http:// on loopback only)")
    if not parts.hostname or port == 0 or "@" in parts.netloc:
        raise ValueError("must be a base URL: scheme, host and path, no user, query or fragment")
    if _ODD_PATH.search(parts.path.lower().replace("%2e", ".")):
        raise ValueError("must have a plain path")
    return parts
