"""Forms that are sent to another server: as guarded as what is read, and never sent twice."""

from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from local_servers import serving

from kcds.errors import OutboundError
from kcds.outbound.answers import Answer
from kcds.outbound.client import OutboundClient
from kcds.outbound.deadline import Deadline
from kcds.outbound.places import Place

FORM = b"code=planted-code&client_secret=planted-secret"


class _Takes(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5

    def log_message(self, *_args: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((body, dict(self.headers)))  # type: ignore[attr-defined]
        self.server.give(self)  # type: ignore[attr-defined]


class Taker(ThreadingHTTPServer):
    """Takes forms, and does what a test says."""

    def __init__(self, give: Callable[[Any], None]) -> None:
        super().__init__(("127.0.0.1", 0), _Takes)
        self.taken: list[tuple[bytes, dict[str, str]]] = []
        self.give = give
        self.url = f"http://127.0.0.1:{self.server_address[1]}/token"

    def handle_error(self, *_args: object) -> None:
        """Say nothing of clients that have gone."""


def answering(status: int, body: bytes = b"{}", **headers: str) -> Callable[[Any], None]:
    def give(handler: Any) -> None:
        handler.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return give


def hang_up(handler: Any) -> None:
    handler.close_connection = True
    handler.connection.close()


def sent(url: str, *, seconds: float = 10, largest: int = 1000) -> Answer:
    client = OutboundClient([Place.parse("http://127.0.0.1:*/token")])
    headers = {"Authorization": "Basic planted"}
    return client.post_form(url, FORM, headers=headers, deadline=Deadline.after(seconds), largest=largest)


def kind_of_failure(url: str, **how: Any) -> str:
    with pytest.raises(OutboundError) as caught:
        sent(url, **how)
    assert "planted" not in repr(caught.value)
    return caught.value.kind


def test_a_form_arrives_as_a_form_with_its_headers() -> None:
    with serving(Taker(answering(200, b'{"a": 1}'))) as server:
        answer = sent(server.url)

    ((body, headers),) = server.taken
    assert (answer.status, answer.body) == (200, b'{"a": 1}')
    assert body == FORM
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert headers["Authorization"] == "Basic planted"


def test_who_refuses_a_form_may_say_why() -> None:
    with serving(Taker(answering(400, b'{"error": "invalid_grant"}'))) as server:
        answer = sent(server.url)

    assert (answer.status, answer.body) == (400, b'{"error": "invalid_grant"}')


@pytest.mark.parametrize("behaviour", [answering(503), answering(429), hang_up], ids=["busy", "too many", "cut off"])
def test_a_form_is_never_sent_twice(behaviour: Callable[[Any], None]) -> None:
    with serving(Taker(behaviour)) as server, suppress(OutboundError):
        sent(server.url)

    assert len(server.taken) == 1


def test_a_form_is_not_sent_to_a_place_that_is_not_listed() -> None:
    with serving(Taker(answering(200))) as server:
        assert kind_of_failure(server.url.replace("/token", "/other")) == "refused"

    assert server.taken == []


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        (answering(307, Location="http://127.0.0.1:9/token"), "redirect"),
        (answering(200, b" " * 2000), "too-large"),
        (answering(400, b" " * 2000), "too-large"),
        (hang_up, "connection"),
    ],
)
def test_whatever_the_server_does_is_a_kind_of_failure(behaviour: Callable[[Any], None], kind: str) -> None:
    with serving(Taker(behaviour)) as server:
        assert kind_of_failure(server.url) == kind


def test_a_server_that_does_not_answer_is_left_at_the_deadline() -> None:
    with serving(Taker(lambda handler: handler.rfile.read(1))) as server:
        assert kind_of_failure(server.url, seconds=0.5) == "timeout"
