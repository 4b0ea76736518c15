"""The product table finds each product by its whole code, and nothing else."""

import pytest

from kcds.knowledge.product_table import ProductTable
from kcds.knowledge.products import ProductRow

ROWS = {
    "97": ProductRow("ticlopidine hydrochloride", "10594", "unknown"),
    "161": ProductRow("Acetaminophen", "161", "unknown", "161:325/unit"),
    "9": ProductRow('"Kétamine", 50\x1fmg', "6130;10594", "injectable"),
}

TABLE = ProductTable((code, row.ingredients, row.form, row.strengths, row.name) for code, row in ROWS.items())


def test_every_row_is_found_as_it_was_given() -> None:
    assert dict(TABLE) == ROWS


@pytest.mark.parametrize("code", ["", "1", "16", "1610", "98", "0", "999", "97 ", "٩", "\ud800", "97\x1f", "10594"])
def test_a_code_that_is_not_there_is_not_found(code: str) -> None:
    assert TABLE.get(code) is None


def test_of_an_empty_table_nothing_is_found() -> None:
    assert ProductTable([]).get("97") is None
