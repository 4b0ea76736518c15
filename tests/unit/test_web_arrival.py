"""What is known of a request before it is read: when it came, and whoever looks at its body first."""

import contextvars
import socket
import time
from contextlib import closing

from service_builders import hook_call, logs, make_client

from kcds.errors import EvaluationError
from kcds.web.arrival import note_arrival, seconds_queued
from kcds.web.body import LOOK

VIEW = "/cds-services/ketamine-patient-view"


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
