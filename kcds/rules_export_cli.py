"""`kcds rules export`: the whole rulebook as files, for a committee to read, print and compare.

Exit codes as of the whole command line: 0 done, 1 the rules are at fault, or a case fails.
"""

from pathlib import Path
from typing import Annotated

import typer

from kcds.engine.checked import CheckedEngine
from kcds.errors import KcdsError
from kcds.knowledge.load import load_knowledge
from kcds.knowledge.paths import rules_directory


def export(
    html: Annotated[Path, typer.Option("--html", help="directory to write the pages to", file_okay=False)],
    rules: Annotated[
        Path | None,
        typer.Option("--rules", help="directory of the knowledge; default: the one installed", file_okay=False),
    ] = None,
    overlay: Annotated[
        Path | None,
        typer.Option(
            "--overlay", envvar="KCDS_RULES_OVERLAY", help="directory of a site's own policy", file_okay=False
        ),
    ] = None,
) -> None:
    """Write the rulebook as HTML files, with every case run: to be read, printed and compared with `diff -r`."""
    from kcds.pages.rulebook.book import Rulebook  # noqa: PLC0415 - other commands about rules make no pages
    from kcds.pages.rulebook.files import export_rulebook, may_write  # noqa: PLC0415 - the same

    if not may_write(html):
        raise _stop(f"{html}: is not empty, and no rulebook. Name a new directory, or one that was exported to before.")
    directory = rules or rules_directory()
    try:
        knowledge = load_knowledge(directory, overlay=overlay)
        places = (directory, *([overlay] if overlay else []))
        done = export_rulebook(Rulebook(knowledge, places, CheckedEngine), html)
    except KcdsError as error:
        raise _stop(str(error)) from None
    except OSError as error:
        raise _stop(f"{error.filename or html}: cannot be written: {error.strerror}.") from None
    written = f"{done.rules} rules and {done.cases} cases written to {html}"
    if done.problems:
        raise _stop(
            *done.problems, f"{written}, but not all pass ({done.failed} of {done.cases} fail); each page says so."
        )
    typer.echo(f"OK: {written}; all cases pass.")


def _stop(*lines: str) -> typer.Exit:
    """Say on stderr what is wrong; the caller raises the exit."""
    for line in lines:
        typer.echo(line, err=True)
    return typer.Exit(1)
