"""`kcds evaluate`, `kcds explain` and `kcds sample`: advice without a server."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer

from kcds.advice.speaking import Audience
from kcds.advice_app import make_service
from kcds.cds_hooks.card import to_json
from kcds.cds_hooks.services import Hook
from kcds.cli_faults import faults_as_messages
from kcds.cli_format import Format
from kcds.cli_input import Answered, assess_file, moment_of
from kcds.cli_output import print_cards, print_explanation
from kcds.cli_start import starting
from kcds.cli_timings import Measured, measure, timings_json, timings_text
from kcds.sample import read_sample, sample_names
from kcds.settings import load_settings

app = typer.Typer()

Files = Annotated[
    list[Path], typer.Argument(help="CDS Hooks request, FHIR Bundle or one patient's NDJSON", metavar="FILE...")
]
AsOf = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help='the day taken as "today"')]
HookOption = Annotated[
    Hook | None, typer.Option(help="moment to assume; default: the request's own, else patient-view")
]
TimingsOption = Annotated[bool, typer.Option("--timings", help="add how long each step and the slowest rules take")]
AudienceOption = Annotated[
    Audience | None, typer.Option(help="for whom patient-view speaks; default KCDS_PATIENT_VIEW")
]


@app.command()
def evaluate(  # noqa: PLR0913, PLR0917 - options of the command line
    files: Files,
    hook: HookOption = None,
    as_of: AsOf = None,
    audience: AudienceOption = None,
    output: Annotated[Format, typer.Option("--format", help="text or json")] = Format.TEXT,
    timings: TimingsOption = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Print the cards for one or more patients; a file at fault does not keep the others from being answered."""
    with faults_as_messages():
        settings = load_settings()
        with starting():
            service = make_service(overlay=settings.rules_overlay)
    failed = False
    for file in files:
        try:
            with faults_as_messages(file):
                moment = moment_of(file, as_of, settings.zone, audience or settings.patient_view)
                answered = assess_file(service, file, hook, moment)
                measured = measure(service, file, hook, answered) if timings else None
                _print_answer(answered, measured, output)
        except typer.Exit:
            failed = True
    if failed:
        raise typer.Exit(1)


def _print_answer(answered: Answered, measured: Measured | None, output: Format) -> None:
    if output is Format.TEXT:
        print_cards(answered)
        sys.stdout.write(timings_text(measured) if measured else "")
        return
    body = {"cards": to_json(answered.assessment.cards)} | ({"timings": timings_json(measured)} if measured else {})
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
        with starting():
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
