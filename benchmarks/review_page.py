"""The review page: how long until the advice is there, and until all of it is, with its charts drawn.

    python benchmarks/review_page.py --rounds 15 --json docs/performance/review_page.json        under a minute

An invented patient is reviewed twice. In this process the clock runs from the end of fetching: it holds the reading of
the record, the rules and the page. Over HTTP the patient is uploaded to the demo of `kcds serve` with one worker, by a
client that takes gzip as browsers do: there the clock runs from the first byte that is sent. The first page, whose
worker and renderer have shown none before, is told apart.
"""

import argparse
import gc
import http.client
import time
import zlib
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import orjson
from processes import children_of, circumstances, cpu_seconds, megabytes
from request_time import MOMENT, SERVICE, filled_request
from serving import Served, free_port, serving

from kcds.advice_app import make_service
from kcds.cds_hooks.request import read_hook_request
from kcds.model.steps import Step
from kcds.pages.charts.draw import draw_timeline, prepare
from kcds.pages.html import stream
from kcds.pages.review.view import make_review_view
from kcds.pages.site import Site
from kcds.service import AdviceService
from kcds.web.pages.streams import compressed

SIZES = (50, 500, 2000)
STRIP_MS, PAGE_MS = 100, 500
"""The bars, at 2,000 resources."""

_LANES = 4
_BOUNDARY = "kcds-benchmark"
_HEADERS = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}", "Accept-Encoding": "gzip"}
_STRIP, _PICTURE = b'id="summary"', b'role="img" aria-label='
_PATIENCE = 60


@dataclass(frozen=True, slots=True)
class Page:
    """One page as a browser had it."""

    strip_ms: float
    whole_ms: float
    plain: int
    packed: int
    drawn: bool


