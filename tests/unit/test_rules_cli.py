from pathlib import Path

import pytest
from knowledge_builders import RULES, copy_of_rules, real_knowledge
from typer.testing import CliRunner

from kcds.rules_cli import app

CASE = """  - name: a case that was added by this test
    facts: []
    unknown: [blood-pressure]
    expect: applies
"""


def test_check_counts_what_it_checked() -> None:
    result = CliRunner().invoke(app, ["check", "--rules", str(RULES), "--as-of", "2026-11-21"])

    assert result.exit_code == 0
    assert result.stdout.startswith(f"OK: knowledge {real_knowledge().version}, ")


def test_check_prints_every_fault_with_file_key_and_remedy_and_exits_with_1(tmp_path: Path) -> None:
    directory = copy_of_rules(tmp_path)
    (directory / "claims.yaml").write_text("C99: {state: declined, reason: not one of ours}")
    (directory / "cautions" / "some_rule.yaml").write_text("id: some-rule\nstatus: activ")

    result = CliRunner().invoke(app, ["check", "--rules", str(directory), "--as-of", "2026-11-21"])

    assert result.exit_code == 1
    assert "cautions/some_rule.yaml: status: cannot be 'activ'. Did you mean `active`?\n" in result.stderr
    assert "claims.yaml: C99: is not a claim. " in result.stderr


def test_check_judges_review_dates_on_the_given_day() -> None:
    result = CliRunner().invoke(app, ["check", "--rules", str(RULES), "--as-of", "2036-11-21"])

    assert result.exit_code == 1
    assert "Review the source, then set last_reviewed and review_by." in result.stderr


def test_test_runs_every_case() -> None:
    result = CliRunner().invoke(app, ["test", "--rules", str(RULES)])

    assert result.exit_code == 0
    assert "cases pass" in result.stdout


def test_test_prints_a_failing_case_with_its_facts_and_exits_with_1(tmp_path: Path) -> None:
    directory = copy_of_rules(tmp_path)
    path = directory / "contraindications" / "repeated_high_blood_pressure.cases.yaml"
    path.write_text(path.read_text() + CASE)

    result = CliRunner().invoke(app, ["test", "--rules", str(directory)])

    assert result.exit_code == 1
    assert "a case that was added by this test\n  expected applies, was data-required" in result.stderr
    assert "  data {domain: blood-pressure, state: missing}\n" in result.stderr


def test_test_does_not_run_rules_that_have_faults(tmp_path: Path) -> None:
    directory = copy_of_rules(tmp_path)
    (directory / "cautions" / "some_rule.yaml").write_text("id: some-rule")

    result = CliRunner().invoke(app, ["test", "--rules", str(directory)])

    assert result.exit_code == 1
    assert "nothing was tested" in result.stderr


def test_list_says_of_every_rule_who_signed_it() -> None:
    result = CliRunner().invoke(app, ["list", "--rules", str(RULES)])

    lines = [line.split("\t") for line in result.stdout.splitlines()]
    assert lines[0][:-2] == ["rule", "version", "status", "category", "effect", "strength", "claims"]
    assert lines[0][-2:] == ["signed", "local policy"]
    assert len(lines) == 1 + len(real_knowledge().rules)
    signed = {line[0]: line[-2] for line in lines}
    assert signed["repeated-high-blood-pressure"] == "not signed by a clinical owner"
    assert signed["active-psychosis"] == "-"


def test_list_claims_says_of_every_claim_where_it_lives() -> None:
    result = CliRunner().invoke(app, ["list", "--claims", "--rules", str(RULES)])

    places = {line.split("\t")[0]: line.split("\t")[-1] for line in result.stdout.splitlines()[1:]}
    assert places.keys() == real_knowledge().claims.catalogue.keys()
    assert "unowned" not in places.values()
    assert "rule repeated-high-blood-pressure" in places["C06"]


@pytest.mark.parametrize("command", ["check", "test", "list"])
def test_a_directory_without_rules_is_an_error_without_traceback(command: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [command, "--rules", str(tmp_path)])

    assert result.exit_code == 1
    assert "version.yaml: file: cannot be opened" in result.stderr
    assert "Traceback" not in result.output


def test_on_a_terminal_the_list_is_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")

    result = CliRunner().invoke(app, ["list", "--rules", str(RULES)])

    assert "\t" not in result.stdout
    assert "\x1b[1m" in result.stdout


@pytest.mark.parametrize("arguments", [["check", "--as-of", "2026-11-21"], ["test"]])
def test_a_rule_that_the_engine_refuses_is_reported(arguments: list[str], tmp_path: Path) -> None:
    directory = copy_of_rules(tmp_path)
    for name in ("repeated_high_blood_pressure.yaml", "repeated_high_blood_pressure.cases.yaml"):
        path = directory / "contraindications" / name
        text = path.read_text().replace("{value: 160,", "{value: 0.00001,")
        path.write_text(text.replace("systolic: 160", "systolic: 0.00001").replace("systolic: 161", "systolic: 0.5"))

    result = CliRunner().invoke(app, [*arguments, "--rules", str(directory)])

    assert result.exit_code == 1
    assert "rule repeated-high-blood-pressure: when[0]: 1e-05 is too small or too large." in result.stderr
