"""The plots and tables of docs/performance.md, made of the results that the benchmarks wrote.

    python benchmarks/plots.py [--results docs/performance] [--png DIR]

Every number on that page comes from a JSON file of the folder; a plot whose file is missing is not made. The plots
stand on a ground of their own, so that they can be read on light and dark pages alike.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import altair as alt
import orjson
import vl_convert
from performance_tables import make_parts

sys.path.append(str(Path(__file__).parents[1] / "scripts"))

from doc_blocks import refresh

from kcds.model.steps import Step

PAGE = Path(__file__).parents[1] / "docs/performance.md"
NAMES = {"floor": "floor (Flask, fixed card)", "kcds": "kcds", "cql-1p": "CQL, 1 process", "cql-2p": "CQL, 2 processes"}
COLOURS = {NAMES["floor"]: "#6f6f6f", NAMES["kcds"]: "#0072b2", NAMES["cql-1p"]: "#d55e00", NAMES["cql-2p"]: "#e69f00"}
STEPS = (*(step.value for step in Step), "rest")
ENGINES = {"checked": "both, compared", "durable": "durable-rules", "reference": "reference"}
_STEP_COLOURS = ("#999999", "#f0e442", "#0072b2", "#56b4e9", "#d55e00", "#cc79a7", "#e69f00", "#009e73", "#dddddd")
_ENGINE_COLOURS = ("#0072b2", "#d55e00", "#6f6f6f")

Json = dict[str, Any]
Chart = Any  # of several classes of Altair
Plot = Callable[[Json], Chart]


def main() -> None:
    """Make every plot whose numbers are there, and bring the tables of the page up to date."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=PAGE.with_suffix(""))
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--png", type=Path, help="folder for the same plots as PNG, to look at")
    options = parser.parse_args()
    results = {path.stem: orjson.loads(path.read_bytes()) for path in options.results.glob("*.json")}
    for name, (source, plot) in PLOTS.items():
        if source in results:
            drawn = plot(results[source]).to_json()
            (options.results / f"{name}.svg").write_text(vl_convert.vegalite_to_svg(drawn) + "\n", encoding="utf-8")
            if options.png:
                (options.png / f"{name}.png").write_bytes(vl_convert.vegalite_to_png(drawn, scale=2))
    refresh([options.page], make_parts(results))


def latency(peers: Json) -> Chart:
    """Latency by size and service, on a logarithmic scale: the median as a point, p99 as the end of a line."""
    rows = [
        {
            "service": NAMES[name],
            "resources": int(size),
            "connections": "one connection" if point == "c1" else "8 connections",
            "p50": found[point]["p50_ms"],
            "p99": found[point]["p99_ms"],
        }
        for name, peer in peers["peers"].items()
        for size, found in peer["sizes"].items()
        for point in ("c1", "c8")
    ]
    names = [NAMES[name] for name in peers["peers"]]
    colour = alt.Color(
        "service:N", title=None, scale=alt.Scale(domain=names, range=[COLOURS[name] for name in names]), sort=names
    )
    base = alt.Chart(alt.InlineData(rows)).encode(
        x=alt.X("resources:O", title="resources in the request", axis=alt.Axis(labelAngle=0)),
        xOffset=alt.XOffset("service:N", sort=names),
        color=colour,
    )
    axis = alt.Axis(grid=True, values=[1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000], format=",d")
    p50 = base.mark_point(filled=True, size=80, opacity=1).encode(
        y=alt.Y("p50:Q", title="milliseconds (logarithmic)", scale=alt.Scale(type="log"), axis=axis),
    )
    spread = base.mark_rule(strokeWidth=2).encode(y="p50:Q", y2="p99:Q")
    numbers = base.mark_text(dy=12, fontSize=10).encode(y="p50:Q", text=alt.Text("p50:Q", format=",.3~r"))
    both = alt.layer(spread, p50, numbers).properties(width=330, height=280)
    return _styled(
        both.facet(column=alt.Column("connections:N", title=None, sort=["one connection", "8 connections"])),
        "Time to answer: median (point and number) up to the 99th percentile (line)",
        peers,
    )


