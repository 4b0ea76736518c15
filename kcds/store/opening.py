"""Opening the store that the settings describe. A store that is not there does not keep the service from starting."""

import os
import secrets
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import structlog

from kcds.errors import SettingsError, StoreError, place_of
from kcds.settings import Settings
from kcds.store.engines import identity_of
from kcds.store.keys import FILE as SECRET
from kcds.store.keys import KeyRing, load_key_ring, make_key_ring
from kcds.store.patience import run_apart
from kcds.store.places import Places, data_directory, find_places, make_directory
from kcds.store.process import Clock
from kcds.store.sql_store import Keeping, SqlStore

log = structlog.get_logger("kcds.store")

PREPARING = 10.0
"""Seconds that the start waits for the tables to be brought to the newest revision."""


def open_keys(settings: Settings) -> KeyRing:
    """Make the keys of the secret that is set, or of the one in the data directory; raises SettingsError.

    Where that directory cannot be written, the secret lives as long as the service: nothing may be encrypted with it.
    """
    if settings.secret_key is not None:
        return make_key_ring(settings.secret_key.get_secret_value())
    directory = data_directory(settings)
    try:
        make_directory(directory)
        lost = not (directory / SECRET).exists() and _is_in_use(settings)
        keys = load_key_ring(directory)
    except OSError as error:
        if settings.feedback_comments == "encrypt":
            raise SettingsError(
                f"KCDS_DATA_DIR: no secret key can be kept in {directory} ({error.strerror}), so comments "
                "would be lost; set KCDS_SECRET_KEY, or a directory that can be written"
            ) from None
        log.warning("store", what="secret key is not kept", trouble=str(error.strerror))
        return KeyRing(secrets.token_bytes(32))
    if lost:
        log.warning("store", what="the secret key was gone: dismissals and comments of before count for nothing")
    return keys


def _is_in_use(settings: Settings) -> bool:
    """Whether something was kept before: in a file; what is in a PostgreSQL is not asked here."""
    file = find_places(settings).kept.file
    return file is not None and file.exists()


def open_store(settings: Settings, keys: KeyRing, *, count: Callable[[str], None], clock: Clock) -> SqlStore:
    """Open the store and bring its tables to the newest revision; raises SettingsError where the URL is none.

    Where the database is not there, or of a newer release, that is a warning: it is tried again with every use.
    """
    keeping = Keeping(
        keep_comments=settings.feedback_comments == "encrypt",
        retention=timedelta(days=settings.retention_days),
        count=count,
        clock=clock,
    )
    places = find_places(settings)
    store = SqlStore(places, keys, keeping)
    try:
        if _is_new(places) and threading.active_count() == 1:
            _make_in_a_child(store)
        run_apart(store.prepare, PREPARING)
    except Exception as error:  # noqa: BLE001 - whatever it is, advice can be given
        trouble = str(error) if isinstance(error, StoreError) else f"{type(error).__name__} in {place_of(error)}"
        log.warning("store", what="not there at the start", trouble=trouble)
    return store


def _is_new(places: Places) -> bool:
    """Whether a file is still to be made, as at the first start of all."""
    return any(place.file is not None and identity_of(place.file) is None for place in places.distinct)


def _make_in_a_child(store: SqlStore) -> None:
    """Make the files in a process of its own, which alone imports Alembic: 8 MB that every worker would carry for ever.

    Only where no other thread runs, which could hold a lock at the fork. What goes wrong shows afterwards, when this
    process looks at the files; raises StoreError where it takes too long.
    """
    child = os.fork()
    if child:
        with suppress(ChildProcessError):  # it has gone: whoever started this service lets nobody wait for children
            run_apart(lambda: os.waitpid(child, 0), PREPARING)  # it cannot be ended while a disk does not answer
        return
    signal.alarm(round(PREPARING))
    with suppress(BaseException):
        store.prepare()
    os._exit(0)
