"""A real PostgreSQL for tests, where its programs are installed: own directory, own port, ended with the tests.

It refuses to run as root, so there it runs as `postgres` or `nobody`.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest
from service_builders import free_port

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/pgsql/bin")


def binaries() -> Path | None:
    """The newest installed programs of PostgreSQL; None where there are none."""
    found = [path for place in PLACES for path in Path("/").glob(f"{place[1:]}/initdb")]
    on_path = shutil.which("initdb")
    return max(found).parent if found else Path(on_path).parent if on_path else None


def _account() -> pwd.struct_passwd | None:
    """Whom to run as: another than root; None where that is whom we are."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


@dataclass
class PostgreSQL:
    """One server; `new_database` gives the URL of an empty schema of it, which is as good and made sooner."""

    programs: Path
    directory: Path
    port: int
    _numbers: Iterator[int] = field(default_factory=count)

    def start(self) -> None:
        listen = f"-p {self.port} -k {self.directory} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._ctl("start", "-w", "-o", listen, "-l", str(self.directory / "log"))

    def stop(self, mode: str = "fast") -> None:
        self._ctl("stop", "-w", "-m", mode)

    def new_database(self) -> str:
        name = f"kcds{next(self._numbers)}"
        with psycopg.connect(self._url(), autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        return f"{self._url()}?options=-csearch_path%3D{name}"

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """All its processes are stopped meanwhile: connections stay, answers do not come."""
        group = int((self.directory / "data" / "postmaster.pid").read_text().splitlines()[0])
        children = Path(f"/proc/{group}/task/{group}/children").read_text().split()
        processes = [group, *map(int, children)]
        _signal(processes, signal.SIGSTOP)
        try:
            yield
        finally:
            _signal(processes, signal.SIGCONT)

    def _url(self) -> str:
        return f"postgresql://kcds@127.0.0.1:{self.port}/postgres"

    def _ctl(self, *arguments: str) -> None:
        self.run("pg_ctl", "-D", str(self.directory / "data"), *arguments)

    def run(self, program: str, *arguments: str) -> None:
        account = _account()
        user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
        command = [str(self.programs / program), *arguments]
        with (self.directory / "output").open("a") as output:
            subprocess.run(command, check=True, cwd=self.directory, stdout=output, stderr=output, **user)  # type: ignore[call-overload]  # noqa: S603


def _signal(processes: list[int], number: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError):  # one of a connection that was just closed
            os.kill(process, number)


@contextmanager
def running() -> Iterator[PostgreSQL]:
    """A server of its own; skips the test where none can be had."""
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with tempfile.TemporaryDirectory(prefix="kcds-pg-") as made:
        directory = Path(made)
        account = _account()
        if account is not None:
            os.chown(directory, account.pw_uid, account.pw_gid)
        server = PostgreSQL(programs, directory, free_port())
        server.run("initdb", "-D", str(directory / "data"), "-U", "kcds", "-A", "trust", "--no-sync", "-E", "UTF8")
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
