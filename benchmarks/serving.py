"""`kcds serve` as it runs in production, for a measurement: own data directory, a log that goes to a file."""

import http.client
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from sysconfig import get_path

from processes import children_of

KCDS = str(Path(get_path("scripts"), "kcds"))
VIEW = "/cds-services/ketamine-patient-view"
_PATIENCE = 60


@dataclass(frozen=True)
class Served:
    """A service that runs."""

    port: int
    process: "subprocess.Popen[bytes]"
    seconds_to_ready: float
    log: Path

    @property
    def master(self) -> int:
        """The process that starts the workers."""
        return self.process.pid

    def workers(self) -> list[int]:
        """The processes that answer."""
        return children_of(self.master)

    def counts(self) -> dict[str, float]:
        """What `/metrics` says: the value of each line that holds one."""
        lines = get(self.port, "/metrics")[1].decode().splitlines()
        named = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name: float(value) for name, _, value in named}


@contextmanager
def serving(port: int, workers: int, *, command: Sequence[str] = (KCDS, "serve"), **settings: str) -> Iterator[Served]:
    """Serve with these settings (without KCDS_) until the end of the block, or until this program is ended."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit("ended"))
    with tempfile.TemporaryDirectory(prefix="kcds-bench-") as directory:
        chosen = {"patient_view": "pain", "timezone": "UTC", "log_format": "json", "data_dir": directory} | settings
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KCDS_")}
        environment = kept | {f"KCDS_{name.upper()}": value for name, value in chosen.items()}
        log = Path(directory, "log")
        started = time.perf_counter()
        with log.open("wb") as said:
            process = subprocess.Popen(  # noqa: S603 - our own program
                [*command, "--port", str(port), "--workers", str(workers)], env=environment, stdout=said, stderr=said
            )
        try:
            _wait_until_ready(port, process, log)
            yield Served(port, process, time.perf_counter() - started, log)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(_PATIENCE)


def _wait_until_ready(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    ends = time.monotonic() + _PATIENCE
    while time.monotonic() < ends and process.poll() is None:
        try:
            if get(port, "/health/ready")[0] == http.client.OK:
                return
        except OSError:
            time.sleep(0.005)
    raise SystemExit(f"{shlex.join(map(str, process.args))} did not become ready:\n{log.read_text('utf-8')[-2000:]}")  # type: ignore[arg-type]


def get(port: int, path: str) -> tuple[int, bytes]:
    """Ask once; raises OSError where nobody answers."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        except http.client.HTTPException as error:
            raise OSError(str(error)) from None


def free_port() -> int:
    """Return a port of this machine that is free now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
