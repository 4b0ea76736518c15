"""`kcds store`: how the store is, copies of it, what becomes of old rows, and feedback as a table.

Exit codes as of the whole command line: 0 done, 1 the store or a setting is at fault. No URL is said with its password.
"""

import csv
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from kcds.cli_faults import faults_as_messages
from kcds.settings import Settings, load_settings
from kcds.store.backup import back_up
from kcds.store.condition import Condition, look_at, require_store
from kcds.store.database import Database
from kcds.store.export import feedback_rows
from kcds.store.opening import open_keys
from kcds.store.places import Places, find_places
from kcds.store.tidying import delete_before, delete_expired

app = typer.Typer(no_args_is_help=True, help="Look after what is kept: calls, cards, feedback.")


@app.command()
def status() -> None:
    """Say where the store is, at which revision, and how much is in it; exit code 1 where something is wrong."""
    with faults_as_messages():
        settings = load_settings()
        found = list(look_at(find_places(settings)))
    for condition in found:
        _describe(condition)
    typer.echo(f"calls and feedback are kept for {settings.retention_days} days (KCDS_RETENTION_DAYS)")
    if any(condition.problem for condition in found):
        raise typer.Exit(1)


@app.command()
def upgrade() -> None:
    """Make the tables, or bring them to the revision of this release. `kcds serve` does the same at its start."""
    with faults_as_messages():
        for place in find_places(load_settings()).distinct:
            with closing(Database(place)) as database:
                database.prepare()
            typer.echo(f"{place}: {', '.join(group.head for group in place.groups)}")


@app.command()
def prune() -> None:
    """Delete what is older than KCDS_RETENTION_DAYS, and tokens that have expired. The service does so every day."""
    with _opened() as (settings, kept, short):
        now = datetime.now(UTC)
        _deleted(*delete_before(kept, now - timedelta(days=settings.retention_days)))
        typer.echo(f"deleted {delete_expired(short, now)} short-lived entries")


@app.command()
def delete(
    before: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="the first day (UTC) that is kept")],
) -> None:
    """Delete calls, cards and feedback of before a day."""
    with _opened() as (_, kept, _short):
        _deleted(*delete_before(kept, before.replace(tzinfo=UTC)))


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="file to write; it must not be there yet", dir_okay=False)],
) -> None:
    """Copy the store while the service runs. The secret key is not part of it: keep a copy elsewhere."""
    with faults_as_messages():
        for written in back_up(_store_of(load_settings()), file):
            typer.echo(f"wrote {written}")


@app.command()
def feedback(
    comments: Annotated[bool, typer.Option("--comments", help="with users' comments, decrypted")] = False,  # noqa: FBT002
) -> None:
    """Print feedback as CSV, each entry with the card and the rules that it is about."""
    with _opened() as (settings, kept, _):
        keys = open_keys(settings) if comments else None
        csv.writer(sys.stdout, lineterminator="\n").writerows(feedback_rows(kept, keys))


@contextmanager
def _opened() -> Iterator[tuple[Settings, Database, Database]]:
    """Give the settings and the databases of what is kept and of what is short-lived."""
    with faults_as_messages():
        settings = load_settings()
        places = _store_of(settings)
        with closing(Database(places.kept)) as kept, closing(Database(places.short)) as short:
            yield settings, kept, short


def _store_of(settings: Settings) -> Places:
    places = find_places(settings)
    require_store(places)
    return places


def _deleted(calls: int, entries: int) -> None:
    typer.echo(f"deleted {calls} calls with their cards and {entries} entries of feedback")


def _describe(condition: Condition) -> None:
    typer.echo(str(condition.place))
    if condition.problem is not None:
        typer.echo(f"  {condition.problem}", err=True)
    elif not condition.exists:
        typer.echo("  not there yet; `kcds store upgrade` or `kcds serve` makes it")
    elif condition.outdated:
        typer.echo("  older than this release; `kcds store upgrade` or `kcds serve` brings it up to date")
    for name, revision in condition.revisions.items():
        typer.echo(f"  {name}: revision {revision or 'none'}")
    for table, count in condition.rows.items():
        typer.echo(f"  {table}: {count} rows")
    if condition.first_call is not None:
        typer.echo(f"  first call: {condition.first_call:%Y-%m-%d}")
