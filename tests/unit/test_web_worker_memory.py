"""What a large body has left in memory is given back once nobody calls for a second."""

from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.workers.sync import SyncWorker

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
    worker.guard, worker._partings = SimpleNamespace(look_at=len), Partings()

    for body in bodies:
        worker._look_at(body)
    for expected in connections:
        assert worker.wait(1.0) == expected

    assert len(given) == times
