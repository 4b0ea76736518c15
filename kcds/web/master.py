"""The process that forks the workers: gunicorn's, which also reads the rules anew while calls are answered.

On SIGHUP everything is read, checked and tried out while the present workers go on. What is wrong in any way is refused
and changes nothing. What is right is given to new workers; once they are ready, the old ones end after the call that
they answer. The socket stays open, so that no call is lost, and each is answered by one set of rules.
"""

import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

import structlog
from gunicorn.arbiter import Arbiter

from kcds.errors import KcdsError, place_of
from kcds.web.connections import accept_with_data
from kcds.web.crashes import Crashes
from kcds.web.reloads import ReloadDesk
from kcds.web.worker import ENDING

READY = 5.0
"""Seconds for new workers to begin; the old ones answer meanwhile."""

TRIAL = 10.0
"""Seconds for a first evaluation."""

_PAUSE = 0.01
_KILLS = frozenset({signal.SIGKILL, signal.SIGTERM})
"""What a worker gets from people, or where the machine has no memory left; a crash is another signal."""

log = structlog.get_logger("kcds.server")


class Renewable(Protocol):
    """The application as the master sees it."""

    crashes: Crashes
    desk: ReloadDesk

    @property
    def knowledge(self) -> str:
        """The version of the rules that are served."""
        ...

    def renew(self) -> None:
        """Read the rules anew and serve them from the next fork on; raises KcdsError, and changes nothing then."""
        ...

    def count_reload(self, outcome: str) -> None:
        """Count a reload: `loaded` or `refused`."""
        ...


class Master(Arbiter):  # type: ignore[misc]
    """Gunicorn's arbiter with a reload of its own: the program and its settings stay, rules and clients are read."""

    def __init__(self, app: Renewable, early: Sequence[int]) -> None:
        """Take the application; `early` holds the signals that asked for a reload before one could be done."""
        self._early = early
        self._asked = False
        self._former: set[int] | None = None  # workers with the rules of before; None while nothing is reloaded
        super().__init__(app)

    def start(self) -> None:
        """Listen, and hear signals."""
        super().start()
        for listener in self.LISTENERS:
            accept_with_data(listener.sock)
        self._asked = bool(self._early)

    def handle_hup(self) -> None:
        """Reload when no other reload is under way: one for all who asked until then."""
        self._asked = True

    def manage_workers(self) -> None:
        """Keep the number of workers, and bring a reload one step on."""
        super().manage_workers()
        self.app.desk.open()
        if self._former is not None and not self._former & self.WORKERS.keys():
            self._former = None
            self.app.desk.end(self.app.knowledge)
        if self._asked and self._former is None:
            self._asked = False
            self._renew()

    def spawn_worker(self) -> int | None:
        """Fork a worker. Where there is no room for another process or file, go on: it is tried again every second.

        What asks it to end while it begins is held until it can hear it: unheard, the service would take 20 s to stop.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        try:
            pid: int = super().spawn_worker()
        except OSError as error:
            if os.getpid() != self.pid:  # the child's own trouble
                raise
            trouble = str(error.strerror)
        else:
            return pid
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        log.error("no worker can be started", trouble=trouble)
        return None

    def reap_workers(self) -> None:
        """Reap them. Before, note which ones somebody else killed: the hook that comes after is not told."""
        for pid, worker in self.WORKERS.items():
            ended = _end_of(pid)
            worker.was_killed = ended is not None and ended.si_status in _KILLS and not worker.aborted
        super().reap_workers()

    def _renew(self) -> None:
        self.app.desk.begin()
        try:
            self.app.renew()
        except KcdsError as error:
            self._refuse(str(error).splitlines())
        except Exception as error:  # noqa: BLE001 - the service goes on, whatever it is
            self._refuse([f"unexpected error ({type(error).__name__} in {place_of(error)})"])
        else:
            self.app.crashes.forget()
            self.app.count_reload("loaded")
            self._former = set(self.WORKERS)
            self._replace(self._former)
            log.info("reloaded", knowledge=self.app.knowledge)

    def _refuse(self, faults: list[str]) -> None:
        self.app.count_reload("refused")
        for fault in faults:
            log.error("reload refused", fault=fault)
        self.app.desk.end(self.app.knowledge, faults)

    def _replace(self, former: set[int]) -> None:
        """Let new workers begin, and the old ones end once those are ready."""
        new = [pid for _ in range(self.num_workers) if (pid := self.spawn_worker()) is not None]
        ends = time.monotonic() + READY
        while time.monotonic() < ends and not all(self.WORKERS[pid].slot.is_ready for pid in new):
            self.murder_workers()  # one that hangs is not waited for because of a reload
            time.sleep(_PAUSE)
        for pid in former:
            self.kill_worker(pid, signal.SIGTERM)


def _end_of(child: int) -> os.waitid_result | None:
    """Say how a child ended by a signal, and leave it to be reaped; None where it did not, or lives."""
    try:
        ended = os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return ended if ended is not None and ended.si_code != os.CLD_EXITED else None


def works_in_a_child(work: Callable[[], object]) -> bool:
    """Say whether this can be done, in a process of its own: no engine may be made in the one that forks workers.

    An engine that crashes, or does not come to its end, ends the child only.
    """
    child = os.fork()
    if not child:
        status = 1
        with suppress(BaseException):
            work()
            status = 0
        os._exit(status)
    ends = time.monotonic() + TRIAL
    while time.monotonic() < ends:
        pid, how = os.waitpid(child, os.WNOHANG)
        if pid:
            return how == 0
        time.sleep(_PAUSE)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False