def steps(peers: Json) -> Chart:
    """Say where the time of one request goes."""
    rows = [
        {"resources": f"{size} resources", "step": name, "ms": value, "order": STEPS.index(name)}
        for size, found in peers["steps"].items()
        for name, value in found.items()
        if name in STEPS
    ]
    chart = (
        alt.Chart(alt.InlineData(rows))
        .mark_bar(size=26)
        .encode(
            x=alt.X("ms:Q", title=None, stack="zero"),
            color=alt.Color("step:N", title=None, sort=STEPS, scale=alt.Scale(domain=STEPS, range=_STEP_COLOURS)),
            order="order:Q",
        )
        .properties(width=680, height=36)
        .facet(
            row=alt.Row(
                "resources:N",
                title=None,
                sort=[f"{size} resources" for size in peers["steps"]],
                header=alt.Header(labelAngle=0, labelAlign="left"),
            )
        )
        .resolve_scale(x="independent")
    )
    return _styled(
        chart, "Where the time of one request goes: milliseconds by step, medians; each row has its scale", peers
    )


def engine(found: Json) -> Chart:
    """Growth of the engines with facts, and with rules."""
    facts = [row | {"what": f"facts ({found['rules']} rules)", "number": row["facts"]} for row in found["facts"]]
    rules = [row | {"what": "rules (300 facts)", "number": row["rules"]} for row in found.get("rules_growth", ())]
    parts = [_growth(rows, logarithmic=rows is facts) for rows in (facts, rules) if rows]
    return _styled(alt.hconcat(*parts), "One evaluation by the engines", found)


def _growth(rows: list[Json], *, logarithmic: bool) -> Chart:
    points = [
        {"number": row["number"], "engine": ENGINES[name], "ms": row[name]}
        for row in rows
        for name in ENGINES
        if name in row
    ]
    scale = alt.Scale(type="log", nice=False) if logarithmic else alt.Scale(type="linear")
    title = f"{rows[0]['what']}{', both axes logarithmic' if logarithmic else ''}"
    names = list(ENGINES.values())
    return (
        alt.Chart(alt.InlineData(points))
        .mark_line(point=alt.OverlayMarkDef(size=50), strokeWidth=2)
        .encode(
            x=alt.X("number:Q", title=title, scale=scale, axis=alt.Axis(values=[row["number"] for row in rows])),
            y=alt.Y("ms:Q", title="milliseconds, median", scale=scale),
            color=alt.Color("engine:N", title=None, scale=alt.Scale(domain=names, range=_ENGINE_COLOURS), sort=names),
        )
        .properties(width=320, height=260)
    )


def memory(found: Json) -> Chart:
    """Memory over the requests."""
    rows = [
        {"requests": sample["requests"], "what": what, "MB": value}
        for sample in found["samples"]
        for what, value in (
            ("worker, resident", sample["workers"][0]["rss"]),
            ("worker, shared parts divided", sample["workers"][0]["pss"]),
            ("master, resident", sample["master"]["rss"]),
        )
    ]
    names = ["worker, resident", "worker, shared parts divided", "master, resident"]
    lines = (
        alt.Chart(alt.InlineData(rows))
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("requests:Q", title="requests answered by this worker", axis=alt.Axis(format=",d")),
            y=alt.Y("MB:Q", title="MB (2^20 bytes)", scale=alt.Scale(zero=True)),
            color=alt.Color("what:N", title=None, scale=alt.Scale(domain=names, range=_ENGINE_COLOURS), sort=names),
        )
    )
    bar = alt.Chart(alt.InlineData([{"MB": 120}])).mark_rule(strokeDash=[4, 4], color="#444444").encode(y="MB:Q")
    return _styled(
        alt.layer(lines, bar).properties(width=680, height=260),
        "Memory over the requests (dashed: the bar for a worker)",
        found,
    )


def _styled(chart: Chart, title: str, found: Json) -> Chart:
    """Give it a title with machine and day, and a ground of its own."""
    about = found["about"]
    under = f"kcds {about['kcds']}, {about['at'][:10]}, {about['machine']}"
    return (
        chart.properties(title=alt.TitleParams(title, subtitle=under, anchor="start"), background="#ffffff", padding=12)
        .configure_view(stroke="#cccccc")
        .configure_axis(labelColor="#222222", titleColor="#222222", gridColor="#e5e5e5", labelFontSize=11)
        .configure_title(color="#111111", subtitleColor="#444444", fontSize=14, subtitleFontSize=11)
        .configure_legend(orient="bottom", labelColor="#222222", labelFontSize=12, labelLimit=300)
        .configure_header(labelColor="#222222", labelFontSize=12)
    )


PLOTS: dict[str, tuple[str, Plot]] = {
    "latency": ("peers", latency),
    "steps": ("peers", steps),
    "engine": ("engine", engine),
    "memory": ("memory", memory),
}
"""The plots, each with the result that it is made of."""


if __name__ == "__main__":
    main()
