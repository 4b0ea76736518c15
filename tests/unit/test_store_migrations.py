"""The migrations make the tables that the program uses, wherever it runs, and know what they do not know."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from postgres import PostgreSQL
from sqlalchemy import text
from store_builders import feedback, opened

from kcds.errors import StoreError
from kcds.settings import Settings
from kcds.store.database import Database
from kcds.store.migrate import MIGRATIONS, make_config
from kcds.store.places import Place, find_places
from kcds.store.tables import KEPT, SHORT, Group


@pytest.fixture(params=["sqlite", "postgresql"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Place, ...]]:
    """Databases of each kind, empty."""
    server: PostgreSQL | None = None if request.param == "sqlite" else request.getfixturevalue("postgresql")
    url = server and server.new_database()
    return find_places(Settings(data_dir=tmp_path, database_url=url)).distinct


def test_migrations_make_the_tables_that_the_program_uses(places: tuple[Place, ...]) -> None:
    for place in places:
        with closing(Database(place)) as database:
            database.prepare()
            for group in place.groups:
                with database.transaction(writes=False) as connection:
                    options = {"version_table": group.version_table, "include_name": _of(group)}
                    context = MigrationContext.configure(connection, opts=options)

                    assert compare_metadata(context, group.metadata) == []


def _of(group: Group) -> object:
    return lambda name, kind, _parents: kind != "table" or name in group.metadata.tables


@pytest.mark.parametrize("group", [KEPT, SHORT], ids=lambda group: group.name)
def test_the_newest_revision_is_the_one_that_the_program_asks_for(group: Group) -> None:
    config = make_config(None, group)

    assert ScriptDirectory.from_config(config).get_heads() == [group.head]


def test_every_migration_is_part_of_the_package() -> None:
    assert Path(sys.modules["kcds.store"].__path__[0]) / "migrations" == MIGRATIONS
    assert len(list(MIGRATIONS.glob("*/r*.py"))) >= 2


def test_a_database_of_a_newer_release_is_named_and_left_alone(places: tuple[Place, ...]) -> None:
    with closing(Database(places[0])) as database:
        database.prepare()
        with database.transaction() as connection:
            connection.execute(text("UPDATE kcds_kept_version SET version_num = 'kept_9999'"))

    with closing(Database(places[0])) as database, pytest.raises(StoreError, match=r"kept_9999.*newer kcds") as caught:
        database.prepare()

    assert "restore the backup" in str(caught.value)


def test_programs_that_start_at_once_make_the_tables_once(places: tuple[Place, ...]) -> None:
    def prepare(_number: int) -> None:
        with closing(Database(places[0])) as database:
            database.prepare()

    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(prepare, range(4)))

    assert done == [None] * 4


def test_the_service_starts_with_a_store_of_a_newer_release_and_refuses_feedback(tmp_path: Path) -> None:
    with closing(Database(find_places(Settings(data_dir=tmp_path)).kept)) as database:
        database.prepare()
        with database.transaction() as connection:
            connection.execute(text("UPDATE kcds_kept_version SET version_num = 'kept_9999'"))

    with opened(tmp_path) as kept:
        assert kept.store.state() == "unavailable"
        with pytest.raises(StoreError):
            kept.store.keep_feedback([feedback()])
