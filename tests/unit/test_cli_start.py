"""The start of a command: commands are found by name, and the garbage collector only rests."""

import gc

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
    assert {"serve", "reload", "settings", "evaluate", "explain", "sample", "rules", "store"} <= set(named)
    assert "Check, test and list the rules." in named["rules"]
