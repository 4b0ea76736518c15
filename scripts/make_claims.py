"""Make `rules/knowledge/claims.csv` from the tables of KNOWLEDGE.md: one row per claim.

Usage: python scripts/make_claims.py ../shared/knowledge/KNOWLEDGE.md
"""

import csv
import re
import sys
from pathlib import Path

OUT = Path(__file__).resolve().parent.parent / "rules" / "knowledge" / "claims.csv"
COLUMNS = ("id", "category", "statement", "threshold", "source", "grade", "verification", "soft", "may_stop")
CELLS = 7  # of a claim in KNOWLEDGE.md
CLAIM = re.compile(r"^[EIDGCAXMSFQ]\d\d$")
SOFT = {"C04", "C05", "C06", "C10", "C13", "C18", "C22"}
"""Claims that never carry a hard stop: CONVENTIONS 7."""
MAY_STOP = {"X01"}
"""Claims that may carry a hard stop besides those of category contraindication: head of KNOWLEDGE.md."""


def rows_of(markdown: str) -> list[list[str]]:
    """Return one row per claim, sorted by id."""
    rows = []
    for line in markdown.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if CLAIM.match(cells[0]) and len(cells) == CELLS:
            may_stop = cells[1] == "contraindication" or cells[0] in MAY_STOP
            rows.append([*cells, _word(cells[0] in SOFT), _word(may_stop)])
    return sorted(rows)


def _word(truth: bool) -> str:  # noqa: FBT001
    return "yes" if truth else "no"


def main() -> None:
    """Write the catalogue."""
    rows = rows_of(Path(sys.argv[1]).read_text(encoding="utf-8"))
    OUT.parent.mkdir(exist_ok=True)
    with OUT.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    print(f"{len(rows)} claims in {OUT}")


if __name__ == "__main__":
    main()
