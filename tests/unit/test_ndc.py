"""The table of NDC is one text that is searched by halves: every line is found, and nothing between them."""

from pathlib import Path

import pytest

from kcds.errors import Fault
from kcds.knowledge.ndc import NdcTable, load_ndc

LINES = {f"{number:011d}": f"{7 * number}" for number in (3, 10, 11, 99, 12345, 99_999_999_998)}


def table(count: int) -> NdcTable:
    return NdcTable("".join(f"{code},{rxcui}\n" for code, rxcui in list(LINES.items())[:count]).encode())


@pytest.mark.parametrize("count", range(len(LINES) + 1))
def test_every_code_of_the_table_is_found_and_no_other(count: int) -> None:
    held = dict(list(LINES.items())[:count])

    for code in LINES:
        assert table(count).rxcui(code) == held.get(code)
    for other in ("00000000000", "00000000002", "00000000012", "50000000000", "99999999999"):
        assert table(count).rxcui(other) is None
    assert table(count).targets() == set(held.values())


def test_a_last_line_without_an_end_is_read_too(tmp_path: Path) -> None:
    file = tmp_path / "rxnorm_ndc.csv"
    file.write_text("ndc11,rxcui\n00000000001,5\n00000000002,68")
    faults: list[Fault] = []

    read = load_ndc(file, faults)

    assert faults == []
    assert read.rxcui("00000000002") == "68"
