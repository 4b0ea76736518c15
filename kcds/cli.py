"""The command line: serve, reload, settings, evaluate, explain, staff, the rules and the store.

Exit codes: 0 done; 1 the input or the rules are at fault (message on stderr, no traceback); 2 usage.

The module of a command is imported when the command is called: serving needs much that takes long to import and that
nothing else needs.
"""

import signal
import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from kcds.cli_start import starting

_COMMANDS = {
    "serve": "kcds.serve_cli",
    "reload": "kcds.reload_cli",
    "settings": "kcds.serve_cli",
    "evaluate": "kcds.advice_cli",
    "explain": "kcds.advice_cli",
    "sample": "kcds.advice_cli",
    "staff": "kcds.staff_cli",
}
_GROUPS = {"rules": "kcds.rules_cli", "store": "kcds.store_cli"}
_PLACES = _COMMANDS | _GROUPS
"""The module in whose `app` each command, or group of commands, is."""


class _OnDemand(TyperGroup):
    """Commands that are imported when they are asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - of Typer's own copy of click
        """Name all."""
        return list(_PLACES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002 - of Typer's own copy of click
        """Import this one. For a name that none has, all: Typer suggests the nearest of those it knows."""
        for name in [cmd_name] if cmd_name in _PLACES else _PLACES:
            self.commands.setdefault(name, _imported(name))
        return self.commands.get(cmd_name)


def _imported(name: str) -> Any:  # noqa: ANN401 - of Typer's own copy of click
    with starting():
        group = get_group(import_module(_PLACES[name]).app)
    if name in _COMMANDS:
        return group.commands[name]
    group.name = name
    return group


app = typer.Typer(
    cls=_OnDemand, no_args_is_help=True, add_completion=False, help="Decision support for ketamine in chronic pain."
)


@app.callback()
def _kcds() -> None: ...


def main() -> None:
    """Run the command line."""
    if sys.argv[1:2] == ["serve"]:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # no rules were read yet: asked to reload, there is nothing to do
    app()
