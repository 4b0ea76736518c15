"""The origin of the page: the page itself, its published key, a small FHIR server, and Markdown rendered to HTML."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import orjson
from builders import Json, searchset
from local_servers import serving
from markdown_it import MarkdownIt
from standard_client import filled

PAGE = Path(__file__).with_name("sandbox.html")
_LIVE = MarkdownIt("commonmark", {"html": True, "breaks": True}).enable(["table", "strikethrough"])


class PageServer(ThreadingHTTPServer):
    """One page, and the record of the patient that it shows. A search for a type in `broken` fails."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.origin = f"http://127.0.0.1:{self.server_address[1]}"
        self.record: list[Json] = []
        self.broken: set[str] = set()
        self.keys = b'{"keys": []}'
        self.keys_asked = 0


class _Handler(BaseHTTPRequestHandler):
    server: PageServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        if self.path == "/":
            self._give(PAGE.read_bytes(), "text/html; charset=utf-8")
        elif self.path == "/.well-known/jwks.json":
            self.server.keys_asked += 1
            self._give(self.server.keys, "application/json")
        elif self.path.startswith("/fhir/"):
            self._give_resource(self.path.removeprefix("/fhir/"))
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/publish":
            self.server.keys = body
            self._give(b"", "text/plain")
        else:
            self._give(_LIVE.render(body.decode()).encode(), "text/html; charset=utf-8")

    def _give_resource(self, query: str) -> None:
        if query.partition("?")[0] in self.server.broken:
            self._give(b"{}", "application/fhir+json", 500)
            return
        found = filled(query, {}, self.server.record)
        self._give(orjson.dumps(found or searchset()), "application/fhir+json", 200 if found else 404)

    def _give(self, body: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def page_server() -> Iterator[PageServer]:
    """The origin until the end of the block."""
    with serving(PageServer()) as server:
        yield server
