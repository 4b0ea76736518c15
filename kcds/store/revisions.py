"""At which revision the tables are: asked at every start, so without what changes them."""

from sqlalchemy import Connection, inspect, text

from kcds.store.tables import Group


def revision_of(connection: Connection, group: Group) -> str | None:
    """Return the revision at which the tables of this group are; None where there are none yet."""
    if not inspect(connection).has_table(group.version_table):
        return None
    revision: str | None = connection.scalar(text(f"SELECT version_num FROM {group.version_table}"))  # noqa: S608 - our own name
    return revision
