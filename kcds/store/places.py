"""Where things are kept: the data directory, and the databases that the settings name."""

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from kcds.errors import SettingsError
from kcds.settings import Settings
from kcds.store.tables import KEPT, SHORT, Group

FILE = "kcds.db"

OLDEST_SQLITE = (3, 35)
"""The first that can return what was inserted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One database: its URL, the groups of tables in it and, for SQLite, its file."""

    url: URL
    groups: tuple[Group, ...]
    file: Path | None = None
    power_safe: bool = True  # a commit survives a power cut

    def __str__(self) -> str:
        """Name it without its password."""
        return str(self.file) if self.file else self.url.render_as_string(hide_password=True)


@dataclass(frozen=True, slots=True)
class Places:
    """The database of what is kept and that of what is short-lived: two files of SQLite, or one PostgreSQL."""

    kept: Place
    short: Place

    @property
    def distinct(self) -> tuple[Place, ...]:
        """Each database once."""
        return (self.kept,) if self.kept == self.short else (self.kept, self.short)


def data_directory(settings: Settings) -> Path:
    """Name the directory for the embedded store and the secret key."""
    if settings.data_dir is not None:
        return settings.data_dir.absolute()
    base = os.environ.get("XDG_DATA_HOME") or Path("~/.local/share").expanduser()
    return Path(base).absolute() / "kcds"


def make_directory(directory: Path) -> None:
    """Make a directory for its owner only, where it is missing; raises OSError."""
    if not directory.is_dir():
        directory.parent.mkdir(parents=True, exist_ok=True)
        directory.mkdir(mode=0o700, exist_ok=True)


def find_places(settings: Settings) -> Places:
    """Name the databases; raises SettingsError where KCDS_DATABASE_URL is none that can be used."""
    if settings.database_url is None:
        return _files(data_directory(settings) / FILE)
    url = _parse(settings.database_url.get_secret_value())
    if url.get_backend_name() == "sqlite":
        if url.query:
            raise SettingsError("KCDS_DATABASE_URL: SQLite takes no options: sqlite:////var/lib/kcds/kcds.db")
        return _files(Path(str(url.database)).absolute())
    if url.query.keys() & {"password", "sslpassword"}:
        raise SettingsError("KCDS_DATABASE_URL: write the password before the @: postgresql://user:password@host/db")
    everything = Place(url=url.set(drivername="postgresql+psycopg"), groups=(KEPT, SHORT))
    return Places(everything, everything)


def _parse(text: str) -> URL:
    """Parse a URL, of which the settings know that it names a database of ours; no message quotes it."""
    try:
        return make_url(text)
    except (ArgumentError, ValueError):
        raise SettingsError("KCDS_DATABASE_URL: not a URL; write postgresql://user:password@host/database") from None


def _files(kept: Path) -> Places:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise SettingsError(
            f"KCDS_DATABASE_URL: this Python has SQLite {sqlite3.sqlite_version}, the store needs 3.35 or newer; "
            "use another Python, or postgresql://"
        )
    short = kept.with_name(f"{kept.stem}-short{kept.suffix}")
    return Places(
        Place(url=URL.create("sqlite", database=str(kept)), groups=(KEPT,), file=kept),
        Place(url=URL.create("sqlite", database=str(short)), groups=(SHORT,), file=short, power_safe=False),
    )
