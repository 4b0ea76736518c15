"""The files in which all processes of one server keep their counts: private, in memory, gone with the server.

A server that was killed leaves them behind; the next one that starts on this machine removes them.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from io import FileIO
from pathlib import Path
from tempfile import gettempdir, mkdtemp

from kcds.web.metrics import share_between_processes

_MEMORY = "/dev/shm"  # noqa: S108 - the directory made in it is private
_PREFIX = "kcds-metrics-"
_LOCK = "in-use"


@contextmanager
def counts_of_all_processes() -> Iterator[list[str]]:
    """Keep the counts of all processes in one private directory; yields the name of the process that runs.

    In memory where there is such a file system: the counts are mapped files, and writing into one on a full disk would
    kill the process.
    """
    place = Path(_MEMORY if os.access(_MEMORY, os.W_OK) else gettempdir())
    remove_leftovers(place)
    master, process, directory = os.getpid(), ["master"], Path(mkdtemp(prefix=_PREFIX, dir=place))
    share_between_processes(directory, process)
    try:
        with closing(_held(directory)):
            yield process
    finally:
        if os.getpid() == master:  # workers leave through here too
            shutil.rmtree(directory, ignore_errors=True)


def remove_leftovers(place: Path) -> None:
    """Remove what servers of this user left that do not live any more: their locks are gone with them."""
    for lock in place.glob(f"{_PREFIX}*/{_LOCK}"):
        with suppress(OSError), closing(FileIO(lock, "r+")) as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.parent, ignore_errors=True)


def _held(directory: Path) -> FileIO:
    """Lock a file for as long as this process lives; it has its name only once it is locked."""
    new = directory / f"{_LOCK}.new"
    file = FileIO(new, "w")
    fcntl.lockf(file, fcntl.LOCK_EX)
    new.rename(directory / _LOCK)
    return file
