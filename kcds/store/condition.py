"""How the store is: where, at which revision, how much is in it. Looks only; makes and changes nothing."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from kcds.errors import StoreError
from kcds.store.database import Database
from kcds.store.migrate import is_known
from kcds.store.places import Place, Places
from kcds.store.revisions import revision_of
from kcds.store.tables import Group, call


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One database as it was found; `rows` by table, empty where its tables are not those of this release."""

    place: Place
    exists: bool
    revisions: dict[str, str | None]
    rows: dict[str, int]
    first_call: datetime | None = None
    problem: str | None = None

    @property
    def outdated(self) -> bool:
        """Whether its tables are older than this release."""
        return self.exists and any(self.revisions.get(group.name) != group.head for group in self.place.groups)


def look_at(places: Places) -> Iterator[Condition]:
    """Look at each database; what is wrong with one is said in its condition."""
    for place in places.distinct:
        if place.file is not None and not place.file.exists():
            yield Condition(place=place, exists=False, revisions={}, rows={})
            continue
        with closing(Database(place)) as database:
            try:
                with database.peek() as connection:
                    yield _look(place, connection)
            except (SQLAlchemyError, OSError) as error:
                yield Condition(place=place, exists=True, revisions={}, rows={}, problem=_said(error, place))


def require_store(places: Places) -> None:
    """Raise StoreError where there is nothing to look after yet, or a newer release made it."""
    for found in look_at(places):
        if found.problem is not None:
            raise StoreError(f"{found.place}: {found.problem}")
        if not found.exists:
            raise StoreError(f"{found.place}: there is no store yet; `kcds store upgrade` or `kcds serve` makes it")


def _said(error: Exception, place: Place) -> str:
    """Repeat what the database says: nothing was asked that could be in it, but a password might be."""
    said = next(iter(str(getattr(error, "orig", None) or error).splitlines()), type(error).__name__)
    return said.replace(str(place.url.password), "***") if place.url.password else said


def _look(place: Place, connection: Connection) -> Condition:
    revisions = {group.name: revision_of(connection, group) for group in place.groups}
    strange = [r for g in place.groups if (r := revisions[g.name]) is not None and not is_known(g, r)]
    problem = f"a newer kcds made it (revision {strange[0]}): install that release" if strange else None
    current = [group for group in place.groups if revisions[group.name] == group.head]
    rows = {name: count for group in current for name, count in _count(connection, group)}
    first = connection.scalar(select(func.min(call.c.at))) if "call" in rows else None
    return Condition(
        place=place, exists=any(revisions.values()), revisions=revisions, rows=rows, first_call=first, problem=problem
    )


def _count(connection: Connection, group: Group) -> Iterator[tuple[str, int]]:
    for table in group.metadata.sorted_tables:
        yield table.name, connection.scalar(select(func.count()).select_from(table)) or 0
