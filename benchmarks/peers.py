"""kcds, the floor and tuned CQL in one run, in turn, on this machine: latency, throughput, processor time, memory.

    python benchmarks/peers.py --json docs/performance/peers.json        8 to 10 minutes, the first time some more
    python benchmarks/peers.py --quick                                   2 minutes, for a try
    python benchmarks/peers.py --prepared DIR ...                        an opponent that is set up already

The floor (Flask and orjson, a fixed card, as many workers) and the CQL opponent (Node) come from --opponent. All
services run from the start to the end, one is under load at a time, and the rounds take turns, so that what else the
machine does meets all alike. Every answer is checked: of kcds its one card with the disposition, of CQL its 9 cards.
"""

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

import orjson
from load import Measured, Question, has_wrk, post_and_see, python_load, wrk_load
from opponents import FLOOR, OURS, Opponent, Peer, prepared, require_right, running, set_up
from peers_report import shows, table
from processes import circumstances, cpu_seconds

CONNECTIONS = (1, 8)
SLOW_MS = 40
"""wrk asks a service that is slower than this too seldom in a round: the requests are counted then."""

FEWEST = {1: 10, 8: 24}
"""Requests a round of a slow service, by connections; for a try as many as there are connections."""

MANY = 150
"""Requests that a round of ours at 8 connections should have, so that p99 is more than the slowest."""

_DURATION = "dur="
_SHARED = Path(__file__).parents[2] / "shared/benchmark"

Key = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Point:
    """What one measurement is about: a service, how many resources, how many connections at a time."""

    peer: Peer
    size: int
    connections: int

    @property
    def key(self) -> Key:
        """The name of this point."""
        return (self.peer.name, self.size, self.connections)


