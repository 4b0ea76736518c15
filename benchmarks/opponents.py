"""The services that are measured side by side: the floor, kcds, and CQL on Node.

The floor and the CQL opponent come from a folder beside this repository, with a patient of any size. Its programs are
run, never copied into ours: a prepared copy is taken as it is, a folder that cannot be written is copied and set up.
"""

import importlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
from load import Question, post
from processes import children_of, family_of, megabytes
from serving import VIEW, free_port, serving

OURS, FLOOR = "kcds", "floor"
CQL_CARDS = 9
_SERVICE = VIEW.rpartition("/")[2]


@dataclass(frozen=True)
class Peer:
    """One service that runs: what is asked of it, by number of resources, and its processes."""

    name: str
    pid: int
    start_ms: float
    questions: dict[int, Question]

    def family(self) -> list[int]:
        """Return all its processes."""
        return family_of(self.pid)

    def workers(self) -> list[int]:
        """Return the processes that answer."""
        return children_of(self.pid) or [self.pid]

    def memory(self) -> dict[str, Any]:
        """Return what the processes hold, in MB."""
        return {"master": megabytes(self.pid), "workers": [megabytes(pid) for pid in self.workers()]}


@dataclass(frozen=True)
class Opponent:
    """The folder of the floor and the CQL opponent, set up, and its programs as modules."""

    folder: Path
    bench: ModuleType
    make_data: ModuleType
    python: str

    def versions(self) -> dict[str, str]:
        """Return the versions that its numbers are those of."""
        return dict(self.bench.versions(self.python))


def prepared(folder: Path) -> Opponent:
    """Take a folder in which setup.sh has been run."""
    if not (folder / "cqlpeer/elm").is_dir():
        raise SystemExit(f"{folder} is not set up: run its setup.sh, or give --opponent")
    sys.path.append(str(folder))
    python = folder / ".venv/bin/python"
    own = str(python) if python.exists() else sys.executable
    return Opponent(folder, importlib.import_module("bench"), importlib.import_module("make_data"), own)


def set_up(folder: Path) -> Opponent:
    """Copy a folder, which may be read-only, and set the copy up: packages are installed, minutes the first time."""
    if not (folder / "setup.sh").is_file():
        raise SystemExit(f"there is no opponent in {folder}: name its folder with --opponent")
    copy = Path(tempfile.mkdtemp(prefix="kcds-opponent-"))
    for source in (path for path in folder.rglob("*") if path.is_file()):
        target = copy / source.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    print(f"setting up {copy}; next time: --prepared {copy}", file=sys.stderr, flush=True)
    subprocess.run(["sh", "-c", "bash setup.sh"], cwd=copy, check=True)  # noqa: S607 - wherever the machine has it
    return prepared(copy)


@contextmanager
def running(
    opponent: Opponent, sizes: Sequence[int], workers: int, cql: Sequence[int], port: int
) -> Iterator[list[Peer]]:
    """Start every service, ask each once for each size, and end them all after the block."""
    records = {size: opponent.make_data.build(size) for size in sizes}
    theirs = {size: opponent.make_data.opponent_body(record) for size, record in records.items()}
    floor_port, ours = free_port(), port or free_port()
    unicorns = [opponent.python, "-m", "gunicorn", "-w", str(workers), "-b", f"127.0.0.1:{floor_port}"]
    with ExitStack() as stack:
        peers = [_floor(opponent, stack, [*unicorns, "--log-level", "error", "floor_flask:app"], floor_port, theirs)]
        served = stack.enter_context(serving(ours, workers, deadline="8"))  # a busy machine is no overload
        questions = _our_questions(opponent, f"http://127.0.0.1:{ours}", records)
        peers.append(Peer(OURS, served.master, served.seconds_to_ready * 1000, questions))
        peers += [_cql(opponent, stack, processes, theirs) for processes in cql]
        for peer in peers:
            for size, question in peer.questions.items():
                require_right(peer, size, question)
        yield peers


def require_right(peer: Peer, size: int, question: Question) -> None:
    """Stop unless the answer is right: a wrong one makes every number worthless."""
    status, answer = post(question.url, question.body)
    if not question.is_right(status, answer):
        raise SystemExit(f"{peer.name}, {size} resources: {status}, not the expected answer: {answer[:400]!r}")


def _floor(opponent: Opponent, stack: ExitStack, command: list[str], port: int, bodies: dict[int, bytes]) -> Peer:
    process, start_ms = opponent.bench.start(command, opponent.folder, {}, f"http://127.0.0.1:{port}")
    stack.callback(opponent.bench.stop, process)
    url = f"http://127.0.0.1:{port}{VIEW}"
    questions = {size: Question(url, body, '"summary":"Static"', 1) for size, body in bodies.items()}
    return Peer(FLOOR, process.pid, start_ms, questions)


def _cql(opponent: Opponent, stack: ExitStack, processes: int, bodies: dict[int, bytes]) -> Peer:
    port = free_port()
    process, start_ms = opponent.bench.start(
        ["node", "server.mjs"],
        opponent.folder / "cqlpeer",
        {"PORT": str(port), "CLUSTER": str(processes)},
        f"http://127.0.0.1:{port}",
    )
    stack.callback(opponent.bench.stop, process)
    url = f"http://127.0.0.1:{port}/cds-services/ketamine"
    questions = {size: Question(url, body, '"summary":', CQL_CARDS) for size, body in bodies.items()}
    return Peer(f"cql-{processes}p", process.pid, start_ms, questions)


def _our_questions(opponent: Opponent, base: str, records: dict[int, Any]) -> dict[int, Question]:
    """Ask kcds about every resource of each record; its invented patient has an active opioid use disorder."""
    bodies, _ = opponent.bench.our_bodies(base, _SERVICE, records, unfiltered=True)
    return {size: _our_question(base + VIEW, body) for size, (body, _) in bodies.items()}


def _our_question(url: str, body: bytes) -> Question:
    status, answer = post(url, body)
    cards = orjson.loads(answer).get("cards", ()) if status == 200 else ()  # noqa: PLR2004 - HTTP
    said = {card["extension"]["org.kcds.advice"]["disposition"] for card in cards}
    if said != {"contraindicated"}:
        raise SystemExit(f"kcds answered {status} with {said or 'no cards'}, not with a contraindication")
    return Question(url, body, '"disposition":"contraindicated"', len(cards))
