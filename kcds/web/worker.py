"""The worker of gunicorn, made discreet: what it refuses or cannot do is said without quoting the request.

Gunicorn itself would write request lines and headers into its log and into the body of its answer.
"""

import gc
import logging
import os
import signal
import socket
from http import HTTPStatus
from typing import Any, ClassVar

import orjson
import structlog
from gunicorn.glogging import Logger
from gunicorn.http import errors
from gunicorn.workers.sync import SyncWorker

from kcds.errors import place_of
from kcds.web.allocator import give_back, holds_much
from kcds.web.arrival import note_arrival
from kcds.web.body import LOOK
from kcds.web.connections import BoundedSocket, Partings
from kcds.web.crashes import BodyGuard, Slot
from kcds.web.errors import NO_ADVICE, outcome_of
from kcds.web.seats import SEATS

_REFUSALS: dict[type[Exception], tuple[int, str]] = {
    errors.LimitRequestLine: (414, "the URL is too long"),
    errors.LimitRequestHeaders: (431, "there are too many headers, or one is too long"),
    errors.ExpectationFailed: (417, "this expectation (Expect) cannot be met"),
    errors.UnsupportedTransferCoding: (501, "this Transfer-Encoding is not supported"),
    errors.ParseException: (400, "the request is not valid HTTP"),
}
"""Status and words for what gunicorn cannot read; the first class that fits."""

_YOUNG, _ALL = 1, 2
"""Generations of the collector: what the last call has made, or everything but what was loaded before the fork."""

_CALLS = 256
"""Calls after which everything is looked at; it takes a millisecond, the rest a fortieth of one."""

ENDING = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGQUIT})
"""Signals that ask a worker to end."""

_LARGE = 256 * 1024
"""Bytes of a body after which the process holds many times as much for later: as a rule no such body comes soon."""

log = structlog.get_logger("kcds.server")


