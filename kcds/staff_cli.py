"""`kcds staff`: the line of somebody who may see the feedback page."""

import sys
from getpass import getpass
from typing import Annotated

import typer

from kcds.auth.passwords import LONGEST, SHORTEST, hash_password
from kcds.auth.staff import is_name

app = typer.Typer()


@app.command()
def staff(name: Annotated[str, typer.Argument(help="how the person will sign in")]) -> None:
    """Ask for a password, or read it from stdin, and print the line for KCDS_STAFF_FILE. Nothing is kept."""
    if not is_name(name):
        _stop("a name has 1 to 64 characters and no colon")
    password = _password()
    if not SHORTEST <= len(password) <= LONGEST:
        _stop(f"a password has {SHORTEST} to {LONGEST} characters")
    quoted = name.replace("'", "''")
    typer.echo(f"  '{quoted}': {hash_password(password)}")


def _password() -> str:
    """Ask twice on a terminal; from a pipe, take the first line."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass("Password: ")
    if first != getpass("The same again: "):
        _stop("the two differ")
    return first


def _stop(why: str) -> None:
    typer.echo(why, err=True)
    raise typer.Exit(1)
