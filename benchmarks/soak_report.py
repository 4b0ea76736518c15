"""What a soak has seen, and which of it must not be."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from statistics import median
from typing import Any

MOST_GROWTH = 1.02
"""Of the master, once it has settled, to the end."""

MOST_GROWTH_RELOADING = 1.05
"""The same where rules are reloaded: old and new ones are there together, and the allocator finds its size in steps."""

MOST_MB = 300
"""Of one worker, resident: a body at the caps takes a hundred more for the time of its call."""

_SHOWN = 5
_OURS = 500
_CALLS = 'kcds_calls_total{kind="hook"'
_GOOD = 'status="2xx"'
_SLACK = 0.5
"""Seconds by which the clock of a client and the moment of a kill may differ."""


@dataclass
class Soak:
    """What all clients have seen; every method may be called by any thread."""

    patients: int
    alike: int
    seconds: float = 0
    kills: list[float] = field(default_factory=list)
    reloads: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    lost: list[tuple[float, float, str]] = field(default_factory=list)
    wrong_answers: list[str] = field(default_factory=list)
    crossings: list[str] = field(default_factory=list)
    poison: Counter[tuple[str, str]] = field(default_factory=Counter)
    poison_gone_wrong: list[str] = field(default_factory=list)
    memory: list[tuple[float, float, list[float]]] = field(default_factory=list)
    counts: dict[str, float] = field(default_factory=dict)
    log: Counter[str] = field(default_factory=Counter)
    log_spoilt: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answered(self, status: int, seconds: float) -> None:
        """Note an answer to a call about a patient."""
        with self._lock:
            self.statuses[status] += 1
            self.times.append(seconds)

    def unanswered(self, started: float, ended: float, what: str) -> None:
        """Note a call whose connection was closed without an answer."""
        with self._lock:
            self.lost.append((started, ended, what))

    def wrong(self, what: str) -> None:
        """Note wrong advice."""
        with self._lock:
            self.wrong_answers.append(what)

    def crossed(self, what: str) -> None:
        """Note an answer that speaks of another patient."""
        with self._lock:
            self.crossings.append(what)

    def poisoned(self, name: str, status: int | None, *, right: bool) -> None:
        """Note what a poisoned request came to."""
        with self._lock:
            self.poison[name, str(status)] += 1
            if not right:
                self.poison_gone_wrong.append(f"{name}: {status}")

    def look(self, second: float, master: dict[str, float], workers: list[dict[str, float]]) -> None:
        """Note the memory of the processes."""
        resident = [worker["rss"] for worker in workers if "rss" in worker]
        self.memory.append((round(second, 1), master.get("rss", 0), resident))

    def unexplained(self) -> list[str]:
        """Return the lost calls that no kill explains: each kill explains one that ran at its time."""
        kills, rest = sorted(self.kills), []
        for started, ended, what in sorted(self.lost):
            reason = next((kill for kill in kills if started - _SLACK <= kill <= ended + _SLACK), None)
            if reason is None:
                rest.append(what)
            else:
                kills.remove(reason)
        return rest

    def miscounted(self) -> list[str]:
        """Compare the calls that the service says it answered with the answers that were had."""
        counted = sum(value for name, value in self.counts.items() if name.startswith(_CALLS) and _GOOD in name)
        had = self.statuses[200] + sum(number for (_, status), number in self.poison.items() if status == "200")
        unseen = len(self.lost) + sum(number for (_, status), number in self.poison.items() if status == "None")
        if had <= counted <= had + unseen:
            return []
        return [f"{had} calls were answered (and up to {unseen} unseen), the service has counted {counted:g}"]

    def growth(self) -> float:
        """Return the memory of the master at the end, over that after a fifth of the time; with reloads, after half."""
        begin = len(self.memory) // (2 if self.reloads else 5)
        settled = [master for _, master, _ in self.memory[begin:] if master]
        return settled[-1] / settled[0] if settled else 1

    def progress(self, second: float) -> str:
        """Say in one line how it goes."""
        return (
            f"{second:5.0f} s: {sum(self.statuses.values())} answers, {sum(self.poison.values())} poisoned, "
            f"{len(self.kills)} kills, {len(self.lost)} lost, {len(self.wrong_answers)} wrong"
        )

    def as_json(self) -> dict[str, Any]:
        """Return the numbers."""
        times = sorted(self.times)
        workers = [one for _, _, resident in self.memory for one in resident]
        return {
            "minutes": round(self.seconds / 60, 1),
            "patients": self.patients,
            "patients_whose_answer_is_not_theirs_alone": self.alike,
            "answers": {str(status): number for status, number in sorted(self.statuses.items())},
            "per_second": round(len(times) / self.seconds, 1) if self.seconds else 0,
            "p50_ms": round(median(times) * 1000, 1) if times else None,
            "p99_ms": round(times[int(len(times) * 0.99)] * 1000, 1) if times else None,
            "poisoned": sum(self.poison.values()),
            "kills": len(self.kills),
            "reloads": self.reloads,
            "without_answer": len(self.lost),
            "wrong_answers": len(self.wrong_answers),
            "crossings": len(self.crossings),
            "worker_deaths_counted": self.counts.get("kcds_worker_deaths_total", 0),
            "log_lines_spoilt": self.log_spoilt,
            "master_mb_first": self.memory[0][1] if self.memory else None,
            "master_mb_last": self.memory[-1][1] if self.memory else None,
            "master_growth_once_settled": round(self.growth(), 3),
            "worker_mb_median": median(workers) if workers else None,
            "worker_mb_most": max(workers, default=None),
        }

    def summary(self) -> str:
        """Say what was seen."""
        lines = [f"{name.replace('_', ' ')}: {value}" for name, value in self.as_json().items()]
        kinds = [f"  {name}: {status} x {number}" for (name, status), number in sorted(self.poison.items())]
        lost = [f"  lost: {what}" for _, _, what in self.lost]
        log = [f"  log: {event} x {number}" for event, number in self.log.most_common()]
        return "\n".join([*lines, *kinds, *lost, *log])


def violations(soak: Soak) -> list[str]:
    """Return what must not be, in words; nothing where all went well."""
    counted = soak.counts.get("kcds_worker_deaths_total", 0)
    errors = {name: soak.counts.get(name, 0) for name in ("kcds_evaluation_errors_total",)}
    store = {name: value for name, value in soak.counts.items() if name.startswith("kcds_store_events_total") and value}
    most = max((one for _, _, workers in soak.memory for one in workers), default=0)
    found = [
        *_few("wrong advice", soak.wrong_answers),
        *_few("a crossing between patients", soak.crossings),
        *_few("no answer, and no kill explains it", soak.unexplained()),
        *_few("a poisoned request got another status", soak.poison_gone_wrong),
        *soak.miscounted(),
        *(f"{number} answers {status}" for status, number in soak.statuses.items() if status == _OURS),
        *(f"{name} is {value:g}" for name, value in (errors | store).items() if value),
    ]
    if counted != len(soak.kills):
        found.append(f"{len(soak.kills)} workers were killed, the service has counted {counted:g}")
    if soak.growth() > (MOST_GROWTH_RELOADING if soak.reloads else MOST_GROWTH):
        found.append(f"the master grew to {soak.growth():.3f} of its size")
    if most > MOST_MB:
        found.append(f"a worker took {most:g} MB")
    if soak.log_spoilt:
        found.append(f"{soak.log_spoilt} lines of the log are no JSON")
    if not soak.statuses:
        found.append("nothing was asked")
    return found


def _few(what: str, found: list[str]) -> list[str]:
    more = [f"{what}: {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
    return [f"{what}: {one}" for one in found[:_SHOWN]] + more
