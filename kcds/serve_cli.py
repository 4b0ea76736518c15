"""`kcds serve` and `kcds settings`."""

import os
import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from kcds.app import make_parts, renew_parts
from kcds.cli_faults import faults_as_messages
from kcds.cli_format import Format
from kcds.cli_start import starting
from kcds.logs import configure_logs, forward_library_logs
from kcds.settings import Settings, address_of, is_beyond_this_machine, load_resolved, without_effect
from kcds.settings_report import report_json, report_text
from kcds.store.places import data_directory
from kcds.web.parts import Parts
from kcds.web.server import require_free
from kcds.web.server import serve as serve_forever

app = typer.Typer()

HostOption = Annotated[str, typer.Option(help="address to bind")]
PortOption = Annotated[int, typer.Option(min=1, max=65535, help="port to bind")]
AllowOption = Annotated[
    bool, typer.Option("--allow-unauthenticated", help="with KCDS_AUTH=off: serve whoever reaches the address")
]


@app.command()
def serve(
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    workers: Annotated[int | None, typer.Option(min=1, help="processes; default: processors + 1")] = None,
    allow_unauthenticated: AllowOption = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Run the service on the production server."""
    with faults_as_messages():
        settings = load_resolved(host, port, allow_unauthenticated=allow_unauthenticated)
        require_free(host, port)
        configure_logs(settings)
        forward_library_logs()
        _name_strangers()

        def load() -> Parts:
            with starting():
                parts = make_parts(settings)
            for line in _opening(settings, host, port):
                typer.echo(line, err=True)
            return parts

        serve_forever(
            load,
            renew_parts,
            data_directory(settings),
            host=host,
            port=port,
            workers=workers or (os.cpu_count() or 1) + 1,
        )


def _opening(settings: Settings, host: str, port: int) -> Iterator[str]:
    """Say where the service is and who may call; loudly where that is everybody."""
    who = "clients must authenticate" if settings.auth == "required" else "no authentication"
    if settings.auth == "off" and is_beyond_this_machine(settings, host):
        yield "kcds: WARNING: NO AUTHENTICATION. Whoever reaches this address can send calls and feedback."
        yield "kcds: WARNING: Only an authenticating proxy in front of it makes this safe for patients' data."
    elif settings.auth == "off":
        who += ": loopback only"
    yield f"kcds serves http://{address_of(host, port)}/cds-services ({who})"
    yield f"kcds: open {(settings.public_url or '').rstrip('/')}/ in a browser"


def _name_strangers() -> None:
    """Name the variables that look like settings and are none."""
    for variable in without_effect(os.environ):
        typer.echo(f"kcds: {variable} has no effect: this release has no such setting", err=True)


@app.command(name="settings")
def show_settings(
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    allow_unauthenticated: AllowOption = False,  # noqa: FBT002 - a switch of the command line
    output: Annotated[Format, typer.Option("--format", help="text or json")] = Format.TEXT,
) -> None:
    """Print every setting as `kcds serve` would use it: value (secrets masked), whether it is set, what it means."""
    with faults_as_messages():
        settings = load_resolved(host, port, allow_unauthenticated=allow_unauthenticated)
        if settings.auth == "required" and settings.clients_file:
            from kcds.auth.clients_file import load_clients  # noqa: PLC0415 - what reads keys is slow to import

            load_clients(settings.clients_file)  # raises, and names what is wrong in it
        if settings.smart_file:
            from kcds.auth.smart.ehrs_file import load_ehrs  # noqa: PLC0415 - likewise

            load_ehrs(settings.smart_file)
        if settings.staff_file:
            from kcds.auth.staff import load_staff  # noqa: PLC0415 - likewise

            load_staff(settings.staff_file)
        sys.stdout.write(report_text(settings) if output is Format.TEXT else report_json(settings))
        _name_strangers()
