"""No test writes where people keep their things: unless it says otherwise, a store lives and dies with the run."""

import os
import tempfile
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from postgres import PostgreSQL, running


@pytest.fixture(scope="session", autouse=True)
def _data_directory_of_the_run() -> Iterator[None]:
    with tempfile.TemporaryDirectory() as directory, patch.dict(os.environ, KCDS_DATA_DIR=directory):
        yield


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    with running() as server:
        yield server
