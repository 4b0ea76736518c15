"""Where the store is: a file of the user unless the settings say otherwise."""

import sqlite3
import stat
from pathlib import Path

import pytest
from store_builders import feedback, opened

from kcds.errors import SettingsError
from kcds.settings import Settings
from kcds.store.places import data_directory, find_places


def test_without_settings_it_is_a_directory_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KCDS_DATA_DIR", raising=False)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))

    assert data_directory(Settings()) == tmp_path / ".local/share/kcds"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    assert data_directory(Settings()) == tmp_path / "xdg/kcds"


def test_the_directory_and_its_files_are_for_their_owner_only(tmp_path: Path) -> None:
    with opened(tmp_path / "new" / "kcds") as kept:
        kept.store.keep_feedback([feedback()])
        kept.store.state()

        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new" / "kcds").iterdir()}

    assert stat.S_IMODE((tmp_path / "new" / "kcds").stat().st_mode) == 0o700
    assert {"kcds.db", "kcds.db-wal", "kcds-short.db"} <= modes.keys()
    assert set(modes.values()) == {0o600}


def test_sqlite_may_be_a_file_elsewhere_with_the_short_lived_beside_it(tmp_path: Path) -> None:
    places = find_places(Settings(database_url=f"sqlite:///{tmp_path}/log.sqlite"))

    assert [place.file for place in places.distinct] == [tmp_path / "log.sqlite", tmp_path / "log-short.sqlite"]
    assert [place.power_safe for place in places.distinct] == [True, False]


def test_postgresql_is_one_place_said_without_its_password() -> None:
    places = find_places(Settings(database_url="postgresql://kcds:CANARY@db.example/kcds"))

    (place,) = places.distinct
    assert str(place) == "postgresql+psycopg://kcds:***@db.example/kcds"
    assert "CANARY" not in repr(places)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql://db.example:CANARY/kcds", "not a URL"),
        ("postgresql://db.example/kcds?password=CANARY", "before the @"),
        ("sqlite:////tmp/kcds.db?key=CANARY", "takes no options"),
    ],
)
def test_a_url_that_cannot_be_used_is_a_fault_that_does_not_quote_it(url: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        find_places(Settings(database_url=url))

    assert str(caught.value).startswith("KCDS_DATABASE_URL: ")
    assert "CANARY" not in str(caught.value)


def test_too_old_an_sqlite_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))

    with pytest.raises(SettingsError, match=r"needs 3\.35 or newer"):
        find_places(Settings(database_url="sqlite:////tmp/kcds.db"))
