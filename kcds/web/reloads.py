"""How `kcds reload` finds the server that runs, asks it to read its rules anew, and learns what came of it.

Two small files in the data directory, which server and command know by the same settings, named after the port. One is
locked by the server for as long as it lives and holds its process id: a file that nobody locks is of the past, whatever
is written in it, so that no other process is ever taken for the server. The other says how many reloads were begun and
ended, and what came of the last.
"""

import fcntl
import os
import platform
import signal
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from io import FileIO
from pathlib import Path

import orjson
import structlog

from kcds.errors import KcdsError
from kcds.store.places import make_directory

PATIENCE = 60.0
"""Seconds for which the command waits for an outcome: calls under way are waited for."""

_DIRECTORY = "run"
_PAUSE = 0.05
_PRIVATE = 0o600
_MISWRITTEN = (orjson.JSONDecodeError, KeyError, TypeError)
"""What comes of reading a file that no server has written."""

log = structlog.get_logger("kcds.server")


class ReloadError(KcdsError):
    """No server can be asked, or it does not say what came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of the last reload; `faults` are empty where the rules were taken."""

    began: int = 0
    ended: int = 0
    knowledge: str = ""  # the version that is served
    faults: tuple[str, ...] = ()


class ReloadDesk:
    """The server's side. Where its files cannot be written, the server runs all the same, and signals still work."""

    def __init__(self, data_directory: Path, port: int) -> None:
        """Write nothing yet."""
        self._lock_file, self._outcome_file = _files(data_directory, port)
        self._lock: FileIO | None = None
        self._told = False
        self._last = Outcome()

    def open(self) -> None:
        """Say that a server runs here; to be tried again where another one is just ending."""
        if self._lock is not None:
            return
        try:
            self._lock = self._locked()
        except OSError as error:
            if not self._told:
                log.warning("`kcds reload` cannot find this server: send SIGHUP", trouble=str(error.strerror))
            self._told = True

    def close(self) -> None:
        """Say that no server runs here any more."""
        if self._lock is not None:
            self._lock.close()

    def begin(self) -> None:
        """Say that the rules are about to be read."""
        self._say(replace(self._last, began=self._last.began + 1))

    def end(self, knowledge: str, faults: Sequence[str] = ()) -> None:
        """Say what came of it."""
        began = self._last.began
        self._say(Outcome(began=began, ended=began, knowledge=knowledge, faults=tuple(faults)))

    def _say(self, outcome: Outcome) -> None:
        self._last = outcome
        if self._lock is not None:
            with suppress(OSError):
                self._write(outcome)

    def _locked(self) -> FileIO:
        make_directory(self._lock_file.parent.parent)
        make_directory(self._lock_file.parent)
        file = FileIO(os.open(self._lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _PRIVATE), "r+")
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.truncate(0)
            self._write(self._last)  # first: whoever finds this server must not take an outcome of the past for its own
            file.write(orjson.dumps({"pid": os.getpid(), "machine": _machine()}))
        except OSError:
            file.close()
            raise
        return file

    def _write(self, outcome: Outcome) -> None:
        """Replace the file as a whole: whoever reads it sees one outcome."""
        new = self._outcome_file.with_suffix(".new")
        new.touch(_PRIVATE)
        new.write_bytes(orjson.dumps(outcome))
        new.replace(self._outcome_file)


def ask_for_reload(data_directory: Path, port: int | None = None) -> Outcome:
    """Ask the server of this data directory to read its rules anew, and wait; raises ReloadError."""
    lock_file, outcome_file = _files(data_directory, _port_of_server(data_directory) if port is None else port)
    pid = _pid_of_server(lock_file)
    if pid is None:
        raise ReloadError(_nobody(data_directory, "" if port is None else f" on port {port}"))
    before = _read(outcome_file).began
    try:
        os.kill(pid, signal.SIGHUP)
    except OSError as error:
        raise ReloadError(f"the server (process {pid}) cannot be asked: {error.strerror}") from None
    ends = time.monotonic() + PATIENCE
    while (outcome := _read(outcome_file)).ended <= before:
        if _pid_of_server(lock_file) != pid:
            raise ReloadError("the server ended before it had read the rules")
        if time.monotonic() > ends:
            raise ReloadError(f"the server has not said in {PATIENCE:.0f} s what came of it; see its log")
        time.sleep(_PAUSE)
    return outcome


def _files(data_directory: Path, port: int) -> tuple[Path, Path]:
    """Name the file that is locked, and the one that holds the outcome."""
    directory = data_directory / _DIRECTORY
    return directory / f"{port}.server", directory / f"{port}.reload"


def _port_of_server(data_directory: Path) -> int:
    """Find the one server that runs; raises ReloadError where there is none, or more than one."""
    found = (data_directory / _DIRECTORY).glob("*.server")
    ports = sorted(int(file.stem) for file in found if file.stem.isdecimal() and _pid_of_server(file) is not None)
    if not ports:
        raise ReloadError(_nobody(data_directory, ""))
    if len(ports) > 1:
        raise ReloadError(f"servers run on the ports {', '.join(map(str, ports))}: name one with --port")
    return ports[0]


def _nobody(data_directory: Path, where: str) -> str:
    return (
        f"no kcds serve runs{where} with the data directory {data_directory}; "
        "set KCDS_DATA_DIR as the service has it, or send SIGHUP to its first process"
    )


def _pid_of_server(lock_file: Path) -> int | None:
    """Return the process id of the server that holds this file, None where nobody does; raises ReloadError."""
    try:
        with closing(FileIO(lock_file, "r+")) as file:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                said = orjson.loads(file.readall())
                pid, machine = said["pid"], said["machine"]
            else:
                return None
    except FileNotFoundError:
        return None
    except (OSError, *_MISWRITTEN) as error:
        trouble = getattr(error, "strerror", None) or "it is just starting; try again"
        raise ReloadError(f"{lock_file} cannot be read: {trouble}") from None
    if machine != _machine():
        raise ReloadError("the server runs on another machine or in another container: call kcds reload there")
    if type(pid) is not int or pid <= 1:  # a signal to 0 or less goes to many processes
        raise ReloadError(f"{lock_file} names no process")
    return pid


def _read(outcome_file: Path) -> Outcome:
    try:
        said = orjson.loads(outcome_file.read_bytes())
        return Outcome(**said | {"faults": tuple(said["faults"])})
    except (OSError, *_MISWRITTEN):
        return Outcome()


def _machine() -> str:
    """Name the space in which a process id means one process."""
    try:
        space = Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        space = 0
    return f"{platform.node()}:{space}"