def main() -> None:
    """Measure, print, and write the numbers down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    about = circumstances()
    data = _from_data(options.rounds)
    with serving(options.port or free_port(), 1, demo="on") as served:
        result: dict[str, Any] = {"about": about, "rounds": options.rounds, "first": _first(served, SIZES[0])}
        result["sizes"] = {str(size): data[size] | _measure(served, size, options.rounds) for size in SIZES}
        worker = served.workers()[0]
        result["mb"] = {"worker": megabytes(worker)["rss"], "renderer": megabytes(children_of(worker)[0])["rss"]}
    print(_text(result))
    if options.json:
        options.json.write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2) + b"\n")


def _from_data(rounds: int) -> dict[int, dict[str, float]]:
    """Say for each size when the advice and the whole page are ready after the data are there, in this process."""
    service = make_service()
    gc.collect()
    gc.freeze()
    gc.disable()  # as in a worker, where the collector runs between two calls
    prepare()
    found = {}
    for size in SIZES:
        body = filled_request(size)
        for _ in range(3):  # the first ones wait for the renderer
            _review(service, body)
        times = []
        for _ in range(rounds):
            times.append(_review(service, body))
            gc.collect(1)
        strips, wholes = zip(*times, strict=True)
        found[size] = {"strip_after_data_ms": round(median(strips), 1), "page_after_data_ms": round(median(wholes), 1)}
        found[size] |= {"strip_after_data_ms_least": round(min(strips), 1)}
    return found


def _review(service: AdviceService, body: bytes) -> tuple[float, float]:
    """Make one page; return the milliseconds to the advice and to its end."""
    fetched = 0.0

    def note(step: Step) -> None:
        nonlocal fetched
        fetched = time.perf_counter() if step is Step.FETCH else fetched

    request = read_hook_request(orjson.loads(body), SERVICE)
    moment = replace(MOMENT, done=note)
    now, today = moment.now, moment.today

    def load() -> object:
        review = service.review(request, moment)
        return make_review_view(review, service, hook=SERVICE.hook, now=now, today=today, draw=draw_timeline)

    values = dict.fromkeys(("run", "retry", "ehr", "opened_from", "tag", "back"))
    parts = stream("review.html.j2", Site(), load=load, demo=True, **values)
    ready = [time.perf_counter() for _ in compressed(part.encode() for part in parts)]
    return (ready[1] - fetched) * 1000, (ready[-1] - fetched) * 1000


def _first(served: Served, size: int) -> dict[str, float]:
    """Open a page right after the start, then again until it has its pictures."""
    form, begin = _form(size), time.perf_counter()
    first = page = _load(served.port, form)
    while not page.drawn:
        if time.perf_counter() - begin > _PATIENCE:
            raise SystemExit("the charts are never drawn: is kcds[pages] installed?")
        page = _load(served.port, form)
    drawn_ms = round((time.perf_counter() - begin) * 1000)
    return {"strip_ms": round(first.strip_ms), "whole_ms": round(first.whole_ms), "drawn_after_ms": drawn_ms}


def _measure(served: Served, size: int, rounds: int) -> dict[str, float]:
    """Load the page of one patient again and again."""
    form, worker = _form(size), served.workers()
    for _ in range(3):
        _load(served.port, form)
    renderer = children_of(worker[0])
    before = cpu_seconds(worker), cpu_seconds(renderer)
    pages = [_load(served.port, form) for _ in range(rounds)]
    used = cpu_seconds(worker) - before[0], cpu_seconds(renderer) - before[1]
    strips, wholes = [page.strip_ms for page in pages], [page.whole_ms for page in pages]
    found = {
        "strip_ms": median(strips),
        "strip_ms_least": min(strips),
        "whole_ms": median(wholes),
        "whole_ms_least": min(wholes),
        "worker_cpu_ms": used[0] / rounds * 1000,
        "renderer_cpu_ms": used[1] / rounds * 1000,
    }
    sizes = {"plain_kb": pages[-1].plain / 1000, "gzip_kb": pages[-1].packed / 1000}
    undrawn = sum(not page.drawn for page in pages)
    return {name: round(value, 1) for name, value in (found | sizes).items()} | {"without_pictures": undrawn}


def _form(size: int) -> bytes:
    """Return what a browser sends that uploads a record, and wants its review page."""
    fields = {"show": b"review", "record": filled_request(size)}
    parts = [
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"
        for name, value in fields.items()
    ]
    return b"".join(parts) + f"--{_BOUNDARY}--\r\n".encode()


def _load(port: int, form: bytes) -> Page:
    """Load a page as a browser does, part by part."""
    unpacking, page, packed, strip_ms = zlib.decompressobj(zlib.MAX_WBITS | 16), b"", 0, 0.0
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)) as connection:
        begin = time.perf_counter()
        connection.request("POST", "/demo/upload", form, _HEADERS)
        response = connection.getresponse()
        while part := response.read1():
            packed += len(part)
            page += unpacking.decompress(part)
            if not strip_ms and _STRIP in page and b"</section>" in page.partition(_STRIP)[2]:
                strip_ms = (time.perf_counter() - begin) * 1000
        whole_ms = (time.perf_counter() - begin) * 1000
    if response.status != http.client.OK or not strip_ms or not page.rstrip().endswith(b"</html>"):
        raise SystemExit(f"that is no review page: {response.status}, {len(page)} bytes")
    return Page(strip_ms, whole_ms, len(page), packed, drawn=page.count(_PICTURE) == _LANES)


def _text(result: dict[str, Any]) -> str:
    first, largest = result["first"], result["sizes"][str(SIZES[-1])]
    met = largest["strip_after_data_ms"] < STRIP_MS and largest["page_after_data_ms"] < PAGE_MS
    lines = [
        f"{size:>5} resources: after the data advice {found['strip_after_data_ms']} ms, page "
        f"{found['page_after_data_ms']} ms; over HTTP advice {found['strip_ms']} ms (least {found['strip_ms_least']}), "
        f"page {found['whole_ms']} ms (least {found['whole_ms_least']}), processor {found['worker_cpu_ms']} + "
        f"{found['renderer_cpu_ms']} ms, {found['plain_kb']} KB, {found['gzip_kb']} packed, "
        f"{found['without_pictures']} without pictures"
        for size, found in result["sizes"].items()
    ]
    cold = f"advice {first['strip_ms']} ms, page {first['whole_ms']} ms, pictures after {first['drawn_after_ms']} ms"
    lines.insert(0, f"first page after the start: {cold}")
    lines.append(f"worker {result['mb']['worker']} MB, renderer {result['mb']['renderer']} MB")
    lines.append(f"advice under {STRIP_MS} ms and page under {PAGE_MS} ms: {'met' if met else 'NOT MET'}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
