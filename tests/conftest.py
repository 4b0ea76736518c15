"""No test writes where people keep their things: unless it says otherwise, a store lives and dies with the run.

What was made while tests were gathered stays to the end: the collector of garbage need not walk through it again and
again, which took a quarter of the time of a run.
"""

import gc
import os
import tempfile
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from postgres import PostgreSQL, running


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


@pytest.fixture(scope="session", autouse=True)
def _data_directory_of_the_run() -> Iterator[None]:
    with tempfile.TemporaryDirectory() as directory, patch.dict(os.environ, KCDS_DATA_DIR=directory):
        yield


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    with running() as server:
        yield server


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The store has the whole time of a call to answer: for tests of what it says, on a machine however busy."""
    monkeypatch.setattr("kcds.store.process.LOOK_UP", 60.0)
    monkeypatch.setattr("kcds.web.memory._PATIENCE", 60.0)
