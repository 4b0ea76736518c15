"""Tables: the CSV files of `rules/terminology/`, read strictly.

A missing file, another header, a short row or an empty key is a fault that names the file and the line.
"""

import csv
from pathlib import Path

from kcds.errors import Fault

_REMEDY = "Run scripts/make_value_sets.py again, or mend a table kept by hand (rules/terminology/README.md says which)."


def read_table(path: Path, columns: tuple[str, ...], faults: list[Fault]) -> list[tuple[str, ...]]:
    """Read the rows of a table whose header must be these columns; the first column is a key."""
    file = f"terminology/{path.name}"
    if not path.is_file():
        faults.append(Fault(file, "(file)", "is missing.", _REMEDY))
        return []
    with path.open(encoding="utf-8", newline="") as text:
        lines = csv.reader(text)
        header = next(lines, [])
        rows = [tuple(row) for row in lines]
    if tuple(header) != columns:
        faults.append(Fault(file, "header", f"is not {','.join(columns)}.", _REMEDY))
        return []
    keys = {row[0] for row in rows if row}
    if set(map(len, rows)) <= {len(columns)} and len(keys) == len(rows) and "" not in keys:
        return rows
    return _sound_rows(rows, columns, file, faults)


def _sound_rows(
    rows: list[tuple[str, ...]], columns: tuple[str, ...], file: str, faults: list[Fault]
) -> list[tuple[str, ...]]:
    """Pick the rows that can be used, and say of each other one what is wrong with it."""
    seen: set[str] = set()
    read: list[tuple[str, ...]] = []
    for line, row in enumerate(rows, 2):
        if len(row) != len(columns) or not row[0]:
            faults.append(Fault(file, f"line {line}", f"does not have {len(columns)} columns and a key.", _REMEDY))
        elif row[0] in seen:
            faults.append(Fault(file, f"line {line}", f"repeats {row[0]}.", _REMEDY))
        else:
            seen.add(row[0])
            read.append(row)
    return read
