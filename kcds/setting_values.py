"""Kinds of values that a setting may have: read from text, or refused by a sentence that says what it may be.

A refusal never quotes the value: it may be a secret.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode

from kcds.outbound.places import Place, bracketed, is_loopback

T = TypeVar("T")

SHORTEST_KEY = 32
"""Characters of a secret key: 24 random bytes in Base64."""

TOO_SHORT = f"must have {SHORTEST_KEY} characters or more; make one with: openssl rand -base64 32"

_DEFAULT_PORTS = {"http": 80, "https": 443}
_DATABASES = ("postgresql", "postgresql+psycopg", "sqlite")


def _zone_name(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("not an IANA time zone; use a name such as Europe/Berlin") from error
    return name


def _any_case(level: object) -> object:
    return level.upper() if isinstance(level, str) else level


def _items(text: object, read: Callable[[str], object]) -> object:
    """Read a comma list; a fault names the entry by its number."""
    if not isinstance(text, str):
        return text
    found = []
    for number, item in enumerate((item.strip() for item in text.split(",")), start=1):
        try:
            found += [read(item)] if item else []
        except ValueError as error:
            raise ValueError(f"entry {number} {error}") from error
    return tuple(found)


def _places(text: object) -> object:
    return _items(text, Place.parse)


def _origins(text: object) -> object:
    return _items(text, _origin)


def _framing_origins(text: object) -> object:
    return _items(text, _framing_origin)


def _framing_origin(text: str) -> str:
    """Refuse what would let everybody, or nobody in particular, frame a page."""
    if text in {"*", "null"}:
        raise ValueError("must name an origin: https://ehr.example.org")
    return _origin(text)


def _origin(text: str) -> str:
    """Write an origin as browsers send it: small letters, no default port."""
    if text in {"*", "null"}:
        return text
    parts = _http_url(text)
    if parts.path:
        raise ValueError("must be an origin, without a path or a slash at its end: https://ehr.example.org")
    port = "" if parts.port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{parts.port}"
    return f"{parts.scheme}://{bracketed(parts.hostname or '')}{port}"


def _all_or_some(origins: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if origins and "*" in origins and len(origins) > 1:
        raise ValueError("name the origins, or * alone for all of them")
    return origins


def _public_url(text: str) -> str:
    parts = _http_url(text)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ValueError("must begin with https:// (http:// on loopback only): patients' data travel there")
    url = text.rstrip("/")
    if parts.path.rstrip("/").endswith("/cds-services"):
        raise ValueError("must end before /cds-services: clients, and the aud of their tokens, add it")
    return url


def _http_url(text: str) -> SplitResult:
    """Take a base URL apart; raises ValueError where it is none."""
    try:
        parts = urlsplit(text)
        plain = text.isascii() and text.isprintable() and " " not in text and parts.port != 0
    except ValueError:
        plain = False
    if not plain or parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError("must be a URL such as https://kcds.example.org")
    if "@" in parts.netloc or "?" in text or "#" in text or "*" in text:
        raise ValueError("must be a base URL: scheme, host and path, no user, query, fragment or wildcard")
    return parts


def _file(path: Path) -> Path:
    if not path.is_file():
        raise ValueError("no such file; give the path of a file that kcds may read")
    return path


def _directory(path: Path) -> Path:
    if not path.is_dir():
        raise ValueError("no such directory; make it first")
    return path


def _directory_to_be(path: Path) -> Path:
    if path.exists() and not path.is_dir():
        raise ValueError("must be a directory (it is made where it does not exist), and there is a file of that name")
    return path


def _database(url: SecretStr) -> SecretStr:
    scheme, _, rest = url.get_secret_value().partition("://")
    if scheme not in _DATABASES or not rest.strip("/"):
        raise ValueError("must be postgresql://user:password@host/name, or sqlite:////absolute/path/of/kcds.db")
    if rest.partition("?")[0].endswith(":memory:"):
        raise ValueError("must be a file: a database in memory is not shared by the processes of the service")
    return url


def _key(key: SecretStr) -> SecretStr:
    if len(key.get_secret_value()) < SHORTEST_KEY:
        raise ValueError(TOO_SHORT)
    return key


ZoneName = Annotated[str, AfterValidator(_zone_name)]
AnyCase = BeforeValidator(_any_case)
Places = Annotated[tuple[Place, ...], NoDecode, BeforeValidator(_places)]
Origins = Annotated[tuple[str, ...] | None, NoDecode, BeforeValidator(_origins), AfterValidator(_all_or_some)]
FramingOrigins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_framing_origins)]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
ReadableFile = Annotated[Path, AfterValidator(_file)]
Directory = Annotated[Path, AfterValidator(_directory)]
DirectoryToBe = Annotated[Path, AfterValidator(_directory_to_be)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_database)]
SecretKey = Annotated[SecretStr, AfterValidator(_key)]


def host_of(url: str) -> str:
    """Return the host of a URL."""
    return urlsplit(url).hostname or ""
