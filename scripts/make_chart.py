"""The chart that all lanes are drawn with, made with Altair: run after each change, and after each release of Altair.

    python scripts/make_chart.py

The file that it writes is what the renderer reads: to import Altair and to compile the chart anew at each start would
double the time of a start, and hold half as much memory again.
"""

import json
from typing import Any

import altair as alt
import vl_convert

from kcds.pages.charts.protocol import TEMPLATE

FONT = "Inter, system-ui, sans-serif"
RIM = 4
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

    def paint(channel: Any, name: str) -> Any:
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


def as_text(vega: Json) -> str:
    """Return the chart as its file holds it."""
    return json.dumps(vega, indent=1, sort_keys=True) + "\n"


def main() -> None:
    """Write the file."""
    TEMPLATE.write_text(as_text(build()), encoding="utf-8")


if __name__ == "__main__":
    main()
