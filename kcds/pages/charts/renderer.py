"""The process that draws: `python -m kcds.pages.charts.renderer`. The only place of Altair and vl-convert.

It reads requests from its input and writes pictures to its output, each as a length and so many bytes of JSON. It ends
when its input does, which is when the worker that started it has gone, and after some minutes without work. It writes
nothing else anywhere: what goes through it is of patients.
"""

import json
import re
import select
import struct
import sys
from typing import Any, BinaryIO
from xml.sax.saxutils import quoteattr

import altair as alt
import vl_convert

from kcds.pages.charts.protocol import HEADER, LONGEST, READY

IDLE = 300
"""Seconds without work after which the process ends."""
FONT = "Inter, system-ui, sans-serif"
RIM = 4
LEFT, RIGHT = 34, 10
"""Room beside the chart: for the numbers of the axis, and for what ends at its right side."""
_SIZE = re.compile(r'width="[\d.]+" height="[\d.]+"')
_ROLE = re.compile(r'(<g [^<>]*?) role="graphics-(?:object|symbol)" aria-roledescription="[^"<>]*"')
LAYERS = ("boxes", "rules", "corners", "bars", "dots", "words")
Json = dict[str, Any]


def build() -> Json:
    """Build the chart that all lanes are drawn with, as Vega; data, sizes and domains are put in later."""
    grid = alt.Axis(
        values=[0],
        title=None,
        domain=False,
        ticks=False,
        grid=True,
        aria=False,
        minExtent=30,
        maxExtent=30,
        labelColor="var(--ink-3)",
        labelFontSize=11,
        labelFont=FONT,
        gridColor="var(--grid)",
        labelExpr="datum.label + suffix",
    )
    x = alt.X("x:Q", scale=alt.Scale(domain=[0, 1], nice=False, zero=False), axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[0, 1], nice=False, zero=False), axis=grid)

    def of(data: str) -> alt.Chart:
        return alt.Chart(alt.NamedData(name=data))

    def paint(channel: Any, name: str) -> Any:  # noqa: ANN401 - a class of Altair, one of each channel
        return channel(f"{name}:N", scale=None, legend=None)

    fill, stroke, dash = paint(alt.Fill, "fill"), paint(alt.Stroke, "stroke"), paint(alt.StrokeDash, "dash")
    width = alt.StrokeWidth("width:Q", scale=None, legend=None)
    opacity = alt.Opacity("opacity:Q", scale=None, legend=None)
    places = {"x": x, "x2": "x2:Q", "y": y, "y2": "y2:Q"}
    chart = alt.layer(
        of("boxes").mark_rect(aria=False, strokeWidth=1).encode(**places, fill=fill, stroke=stroke),
        of("rules")
        .mark_rule(aria=False)
        .encode(**places, stroke=stroke, strokeDash=dash, strokeWidth=width, opacity=opacity),
        of("corners")
        .mark_line(aria=False, strokeWidth=2, strokeJoin="round")
        .encode(x=x, y=y, stroke=stroke, strokeDash=dash, detail="series:N", order="place:Q"),
        of("bars").mark_rect(strokeWidth=1).encode(**places, fill=fill, stroke=stroke, description="label:N"),
        of("dots")
        .mark_point(opacity=1)
        .encode(
            x=x,
            y=y,
            shape=alt.Shape("shape:N", scale=None, legend=None),
            size=alt.Size("size:Q", scale=None, legend=None),
            fill=fill,
            stroke=stroke,
            strokeWidth=width,
            description="label:N",
        ),
        of("words").mark_text(aria=False, baseline="middle", font=FONT).encode(x=x, y=y, text="text:N", fill=fill),
    )
    spec = (
        chart.properties(width=1, height=1, description="summary")
        .add_params(alt.param(name="suffix", value=""))
        .configure(background="transparent", autosize=alt.AutoSizeParams(type="none"))
        .configure_view(stroke=None)
    )
    return _with_fields(dict(vl_convert.vegalite_to_vega(spec.to_dict())))


def _with_fields(vega: Json) -> Json:
    """Let words and boxes say how they look: Vega-Lite has no channel for it, Vega has."""
    for mark in vega["marks"]:
        encoded = mark.get("encode", {}).get("update", {})
        fields = {"text": ("align", "fontSize", "fontWeight", "stroke"), "rect": ("strokeDash", "cornerRadius")}
        encoded |= {name: {"field": name} for name in fields.get(mark["type"], ())}
        encoded |= {"strokeWidth": {"value": RIM}} if mark["type"] == "text" else {}
    return vega


def draw(template: str, chart: Json) -> str:
    """Draw one chart."""
    vega = json.loads(template)
    for data in vega["data"]:
        if data["name"] in LAYERS:
            data["values"] = chart[data["name"]]
    for scale in vega["scales"]:
        scale["domain"] = chart["days"] if scale["name"] == "x" else chart["values"]
    for axis in vega["axes"]:
        axis["values"] = chart["ticks"]
    for signal in vega.get("signals", []):
        if signal["name"] == "suffix":
            signal["value"] = chart["suffix"]
    vega |= {"width": chart["width"], "height": chart["height"], "description": chart["summary"]}
    vega["padding"] = {"left": LEFT, "right": RIGHT, "top": chart["top"], "bottom": chart["bottom"]}
    return _named(str(vl_convert.vega_to_svg(vega, allowed_base_urls=[])), str(chart["summary"]))


def _named(svg: str, summary: str) -> str:
    """Give a picture its words instead of its size, which is the page's business, and its groups no role.

    What stands in the record cannot look like a tag: its `<` and `>` are escaped.
    """
    svg = _ROLE.sub(r"\1", svg)
    return _SIZE.sub(lambda _: f'role="img" aria-label={quoteattr(summary)}', svg, count=1)


def _serve(incoming: BinaryIO, outgoing: BinaryIO) -> None:
    """Answer requests until there are no more."""
    template = json.dumps(build())
    _warm(template)
    outgoing.write(READY)
    outgoing.flush()
    while (request := _read(incoming)) is not None:
        charts = [draw(template, chart) for chart in request["charts"]]
        answer = json.dumps({"number": request["number"], "charts": charts}).encode()
        outgoing.write(struct.pack(HEADER, len(answer)) + answer)
        outgoing.flush()


def _warm(template: str) -> None:
    """Draw nothing once: the first picture takes many times as long as all later ones."""
    nothing = {"width": 1, "height": 1, "top": 0, "bottom": 0, "days": [0, 1], "values": [0, 1], "ticks": []}
    draw(template, nothing | {"suffix": "", "summary": "", **{name: [] for name in LAYERS}})


def _read(incoming: BinaryIO) -> Json | None:
    """Return the next request; None where there will be none."""
    waiting, _, _ = select.select([incoming], [], [], IDLE)
    header = incoming.read(struct.calcsize(HEADER)) if waiting else b""
    if len(header) < struct.calcsize(HEADER):
        return None
    (length,) = struct.unpack(HEADER, header)
    body = incoming.read(length) if length <= LONGEST else b""
    return dict(json.loads(body)) if len(body) == length else None


def main() -> None:
    """Serve the worker that started this process."""
    _serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
