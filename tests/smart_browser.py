"""A browser for launches: keeps its cookies, follows redirects between kcds and an EHR, remembers where it was."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

from fake_store import MemoryStore
from flask import Flask
from flask.testing import FlaskClient
from service_builders import real_service
from smart_ehr import SmartEhr, smart_ehr
from smart_files import smart_file
from werkzeug.test import TestResponse

from kcds.auth.identity import Anybody
from kcds.auth.smart.ehrs_file import load_ehrs
from kcds.auth.smart.sessions import Launched
from kcds.auth.smart.smart import make_smart
from kcds.settings import Settings
from kcds.store.keys import KeyRing
from kcds.store.records import Store
from kcds.web.application import make_application
from kcds.web.parts import Parts

PUBLIC_URL = "http://127.0.0.1:8150"
SECURE_URL = "https://kcds.example.org/ketamine"


def real_time() -> datetime:
    """What the EHR's clock says too."""
    return datetime.now(UTC)


@dataclass
class Hospital:
    """An EHR, and kcds registered there."""

    ehr: SmartEhr
    parts: Parts
    app: Flask
    clock: "list[Callable[[], datetime]]"

    def browser(self) -> "Browser":
        """Somebody's browser, without cookies."""
        return Browser(self, self.app.test_client())

    def in_future(self, later: Any) -> None:
        """Let the clock of kcds go on by so much."""
        self.clock[0] = lambda: real_time() + later


@dataclass
class Browser:
    """One browser."""

    hospital: Hospital
    client: FlaskClient
    visited: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    blocks_cookies: bool = False

    def launch(self, patient: str = "pat-1", context: str | None = None) -> TestResponse:
        """Open the app in the chart of a patient, as far as the review."""
        return self.follow(f"/launch?{self.hospital.ehr.launch_query(patient, context)}")

    def begin(self, patient: str = "pat-1") -> str:
        """Launch, but stop before going to the EHR: return where the browser is sent."""
        first = self.get(f"/launch?{self.hospital.ehr.launch_query(patient)}")
        location: str = self.get(first.headers["Location"]).headers["Location"]
        return location

    def get(self, path: str) -> TestResponse:
        """One request to kcds."""
        if self.blocks_cookies:
            self.client._cookies.clear()
        self.visited.append(path)
        home = self.home()
        response = self.client.get(path.removeprefix(home.path), base_url=f"{home.scheme}://{home.netloc}")
        self.bodies.append(response.get_data(as_text=True))
        return response

    def post(self, path: str) -> TestResponse:
        """Press a button."""
        return self.client.post(path, base_url=f"{self.home().scheme}://{self.home().netloc}")

    def has_cookie(self, value: str, name: str = "kcds") -> None:
        """Somebody gave it this cookie before."""
        self.client.set_cookie(name, value, domain=self.home().hostname or "")

    def home(self) -> SplitResult:
        """Where kcds is."""
        return urlsplit(self.hospital.parts.settings.public_url or "")

    def follow(self, url: str) -> TestResponse:
        """Request, and follow until there is a page, or until kcds shows the review."""
        while True:
            url = self.at_ehr(url) if url.startswith(self.hospital.ehr.origin) else url
            response = self.get(url.removeprefix(self.hospital.parts.settings.public_url or ""))
            location = response.headers.get("Location")
            if location is None or "/review/" in location:
                return response
            url = location

    def at_ehr(self, url: str) -> str:
        """One request to the EHR: where it sends the browser."""
        parts = urlsplit(url)
        self.visited.append(url)
        connection = HTTPConnection(parts.netloc)
        connection.request("GET", f"{parts.path}?{parts.query}")
        location = connection.getresponse().getheader("Location")
        connection.close()
        assert location, self.hospital.ehr.problems
        return location

    def key(self) -> str:
        """Its key."""
        return next(cookie.value for cookie in self.client._cookies.values())

    def launched(self, response: TestResponse) -> Launched:
        """The review that the last answer leads to."""
        smart = self.hospital.parts.smart
        assert smart is not None
        assert self.hospital.ehr.problems == []
        run = run_of(response)
        return smart.sessions.find(run, self.key(), self.hospital.parts.clock())


def run_of(response: TestResponse) -> str:
    """The name of the review that an answer leads to."""
    location: str = response.headers["Location"]
    assert "/review/" in location, location
    return location.rpartition("/")[2]


def title_of(response: TestResponse) -> str:
    """The heading of a page."""
    return unescape(response.get_data(as_text=True).partition("<h1")[2].partition(">")[2].partition("<")[0])


def query_of(url: str) -> dict[str, str]:
    """The query of a URL."""
    return dict(parse_qsl(urlsplit(url).query))


@contextmanager
def hospital(  # noqa: PLR0913 - each with its usual one
    directory: Path,
    *,
    store: Store | None = None,
    standalone: bool = False,
    more: str = "",
    public_url: str = PUBLIC_URL,
    ehr: dict[str, Any] | None = None,
    **settings: Any,
) -> Iterator[Hospital]:
    """An EHR that is there meanwhile, and kcds."""
    with smart_ehr(**(ehr or {})) as server:
        server.redirects = {f"{public_url}/callback"}
        file = smart_file(directory, server, standalone=standalone, more=more)
        chosen = Settings(timezone="UTC", public_url=public_url, smart_file=file, **settings)
        keys, kept, clock = KeyRing(b"a secret of these tests"), store or MemoryStore(), [real_time]
        parts = Parts(
            service=real_service(),
            settings=chosen,
            store=kept,
            authenticator=Anybody(),
            clock=lambda: clock[0](),  # noqa: PLW0108 - a test may put another one there
            keys=keys,
            smart=make_smart(load_ehrs(file), kept, keys, lambda _outcome, _seconds: None),
        )
        yield Hospital(server, parts, make_application(parts), clock)
