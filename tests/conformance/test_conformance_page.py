"""The checklist is held whole: every line that has to be tested has a test, and the page says what is so."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from make_conformance import PAGE, lines_of, marked_tests, page, read_checklist  # noqa: E402 - the scripts are no package

LINES = lines_of(read_checklist())


@pytest.mark.parametrize("line", [name for name, line in LINES.items() if "test" in line])
def test_every_line_that_has_to_be_tested_has_a_test(line: str) -> None:
    assert LINES[line]["test"] in ("T", "t")
    assert marked_tests().get(line)


@pytest.mark.parametrize("line", [name for name, line in LINES.items() if "test" not in line])
def test_every_other_line_says_where_it_is_met(line: str) -> None:
    assert LINES[line]["met"]


def test_a_line_has_the_members_that_the_page_shows_and_no_other() -> None:
    known = {"id", "level", "test", "what", "met", "na", "differs"}

    assert [line for line in LINES.values() if not {"id", "level", "what"} <= set(line) <= known] == []


def test_no_test_holds_a_line_that_is_not_in_the_checklist_and_no_line_is_there_twice() -> None:
    assert set(marked_tests()) <= set(LINES)
    assert len(LINES) == sum(len(lines) for lines in read_checklist().values())


def test_the_page_is_what_checklist_and_markers_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run scripts/make_conformance.py"
