"""The start of a command: commands are found by name, and the garbage collector only rests."""

import gc
import signal
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from kcds.cli import app
from kcds.cli_start import starting


def test_the_garbage_collector_works_again_after_the_start() -> None:
    with starting():
        assert not gc.isenabled()

    assert gc.isenabled()


def test_the_garbage_collector_works_again_after_a_start_that_failed() -> None:
    with pytest.raises(ValueError, match="broken"), starting():
        raise ValueError("broken")

    assert gc.isenabled()


def test_a_command_that_is_misspelt_is_answered_with_the_nearest() -> None:
    result = CliRunner().invoke(app, ["evalute", "case.json"])

    assert result.exit_code == 2
    assert "Did you mean 'evaluate'?" in " ".join(result.stderr.split())


def test_help_names_every_command_with_what_it_does() -> None:
    lines = [line.strip(" │") for line in CliRunner().invoke(app, ["--help"]).stdout.splitlines()]

    named = {line.split()[0]: line for line in lines if line}
    assert {"serve", "reload", "settings", "evaluate", "explain", "sample", "staff", "rules", "store"} <= set(named)
    assert "Check, test, list and export the rules." in named["rules"]


def ended_by_a_hangup(command: str) -> bool:
    """Whether SIGHUP ends the program while it imports this command."""
    slow = "import time, kcds.cli as cli; cli.app = lambda: (print(1, flush=True), time.sleep(20)); cli.main()"
    with subprocess.Popen([sys.executable, "-c", slow, command], stdout=subprocess.PIPE) as program:  # noqa: S603 - our own program
        assert program.stdout is not None
        program.stdout.readline()
        program.send_signal(signal.SIGHUP)
        time.sleep(0.2)
        ended = program.poll() == -signal.SIGHUP
        program.kill()
    return ended


def test_a_reload_that_is_asked_for_while_the_server_is_imported_does_not_end_it() -> None:
    assert not ended_by_a_hangup("serve")
    assert ended_by_a_hangup("evaluate")
