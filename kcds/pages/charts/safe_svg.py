"""Only pictures of a few plain parts go into a page: whatever else the renderer was made to draw is refused."""

import re
from xml.etree import ElementTree as ET

from markupsafe import Markup

SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = frozenset(f"{SVG}{name}" for name in ("svg", "g", "path", "line", "text", "rect"))
ATTRIBUTES = frozenset(
    {
        *("class", "role", "aria-label", "aria-hidden", "aria-roledescription", "version", "viewBox", "transform"),
        *("d", "x", "y", "x2", "y2", "width", "height", "fill", "stroke", "stroke-width", "stroke-dasharray"),
        *("stroke-linejoin", "stroke-linecap", "stroke-miterlimit", "opacity", "display", "pointer-events"),
        *("text-anchor", "font-family", "font-size", "font-weight"),
    }
)
PAINTS = frozenset({"fill", "stroke"})
_PAINT = re.compile(r"none|transparent|var\(--[a-z0-9-]+\)")
MOST = 2_000_000
"""Characters of one picture."""


def safe(svg: str) -> Markup | None:
    """Return a picture as it may stand in a page; None where it holds anything but plain shapes and words."""
    if len(svg) > MOST or "<!" in svg or "<?" in svg:
        return None
    try:
        root = ET.fromstring(svg)  # noqa: S314 - no declarations, see above; and our own renderer's
    except ET.ParseError:
        return None
    if root.tag != f"{SVG}svg" or not all(_is_plain(element) for element in root.iter()):
        return None
    return Markup(svg)  # noqa: S704 - every element and attribute was looked at


def _is_plain(element: ET.Element) -> bool:
    """Tell whether an element and all that is said of it is known."""
    return element.tag in ELEMENTS and all(
        name in ATTRIBUTES and (name not in PAINTS or _PAINT.fullmatch(value)) for name, value in element.items()
    )
