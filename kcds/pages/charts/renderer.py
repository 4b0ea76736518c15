"""The process that draws: `python -m kcds.pages.charts.renderer`. The chart itself is made by `scripts/make_chart.py`.

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

import vl_convert

from kcds.pages.charts.protocol import HEADER, LONGEST, READY, TEMPLATE

IDLE = 300
"""Seconds without work after which the process ends."""
LEFT, RIGHT = 34, 10
"""Room beside the chart: for the numbers of the axis, and for what ends at its right side."""
_SIZE = re.compile(r'width="[\d.]+" height="[\d.]+"')
_ROLE = re.compile(r'(<g [^<>]*?) role="graphics-(?:object|symbol)" aria-roledescription="[^"<>]*"')
LAYERS = ("boxes", "rules", "corners", "bars", "dots", "words")
Json = dict[str, Any]


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
    template = TEMPLATE.read_text(encoding="utf-8")
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
