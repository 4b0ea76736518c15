"""The production server: gunicorn with sync workers and the application loaded before the fork.

Measured choice (shared scale story, part B): with sync workers a crash of the C engine costs one request, a worker
that hangs is killed after `TIMEOUT`, and workers share the loaded knowledge. Engines are built after the fork.
"""

import encodings.idna  # noqa: F401 - of the first call otherwise
import gc
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import structlog
from gunicorn.app.base import BaseApplication

from kcds.cds_hooks.request import read_hook_request
from kcds.cds_hooks.services import find_service
from kcds.engine.checked import CheckedEngine
from kcds.errors import EvaluationError, SettingsError, place_of
from kcds.sample import read_sample
from kcds.service import Moment
from kcds.settings import address_of
from kcds.web.allocator import give_back
from kcds.web.application import make_application
from kcds.web.count_files import counts_of_all_processes
from kcds.web.crashes import BodyGuard, Crashes, Slot
from kcds.web.master import Master, works_in_a_child
from kcds.web.parts import Parts
from kcds.web.reloads import ReloadDesk
from kcds.web.seats import make_seats
from kcds.web.worker import ServerLog, Worker

TIMEOUT = 10
"""Seconds after which a worker that does not answer is replaced."""

BACKLOG = 512
"""Connections that may wait, for each worker: more than come in the time after which they are refused."""

REHEARSED = "crps-candidate"
"""The sample that each worker answers before its first call."""

log = structlog.get_logger("kcds.server")


def require_free(host: str, port: int) -> None:
    """Raise SettingsError where nothing can be served at this address: said once, before anything is loaded."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with closing(socket.socket(family)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        reason = f"{address_of(host, port)} cannot be served ({error.strerror}); choose another --port or --host"
        raise SettingsError(reason) from None


def serve(  # noqa: PLR0913 - where, and of what
    make_parts: Callable[[], Parts],
    renew_parts: Callable[[Parts], Parts],
    data_directory: Path,
    *,
    host: str,
    port: int,
    workers: int,
) -> None:
    """Serve until stopped; does not return. `renew_parts` reads rules and clients anew, whenever SIGHUP asks for it."""
    early: list[int] = []
    signal.signal(signal.SIGHUP, lambda number, _frame: early.append(number))  # rules are read from here on
    desk = ReloadDesk(data_directory, port)
    desk.open()
    with counts_of_all_processes() as process:
        server = _Server(make_parts(), renew_parts, desk, process, _options(address_of(host, port), workers))
        gc.freeze()  # what is loaded stays shared: the collector of a worker does not touch it
        give_back()  # what loading has left, and workers would inherit
        Master(server, early).run()


def _settle() -> None:
    """Let go what a reload has replaced, and keep shared what is loaded now."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    give_back()


def _options(bind: str, workers: int) -> dict[str, Any]:
    return {
        "bind": bind,
        "workers": workers,
        "backlog": BACKLOG * workers,
        "worker_class": Worker,
        "logger_class": ServerLog,
        "preload_app": True,
        "timeout": TIMEOUT,
        "graceful_timeout": 20,
        "max_requests": 5000,
        "max_requests_jitter": 500,
        "limit_request_line": 4094,
        "limit_request_fields": 50,
        "limit_request_field_size": 16_384,  # a client token with a chain of certificates is longer than 8 KiB
        "forwarded_allow_ips": "",  # no header of a proxy changes path, scheme or address: the public URL is a setting
        "http_parser": "python",
        "control_socket_disable": True,
        "accesslog": None,  # its lines hold paths; the application logs what it answers
        "proc_name": "kcds",
    }


