"""The tables of docs/performance.md: every number of them is read from a result."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1] / "scripts"))

from doc_blocks import table

Json = dict[str, Any]

_FEW = 10
_FACTS = 300
_QUIET = 2
_BUSY = "**Much other work ran on the machine: the times are upper bounds, to be measured again where it is quiet.**"
_SOURCES = ("peers", "engine", "startup", "memory", "soak", "review_page")
_SOAK_ROWS = (
    ("minutes", "minutes"),
    ("patients", "invented patients"),
    ("answers", "answers by status"),
    ("poisoned", "poisoned requests"),
    ("kills", "workers killed"),
    ("worker_deaths_counted", "worker deaths that the service counted"),
    ("reloads", "reloads"),
    ("without_answer", "requests without an answer"),
    ("wrong_answers", "wrong answers"),
    ("crossings", "crossings between patients"),
    ("p50_ms", "p50, ms"),
    ("p99_ms", "p99, ms"),
    ("worker_mb_most", "largest worker, MB"),
)


def make_parts(results: Json) -> dict[str, str]:
    """Make each part of the page; one whose result is not there says so."""
    made = {name: make(results[source]) if source in results else _MISSING for name, (source, make) in PARTS.items()}
    return made | {"measured": _measured(results), "other-bars": _other_bars(results)}


def _measured(results: Json) -> str:
    """Say when, where and with what each result was measured."""
    rows = [
        (f"`{name}.json`", about["at"][:16].replace("T", " "), about["machine"], _number(about["load"]), about["kcds"])
        for name in _SOURCES
        if name in results
        for about in [results[name]["about"]]
    ]
    versions = sorted({_versions(results[name]["about"]) for name in _SOURCES if name in results})
    lines = "\n".join(f"* {line}" for line in versions)
    found = f"{table(('result', 'UTC', 'machine', 'load before', 'kcds'), rows)}\n\n{lines}"
    busy = [name for name in _SOURCES if name in results and results[name]["about"]["load"] > _QUIET]
    return f"{found}\n\n{_BUSY}" if busy else found


def _versions(about: Json) -> str:
    libraries = ", ".join(f"{name} {version}" for name, version in about["libraries"].items())
    opponent = about.get("opponent", {})
    others = ", ".join(f"{name} {opponent[name]}" for name in opponent if name not in ("machine", "python", "wrk"))
    wrk = " ".join(opponent.get("wrk", "").split()[:2])
    return f"Python {about['python']}, {libraries}" + (f"; {wrk}; opponent and floor: {others}" if others else "")


def _shows(peers: Json) -> str:
    """Say of each bar by size what was measured, and whether it is met."""
    sizes = list(peers["steps"])
    found = {(one["what"], one["resources"]): one for one in peers["shows"]}
    names = dict.fromkeys(one["what"] for one in peers["shows"] if one["resources"])
    rows = [(name, *(_cell(found.get((name, size))) for size in sizes)) for name in names]
    return table(("", *(f"{int(size):,} resources" for size in sizes)), rows)


def _cell(one: Json | None) -> str:
    return f"{_number(one['value'])} {one['unit']} ({one['bar']}): {_met(one['met'])}" if one else ""


def _other_bars(results: Json) -> str:
    """Say the same of the bars that do not depend on the size of a request."""
    rows = [
        (what, f"{_number(value)} {unit}", f"< {bar} {unit}", _met(value < bar))
        for source, what, unit, bar, value_of in _OTHER_BARS
        if source in results and (value := value_of(results[source])) is not None
    ]
    if "soak" in results:
        number = len(results["soak"]["violations"])
        rows.append(
            (f"soak of {results['soak']['minutes']:g} minutes: violations", f"{number}", "none", _met(not number))
        )
    return table(("", "measured", "bar", ""), rows) if rows else _MISSING


def _at_300_facts(engine: Json) -> float | None:
    return next((float(row["checked"]) for row in engine["facts"] if row["facts"] == _FACTS), None)


def _of_a_record(engine: Json) -> float | None:
    """Give the time for the record whose facts come nearest to 300."""
    rows = sorted(engine.get("records", ()), key=lambda row: abs(row["facts"] - _FACTS))
    return float(rows[0]["checked"]) if rows else None


def _met(met: bool) -> str:  # noqa: FBT001 - the one thing that it is about
    return "met" if met else "**not met**"


def _peers(peers: Json) -> str:
    rows = []
    for name, peer in peers["peers"].items():
        for size, found in peer["sizes"].items():
            one, eight = found["c1"], found["c8"]
            numbers = (one["p50_ms"], one["p50_ms_least"], one["p99_ms"], eight["p50_ms"], eight["p99_ms"])
            more = (eight["per_second"], one["cpu_ms"])
            rows.append(
                (name, size, f"{found['bytes'] / 1000:.0f}", *map(_number, (*numbers, *more)), one["generator"])
            )
    head = (
        "service",
        "resources",
        "KB",
        "p50",
        "least p50",
        "p99",
        "p50, 8",
        "p99, 8",
        "per second, 8",
        "CPU ms",
        "load by",
    )
    rounds = f"{peers['rounds']} rounds of {peers['seconds']:g} s, {peers['minutes']} minutes in all."
    return f"{rounds}\n\n{table(head, rows)}"


def _peer_memory(peers: Json) -> str:
    rows = [
        (
            name,
            _megabytes(peer["mb"]["workers"], "rss"),
            _megabytes(peer["mb"]["workers"], "pss"),
            _megabytes([peer["mb"]["master"]], "rss"),
            f"{peer['start_ms'] / 1000:.2f}",
        )
        for name, peer in peers["peers"].items()
    ]
    head = (
        "service",
        "workers, resident MB",
        "with shared parts divided",
        "first process, resident MB",
        "started in s",
    )
    return table(head, rows)


def _megabytes(processes: Iterable[Json], kind: str) -> str:
    return ", ".join(f"{process[kind]:.0f}" for process in processes)


def _steps(peers: Json) -> str:
    names = list(next(iter(peers["steps"].values())))
    rows = [(size, *(_number(found.get(name, 0)) for name in names)) for size, found in peers["steps"].items()]
    return table(("resources", *names), rows)


def _engine(engine: Json) -> str:
    head = ("durable-rules", "reference", "both, compared")
    keys = ("durable", "reference", "checked")
    facts = [(str(row["facts"]), *(_with_least(row, key) for key in keys)) for row in engine["facts"]]
    rules = [(str(row["rules"]), *(_with_least(row, key) for key in keys)) for row in engine.get("rules_growth", ())]
    records = [
        (str(row["resources"]), str(row["facts"]), *(_with_least(row, key) for key in keys))
        for row in engine.get("records", ())
    ]
    parts = [f"{engine['rules']} rules:\n\n{table(('facts', *head), facts)}"]
    if records:
        parts.append(f"The patient of the other benchmarks:\n\n{table(('resources', 'facts', *head), records)}")
    if rules:
        parts.append(f"300 facts:\n\n{table(('rules', *head), rules)}")
    return "\n\n".join(parts)


def _with_least(row: Json, engine: str) -> str:
    return f"{_number(row[engine])} ({_number(row['minimum'][engine])})"


def _startup(startup: Json) -> str:
    rows = [
        (f"`kcds {name}`", *(_number(startup[name][key]) for key in ("median_s", "least_s", "most_s", "cpu_s")))
        for name in ("serve", "evaluate")
    ]
    rows.append(("`kcds serve`, the first time: makes its store", _number(startup["serve"]["first_s"]), "", "", ""))
    return table((f"{startup['runs']} runs", "median s", "least", "most", "processor s"), rows)


def _memory(memory: Json) -> str:
    growth, body = memory["growth_percent"], memory["body_kb"]
    return (
        f"{memory['requests']:,} requests of {memory['patients']} patients (bodies of {body['median']} KB, "
        f"the largest {body['largest']}), all by one worker, in {memory['minutes']} minutes: it held "
        f"{memory['worker_mb']} MB at most, the first process {memory['master_mb']} MB; growth after the first 2 % of "
        f"the requests {growth['rss']} % (resident), {growth['pss']} % (with shared parts divided)."
    )


def _soak(soak: Json) -> str:
    rows = [(words, _said(soak[key])) for key, words in _SOAK_ROWS if soak.get(key) is not None]
    violations = soak["violations"]
    said = "\n".join(f"* {line}" for line in violations) or "No violation."
    return f"{table(('seen', ''), rows)}\n\n{said}"


def _review_page(pages: Json) -> str:
    head = (
        "resources",
        "advice, after the data",
        "page, after the data",
        "advice, HTTP",
        "page, HTTP",
        "worker's CPU",
        "renderer's CPU",
        "KB",
        "KB, gzip",
    )
    keys = ("strip_after_data_ms", "page_after_data_ms", "strip_ms", "whole_ms", "worker_cpu_ms", "renderer_cpu_ms")
    rows = [
        (size, *(_number(found[key]) for key in (*keys, "plain_kb", "gzip_kb")))
        for size, found in pages["sizes"].items()
    ]
    first, held = pages["first"], pages["mb"]
    said = (
        f"The first page of a worker that has shown none: advice after {first['strip_ms']} ms, all of it after "
        f"{first['whole_ms']} ms; its charts are there {first['drawn_after_ms']} ms after the first request. Then the "
        f"worker holds {held['worker']} MB, and its renderer {held['renderer']} MB."
    )
    return f"{table(head, rows)}\n\n{said}"


def _said(value: Any) -> str:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return ", ".join(f"{name}: {number}" for name, number in value.items())
    return _number(value)


def _number(value: float) -> str:
    """Write a number with the digits that mean something."""
    if isinstance(value, int) or value == int(value):
        return f"{int(value)}"
    return f"{value:.2f}" if abs(value) < _FEW else f"{value:.1f}"


_MISSING = "Not measured yet."


def _of_largest(what: str) -> Callable[[Json], float | None]:
    return lambda pages: float(pages["sizes"]["2000"][f"{what}_after_data_ms"])


_OTHER_BARS: tuple[tuple[str, str, str, float, Callable[[Json], float | None]], ...] = (
    ("engine", "engine, all rules, about 300 facts of a record, cross-check included", "ms", 6, _of_a_record),
    ("engine", "the same, 300 facts drawn so that most fit a rule", "ms", 6, _at_300_facts),
    ("startup", "start to ready", "s", 2, lambda startup: startup["serve"]["median_s"]),
    ("memory", "memory of a worker, resident, at most", "MB", 120, lambda memory: memory["worker_mb"]),
    ("memory", "its growth over all requests", "%", 2, lambda memory: memory["growth_percent"]["rss"]),
    ("review_page", "review page of 2,000 resources: advice, after the data", "ms", 100, _of_largest("strip")),
    ("review_page", "all of it, with its charts", "ms", 500, _of_largest("page")),
)
"""Result, what it says, unit, bar, and where the value stands."""

PARTS: dict[str, tuple[str, Callable[[Json], str]]] = {
    "shows": ("peers", _shows),
    "peers": ("peers", _peers),
    "peer-memory": ("peers", _peer_memory),
    "steps": ("peers", _steps),
    "engine": ("engine", _engine),
    "startup": ("startup", _startup),
    "memory": ("memory", _memory),
    "soak": ("soak", _soak),
    "review-page": ("review_page", _review_page),
}
"""The parts of the page, each with the result that it is made of."""
