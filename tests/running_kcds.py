"""`kcds serve` as a process of its own, with the settings of a test, on a free port; ended with the test."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builders import Json
from service_builders import free_port

_PROGRAM = ("-c", "from kcds.cli import main; main()")
HARMFUL = (str(Path(__file__).with_name("harmful_calls.py")),)
"""The program, with users whose calls crash a worker, are slow, or never come to an end."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Kcds:
    """A service that runs."""

    port: int
    data: Path
    settings: Mapping[str, str]
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def call(
        self, method: str, path: str, body: bytes | Json | None = None, /, timeout: float = 30, **headers: str
    ) -> Answer:
        """One call; a member of JSON is sent as JSON, and names of headers are written with underscores."""
        sent = json.dumps(body).encode() if isinstance(body, dict) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, dict):
            named.setdefault("Content-Type", "application/json")
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)) as connection:
            connection.request(method, path, sent, named)
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())

    def send(self, sent: bytes, *, then_end: bool = True) -> bytes:
        """Send bytes as they are; return all that comes back until the connection is closed."""
        with closing(socket.create_connection(("127.0.0.1", self.port), timeout=20)) as connection:
            connection.sendall(sent)
            if then_end:
                connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def said(self) -> str:
        """What it has written to its output: the log."""
        return (self.data / "said").read_text(encoding="utf-8")

    def workers(self) -> list[int]:
        """The process ids of its workers."""
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]

    def command(self, *arguments: str) -> str:
        """What a command of `kcds` prints with the settings of this service."""
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, *_PROGRAM, *arguments], env=self.settings, check=True, capture_output=True, text=True
        )
        return done.stdout


@contextmanager
def running_kcds(
    *, port: int | None = None, workers: int = 1, program: Sequence[str] = _PROGRAM, **settings: str
) -> Iterator[Kcds]:
    """A service with these settings (without KCDS_) until the end of the block."""
    number = port or free_port()
    with tempfile.TemporaryDirectory(prefix="kcds-test-") as directory:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KCDS_")}
        chosen = {"patient_view": "pain", "log_level": "ERROR", "timezone": "UTC", "data_dir": directory} | settings
        environment = kept | {"TMPDIR": directory} | {f"KCDS_{name.upper()}": value for name, value in chosen.items()}
        command = [sys.executable, *program, "serve", "--port", str(number), "--workers", str(workers)]
        said = Path(directory, "said").open("wb+")  # noqa: SIM115 - closed below
        server = subprocess.Popen(command, env=environment, stderr=said, stdout=said)  # noqa: S603 - our own program
        service = Kcds(number, Path(directory), environment, server)
        try:
            _wait_until_ready(service, server, said)
            yield service
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)
            said.close()


def _wait_until_ready(service: Kcds, server: "subprocess.Popen[bytes]", said: Any) -> None:
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        if server.poll() is not None:
            said.seek(0)
            raise AssertionError(said.read().decode())
        try:
            if service.call("GET", "/health/ready").status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("kcds serve did not become ready")
