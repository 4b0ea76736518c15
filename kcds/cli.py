"""The command line: serve, settings, evaluate, explain, the rules and the store.

Exit codes: 0 done; 1 the input or the rules are at fault (message on stderr, no traceback); 2 usage.
"""

import os
import sys
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import orjson
import typer

from kcds.advice.speaking import Audience
from kcds.app import make_parts, make_service
from kcds.auth.clients_file import load_clients
from kcds.cds_hooks.card import to_json
from kcds.cds_hooks.services import Hook
from kcds.cli_faults import faults_as_messages
from kcds.cli_input import Answered, assess_file, moment_of
from kcds.cli_output import print_cards, print_explanation
from kcds.logs import configure_logs, forward_library_logs
from kcds.rules_cli import app as rules_app
from kcds.sample import read_sample, sample_names
from kcds.settings import Settings, address_of, is_beyond_this_machine, load_resolved, load_settings, without_effect
from kcds.settings_report import report_json, report_text
from kcds.store_cli import app as store_app
from kcds.web.parts import Parts
from kcds.web.server import require_free
from kcds.web.server import serve as serve_forever

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Decision support for ketamine in chronic pain.")
app.add_typer(rules_app, name="rules")
app.add_typer(store_app, name="store")

Files = Annotated[
    list[Path], typer.Argument(help="CDS Hooks request, FHIR Bundle or one patient's NDJSON", metavar="FILE...")
]
AsOf = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help='the day taken as "today"')]
HookOption = Annotated[
    Hook | None, typer.Option(help="moment to assume; default: the request's own, else patient-view")
]
AudienceOption = Annotated[
    Audience | None, typer.Option(help="for whom patient-view speaks; default KCDS_PATIENT_VIEW")
]


class Format(StrEnum):
    """How `evaluate` prints."""

    TEXT = "text"
    JSON = "json"


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
            parts = make_parts(settings)
            for line in _opening(settings, host, port):
                typer.echo(line, err=True)
            return parts

        serve_forever(load, host=host, port=port, workers=workers or (os.cpu_count() or 1) + 1)


def _opening(settings: Settings, host: str, port: int) -> Iterator[str]:
    """Say where the service is and who may call; loudly where that is everybody."""
    who = "clients must authenticate" if settings.auth == "required" else "no authentication"
    if settings.auth == "off" and is_beyond_this_machine(settings, host):
        yield "kcds: WARNING: NO AUTHENTICATION. Whoever reaches this address can send calls and feedback."
        yield "kcds: WARNING: Only an authenticating proxy in front of it makes this safe for patients' data."
    elif settings.auth == "off":
        who += ": loopback only"
    yield f"kcds serves http://{address_of(host, port)}/cds-services ({who})"


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
            load_clients(settings.clients_file)  # raises, and names what is wrong in it
        sys.stdout.write(report_text(settings) if output is Format.TEXT else report_json(settings))
        _name_strangers()


@app.command()
def evaluate(
    files: Files,
    hook: HookOption = None,
    as_of: AsOf = None,
    audience: AudienceOption = None,
    output: Annotated[Format, typer.Option("--format", help="text or json")] = Format.TEXT,
) -> None:
    """Print the cards for one or more patients; a file at fault does not keep the others from being answered."""
    with faults_as_messages():
        settings = load_settings()
        service = make_service(overlay=settings.rules_overlay)
    failed = False
    for file in files:
        try:
            with faults_as_messages(file):
                moment = moment_of(file, as_of, settings.zone, audience or settings.patient_view)
                _print_answer(assess_file(service, file, hook, moment), output)
        except typer.Exit:
            failed = True
    if failed:
        raise typer.Exit(1)


def _print_answer(answered: Answered, output: Format) -> None:
    if output is Format.TEXT:
        print_cards(answered)
        return
    body = {"cards": to_json(answered.assessment.cards)}
    sys.stdout.write(orjson.dumps(body, option=orjson.OPT_INDENT_2).decode() + "\n")


@app.command()
def explain(
    file: Annotated[Path, typer.Argument(help="CDS Hooks request, FHIR Bundle or NDJSON")],
    hook: HookOption = None,
    as_of: AsOf = None,
    audience: AudienceOption = None,
) -> None:
    """Print every rule's answer for one patient, the facts used and what is missing."""
    with faults_as_messages(file):
        settings = load_settings()
        service = make_service(overlay=settings.rules_overlay)
        moment = moment_of(file, as_of, settings.zone, audience or settings.patient_view)
        print_explanation(assess_file(service, file, hook, moment), service.knowledge)


@app.command()
def sample(
    name: Annotated[str | None, typer.Argument(help="a story of fhir_samples/; without it, the names")] = None,
    as_of: AsOf = None,
) -> None:
    """Print the CDS Hooks request of a sample story, as if it happened today: send it with curl."""
    with faults_as_messages():
        if name is None:
            sys.stdout.write("\n".join(sample_names()) + "\n")
            return
        today = as_of or datetime.now(load_settings().zone)
        sys.stdout.buffer.write(read_sample(name, today.date()))


def main() -> None:
    """Run the command line."""
    app()
