"""What a large body has left in memory is given back once nobody calls for a second, or at once where it is much."""

from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.workers.sync import SyncWorker

from kcds.web.allocator import ROOM, holds_much
from kcds.web.body import LOOK
from kcds.web.connections import Partings
from kcds.web.worker import Worker

LARGE, SMALL = b" " * 300_000, b"{}"


@pytest.mark.parametrize(
    ("bodies", "connections", "times"),
    [
        ((SMALL,), [None, None], 0),
        ((LARGE,), [["a connection"], ["a connection"]], 0),
        ((LARGE,), [None, None], 1),
        ((LARGE, SMALL), [["a connection"], None], 1),
    ],
    ids=["a small body", "others wait", "once", "a small one after it"],
)
def test_memory_is_given_back(
    monkeypatch: pytest.MonkeyPatch, bodies: tuple[bytes, ...], connections: list[Any], times: int
) -> None:
    given: list[None] = []
    waited = iter(connections)
    monkeypatch.setattr("kcds.web.worker.give_back", lambda: given.append(None))
    monkeypatch.setattr(SyncWorker, "wait", lambda _self, _timeout: next(waited))
    worker: Any = object.__new__(Worker)
    monkeypatch.setattr("kcds.web.worker.holds_much", lambda: False)
    worker.guard, worker._partings, worker.nr = SimpleNamespace(look_at=len), Partings(), 1

    for body in bodies:
        worker._look_at(body)
        worker._collect()
    for expected in connections:
        assert worker.wait(1.0) == expected

    assert len(given) == times


@pytest.mark.parametrize(
    ("body", "much", "times"), [(LARGE, True, 1), (LARGE, False, 0), (SMALL, True, 0)], ids=["much", "little", "small"]
)
def test_much_memory_is_given_back_at_once(
    monkeypatch: pytest.MonkeyPatch, *, body: bytes, much: bool, times: int
) -> None:
    given: list[None] = []
    monkeypatch.setattr("kcds.web.worker.give_back", lambda: given.append(None))
    monkeypatch.setattr("kcds.web.worker.holds_much", lambda: much)
    worker: Any = object.__new__(Worker)
    worker.guard, worker.nr = SimpleNamespace(look_at=len), 1

    worker._look_at(body)
    worker._collect()
    worker._collect()  # after a call without a body

    assert len(given) == times


@pytest.mark.parametrize(
    ("said", "seen", "times"),
    [
        ({"CONTENT_LENGTH": "300000"}, (), 1),
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, (), 1),
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, (SMALL,), 0),
        ({"CONTENT_LENGTH": "2"}, (), 0),
        ({"CONTENT_LENGTH": ""}, (), 0),
        ({}, (), 0),
    ],
    ids=["large", "unknown", "small after all", "small", "no length", "none"],
)
def test_a_body_that_is_refused_before_it_is_looked_at_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, said: dict[str, str], seen: tuple[bytes, ...], times: int
) -> None:
    given: list[None] = []
    monkeypatch.setattr("kcds.web.worker.give_back", lambda: given.append(None))
    monkeypatch.setattr("kcds.web.worker.holds_much", lambda: True)
    monkeypatch.setattr(SyncWorker, "load_wsgi", lambda _self: None)
    worker: Any = object.__new__(Worker)

    def answer(environ: dict[str, Any], _start_response: Any) -> None:
        for body in seen:
            environ[LOOK](body)

    worker.app = SimpleNamespace(wsgi=lambda: answer, seats=None)
    worker.guard, worker.nr = SimpleNamespace(look_at=len), 1
    worker.load_wsgi()

    worker.wsgi(said, None)
    worker._collect()

    assert len(given) == times


def test_a_process_sees_that_it_holds_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kcds.web.allocator.ROOM", 2**40)
    held_little = holds_much()
    monkeypatch.setattr("kcds.web.allocator.ROOM", 2**20)

    assert (held_little, holds_much()) == (False, True)
    assert ROOM < 120 * 2**20  # what a worker may have: issue 5