class _Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn around an application that is there already."""

    def __init__(
        self,
        parts: Parts,
        renew_parts: Callable[[Parts], Parts],
        desk: ReloadDesk,
        process: list[str],
        options: dict[str, Any],
    ) -> None:
        self.parts = parts
        self.desk = desk
        self.crashes = Crashes()
        self.seats = make_seats(options.get("workers", 1))
        self._renew_parts = renew_parts
        self._process = process
        self._options = options
        super().__init__()
        self.callable = make_application(parts)

    def load_config(self) -> None:
        hooks = ("pre_fork", "post_fork", "worker_exit", "child_exit")
        for name, value in (self._options | {hook: getattr(self, f"_{hook}") for hook in hooks}).items():
            self.cfg.set(name, value)

    @property
    def knowledge(self) -> str:
        """The version of the rules that are served."""
        return self.parts.service.knowledge.version

    def renew(self) -> None:
        """Read rules and clients anew, try them out, and give them to the workers of the next fork."""
        gc.disable()  # nothing of what is loaded can go before all of it is there
        try:
            parts = self._renew_parts(self.parts)
            if not works_in_a_child(lambda: _rehearse(parts)):
                raise EvaluationError("the rules engine does not work with these rules; kcds rules check may say why")
            self.callable, self.parts = make_application(parts), parts  # nothing may fail from here on
            parts.metrics.describe_rules(self.knowledge)
        finally:
            gc.enable()
            _settle()

    @property
    def is_worn(self) -> bool:
        """Whether so many engines of this process went wrong that another process had better take its place."""
        engine = self.parts.service.engine
        return isinstance(engine, CheckedEngine) and engine.worn_out

    def get_ready(self) -> None:
        """Do for the next call what can be done before it comes."""
        engine = self.parts.service.engine
        if isinstance(engine, CheckedEngine):
            engine.get_ready()

    def count_reload(self, outcome: str) -> None:
        """Count a reload: `loaded` or `refused`."""
        self.parts.metrics.count_reload(outcome)

    def _pre_fork(self, server: Any, worker: Worker) -> None:  # noqa: ANN401 - gunicorn has no types
        """Give the worker a name that none that lives has, and memory in which it can say how it is."""
        taken = {other.name for other in server.WORKERS.values()}
        worker.name = next(name for number in count(1) if (name := f"worker{number}") not in taken)
        worker.slot = Slot()
        worker.guard = BodyGuard(self.crashes, worker.slot, self.parts.metrics)

    def _post_fork(self, _server: Any, worker: Worker) -> None:  # noqa: ANN401
        """Connect to the store and rehearse a call before the first one, which would wait for all that is made then."""
        self._process[0] = worker.name
        self.parts.store.state()
        try:
            _rehearse(self.parts)
        except Exception as error:  # noqa: BLE001 - whatever it is: gunicorn ends the service where a worker cannot begin
            log.warning("a worker cannot rehearse", kind=type(error).__name__, where=place_of(error))

    def _worker_exit(self, _server: Any, worker: Worker) -> None:  # noqa: ANN401
        """Write down what the store still has in memory, and be gone: nothing else needs to be put in order.

        Taking the loaded knowledge apart, object by object, would take a second or more.
        """
        if os.getpid() != worker.pid:
            return
        self.parts.store.close()
        if worker.slot.ended_in_order:
            sys.stderr.flush()
            os._exit(0)

    def _child_exit(self, _server: Any, worker: Worker) -> None:  # noqa: ANN401
        """Count and log a worker that crashed or was killed; another takes its place."""
        if worker.slot.ended_in_order:
            return
        self.parts.metrics.count_worker_death()
        log.error("a worker died", worker=worker.name, pid=worker.pid)
        body = None if worker.was_killed else worker.slot.body
        if body is not None and self.crashes.note_death(body):
            log.error("one body has ended more than one worker: it is not judged again")


def _rehearse(parts: Parts) -> None:
    """Give advice on an invented patient, to nobody."""
    now = parts.clock()
    today = parts.today(now)
    request = orjson.loads(read_sample(REHEARSED, today))
    moment = Moment(now=now, today=today, audience=parts.settings.patient_view, new_uuid=uuid4)
    parts.service.respond(read_hook_request(request, find_service(f"ketamine-{request['hook']}")), moment)
