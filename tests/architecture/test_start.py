"""What takes long to import is imported only by what needs it: the start of `kcds serve` and each command is quick."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

OF_THE_SERVER = {"flask", "gunicorn", "sqlalchemy", "prometheus_client", "jwt", "cryptography", "httpx"}


def imported_with(statement: str, **variables: str) -> set[str]:
    program = f"import sys\n{statement}\nprint(*sys.modules)"
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ | variables
    )
    return set(done.stdout.split())


def test_advice_on_the_command_line_needs_nothing_of_the_server() -> None:
    imported = imported_with("import kcds.advice_cli")

    assert "kcds.engine.checked" in imported
    assert sorted(imported & OF_THE_SERVER) == []


@pytest.mark.parametrize(
    "library",
    [
        *("alembic", "sqlalchemy.dialects.postgresql", "httpx", "jwt", "rich"),
        *("authlib", "altair", "vl_convert", "markdown_it", "kcds.pages.review", "kcds.pages.rulebook"),
    ],
)
def test_the_server_starts_without_what_it_may_never_need(library: str) -> None:
    imported = imported_with("import kcds.serve_cli")

    assert "gunicorn" in imported
    assert library not in imported


def test_the_command_line_itself_imports_no_command() -> None:
    assert {name for name in imported_with("import kcds.cli") if name.startswith("kcds")} == {
        "kcds",
        "kcds.cli",
        "kcds.cli_start",
    }


def test_the_first_start_leaves_the_making_of_the_tables_to_another_process(tmp_path: Path) -> None:
    imported = imported_with(
        "from kcds.settings import load_settings\n"
        "from kcds.store.opening import open_keys, open_store\n"
        "settings = load_settings()\n"
        "open_store(settings, open_keys(settings), count=print, clock=None).prepare()",
        KCDS_DATA_DIR=str(tmp_path),
    )

    assert (tmp_path / "kcds.db").exists()
    assert "alembic" not in imported


OPENED = """
import os, signal, time
from kcds.settings import load_settings
from kcds.store import opening

{hostile}
settings = load_settings()
began = time.monotonic()
opening.open_store(settings, opening.open_keys(settings), count=print, clock=None)
assert time.monotonic() - began < 8
"""


UNHEARD = "signal.signal(signal.SIGCHLD, signal.SIG_IGN)"
HANGS = """
opening.PREPARING = 1.0
opening.signal.alarm = lambda _seconds: (os.closerange(0, 3), time.sleep(9), os._exit(0))
"""


@pytest.mark.parametrize(
    ("hostile", "said"),
    [(UNHEARD, ""), (HANGS, "the store did not answer in time")],
    ids=["nobody waits for children", "a disk that does not answer"],
)
def test_the_first_start_does_not_depend_on_that_process(tmp_path: Path, hostile: str, said: str) -> None:
    program = OPENED.format(hostile=hostile)

    run = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program],
        env=os.environ | {"KCDS_DATA_DIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=30,
    )

    assert said in run.stdout
    assert bool(said) == ("not there at the start" in run.stdout)
