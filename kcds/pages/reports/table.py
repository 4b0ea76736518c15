"""The report as CSV: the same cells as on the page, after the period and the filters they hold for."""

import csv
from collections.abc import Mapping
from io import StringIO

from kcds.pages.reports.rates import Rate
from kcds.pages.reports.report import Report, Row

_COLUMNS = (
    *("rule", "version", "applied", "cannot_tell", "shown", "accepted", "accepted_percent", "accepted_low"),
    *("accepted_high", "overridden", "overridden_percent", "overridden_low", "overridden_high", "no_response"),
    "reasons",
)


def write_table(report: Report, asked: Mapping[str, str]) -> str:
    """Write the table; `asked` are the period and the filters, by the name of their column."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow((*asked, *_COLUMNS))
    writer.writerows([_harmless(cell) for cell in (*asked.values(), *_cells(row))] for row in report.rows)
    return text.getvalue()


def _cells(row: Row) -> list[str]:
    reasons = "; ".join(f"{told.words}: {told.count}" for told in row.reasons)
    counts = [str(cell).replace(",", "") for cell in (row.fired, row.unknown, row.shown)]
    accepted, overridden, silent = (str(one).replace(",", "") for one in (row.accepted, row.overridden, row.silent))
    return [
        *(row.rule, row.version, *counts, accepted, *_percent(row.accepted_rate)),
        *(overridden, *_percent(row.overridden_rate), silent, reasons),
    ]


def _percent(rate: Rate | None) -> list[str]:
    return [f"{one:.1%}".rstrip("%") for one in (rate.value, rate.low, rate.high)] if rate else ["", "", ""]


def _harmless(text: str) -> str:
    """Write a text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
