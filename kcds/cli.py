"""The command line: serve, evaluate, explain, and the rules.

Exit codes: 0 done; 1 the input or the rules are at fault (message on stderr, no traceback); 2 usage.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import orjson
import typer

from kcds.advice.speaking import Audience
from kcds.app import make_service, make_web
from kcds.cds_hooks.card import to_json
from kcds.cds_hooks.services import Hook
from kcds.cli_input import Case, read_case
from kcds.cli_output import print_assessment, print_explanation
from kcds.errors import KcdsError
from kcds.logs import configure_logs
from kcds.rules_cli import app as rules_app
from kcds.sample import read_sample, sample_names
from kcds.service import AdviceService, Assessment
from kcds.settings import load_settings, require_loopback
from kcds.web.server import serve as serve_forever

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Decision support for ketamine in chronic pain.")
app.add_typer(rules_app, name="rules")

Files = Annotated[
    list[Path], typer.Argument(help="CDS Hooks request, FHIR Bundle or one patient's NDJSON", metavar="FILE...")
]
AsOf = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help='the day taken as "today"')]
HookOption = Annotated[Hook | None, typer.Option(help="moment to assume for a Bundle; default patient-view")]
AudienceOption = Annotated[
    Audience | None, typer.Option(help="for whom patient-view speaks; default KCDS_PATIENT_VIEW")
]


class Format(StrEnum):
    """How `evaluate` prints."""

    TEXT = "text"
    JSON = "json"


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="address to bind")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="port to bind")] = 8000,
    workers: Annotated[int | None, typer.Option(min=1, help="processes; default: processors + 1")] = None,
) -> None:
    """Run the service on the production server."""
    with _faults_as_messages():
        require_loopback(host)
        settings = load_settings()
        configure_logs(settings)
        web = make_web(settings)
        typer.echo(f"kcds serves http://{host}:{port}/cds-services (no authentication: loopback only)", err=True)
        serve_forever(web, host=host, port=port, workers=workers or (os.cpu_count() or 1) + 1)


@app.command()
def evaluate(
    files: Files,
    hook: HookOption = None,
    as_of: AsOf = None,
    audience: AudienceOption = None,
    output: Annotated[Format, typer.Option("--format", help="text or json")] = Format.TEXT,
) -> None:
    """Print the cards for one or more patients."""
    with _faults_as_messages():
        service = make_service()
        for case, assessment in _assess(service, files, hook, as_of, audience):
            if output is Format.JSON:
                body = {"cards": to_json(assessment.cards)}
                sys.stdout.write(orjson.dumps(body, option=orjson.OPT_INDENT_2).decode() + "\n")
            else:
                print_assessment(case, assessment, service.knowledge)


@app.command()
def explain(
    file: Annotated[Path, typer.Argument(help="CDS Hooks request, FHIR Bundle or NDJSON")],
    hook: HookOption = None,
    as_of: AsOf = None,
) -> None:
    """Print every rule's answer for one patient, the facts used and what is missing."""
    with _faults_as_messages():
        service = make_service()
        for case, assessment in _assess(service, [file], hook, as_of, Audience.PAIN):
            print_explanation(case, assessment, service.knowledge)


def _assess(
    service: AdviceService, files: list[Path], hook: Hook | None, as_of: datetime | None, audience: Audience | None
) -> Iterator[tuple[Case, Assessment]]:
    settings = load_settings()
    for file in files:
        case = read_case(file, hook, service.knowledge.wants)
        moment = case.moment(as_of, settings.zone, audience or settings.patient_view)
        yield case, service.assess(case.record, case.hook, case.patient_id, moment)


@app.command()
def sample(
    name: Annotated[str | None, typer.Argument(help="a story of fhir_samples/; without it, the names")] = None,
    as_of: AsOf = None,
) -> None:
    """Print the CDS Hooks request of a sample story, as if it happened today: send it with curl."""
    with _faults_as_messages():
        if name is None:
            sys.stdout.write("\n".join(sample_names()) + "\n")
            return
        today = as_of or datetime.now(load_settings().zone)
        sys.stdout.buffer.write(read_sample(name, today.date()))


@contextmanager
def _faults_as_messages() -> Iterator[None]:
    """Turn faults of the input, the rules or the settings into a message and exit code 1."""
    try:
        yield
    except (KcdsError, OSError) as error:
        typer.echo(f"kcds: {error}", err=True)
        raise typer.Exit(1) from None


def main() -> None:
    """Run the command line."""
    app()
