"""A body whose length is said arrives whole, whatever pieces it comes in, and nothing behind it is touched."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http import get_parser
from gunicorn.http.unreader import Unreader

from kcds.web.receiving import received

BODY = bytes(range(256)) * 4096


@contextmanager
def arriving(*pieces: bytes, head: bytes, then_silent: bool = False) -> Iterator[Any]:
    """What the server hands to the application of a request that comes in these pieces, and its parser."""
    listener = socket.create_server(("127.0.0.1", 0))
    with closing(listener), closing(socket.create_connection(listener.getsockname())) as client:
        taken, address = listener.accept()
        taken.settimeout(0.2 if then_silent else 10)

        def send() -> None:
            for piece in (head, *pieces):
                client.sendall(piece)
            if not then_silent:
                client.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        with closing(taken):
            config = Config()
            config.set("http_parser", "python")
            yield next(get_parser(config, taken, address)).body
        sender.join()


def head(length: int) -> bytes:
    return f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode()


@pytest.mark.parametrize("length", [0, 1, 100, 8192, 100_000, len(BODY)])
def test_a_body_arrives_whole(length: int) -> None:
    with arriving(BODY[:length], head=head(length)) as body:
        assert received({"wsgi.input": body}) == BODY[:length]
        assert body.read() == b""


def test_a_body_that_came_with_the_head_and_in_pieces_arrives_whole() -> None:
    with arriving(BODY[10:20], BODY[20:50_000], head=head(50_000) + BODY[:10]) as body:
        assert received({"wsgi.input": body}) == BODY[:50_000]


def test_what_comes_behind_the_body_is_not_of_it() -> None:
    with arriving(head=head(10) + BODY[:10] + b"GET / HTTP/1.1") as body:
        unreader = body.reader.unreader

        assert received({"wsgi.input": body}) == BODY[:10]
        assert unreader.take_buffered() == b"GET / HTTP/1.1"


def test_of_a_body_that_is_cut_short_what_came_is_returned() -> None:
    with arriving(BODY[:30_000], head=head(50_000)) as body:
        assert received({"wsgi.input": body}) == BODY[:30_000]


def test_of_a_client_that_falls_silent_the_socket_says_so() -> None:
    with arriving(BODY[:10], head=head(50_000), then_silent=True) as body, pytest.raises(TimeoutError):
        received({"wsgi.input": body})


def test_a_body_in_chunks_is_left_to_the_server() -> None:
    chunked = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with arriving(b"1\r\nx\r\n0\r\n\r\n", head=chunked) as body:
        assert received({"wsgi.input": body}) is None
        assert body.read() == b"x"


def test_gunicorn_still_has_the_parts_that_are_used() -> None:
    with arriving(BODY[:10], head=head(10)) as body:
        assert received({"wsgi.input": body}) is not None, "adapt kcds/web/receiving.py: bodies are read the slow way"


def test_where_gunicorn_has_other_parts_the_body_is_left_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(Unreader, "take_buffered")

    with arriving(BODY[:10], head=head(10)) as body:
        assert received({"wsgi.input": body}) is None
        assert body.read() == BODY[:10]


def test_a_body_of_another_server_is_left_to_it() -> None:
    assert received({"wsgi.input": BytesIO(b"{}")}) is None
