"""One FHIR server, read for one call: resources, and searches page by page, inside its base URL and in bounded size.

What it answers is trusted for nothing: not FHIR, too long, endless or pointing elsewhere is a failure or an incomplete
answer, never an error of the call. The token goes to this base only.
"""

import asyncio
import time
from codecs import BOM_UTF8
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias
from urllib.parse import urljoin

import orjson

from kcds.errors import OutboundError, RequestError
from kcds.fhir.bundles import bundle_entries, listed
from kcds.fhir.elements import Json
from kcds.outbound.answers import Allowance
from kcds.outbound.client import OutboundClient
from kcds.outbound.deadline import Deadline
from kcds.outbound.places import Place

LARGEST_ANSWER = 8 * 1024 * 1024
"""Bytes of one page or resource."""
LARGEST_CALL = 12 * 1024 * 1024
"""Bytes of all answers for one hook call: five times the largest real record that was seen. More could be fetched, but
not be judged in the time that is left."""
MOST_PAGES = 50
"""Pages of one search."""
_PAGE = 200
"""Entries that a page is asked to hold; a server may give fewer."""
_AT_ONCE = 10
"""Requests under way at the same time."""
_OK = 200

Count: TypeAlias = Callable[[str, float], None]
"""Is told what became of one request (`ok`, or the kind of failure) and how many seconds it took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A FHIR server as the client named it, the client's token for it (None: it is open), and by when."""

    server: str
    token: str | None = field(repr=False)
    deadline: Deadline
    refused: frozenset[str] = frozenset()  # types of resources that the token does not open: not asked for


class FhirServer:
    """A FHIR server as one hook call sees it."""

    def __init__(self, client: OutboundClient, source: Source, count: Count) -> None:
        """Ask nothing yet; raises ValueError where the server is not named by a plain base URL."""
        self.base = Place.of_url(source.server)
        self.failures: dict[str, set[str]] = {}
        """How requests failed, and for which types of resources: what an engineer looks for."""
        self._client = client
        self._deadline = source.deadline
        self._refused = source.refused
        self._headers = {"Accept": "application/fhir+json, application/json;q=0.9"}
        if source.token is not None:
            self._headers["Authorization"] = f"Bearer {source.token}"
        self._count = count
        self._together = Allowance(LARGEST_CALL)
        self._gate = asyncio.Semaphore(_AT_ONCE)

    async def read(self, path: str) -> Json | None:
        """Read `Type/id`; None, and noted, where that is not what the server gives."""
        kind = path.partition("/")[0]
        try:
            self._require_granted(kind)
            return await self._asked(f"{self.base.url}/{path}", partial(_require_resource, path=path))
        except OutboundError as failure:
            self._note(failure, kind)
            return None

    async def search(self, query: str) -> Json | None:
        """Collect all pages of a search in one Bundle; with a `next` link where pages could not be had.

        None, and noted, where not even the first can.
        """
        url: str | None = f"{self.base.url}/{query}&_count={_PAGE}"
        entries: list[object] = []
        seen: set[str] = set()
        while url is not None:
            try:
                self._require_granted(query.partition("?")[0])
                _require_end(url, seen)
                page = await self._asked(url, _require_page)
            except OutboundError as failure:
                self._note(failure, query.partition("?")[0])
                return _searchset(entries, whole=False) if seen else None
            seen.add(url)
            entries += listed(page.get("entry"))
            url = _next_page(page, url)
        return _searchset(entries, whole=True)

    def _require_granted(self, resource_type: str) -> None:
        """Refuse to ask for what the token does not open: a server may then answer that there is none."""
        if resource_type in self._refused:
            raise OutboundError("not-granted")

    def _note(self, failure: OutboundError, resource_type: str) -> None:
        self.failures.setdefault(failure.kind, set()).add(resource_type)

    async def _asked(self, url: str, require: Callable[[Json], None]) -> Json:
        """Read what must be of a certain form; counts how long it took and what became of it."""
        async with self._gate:
            started = time.monotonic()
            outcome = "ok"
            try:
                content = await self._json(url)
                require(content)
            except OutboundError as failure:
                outcome = failure.kind.partition(" ")[0]
                raise
            finally:
                self._count(outcome, time.monotonic() - started)
        return content

    async def _json(self, url: str) -> Json:
        """Read a JSON object, whatever its media type says."""
        if not self.base.holds(url):
            raise OutboundError("refused")
        answer = await self._client.get_async(
            url,
            headers=self._headers,
            deadline=self._deadline,
            largest=LARGEST_ANSWER,
            together=self._together,
        )
        if answer.status != _OK:
            raise OutboundError(f"status {answer.status}")
        try:
            content = orjson.loads(answer.body.removeprefix(BOM_UTF8))
        except orjson.JSONDecodeError:
            content = None
        if not isinstance(content, dict):
            raise OutboundError("not-json")
        return content


def _require_end(url: str, seen: set[str]) -> None:
    """Refuse pages that go round in a circle, and those that never end."""
    if url in seen or len(seen) == MOST_PAGES:
        raise OutboundError("endless")


def _require_resource(content: Json, path: str) -> None:
    """Refuse another resource than was asked for; whose data come under the Patient's name is judged by the reader."""
    kind, _, identifier = path.partition("/")
    found = content.get("id")
    if content.get("resourceType") != kind or not isinstance(found, str) or (found != identifier and kind != "Patient"):
        raise OutboundError("not-fhir")


def _require_page(content: Json) -> None:
    if content.get("resourceType") != "Bundle" or content.get("type") != "searchset":
        raise OutboundError("not-fhir")
    try:
        bundle_entries(content, key=None, place="page")
    except RequestError:
        raise OutboundError("not-fhir") from None


def _next_page(page: Json, url: str) -> str | None:
    """Say where the next page is, None after the last; whether it may be read is another question."""
    for link in listed(page.get("link")):
        if isinstance(link, dict) and link.get("relation") == "next":
            return _joined(url, link.get("url"))
    return None


def _joined(url: str, link: object) -> str:
    """Resolve a link, empty where it is none: it then leads to no page that may be read."""
    try:
        return urljoin(url, link) if isinstance(link, str) and link else ""
    except ValueError:
        return ""


def _searchset(entries: list[object], *, whole: bool) -> Json:
    link: Json = {} if whole else {"link": [{"relation": "next"}]}
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries} | link
