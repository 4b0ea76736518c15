"""The product table in memory: one text of sorted lines, searched by halves.

15,000 products are 1 MB so; as objects they would be 8 MB, of which a request reads a few. What is read is remembered
by `Products`.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import TypeAlias

from kcds.knowledge.products import ProductRow

_BETWEEN = "\x1f"
"""Between the cells of a line: smaller than every digit, so that lines are sorted as their codes are."""

Cells: TypeAlias = tuple[str, str, str, str, str]
"""RxCUI, ingredients, form, strengths, name: the name may hold any sign."""


class ProductTable(Mapping[str, ProductRow]):
    """The row of every product, by RxCUI."""

    def __init__(self, rows: Iterable[Cells]) -> None:
        """Keep these rows."""
        lines = sorted(map(str.encode, map(_BETWEEN.join, rows)))
        self._lines = b"".join(lines)
        self._starts = array("I", accumulate(map(len, lines), initial=0))

    def __getitem__(self, rxcui: str) -> ProductRow:
        """Return the row of a product; raises KeyError."""
        lines, wanted = self._lines, f"{rxcui}{_BETWEEN}".encode("utf-8", "surrogatepass")
        last = len(self._starts) - 1
        place = bisect_left(self._starts, wanted, hi=last, key=lambda start: lines[start : start + len(wanted)])
        if place == last or not lines.startswith(wanted, self._starts[place]):
            raise KeyError(rxcui)
        _, ingredients, form, strengths, name = self._cells(place)
        return ProductRow(name, ingredients, form, strengths)

    def __iter__(self) -> Iterator[str]:
        """Name every code."""
        return (self._cells(place)[0] for place in range(len(self)))

    def __len__(self) -> int:
        """Count the products."""
        return len(self._starts) - 1

    def _cells(self, place: int) -> list[str]:
        line = self._lines[self._starts[place] : self._starts[place + 1]]
        return line.decode().split(_BETWEEN, len(ProductRow._fields))
