"""What goes wrong on the command line, said in one line each on standard error; exit code 1, never a traceback."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from kcds.errors import KcdsError, place_of


@contextmanager
def faults_as_messages(file: Path | None = None) -> Iterator[None]:
    """Turn faults of the input, the rules, the settings or the store into messages and exit code 1.

    Of an unexpected error only kind and place are said: its message, and a traceback, may quote the record.
    """
    try:
        yield
    except typer.Exit:
        raise
    except KcdsError as error:
        message = str(error)
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise
        message = str(error)
    except Exception as error:  # noqa: BLE001 - the outermost place
        where = f"{file}: " if file else ""
        message = f"{where}unexpected error ({type(error).__name__} in {place_of(error)})"
    else:
        return
    for line in message.splitlines():
        typer.echo(f"kcds: {line}", err=True)
    raise typer.Exit(1)
