"""How the running server is found, and what `kcds reload` says where it is not."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from service_builders import logs

from kcds.web import master, reloads
from kcds.web.master import works_in_a_child
from kcds.web.reloads import Outcome, ReloadDesk, ReloadError, ask_for_reload


def serve(directory: Path, port: int, does: str, ready: int) -> None:
    """Hold the files of a server, and answer one reload."""
    asked: list[int] = []
    signal.signal(signal.SIGHUP, lambda number, _: asked.append(number))
    desk = ReloadDesk(directory, port)
    desk.open()
    os.write(ready, b"!")
    while not asked:
        time.sleep(0.01)
    desk.begin()
    if does != "ends":
        desk.end("2", ["wrong"] if does == "refuses" else [])
        time.sleep(30)


@contextmanager
def server(directory: Path, port: int = 8000, does: str = "loads") -> Iterator[int]:
    """A process that does as a server would."""
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        with suppress(BaseException):
            serve(directory, port, does, write)
        os._exit(0)
    try:
        os.read(read, 1)
        yield pid
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(read)
        os.close(write)


def refusal(directory: Path, port: int | None = None) -> str:
    with pytest.raises(ReloadError) as error:
        ask_for_reload(directory, port)
    return str(error.value)


def test_the_one_server_is_found_and_what_came_of_it_is_told(tmp_path: Path) -> None:
    with server(tmp_path, does="refuses"):
        outcome = ask_for_reload(tmp_path)

    assert (outcome.knowledge, outcome.faults) == ("2", ("wrong",))
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "run").iterdir()} == {0}


def test_of_two_servers_one_has_to_be_named(tmp_path: Path) -> None:
    with server(tmp_path, 8000, "refuses"), server(tmp_path, 8001):
        assert refusal(tmp_path) == "servers run on the ports 8000, 8001: name one with --port"
        assert ask_for_reload(tmp_path, 8001).faults == ()


def test_what_a_server_of_the_past_has_left_names_nobody(tmp_path: Path) -> None:
    with server(tmp_path):
        pass
    (tmp_path / "run" / "8000.server").write_text(f'{{"pid": {os.getpid()}, "machine": ""}}')

    assert refusal(tmp_path).startswith(f"no kcds serve runs with the data directory {tmp_path};")
    assert refusal(tmp_path, 8000).startswith(f"no kcds serve runs on port 8000 with the data directory {tmp_path};")
    assert refusal(tmp_path / "nothing").startswith("no kcds serve runs with")


def test_a_server_that_ends_meanwhile_is_not_waited_for(tmp_path: Path) -> None:
    with server(tmp_path, does="ends"):
        assert refusal(tmp_path) == "the server ended before it had read the rules"


def test_a_server_that_says_nothing_is_waited_for_so_long_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reloads, "PATIENCE", 0.2)
    with server(tmp_path) as pid:
        os.kill(pid, signal.SIGSTOP)
        assert refusal(tmp_path).startswith("the server has not said in 0 s")


def test_no_process_of_another_machine_is_ever_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with server(tmp_path):
        monkeypatch.setattr(reloads, "_machine", lambda: "another")
        assert refusal(tmp_path).startswith("the server runs on another machine or in another container")


@pytest.mark.parametrize("pid", ["-1", "0", "1", "true", '"7"', "null", "7.5"])
def test_what_names_no_process_is_sent_no_signal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pid: str) -> None:
    sent: list[int] = []
    monkeypatch.setattr(reloads, "_machine", lambda: "here")
    with server(tmp_path):
        (tmp_path / "run" / "8000.server").write_text(f'{{"pid": {pid}, "machine": "here"}}')
        monkeypatch.setattr(os, "kill", lambda pid, _: sent.append(pid))
        assert refusal(tmp_path).endswith("8000.server names no process")
        monkeypatch.undo()

    assert sent == []


@pytest.mark.parametrize("written", ["[]", "{}", "null", "5", '{"pid": 7}', "", "{"])
def test_a_file_that_no_server_has_written_is_said_to_be_unreadable(tmp_path: Path, written: str) -> None:
    with server(tmp_path):
        (tmp_path / "run" / "8000.server").write_text(written)
        assert "8000.server cannot be read" in refusal(tmp_path)


@pytest.mark.parametrize("written", ["[]", "null", '{"faults": 1}', '{"x": 1, "faults": []}', ""])
def test_an_outcome_that_no_server_has_written_counts_for_nothing(tmp_path: Path, written: str) -> None:
    with server(tmp_path):
        (tmp_path / "run" / "8000.reload").write_text(written)
        assert ask_for_reload(tmp_path).ended == 1


def test_a_server_that_follows_another_takes_its_place_when_that_has_ended(tmp_path: Path) -> None:
    with closing(ReloadDesk(tmp_path, 8000)) as desk, logs() as logged:
        with server(tmp_path):
            desk.open()
            desk.open()
        desk.open()

    assert logged.getvalue().count("cannot find this server") == 1
    assert str(os.getpid()) in (tmp_path / "run" / "8000.server").read_text()


def test_an_outcome_of_the_past_is_gone_before_a_server_can_be_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server(tmp_path):
        ask_for_reload(tmp_path)
    found: list[tuple[bytes, int]] = []
    write_down = ReloadDesk._write

    def note(desk: ReloadDesk, outcome: Outcome) -> None:
        write_down(desk, outcome)
        found.append(((tmp_path / "run" / "8000.server").read_bytes(), outcome.ended))

    monkeypatch.setattr(ReloadDesk, "_write", note)
    with closing(ReloadDesk(tmp_path, 8000)) as desk:
        desk.open()

    assert found == [(b"", 0)]


def test_a_server_whose_directory_cannot_be_written_runs_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file")

    with logs() as logged:
        desk = ReloadDesk(tmp_path, 8000)
        desk.open()
        desk.begin()
        desk.end("1")

    assert "send SIGHUP" in logged.getvalue()


@pytest.mark.parametrize(
    "work",
    [
        pytest.param(lambda: 1 / 0, id="raises"),
        pytest.param(lambda: os.kill(os.getpid(), signal.SIGKILL), id="crashes"),
        pytest.param(lambda: time.sleep(20), id="never ends"),
    ],
)
def test_what_does_not_work_harms_nobody(work: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(master, "TRIAL", 0.3)

    assert not works_in_a_child(work)


def test_what_works_is_said_to_work() -> None:
    assert works_in_a_child(lambda: None)
