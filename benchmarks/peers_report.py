"""The numbers of `peers.py` as a table, and against the bars that were set beforehand."""

from typing import Any

OVER_FLOOR = {"50": 10, "500": 8, "2000": 8}
"""p50 at one connection: at most so many times that of the floor."""

FASTER_THAN_CQL = {"50": 8, "500": 12, "2000": 15}
"""p50 at one connection: tuned CQL in one process takes at least so many times as long."""

P99_MS = {"50": 60, "500": 150, "2000": 500}
"""At eight connections."""

READY_S = 2
WORKER_MB = 120
"""Resident."""

Json = dict[str, Any]


def shows(result: Json) -> list[Json]:
    """Compare with each bar: what, for how many resources, the value, the bar, and whether it is met."""
    peers = result["peers"]
    found = []
    for size, ours in peers["kcds"]["sizes"].items():
        p50, p99 = ours["c1"]["p50_ms"], ours["c8"]["p99_ms"]
        over = p50 / peers["floor"]["sizes"][size]["c1"]["p50_ms"]
        if size in OVER_FLOOR:
            found.append(_at_most("p50 at one connection, over the floor", size, over, OVER_FLOOR[size], "x"))
        if size in FASTER_THAN_CQL and "cql-1p" in peers:
            faster = peers["cql-1p"]["sizes"][size]["c1"]["p50_ms"] / p50
            what = "faster than tuned CQL (one process), p50"
            found.append(_at_least(what, size, faster, FASTER_THAN_CQL[size], "x"))
        if size in P99_MS:
            found.append(_at_most("p99 at 8 connections", size, p99, P99_MS[size], "ms"))
    worker = max(worker["rss"] for worker in peers["kcds"]["mb"]["workers"])
    found.append(_at_most("start to ready", "", peers["kcds"]["start_ms"] / 1000, READY_S, "s"))
    found.append(_at_most("memory of a worker, resident", "", worker, WORKER_MB, "MB"))
    return found


def _at_most(what: str, size: str, value: float, bar: float, unit: str) -> Json:
    return {
        "what": what, "resources": size, "value": round(value, 2), "bar": f"<= {bar}", "unit": unit, "met": value <= bar
    }  # fmt: skip


def _at_least(what: str, size: str, value: float, bar: float, unit: str) -> Json:
    return {
        "what": what, "resources": size, "value": round(value, 2), "bar": f">= {bar}", "unit": unit, "met": value >= bar
    }  # fmt: skip


def table(result: Json) -> str:
    """Return everything as text for a terminal."""
    about = result["about"]
    lines = [
        f"{about['machine']}; load {about['load']} at the start, {about['load_at_end']} at the end",
        f"kcds {about['kcds']}, Python {about['python']}; {about['opponent']}",
        f"{result['generator']}; {result['rounds']} rounds in turn, medians of rounds; {result['minutes']} minutes",
        "",
        f"{'':8}{'resources':>10}{'p50':>9}{'least':>9}{'p99':>9}{'p50 c8':>9}{'p99 c8':>9}{'/s c8':>9}{'CPU ms':>9}",
    ]
    for name, peer in result["peers"].items():
        for size, found in peer["sizes"].items():
            one, eight = found["c1"], found["c8"]
            numbers = (one["p50_ms"], one["p50_ms_least"], one["p99_ms"], eight["p50_ms"], eight["p99_ms"])
            more = (eight["per_second"], one["cpu_ms"])
            lines.append(f"{name:8}{size:>10}" + "".join(f"{number:9.2f}" for number in (*numbers, *more)))
    lines.append("")
    lines += [f"{name}: {_memory(peer)}; started in {peer['start_ms']} ms" for name, peer in result["peers"].items()]
    lines += [f"steps of kcds, {size} resources (ms): {steps}" for size, steps in result["steps"].items()]
    lines += ["", *map(_verdict, result["shows"])]
    return "\n".join(lines)


def _memory(peer: Json) -> str:
    master, workers = peer["mb"]["master"], peer["mb"]["workers"]
    each = ", ".join(f"{worker['rss']:.0f} ({worker['pss']:.0f})" for worker in workers)
    return f"workers {each} MB resident (with shared parts divided); master {master['rss']:.0f} ({master['pss']:.0f})"


def _verdict(one: Json) -> str:
    met = "met" if one["met"] else "NOT MET"
    of = f", {one['resources']} resources" if one["resources"] else ""
    return f"{met:8}{one['what']}{of}: {one['value']} {one['unit']} (bar {one['bar']})"