class Worker(SyncWorker):  # type: ignore[misc]
    """One process that answers one request at a time."""

    name: str = ""
    slot: Slot
    guard: BodyGuard
    was_killed = False  # by somebody else: what it was judging is not at fault
    _aborted = False
    _large = False  # the body that came last, whether it was judged or refused
    _swollen = False  # by a large body, some time ago

    def init_signals(self) -> None:
        """Leave SIGHUP to the master: a closed terminal sends it to every process. Hear what was held until now."""
        super().init_signals()
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)

    def load_wsgi(self) -> None:
        """Let each body be looked at before it is judged, and say how many charts may be read at a time."""
        super().load_wsgi()
        answer: Any = self.app.wsgi()

        def guarded(environ: dict[str, Any], start_response: Any) -> Any:  # noqa: ANN401 - WSGI
            self._large = _may_be_large(environ)
            return answer(environ | {LOOK: self._look_at, SEATS: self.app.seats}, start_response)

        self.wsgi = guarded

    def _look_at(self, body: bytes) -> None:
        self._large = len(body) > _LARGE
        self.guard.look_at(body)

    def run(self) -> None:
        """Answer until told to stop."""
        self._partings = Partings()
        gc.disable()  # see _collect
        self.app.get_ready()
        self.slot.say_ready()
        super().run()
        if not self._aborted:
            self.slot.say_ended()

    def handle_abort(self, sig: int, frame: Any) -> None:  # noqa: ANN401 - a frame
        """End: the request took longer than is allowed."""
        self._aborted = True
        super().handle_abort(sig, frame)

    def handle_quit(self, sig: int, frame: Any) -> None:  # noqa: ANN401 - a frame
        """End in order on Ctrl-C too, which reaches every process: the call that runs is answered."""
        self.handle_exit(sig, frame)

    def accept(self, listener: Any) -> None:  # noqa: ANN401 - gunicorn has no types
        """Answer one connection; end after it where the master is gone, also while there is always a next one."""
        self._partings.look()
        super().accept(listener)
        if os.getppid() != self.ppid:
            self.alive = False

    def wait(self, timeout: float) -> Any:  # noqa: ANN401 - gunicorn has no types
        """Wait for a connection, but look after the master every second; one without a call is time to tidy up."""
        self._partings.look()
        connections = super().wait(min(timeout, 1.0))
        if self._swollen and not connections:
            self._give_back()
        return connections

    def handle(self, listener: Any, client: socket.socket, addr: Any) -> None:  # noqa: ANN401 - gunicorn has no types
        """Answer one connection, which may neither fall silent nor drip.

        Of an answer in parts each may take time: whoever looks after this worker is told when one is sent.
        """
        note_arrival(client)
        connection = BoundedSocket(fileno=client.detach(), on_sent=self.notify)
        super().handle(listener, connection, addr)
        self._partings.add(connection)
        self._collect()
        self.app.get_ready()

    def _collect(self) -> None:
        """Let go what the call has left in cycles.

        By itself the collector would walk again and again through what a call is still using: a seventh of its time.
        """
        now_and_then = self.nr % _CALLS == 0
        gc.collect(_ALL if now_and_then else _YOUNG)
        self._swollen |= self._large
        if now_and_then or (self._large and holds_much()):
            self._give_back()
        self._large = False

    def _give_back(self) -> None:
        """Give back the memory that is free now."""
        give_back()
        self._swollen = False

    def handle_request(self, listener: Any, req: Any, client: socket.socket, addr: Any) -> None:  # noqa: ANN401
        """Answer one request. What ends the worker meanwhile leaves its mark."""
        try:
            super().handle_request(listener, req, client, addr)
        except Exception:
            self.slot.say_judged()
            raise
        self.slot.say_judged()
        if self.app.is_worn:
            log.warning("a worker ends: its rules engines went wrong too often", worker=self.name)
            self.alive = False

    def handle_error(self, _req: Any, client: socket.socket, _addr: Any, exc: BaseException) -> None:  # noqa: ANN401
        """Answer what could not be read, or what went wrong outside the application."""
        known = next((_REFUSALS[kind] for kind in _REFUSALS if isinstance(exc, kind)), None)
        status, text = known or (500, NO_ADVICE)
        if known:
            self.app.parts.metrics.count_refused(status)
            log.info("call refused", status=status)
        else:
            self.app.parts.metrics.count_error()
            log.error("unexpected error", kind=type(exc).__name__, where=place_of(exc))
        try:
            client.sendall(_answer(status, "invalid" if known else "exception", text))
        except OSError:
            log.debug("the answer could not be sent", status=status)


def _may_be_large(environ: dict[str, Any]) -> bool:
    """Say whether a large body may come: one that is cut short is refused before it is looked at."""
    length: str | None = environ.get("CONTENT_LENGTH")
    return int(length) > _LARGE if length else "HTTP_TRANSFER_ENCODING" in environ


def _answer(status: int, issue: str, text: str) -> bytes:
    body = orjson.dumps(outcome_of(issue, text))
    lines = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        "Connection: close",
        "Content-Type: application/fhir+json",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join((*lines, "", "")).encode() + body


class ServerLog(Logger):  # type: ignore[misc]
    """Gunicorn's log, as lines of ours; no access log."""

    def setup(self, cfg: Any) -> None:  # noqa: ANN401 - gunicorn has no types
        """Send warnings and errors to the one log of kcds."""
        self.cfg = cfg
        self._access_log_enabled = False
        self.error_log.setLevel(logging.WARNING)
        self.error_log.handlers = [_Forward()]


class _Forward(logging.Handler):
    """Says what the server says, and of an error only kind and place."""

    _LEVELS: ClassVar = {logging.WARNING: "warning", logging.ERROR: "error", logging.CRITICAL: "critical"}

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, TimeoutError):
            log.info("a client fell silent")
            return
        where = {"kind": type(error).__name__, "where": place_of(error)} if error else {}
        getattr(log, self._LEVELS.get(record.levelno, "info"))(record.getMessage(), **where)
