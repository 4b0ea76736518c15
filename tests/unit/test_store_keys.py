"""One secret, made once; keys of it that tell nothing of each other."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from service_builders import logs

from kcds.errors import SettingsError, StoreError
from kcds.settings import Settings
from kcds.store.keys import KeyRing, load_key_ring
from kcds.store.opening import open_keys

SECRET = b"0123456789abcdef0123456789abcdef"


def digest_of_directory(directory: Path) -> bytes:
    return load_key_ring(directory).digest("patient", "ehr", "pat-1")


def test_the_same_secret_gives_the_same_digest() -> None:
    assert KeyRing(SECRET).digest("patient", "ehr", "1") == KeyRing(SECRET).digest("patient", "ehr", "1")


@pytest.mark.parametrize(
    ("purpose", "parts"),
    [
        pytest.param("view", ("ehr", "pat-1"), id="another purpose"),
        pytest.param("patient", ("ehr", "pat-2"), id="another part"),
        pytest.param("patient", ("ehrp", "at-1"), id="parts cut elsewhere"),
        pytest.param("patient", ("ehr", "pat-1", ""), id="an empty part more"),
        pytest.param("patient", ("pat-1", "ehr"), id="another order"),
    ],
)
def test_other_input_gives_another_digest(purpose: str, parts: tuple[str, ...]) -> None:
    keys = KeyRing(SECRET)

    assert keys.digest(purpose, *parts) != keys.digest("patient", "ehr", "pat-1")


def test_another_secret_gives_another_digest() -> None:
    assert KeyRing(SECRET).digest("patient", "1") != KeyRing(SECRET + b"x").digest("patient", "1")


def test_what_is_encrypted_can_be_read_with_the_same_secret_only() -> None:
    sealed = KeyRing(SECRET).encrypt("nicht jetzt, später")

    assert KeyRing(SECRET).decrypt(sealed) == "nicht jetzt, später"
    assert "später".encode() not in sealed
    with pytest.raises(StoreError, match="another secret key"):
        KeyRing(SECRET + b"x").decrypt(sealed)


def test_a_key_ring_does_not_show_its_secret() -> None:
    assert SECRET.decode() not in repr(KeyRing(SECRET))


def test_the_secret_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    first, second = digest_of_directory(tmp_path), digest_of_directory(tmp_path)

    assert first == second
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


def test_those_that_start_at_once_agree_on_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:  # each opens and locks the file for itself, as processes do
        digests = list(threads.map(digest_of_directory, [tmp_path] * 32))

    assert len(set(digests)) == 1


def test_a_secret_that_may_only_be_read_is_used(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_bytes(SECRET)
    (tmp_path / "secret.key").chmod(0o400)
    tmp_path.chmod(0o500)

    assert digest_of_directory(tmp_path) == KeyRing(SECRET).digest("patient", "ehr", "pat-1")


def test_a_secret_that_is_set_is_used_and_none_is_made(tmp_path: Path) -> None:
    keys = open_keys(Settings(data_dir=tmp_path, secret_key=SECRET.decode()))

    assert keys.digest("patient", "1") == KeyRing(SECRET).digest("patient", "1")
    assert list(tmp_path.iterdir()) == []


def test_a_file_with_too_short_a_secret_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("short\n")

    with pytest.raises(SettingsError, match=r"secret\.key: must have 32 characters"):
        open_keys(Settings(data_dir=tmp_path))


def test_comments_are_not_encrypted_with_a_secret_that_would_be_lost() -> None:
    with pytest.raises(SettingsError, match="set KCDS_SECRET_KEY"):
        open_keys(Settings(data_dir="/proc/nowhere", feedback_comments="encrypt"))


def test_without_a_directory_for_the_secret_the_service_starts_all_the_same() -> None:
    assert open_keys(Settings(data_dir="/proc/nowhere")).digest("patient", "1")


@pytest.mark.parametrize("name", ["kcds.db", "elsewhere.db"])
def test_a_secret_that_is_gone_while_the_store_is_there_is_said(tmp_path: Path, name: str) -> None:
    settings = Settings(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path / name}")
    with logs() as logged:
        open_keys(settings)
        (tmp_path / name).touch()
        open_keys(settings)
        before = logged.getvalue()
        (tmp_path / "secret.key").unlink()
        open_keys(settings)

    assert before == ""
    assert "the secret key was gone" in logged.getvalue()
