"""`kcds rules export`: the rulebook as files that a committee can read, print and compare."""

import re
import shutil
from collections.abc import Iterator
from filecmp import dircmp
from pathlib import Path

import pytest
from knowledge_builders import RULES, copy_of_rules, real_knowledge
from overlay_builders import overlay
from typer.testing import CliRunner, Result

from kcds.rules_cli import app

NUMBER = "systolic: {value: 160,"
WRONG = "  - {name: a wrong case, facts: [], unknown: [blood-pressure], expect: applies}\n"
UNREADABLE = "contraindications/active_mania.cases.yaml"
CASES = "contraindications/repeated_high_blood_pressure.cases.yaml"


def export(to: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["export", "--html", str(to), *options])


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of the real rules."""
    directory = tmp_path_factory.mktemp("export") / "book"
    result = export(directory, "--rules", str(RULES))
    assert result.exit_code == 0, result.stderr
    assert "all cases pass" in result.stdout
    return directory


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """An export of rules of which one has another number and a wrong case, and one has cases that cannot be read."""
    directory = tmp_path_factory.mktemp("changed")
    rules = copy_of_rules(directory)
    rule = rules / "contraindications" / "repeated_high_blood_pressure.yaml"
    rule.write_text(rule.read_text().replace(NUMBER, NUMBER.replace("160", "161")))
    (rules / CASES).write_text((rules / CASES).read_text() + WRONG)
    (rules / UNREADABLE).write_text("rule: [")
    (rules / "version.yaml").write_text("version: 2027.11.1\nreleased: 2027-01-01\n")
    return directory / "book", export(directory / "book", "--rules", str(rules))


def files_in(directory: Path) -> dict[str, bytes]:
    return {p.relative_to(directory).as_posix(): p.read_bytes() for p in directory.rglob("*") if p.is_file()}


def links_in(page: Path) -> Iterator[str]:
    for found in re.findall(r'(?:href|src)="([^"#]+)(?:#[^"]*)?"', page.read_text(encoding="utf-8")):
        if not found.startswith(("https://", "http://", "data:")):
            yield found


def test_every_rule_has_its_file_and_the_index_names_it(exported: Path) -> None:
    index = (exported / "index.html").read_text(encoding="utf-8")

    assert {path.stem for path in (exported / "rules").iterdir()} == set(real_knowledge().rules_by_id)
    assert all(f'href="rules/{rule.id}.html"' in index for rule in real_knowledge().rules)
    assert real_knowledge().version in index
    assert "cases were run with it: all pass" in index


def test_every_link_leads_to_a_file_of_the_export(exported: Path) -> None:
    pages = list(exported.rglob("*.html"))

    assert [(page.name, link) for page in pages for link in links_in(page) if not (page.parent / link).is_file()] == []


def test_style_sheets_lead_to_files_of_the_export(exported: Path) -> None:
    for sheet in (exported / "assets").glob("*.css"):
        for link in re.findall(r"url\([\"']?(?!data:)([^\"')#]+)", sheet.read_text(encoding="utf-8")):
            assert (sheet.parent / link).is_file(), (sheet.name, link)


def test_the_same_rules_make_the_same_bytes_in_the_place_of_the_export_before(exported: Path, tmp_path: Path) -> None:
    again = shutil.copytree(exported, tmp_path / "again")
    (again / "rules" / "a-rule-that-is-gone.html").write_text("old")
    (again / "index.html").write_text("old")

    assert export(again, "--rules", str(RULES)).exit_code == 0

    assert files_in(again) == files_in(exported)


def test_what_changed_in_a_rule_changes_a_few_lines_of_its_page_alone(
    exported: Path, changed: tuple[Path, Result]
) -> None:
    compared = dircmp(exported / "rules", changed[0] / "rules")
    before, after = (
        (place / "rules" / "repeated-high-blood-pressure.html").read_text().splitlines()
        for place in (exported, changed[0])
    )

    assert sorted(compared.diff_files) == ["active-mania.html", "repeated-high-blood-pressure.html"]
    assert 0 < len(set(after) - set(before)) < 25


def test_no_line_is_empty_or_ends_in_blanks(exported: Path) -> None:
    for page in exported.rglob("*.html"):
        lines = page.read_text(encoding="utf-8").splitlines()
        assert [line for line in lines if not line.strip() or line != line.rstrip()] == []


def test_nothing_of_a_page_needs_a_server(exported: Path) -> None:
    text = (exported / "index.html").read_text(encoding="utf-8")

    assert "<form" not in text
    assert "hx-get" not in text


def test_an_overlay_is_exported_as_local_policy(tmp_path: Path) -> None:
    site = overlay(tmp_path, disable={"nmda-antagonist-taken": "Our pharmacy reviews these"})

    result = export(tmp_path / "book", "--rules", str(RULES), "--overlay", str(site))

    assert result.exit_code == 0
    text = (tmp_path / "book" / "rules" / "nmda-antagonist-taken.html").read_text(encoding="utf-8")
    assert "Switched off here (not shown on cards): Our pharmacy reviews these" in text
    assert "+local." in (tmp_path / "book" / "index.html").read_text(encoding="utf-8")


def test_cases_that_fail_or_cannot_be_read_are_written_and_said_and_exit_with_1(changed: tuple[Path, Result]) -> None:
    book, result = changed

    assert result.exit_code == 1
    assert "repeated-high-blood-pressure: A wrong case: expected applies, was data-required" in result.stderr
    assert UNREADABLE in result.stderr
    assert re.search(r"written to .*, but not all pass \(3 of \d+ fail\); each page says so\.", result.stderr)
    assert "<b>3 fail</b>" in (book / "index.html").read_text(encoding="utf-8")
    page = (book / "rules" / "repeated-high-blood-pressure.html").read_text(encoding="utf-8")
    assert "3 of 8 fail" in page


def test_rules_at_fault_are_not_exported(tmp_path: Path) -> None:
    directory = copy_of_rules(tmp_path)
    (directory / "cautions" / "some_rule.yaml").write_text("id: some-rule\nstatus: activ")

    result = export(tmp_path / "book", "--rules", str(directory))

    assert result.exit_code == 1
    assert "cautions/some_rule.yaml" in result.stderr
    assert not (tmp_path / "book").exists()


def test_a_directory_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")

    result = export(tmp_path, "--rules", str(RULES))

    assert result.exit_code == 1
    assert "is not empty, and no rulebook" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    result = export(tmp_path / "file" / "book", "--rules", str(RULES))

    assert result.exit_code == 1
    assert "cannot be written" in result.stderr
    assert "Traceback" not in result.stderr
