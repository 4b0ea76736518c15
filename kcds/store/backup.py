"""Copies of the store, made while the service runs; nothing is overwritten, no half copy is left."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from kcds.errors import StoreError
from kcds.store.places import Place, Places


def back_up(places: Places, target: Path) -> list[Path]:
    """Copy the store to this file (and, for SQLite, what is short-lived to a second beside it); returns the files.

    Raises StoreError where a file is there already or the copy cannot be made.
    """
    second = target.with_name(f"{target.stem}-short{target.suffix}")
    targets = dict(zip(places.distinct, (target, second), strict=False))
    for file in targets.values():
        if file.exists():
            raise StoreError(f"{file}: is there already and is not overwritten; name another file")
    for place, file in targets.items():
        _copy(place, file)
    return list(targets.values())


def _copy(place: Place, file: Path) -> None:
    """Write beside it, for the owner only, and give it its name when it is whole and on the disk."""
    part = file.with_name(f"{file.name}.part")
    before = os.umask(0o077)
    try:
        part.unlink(missing_ok=True)
        if place.file is not None:
            _vacuum(place.file, part)
        else:
            _dump(place, part)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.rename(file)
    except OSError as error:
        raise StoreError(f"{file}: cannot be written ({error.strerror})") from None
    finally:
        part.unlink(missing_ok=True)
        os.umask(before)


def _vacuum(file: Path, part: Path) -> None:
    """Copy an SQLite file as it is at one moment: writers go on meanwhile."""
    try:
        with closing(sqlite3.connect(file, timeout=10, isolation_level=None)) as connection:
            connection.execute("VACUUM INTO ?", (str(part),))
    except sqlite3.Error as error:
        raise StoreError(f"{file}: cannot be copied to {part.parent} ({error})") from None


def _dump(place: Place, part: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise StoreError(
            f"pg_dump is not installed here; run it where it is: pg_dump --format=custom --file=FILE '{place}'"
        )
    url = place.url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    command = [program, "--format=custom", "--no-password", f"--file={part}", f"--dbname={url}"]
    secret = {"PGPASSWORD": str(place.url.password)} if place.url.password else {}
    done = subprocess.run(command, env=os.environ | secret, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise StoreError("\n".join(done.stderr.splitlines()) or f"pg_dump ended with {done.returncode}")
