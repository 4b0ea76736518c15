"""Many clients, poisoned requests and killed workers: every patient gets the right advice, and nobody another's.

    python benchmarks/soak.py --minutes 10 [--reload-every 30] [--json FILE]

Clients ask `kcds serve` about invented patients, whose answers were computed beforehand in this process. One request in
a hundred is poisoned; every 20 seconds a worker is killed (SIGKILL). It ends with status 1 unless: every answer is the
expected one, up to uuids and times; no answer names another patient; every request is answered, but at most one for
each kill; poisoned requests get the statuses that they should; the service has counted as many dead workers as were
killed, and no error; the memory of the master is flat, and no worker grows beyond a bound.
"""

import argparse
import http.client
import os
import signal
import sys
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import orjson
from processes import circumstances, is_running, megabytes
from serving import Served, free_port, serving
from soak_patients import Patient, foreign, make_patients
from soak_poison import Poison, poisons
from soak_report import Soak, violations

from kcds.advice_app import make_service

OVERLOADED = 503
GROWN = 2
"""Seconds after which a process is killed: what lives shorter may be the trial of a reload, and no worker."""

_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Load:
    """What the clients send, how much of it is poisoned, and until when."""

    port: int
    patients: list[Patient]
    poisons: list[Poison]
    share: float
    over: threading.Event = field(default_factory=threading.Event)


def client(load: Load, seed: int, soak: Soak) -> None:
    """Ask about one patient after the other until it is over."""
    random = Random(seed)
    while not load.over.is_set():
        if random.random() < load.share:
            _send(load, random.choice(load.poisons), soak)
        else:
            _ask(load, random.choice(load.patients), soak)


def _ask(load: Load, patient: Patient, soak: Soak) -> None:
    body, started = patient.body(), time.time()
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", load.port, timeout=60)) as connection:
            connection.request("POST", patient.path, body, _JSON)
            response = connection.getresponse()
            status, answer = response.status, response.read()
    except (OSError, http.client.HTTPException) as error:
        soak.unanswered(started, time.time(), type(error).__name__)
        return
    soak.answered(status, time.time() - started)
    if status == OVERLOADED:
        return
    if not patient.is_right(status, answer):
        soak.wrong(f"patient {patient.number}: {status}, not the expected answer")
    if others := foreign(patient.number, answer):
        soak.crossed(f"patient {patient.number}: the answer names {sorted(others)}")


def _send(load: Load, poison: Poison, soak: Soak) -> None:
    started = time.time()
    try:
        status = poison.send(load.port)
    except OSError as error:
        soak.unanswered(started, time.time(), f"{poison.name}: {type(error).__name__}")
        return
    if status is None and None not in poison.allowed:
        soak.unanswered(started, time.time(), poison.name)
    else:
        soak.poisoned(poison.name, status, right=status in poison.allowed | {OVERLOADED})


def disturb(served: Served, load: Load, soak: Soak, kill_every: float, reload_every: float) -> None:
    """Kill workers, reload, and look at the memory, until it is over."""
    random, started = Random(1), time.time()
    seen: dict[int, float] = {}
    next_kill, next_reload, next_look = started + kill_every, started + (reload_every or 1e9), started
    while not load.over.wait(0.2):
        now = time.time()
        workers = served.workers()
        seen = {pid: seen.get(pid, now) for pid in workers}
        grown = [pid for pid in workers if now - seen[pid] >= GROWN and is_running(pid)]
        if now >= next_kill and grown:
            soak.kills.append(time.time())
            os.kill(random.choice(grown), signal.SIGKILL)
            next_kill = now + kill_every
        if now >= next_reload:
            served.process.send_signal(signal.SIGHUP)
            soak.reloads += 1
            next_reload = now + reload_every
        if now >= next_look:
            soak.look(now - started, megabytes(served.master), [megabytes(pid) for pid in workers])
            next_look = now + 2


def run(options: argparse.Namespace) -> Soak:
    """Run the soak and return what was seen."""
    begin = datetime.now(UTC)
    end = begin + timedelta(minutes=options.minutes + 2)
    patients = make_patients(make_service(), options.patients, options.seed, begin, end)
    soak = Soak(patients=len(patients), alike=_alike(patients))
    port = options.port or free_port()
    with serving(port, options.workers) as served:
        load = Load(port, patients, poisons(), options.poisoned / 100)
        threads = [
            threading.Thread(target=client, args=(load, options.seed + number, soak), daemon=True)
            for number in range(options.clients)
        ]
        disturbing = (served, load, soak, options.kill_every, options.reload_every)
        threads.append(threading.Thread(target=disturb, args=disturbing, daemon=True))
        started = time.time()
        for thread in threads:
            thread.start()
        while time.time() - started < options.minutes * 60:
            time.sleep(min(10, options.minutes * 6))
            print(soak.progress(time.time() - started), file=sys.stderr, flush=True)
        load.over.set()
        for thread in threads:
            thread.join()
        soak.seconds = time.time() - started
        time.sleep(2)  # the last killed worker is replaced and counted
        soak.counts = served.counts()
        soak.log, soak.log_spoilt = _events(served.log.read_bytes())
    return soak


def _events(log: bytes) -> tuple[Counter[str], int]:
    """Count the lines of the log by what they say, and those that are no JSON of their own."""
    events, spoilt = Counter[str](), 0
    for line in log.splitlines():
        if line.startswith(b"{"):
            try:
                events[orjson.loads(line)["event"]] += 1
            except orjson.JSONDecodeError:
                spoilt += 1
    return events, spoilt


def _alike(patients: list[Patient]) -> int:
    """Count the patients whose expected answer another patient has too: silence, for instance."""
    answers = Counter(patient.answers for patient in patients)
    return sum(number for number in answers.values() if number > 1)


def main() -> int:
    """Run, print what was seen, and say whether all went well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--clients", type=int, default=6)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--patients", type=int, default=400)
    parser.add_argument("--poisoned", type=float, default=1, help="of a hundred requests")
    parser.add_argument("--kill-every", type=float, default=20, help="seconds")
    parser.add_argument("--reload-every", type=float, default=0, help="seconds; 0: never (SIGHUP)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    about = circumstances()
    soak = run(options)
    wrong = violations(soak)
    print(soak.summary())
    print("\n".join(f"VIOLATION: {line}" for line in wrong) or "no violation")
    if options.json:
        result = {"about": about, "violations": wrong, **soak.as_json()}
        options.json.write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2) + b"\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
