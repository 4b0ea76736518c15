"""What is known of a request before it is read: when it came, and whoever looks at its body first."""

import contextvars
import socket
import struct
import time
from contextlib import closing
from typing import Any

import pytest
from service_builders import hook_call, logs, make_client

from kcds.auth.identity import Client
from kcds.errors import EvaluationError, UnauthorizedError
from kcds.outbound.deadline import Deadline
from kcds.web.arrival import note_arrival, seconds_queued
from kcds.web.body import LOOK

VIEW = "/cds-services/ketamine-patient-view"


class Waited(socket.socket):
    """A connection of which the kernel says that its data lay there for so long."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.told = struct.pack("=52xI48x", int(seconds * 1000))

    def getsockopt(self, *_about: Any) -> Any:
        return self.told


class Patience:
    """Lets nobody in, and notes how many seconds it had for finding out."""

    def __init__(self) -> None:
        self.left: float | None = None

    def authenticate(self, authorization: str | None, path: str, deadline: Deadline) -> Client:  # noqa: ARG002
        self.left = deadline.left()
        raise UnauthorizedError


def seconds_to_authenticate(method: str, path: str, waited: float) -> float:
    """What is left of two seconds for a request that waited for a worker."""
    patience = Patience()
    client = make_client(authenticator=patience, deadline=2)

    def call() -> None:
        with closing(Waited(waited)) as connection, logs():
            note_arrival(connection)
            assert client.open(path, method=method).status_code == 401

    contextvars.copy_context().run(call)
    assert patience.left is not None
    return patience.left


def test_that_a_hook_call_waited_counts() -> None:
    assert seconds_to_authenticate("POST", VIEW, 0.25) < 1.76


@pytest.mark.parametrize(("method", "path"), [("POST", f"{VIEW}/feedback"), ("GET", "/cds-services")])
def test_what_is_never_refused_for_having_waited_has_all_its_time(method: str, path: str) -> None:
    assert seconds_to_authenticate(method, path, 60) > 1.5


def test_nothing_is_queued_where_no_server_has_noted_it() -> None:
    assert contextvars.Context().run(seconds_queued) == 0


def test_a_connection_whose_data_lay_there_was_queued_for_that_long() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    with closing(listener), closing(socket.create_connection(listener.getsockname())) as client:
        client.sendall(b"POST")
        sent = time.monotonic()
        time.sleep(0.1)
        taken, _ = listener.accept()

        with closing(taken):
            context = contextvars.copy_context()
            context.run(note_arrival, taken)
        longest = time.monotonic() - sent

    assert 0.08 < context.run(seconds_queued) < longest + 0.02  # the kernel tells it in steps of four milliseconds


def test_a_server_may_look_at_a_body_and_have_the_call_refused() -> None:
    seen: list[bytes] = []

    def look(raw: bytes) -> None:
        seen.append(raw)
        raise EvaluationError("it ended a worker twice")

    with logs():
        response = make_client().post(VIEW, data=b"{", content_type="application/json", environ_overrides={LOOK: look})

    assert seen == [b"{"]
    assert response.status_code == 500


def test_a_body_that_nobody_objects_to_is_answered() -> None:
    with logs():
        response = make_client().post(VIEW, json=hook_call(), environ_overrides={LOOK: lambda _raw: None})

    assert response.status_code == 200