def main() -> None:
    """Measure, print, and write the numbers down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--opponent", type=Path, default=_SHARED, help="its folder, copied and set up")
    parser.add_argument("--prepared", type=Path, help="its folder, set up already")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--secs", type=float, default=3, help="seconds of one measurement")
    parser.add_argument("--sizes", default="50,500,2000")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cql", default="1", help="numbers of processes: 1 or 1,2")
    parser.add_argument("--python-load", action="store_true", help="do not use wrk")
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--port", type=int, default=0, help="for kcds; 0: any")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.secs = 1, 1
    opponent = prepared(options.prepared) if options.prepared else set_up(options.opponent)
    result = run(options, opponent)
    print(table(result))
    if options.json:
        options.json.write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2) + b"\n")


def run(options: argparse.Namespace, opponent: Opponent) -> dict[str, Any]:
    """Measure everything and return the numbers."""
    began, about = time.perf_counter(), circumstances()
    sizes = [int(size) for size in options.sizes.split(",")]
    cql = [int(number) for number in options.cql.split(",") if number]
    use_wrk = has_wrk() and not options.python_load
    with running(opponent, sizes, options.workers, cql, options.port) as peers:
        idle = {peer.name: peer.memory() for peer in peers}
        typical = {(peer.name, size): _warm(peer, size, options.quick) for peer in peers for size in sizes}
        measured: dict[Key, list[Measured]] = defaultdict(list)
        steps: dict[int, list[dict[str, float]]] = defaultdict(list)
        for turn, size, peer in product(range(options.rounds), sizes, peers):
            for point in (Point(peer, size, connections) for connections in CONNECTIONS):
                one = _measure(point, typical[peer.name, size], options.secs, wrk=use_wrk)
                measured[point.key].append(one)
                _say(turn, point, one)
            if peer.name == OURS:
                steps[size] += _steps(peer.questions[size])
        result: dict[str, Any] = {
            "about": about | {"opponent": opponent.versions(), "load_at_end": circumstances()["load"]},
            "generator": "wrk for fast points, Python threads for slow ones" if use_wrk else "Python threads",
            "rounds": options.rounds,
            "seconds": options.secs,
            "workers": options.workers,
            "peers": {peer.name: _of_peer(peer, sizes, measured, idle[peer.name]) for peer in peers},
            "steps": {str(size): _typical_steps(found) for size, found in steps.items()},
        }
    return result | {"shows": shows(result), "minutes": round((time.perf_counter() - began) / 60, 1)}


def _warm(peer: Peer, size: int, quick: bool) -> float:  # noqa: FBT001 - told by the command line
    """Let the just-in-time compilers do their work; return how long one request takes, in ms."""
    require_right(peer, size, peer.questions[size])
    return python_load(peer.questions[size], 2, 1 if quick else 3, 2 if quick else 12).p50_ms


def _measure(point: Point, typical_ms: float, seconds: float, *, wrk: bool) -> Measured:
    """Measure one service for one round; every answer must be right."""
    peer = point.peer
    question, before = peer.questions[point.size], cpu_seconds(peer.family())
    if peer.name == OURS and point.connections > 1:
        seconds = max(seconds, MANY * typical_ms / 1000 / len(peer.workers()))
    if wrk and (typical_ms <= SLOW_MS or peer.name in (OURS, FLOOR)):  # these two are compared: one generator
        one = wrk_load(question, point.connections, seconds)
    else:
        least = FEWEST[point.connections] if seconds > 1 else point.connections
        one = python_load(question, point.connections, seconds, least)
    if one.bad:
        raise SystemExit(f"{point.key}: {one.bad} answers were wrong")
    require_right(peer, point.size, question)
    return replace(one, cpu_ms=(cpu_seconds(peer.family()) - before) * 1000 / one.requests)


def _say(turn: int, point: Point, one: Measured) -> None:
    numbers = f"p50 {one.p50_ms:.2f} ms, p99 {one.p99_ms:.2f} ms, {one.per_second:.1f}/s, {one.requests} requests"
    about = f"round {turn + 1}  {point.peer.name:7} {point.size:5} resources, {point.connections} connections"
    print(f"{about}: {numbers}, {one.generator}", file=sys.stderr, flush=True)


def _steps(question: Question) -> list[dict[str, float]]:
    """Ask a few times; return what the service says of its steps (Server-Timing) and the rest of the time, in ms."""
    return [_timed(question) for _ in range(8)]


def _timed(question: Question) -> dict[str, float]:
    started = time.perf_counter()
    headers = post_and_see(question.url, question.body)[1]
    took = (time.perf_counter() - started) * 1000
    steps = _timing(headers.get("Server-Timing", ""))
    return steps | {"rest": took - steps.get("total", 0)}


def _timing(header: str) -> dict[str, float]:
    parts = (part.strip().partition(";") for part in header.split(",") if _DURATION in part)
    return {name: float(rest.partition(_DURATION)[2]) for name, _, rest in parts}


def _typical_steps(found: list[dict[str, float]]) -> dict[str, float]:
    names = dict.fromkeys(name for one in found for name in one)
    return {name: round(median(one.get(name, 0) for one in found), 2) for name in names}


def _of_peer(peer: Peer, sizes: Iterable[int], measured: dict[Key, list[Measured]], idle: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    return {
        "start_ms": round(peer.start_ms),
        "idle_mb": idle,
        "mb": peer.memory(),
        "sizes": {
            str(size): {"bytes": len(peer.questions[size].body)}
            | {f"c{number}": _medians(measured[peer.name, size, number]) for number in CONNECTIONS}
            for size in sizes
        },
    }


def _medians(rounds: list[Measured]) -> dict[str, Any]:
    """Return the medians of the rounds, the least p50 and the greatest p99."""
    each = [asdict(one) for one in rounds]
    middle = {name: median(one[name] for one in each) for name in ("p50_ms", "p99_ms", "per_second", "cpu_ms")}
    return {name: round(value, 3) for name, value in middle.items()} | {
        "p50_ms_least": round(min(one.p50_ms for one in rounds), 3),
        "p99_ms_most": round(max(one.p99_ms for one in rounds), 3),
        "requests": sum(one.requests for one in rounds),
        "generator": rounds[0].generator,
    }


if __name__ == "__main__":
    main()
