"""Pages that are sent as far as they are known: compressed part by part, and never without an end in words."""

import zlib
from collections.abc import Iterable, Iterator

import structlog

from kcds.errors import place_of
from kcds.pages.html import render
from kcds.pages.site import Site
from kcds.web.metrics import Metrics

_GZIP = zlib.MAX_WBITS | 16
_LEVEL = 6

log = structlog.get_logger("kcds.web")


def to_the_end(parts: Iterable[str], site: Site, metrics: Metrics) -> Iterator[str]:
    """Give the parts of a page; where one cannot be made, say so in its place: nobody takes half a page for a whole."""
    try:
        yield from parts
    except Exception as error:  # noqa: BLE001 - whatever it is: its status is sent, so it is told on the page
        metrics.count_error()
        log.error("a page broke off", kind=type(error).__name__, where=place_of(error))  # noqa: TRY400 - no traceback
        yield render("broken.html.j2", site)


def compressed(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Compress a body whose parts are shown as they come: all of each is sent at once."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    for part in parts:
        yield packer.compress(part) + packer.flush(zlib.Z_SYNC_FLUSH)
    yield packer.flush()
