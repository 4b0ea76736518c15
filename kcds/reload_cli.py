"""`kcds reload`: let the server that runs read its rules anew, and say what came of it."""

from typing import Annotated

import typer

from kcds.cli_faults import faults_as_messages
from kcds.settings import load_settings
from kcds.store.places import data_directory
from kcds.web.reloads import ReloadError, ask_for_reload

app = typer.Typer()


@app.command()
def reload(
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="port of the server; not needed where one alone runs")
    ] = None,
) -> None:
    """Let the running server read rules, overlay and clients file anew; refused, with every fault, where one is wrong.

    No call is lost. Returns when the new rules alone are served.
    """
    with faults_as_messages():
        outcome = ask_for_reload(data_directory(load_settings()), port)
        if outcome.faults:
            kept = f"refused; the service goes on with knowledge {outcome.knowledge}"
            raise ReloadError("\n".join((*outcome.faults, kept)))
    typer.echo(f"knowledge {outcome.knowledge} is served")


@app.callback()
def _only() -> None: ...
