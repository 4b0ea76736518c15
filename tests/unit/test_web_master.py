"""The process that forks the workers goes on where the machine has no room for another one."""

import errno
import os
import signal
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.arbiter import Arbiter
from service_builders import logs

from kcds.web import master
from kcds.web.master import Master

FULL = OSError(errno.EAGAIN, "Resource temporarily unavailable")


@pytest.fixture
def arbiter(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A master with two workers that forks nothing: it is told what comes of each try."""
    monkeypatch.setattr(master, "READY", 0.0)
    one: Any = object.__new__(Master)
    one.pid, one._num_workers = os.getpid(), 2
    one.WORKERS = {1: SimpleNamespace(slot=None), 2: SimpleNamespace(slot=None)}
    one.killed = []
    monkeypatch.setattr(Master, "kill_worker", lambda self, pid, sig: self.killed.append((pid, sig)))
    return one


def forks(monkeypatch: pytest.MonkeyPatch, *outcomes: int | OSError) -> None:
    """Let the next forks come to this."""
    to_come = list(outcomes)

    def spawn(self: Any) -> int:
        outcome = to_come.pop(0)
        if isinstance(outcome, OSError):
            raise outcome
        self.WORKERS[outcome] = SimpleNamespace(slot=SimpleNamespace(is_ready=True))
        return outcome

    monkeypatch.setattr(Arbiter, "spawn_worker", spawn)


def test_where_no_process_can_be_made_the_service_goes_on_and_says_so(
    arbiter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    forks(monkeypatch, FULL, 3)

    with logs() as logged:
        started = [arbiter.spawn_worker(), arbiter.spawn_worker()]

    assert started == [None, 3]
    assert "no worker can be started" in logged.getvalue()
    assert "temporarily unavailable" in logged.getvalue()


def test_a_child_never_goes_on_as_if_it_were_the_process_that_forks(
    arbiter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    forks(monkeypatch, FULL)
    arbiter.pid += 1

    with pytest.raises(OSError, match="temporarily"):
        arbiter.spawn_worker()


@pytest.mark.parametrize("outcomes", [(3, 4), (3, FULL), (FULL, FULL)], ids=["all", "one", "none"])
def test_a_reload_without_room_for_two_sets_of_workers_ends_the_old_ones_all_the_same(
    arbiter: Any, monkeypatch: pytest.MonkeyPatch, outcomes: tuple[int | OSError, ...]
) -> None:
    forks(monkeypatch, *outcomes)

    arbiter._replace({1, 2})

    assert sorted(arbiter.killed) == [(1, signal.SIGTERM), (2, signal.SIGTERM)]


def test_a_reload_while_no_worker_lives_is_told_to_be_done_too(arbiter: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(Arbiter, "manage_workers", lambda _: None)
    forks(monkeypatch, FULL, FULL, 3, 4)
    desk = SimpleNamespace(open=list, begin=lambda: told.append("begun"), end=told.append)
    crashes = SimpleNamespace(forget=list)
    arbiter.app = SimpleNamespace(desk=desk, crashes=crashes, renew=list, count_reload=str, knowledge="new")
    arbiter.WORKERS, arbiter._former = {}, None

    for _ in range(2):
        arbiter.handle_hup()
        with logs():
            arbiter.manage_workers()
            arbiter.manage_workers()

    assert told == ["begun", "new"] * 2
