"""Connections of a worker: bounded in time while they are read, put aside when they are answered."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from gunicorn.util import close_graceful

from kcds.web import connections
from kcds.web.connections import BoundedSocket, Partings


@pytest.fixture
def pair() -> Iterator[tuple[BoundedSocket, socket.socket]]:
    ours, theirs = socket.socketpair()
    bounded = BoundedSocket(fileno=ours.detach())
    with closing(theirs):
        yield bounded, theirs
    bounded.end()


@pytest.fixture
def tcp() -> Iterator[tuple[BoundedSocket, socket.socket]]:
    """Both ends of a connection over the network, the one of the client not waiting for anything."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        theirs = socket.create_connection(listener.getsockname())
        ours, _ = listener.accept()
    theirs.settimeout(0)
    bounded = BoundedSocket(fileno=ours.detach())
    with closing(theirs):
        yield bounded, theirs
    bounded.end()


def is_open(connection: socket.socket) -> bool:
    return connection.fileno() >= 0


def test_an_answered_client_that_has_not_gone_is_put_aside_until_it_goes(
    pair: tuple[BoundedSocket, socket.socket],
) -> None:
    ours, theirs = pair
    partings = Partings()
    theirs.sendall(b"more than was read")

    started = time.monotonic()
    close_graceful(ours)
    partings.add(ours)
    partings.look()
    waited, still_open = time.monotonic() - started, is_open(ours)
    theirs.close()
    partings.look()

    assert waited < connections.PARTING / 2
    assert still_open
    assert not is_open(ours)


def test_an_answered_client_that_has_gone_already_is_not_put_aside(pair: tuple[BoundedSocket, socket.socket]) -> None:
    ours, theirs = pair
    theirs.close()

    close_graceful(ours)

    assert not is_open(ours)


def test_an_answered_client_has_so_much_time_only(
    pair: tuple[BoundedSocket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "PARTING", 0.0)
    ours, _ = pair

    close_graceful(ours)

    assert not is_open(ours)


def test_an_answered_client_that_goes_on_sending_is_not_listened_to_for_long(
    pair: tuple[BoundedSocket, socket.socket],
) -> None:
    ours, theirs = pair
    partings = Partings()
    theirs.settimeout(0)

    close_graceful(ours)
    partings.add(ours)
    for _ in range(40):
        if is_open(ours):
            theirs.send(b"x" * 4096)
            partings.look()

    assert not is_open(ours)


def test_of_too_many_that_are_put_aside_the_oldest_is_closed() -> None:
    partings = Partings()
    with ExitStack() as stack:
        kept = []
        for _ in range(70):
            ours, theirs = socket.socketpair()
            stack.enter_context(closing(theirs))
            kept.append(BoundedSocket(fileno=ours.detach()))
            close_graceful(kept[-1])
            partings.add(kept[-1])

        assert [is_open(one) for one in kept] == [False] * 6 + [True] * 64
        for one in kept:
            one.end()


def test_a_connection_that_is_not_answered_is_closed_as_ever(pair: tuple[BoundedSocket, socket.socket]) -> None:
    ours, _ = pair
    ours.close()

    assert not is_open(ours)


@pytest.mark.parametrize("receive", [lambda s: s.recv(10), lambda s: s.recv_into(bytearray(10))], ids=["recv", "into"])
def test_a_whole_request_has_so_much_time_only(
    pair: tuple[BoundedSocket, socket.socket], receive: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = pair
    theirs.sendall(b"begun")
    now = time.monotonic()
    monkeypatch.setattr(connections.time, "monotonic", lambda: now + connections.RECEIPT + 1)

    with pytest.raises(TimeoutError):
        receive(ours)  # type: ignore[operator]


@pytest.mark.skipif(not hasattr(socket, "MSG_MORE"), reason="Linux holds the head back")
def test_head_and_body_of_an_answer_are_sent_together(tcp: tuple[BoundedSocket, socket.socket]) -> None:
    ours, theirs = tcp

    ours.sendall(b"head")
    with pytest.raises(BlockingIOError):
        theirs.recv(100)
    ours.sendall(b"body")

    assert theirs.recv(100) == b"headbody"


def test_a_head_without_body_is_sent_with_its_end(tcp: tuple[BoundedSocket, socket.socket]) -> None:
    ours, theirs = tcp

    ours.sendall(b"head")
    close_graceful(ours)

    assert theirs.recv(100) == b"head"
    assert theirs.recv(100) == b""


def test_a_client_that_takes_an_answer_in_drips_is_not_waited_for_for_ever(
    pair: tuple[BoundedSocket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, _ = pair
    times = iter(range(0, 100, connections.SILENCE - 1))
    monkeypatch.setattr(connections.time, "monotonic", lambda: float(next(times)))

    for _ in range(connections.TAKING // (connections.SILENCE - 1) + 1):
        ours.sendall(b"part")

    with pytest.raises(TimeoutError):
        ours.sendall(b"part")


def test_with_each_part_that_is_taken_somebody_is_told() -> None:
    ours, theirs = socket.socketpair()
    told: list[bool] = []
    bounded = BoundedSocket(ours.detach(), on_sent=lambda: told.append(True))
    with closing(theirs):
        bounded.sendall(b"one")
        bounded.sendall(b"two")
    bounded.end()

    assert told == [True, True]


@pytest.mark.skipif(not hasattr(socket, "TCP_DEFER_ACCEPT"), reason="of Linux")
def test_a_connection_on_which_nothing_came_is_not_handed_over() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener, ExitStack() as clients:
        connections.accept_with_data(listener)
        idle, busy = (
            clients.enter_context(closing(socket.create_connection(listener.getsockname()))) for _ in range(2)
        )
        busy.sendall(b"GET")
        listener.settimeout(5)
        taken, _ = listener.accept()
        clients.enter_context(closing(taken))
        listener.settimeout(0.2)

        assert taken.getpeername() == busy.getsockname()
        with pytest.raises(TimeoutError):
            listener.accept()
        idle.sendall(b"GET")
        listener.settimeout(5)
        late, _ = listener.accept()
        clients.enter_context(closing(late))
        assert late.getpeername() == idle.getsockname()
