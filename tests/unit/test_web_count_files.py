"""The files of counts go with their server, and those of a server that was killed with the next one."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kcds.web import count_files
from kcds.web.count_files import remove_leftovers


@pytest.fixture
def killed_and_living(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """Directories of a server that was killed, and of one that lives."""
    directories = (tmp_path / "kcds-metrics-killed", tmp_path / "kcds-metrics-living")
    for directory in directories:
        directory.mkdir()
        (directory / "counter_worker1.db").write_bytes(b"7")
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        count_files._held(directories[0])
        os.write(write, b"!")
        signal.pause()
    os.read(read, 1)
    with closing(count_files._held(directories[1])):  # by another process than the one that looks: see below
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        yield directories


def test_what_a_killed_server_left_is_removed_and_what_another_one_uses_stays(
    killed_and_living: tuple[Path, Path],
) -> None:
    killed, living = killed_and_living
    pid = os.fork()  # a process does not see its own lock
    if not pid:
        remove_leftovers(killed.parent)
        os._exit(0)
    os.waitpid(pid, 0)

    assert not killed.exists()
    assert (living / "counter_worker1.db").exists()


def test_a_directory_that_is_only_being_made_stays(tmp_path: Path) -> None:
    (tmp_path / "kcds-metrics-new").mkdir()

    remove_leftovers(tmp_path)

    assert (tmp_path / "kcds-metrics-new").exists()
