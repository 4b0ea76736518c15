"""A FHIR server of this machine for tests: reads, searches, pages; and every way in which a server can misbehave."""

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from builders import Json, searchset
from local_servers import serving

TOKEN = "token-of-the-client"  # noqa: S105 - of a server that lives for one test
BASE_PATH = "/fhir"


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    path: str
    headers: Mapping[str, str]
    client: tuple[str, int]


class _Handler(BaseHTTPRequestHandler):
    """Gives what its server says, with connections kept open."""

    protocol_version = "HTTP/1.1"
    timeout = 5
    disable_nagle_algorithm = True

    def log_message(self, *_args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.server.answer(self)  # type: ignore[attr-defined]

    def give(
        self,
        content: Json | bytes,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        length: int | None = None,
    ) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        said = {"Content-Type": "application/fhir+json", "Content-Length": str(len(body) if length is None else length)}
        for name, value in (said | dict(headers or {})).items():
            self.send_header(name, value)
        head = b"".join([*self._headers_buffer, b"\r\n"])  # type: ignore[attr-defined]
        self._headers_buffer = []
        self.wfile.write(head + body)


Behaviour = Callable[[Any], None]


class FhirServer(ThreadingHTTPServer):
    """The resources of some patients; `misbehaviour` is what it does instead for paths that begin so."""

    request_queue_size = 64

    def __init__(self, resources: Iterable[Json], page: int, latency: float, token: str | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.base = f"http://127.0.0.1:{self.server_address[1]}{BASE_PATH}"
        self.resources = list(resources)
        self.page = page
        self.latency = latency
        self.token = token
        self.asked: list[Asked] = []
        self.misbehaviour: dict[str, Behaviour] = {}
        self.hapi_links = False
        self.closing = threading.Event()

    def handle_error(self, *_args: object) -> None:
        """Say nothing of clients that have gone."""

    def answer(self, handler: _Handler) -> None:
        self.asked.append(Asked(handler.path, dict(handler.headers), handler.client_address))
        time.sleep(self.latency)
        inside = handler.path.removeprefix(BASE_PATH)
        behaviour = next((b for start, b in self.misbehaviour.items() if inside.startswith(start)), None)
        if behaviour is not None:
            behaviour(handler)
        elif self.token is not None and handler.headers.get("Authorization") != f"Bearer {self.token}":
            handler.give({"resourceType": "OperationOutcome"}, 401)
        else:
            self._serve(handler, inside)

    def _serve(self, handler: _Handler, inside: str) -> None:
        parts = urlsplit(inside)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        kind, _, identifier = parts.path.strip("/").partition("/")
        if identifier:
            found = next((r for r in self.resources if (r["resourceType"], r["id"]) == (kind, identifier)), None)
            handler.give(found or {"resourceType": "OperationOutcome"}, 200 if found else 404)
            return
        if "_getpages" in query:
            query = json.loads(query["_getpages"])
        handler.give(self.searched(query.pop("type", kind), query))

    def searched(self, kind: str, query: Mapping[str, str]) -> Json:
        """One page of what a search finds."""
        found = [r for r in self.resources if r["resourceType"] == kind and _is_found(r, query)]
        offset, size = int(query.get("_offset", "0")), min(self.page, int(query.get("_count", self.page)))
        bundle = searchset(*found[offset : offset + size])
        if offset + size < len(found):
            rest = {**query, "_offset": str(offset + size)}
            pages = {"_getpages": json.dumps({"type": kind, **rest})}
            url = f"{self.base}?{urlencode(pages)}" if self.hapi_links else f"{self.base}/{kind}?{urlencode(rest)}"
            bundle["link"] = [{"relation": "self", "url": self.base}, {"relation": "next", "url": url}]
        return bundle

    def paths(self, start: str = "") -> list[str]:
        """What was asked for below the base."""
        inside = [asked.path.removeprefix(f"{BASE_PATH}/") for asked in self.asked]
        return [path for path in inside if path.startswith(start)]

    def access(self, token: str | None = None) -> Json:
        """The members of a hook call that give access to this server."""
        granted = {"token_type": "Bearer", "expires_in": 300, "scope": "patient/*.read", "subject": "kcds"}
        return {"fhirServer": self.base, "fhirAuthorization": {"access_token": token or self.token, **granted}}


@contextmanager
def fhir_server(
    resources: Iterable[Json] = (), *, page: int = 1000, latency: float = 0, token: str | None = TOKEN
) -> Iterator[FhirServer]:
    """A server that is there meanwhile."""
    server = FhirServer(resources, page, latency, token)
    with serving(server):
        try:
            yield server
        finally:
            server.closing.set()


def prefetched(templates: Mapping[str, str], patient_id: str, resources: Iterable[Json]) -> Json:
    """The prefetch of a client that fills every key with the same resources, Medications included."""
    resources = list(resources)
    medications = [r for r in resources if r["resourceType"] == "Medication"]
    answers: Json = {}
    for key, template in templates.items():
        kind, _, search = template.replace("{{context.patientId}}", patient_id).partition("?")
        query = {name: values[0] for name, values in parse_qs(search).items()}
        found = [r for r in resources if r["resourceType"] == kind and _is_found(r, query)]
        answers[key] = searchset(*found, *(medications if kind.startswith("Medication") else []))
    answers["patient"] = next(r for r in resources if (r["resourceType"], r["id"]) == ("Patient", patient_id))
    return answers


def _is_found(resource: Json, query: Mapping[str, str]) -> bool:
    subject = resource.get("subject") or resource.get("patient") or {}
    if subject.get("reference", "").rpartition("/")[2] != query.get("patient"):
        return False
    tokens = query.get("combo-code") or query.get("code")
    components = resource.get("component", []) if "combo-code" in query else []
    codes = [coding for part in [resource, *components] for coding in part.get("code", {}).get("coding", [])]
    said = {f"{coding.get('system')}|{coding.get('code')}" for coding in codes}
    return tokens is None or not said.isdisjoint(tokens.split(","))


def status(code: int, **headers: str) -> Behaviour:
    """Answer with a status."""
    return lambda handler: handler.give({"resourceType": "OperationOutcome"}, code, headers)


def content(body: Json | bytes, **headers: str) -> Behaviour:
    """Answer 200 with this body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.give(body, 200, named)


def hang(handler: Any) -> None:
    """Accept and say nothing."""
    handler.server.closing.wait(10)
    handler.close_connection = True


def drip(handler: Any) -> None:
    """Send a byte now and then, for ever: no single read waits long."""
    handler.give(b"", length=1_000_000)
    while not handler.server.closing.wait(0.05):
        handler.wfile.write(b" ")


def flood(handler: Any) -> None:
    """Send 50 MB."""
    handler.give(b"", length=50_000_000)
    for _ in range(500):
        handler.wfile.write(b" " * 100_000)


def busy_once(code: int = 503) -> Behaviour:
    """Be busy at the first request for each path, and well afterwards."""
    seen: set[str] = set()

    def behave(handler: Any) -> None:
        if handler.path in seen:
            handler.server._serve(handler, handler.path.removeprefix(BASE_PATH))
        else:
            seen.add(handler.path)
            handler.give({}, code)

    return behave


def packed_zeros(handler: Any) -> None:
    """Send 50 MB that come as 50 kB."""
    handler.give(_PACKED, headers={"Content-Encoding": "gzip"})


_PACKED = gzip.compress(b"\0" * 50_000_000)
