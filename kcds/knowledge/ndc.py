"""NDC: which RxNorm product a US package code means.

93,000 codes are kept as one text of sorted lines and searched by halves: 2 MB, where strings would be 8 MB and a
dictionary of products more than 20.
"""

import re
from array import array
from bisect import bisect_left
from io import BytesIO
from itertools import accumulate, islice
from operator import le
from pathlib import Path

from kcds.errors import Fault

_LINE = re.compile(r"[0-9]{11},[0-9]++")
_LINES = re.compile(rf"(?:{_LINE.pattern}\n)*+")
_TARGET = re.compile(rb",(\d+)")
_SEGMENTS = {(4, 4, 2), (5, 3, 2), (5, 4, 1), (5, 4, 2)}
_LENGTH = 11


def normalise_ndc(code: str) -> str | None:
    """Write an NDC with 11 digits (5-4-2); None where that cannot be said, as for 10 digits without hyphens."""
    written = code.strip()
    segments = written.split("-")
    if not all(segment.isascii() and segment.isdigit() for segment in segments):
        return None
    if tuple(map(len, segments)) in _SEGMENTS:
        labeler, product, package = segments
        return labeler.zfill(5) + product.zfill(4) + package.zfill(2)
    return written if len(segments) == 1 and len(written) == _LENGTH else None


class NdcTable:
    """The NDC of every product we know."""

    def __init__(self, lines: bytes) -> None:
        """Keep the lines "ndc11,rxcui", sorted."""
        self._lines = lines
        self._starts = array("I", accumulate(map(len, BytesIO(lines)), initial=0))

    def rxcui(self, code: str) -> str | None:
        """Say which RxNorm product an NDC means."""
        ndc = normalise_ndc(code)
        if ndc is None:
            return None
        lines, wanted = self._lines, ndc.encode()

        def code_at(start: int) -> bytes:
            return lines[start : start + _LENGTH]

        place = bisect_left(self._starts, wanted, hi=len(self._starts) - 1, key=code_at)
        start = self._starts[place]
        if lines.startswith(wanted, start):
            return lines[start + _LENGTH + 1 : self._starts[place + 1]].rstrip().decode()
        return None

    def targets(self) -> set[str]:
        """List the RxNorm products that some NDC means."""
        return set(map(bytes.decode, set(_TARGET.findall(self._lines))))


def load_ndc(path: Path, faults: list[Fault]) -> NdcTable:
    """Read the table; lines out of order or out of shape are faults."""
    file = f"terminology/{path.name}"
    remedy = "Run scripts/make_value_sets.py again."
    if not path.is_file():
        faults.append(Fault(file, "(file)", "is missing.", remedy))
        return NdcTable(b"")
    header, _, text = path.read_text(encoding="utf-8").partition("\n")
    if header != "ndc11,rxcui":
        faults.append(Fault(file, "header", 'is not "ndc11,rxcui".', remedy))
    wrong = [] if _LINES.fullmatch(text) else [line for line in text.splitlines() if not _LINE.fullmatch(line)]
    if wrong:
        faults.append(Fault(file, wrong[0], f"is not an 11-digit NDC and an RxCUI ({len(wrong)} such lines).", remedy))
    lines = text.encode()
    if not all(map(le, BytesIO(lines), islice(BytesIO(lines), 1, None))):
        faults.append(Fault(file, "(order)", "lines are not sorted.", remedy))
    return NdcTable(lines)
