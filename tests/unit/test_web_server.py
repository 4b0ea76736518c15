"""A reload either happens as a whole or not at all, whatever becomes of the files of the program meanwhile."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import durable_rules_engine as c_engine
import pytest
from service_builders import logs

from kcds import app
from kcds.app import make_parts
from kcds.errors import EvaluationError, RequestError
from kcds.settings import Settings
from kcds.web import openapi, server
from kcds.web.parts import Parts
from kcds.web.reloads import ReloadDesk


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    made = make_parts(Settings(auth="off", data_dir=tmp_path, timezone="UTC"))
    yield made
    made.store.close()


def gone(_name: str) -> str:
    raise PackageNotFoundError


def serving(parts: Parts, tmp_path: Path) -> Any:
    return server._Server(parts, replace, ReloadDesk(tmp_path, 8000), ["master"], {})


def test_a_reload_asks_nothing_of_the_installed_files_that_may_be_of_another_release_by_now(
    parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = serving(parts, tmp_path)
    before = running.callable
    said = parts.metrics.text()
    for module in (app, openapi, server):
        monkeypatch.setattr(module, "version", gone, raising=False)

    running.renew()

    assert running.callable is not before
    assert running.parts is not parts
    assert [line for line in parts.metrics.text().splitlines() if b"kcds_info{" in line] == [
        line for line in said.splitlines() if b"kcds_info{" in line
    ]


def test_what_the_engine_does_not_bear_changes_nothing(
    parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = serving(parts, tmp_path)
    before = running.callable
    monkeypatch.setattr(server, "works_in_a_child", lambda _work: False)

    with pytest.raises(EvaluationError):
        running.renew()

    assert (running.callable, running.parts) == (before, parts)


def test_the_session_of_the_next_call_is_begun_before_it_comes(parts: Parts, tmp_path: Path) -> None:
    running = serving(parts, tmp_path)
    engine: Any = running.parts.service.engine
    engine.evaluate((), today=date(2026, 11, 21))
    (handle,) = engine._durable._pools["assess"]._idle
    with pytest.raises(Exception, match="309"):
        c_engine.get_facts(handle._number, "p")

    running.get_ready()

    assert c_engine.get_facts(handle._number, "p") == "[]"


@pytest.mark.parametrize("trouble", [FileNotFoundError, RequestError("no sample"), EvaluationError("no engine")])
def test_a_worker_that_cannot_rehearse_begins_all_the_same(
    parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    """Else gunicorn would end the whole service: the next worker after an upgrade beneath it finds no sample."""
    running = serving(parts, tmp_path)

    def read(*_: object) -> bytes:
        raise trouble

    monkeypatch.setattr(server, "read_sample", read)

    with logs() as logged:
        running._post_fork(None, SimpleNamespace(name="worker1"))

    assert "cannot rehearse" in logged.getvalue()
