"""`kcds rules new`: a draft that loads nothing by accident, overwrites nothing, and says what is left to do."""

import re
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from knowledge_builders import copy_of_rules
from overlay_builders import overlay
from typer.testing import CliRunner

from kcds.errors import Fault
from kcds.knowledge.new_rule import FOLDERS, Draft, write_draft
from kcds.knowledge.rule_files import read_rules
from kcds.model.findings import Category, Effect
from kcds.rules_cli import app


def new(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["new", *map(str, arguments)])


def test_a_draft_says_exactly_what_is_left_to_write(tmp_path: Path) -> None:
    rules = copy_of_rules(tmp_path)

    result = new("sleep-apnea-untreated", "--category", "caution", "--claim", "A14", "--rules", rules)

    assert result.exit_code == 0
    rule = (rules / "cautions" / "sleep_apnea_untreated.yaml").read_text()
    assert "status: draft" in rule
    assert "# A14, caution: Sleep apnoea" in rule
    left = [line.split(":")[0:2] for line in result.stdout.splitlines() if line.startswith("  ")]
    assert [key.strip() for file, key in left if file.endswith("untreated.yaml")] == [
        "card.action",
        "card.summary",
        "card.unknown",
        "evidence[0].citation",
        "evidence[0].locator",
        "requires[0]",
        "title",
        "when[0].fact",
    ]
    assert (
        "cases[0].name: is still to be written. One sentence that a clinician can check: the rule applies."
        in result.stdout
    )


def test_the_check_finds_nothing_else_wrong_with_a_fresh_draft(tmp_path: Path) -> None:
    rules = copy_of_rules(tmp_path)
    before = check(rules).stderr.splitlines()

    new("sleep-apnea-untreated", "--category", "caution", "--claim", "A14", "--rules", rules)

    added = [line for line in check(rules).stderr.splitlines() if line not in before and "faults" not in line]
    assert added
    assert all("sleep_apnea_untreated" in line and "is still to be written." in line for line in added)


def check(rules: Path) -> Result:
    return CliRunner().invoke(app, ["check", "--as-of", "2026-11-21", "--rules", str(rules)])


def test_a_draft_that_is_written_passes(tmp_path: Path) -> None:
    rules = copy_of_rules(tmp_path)
    new("sleep-apnea-untreated", "--category", "caution", "--claim", "A14", "--rules", rules)
    path = rules / "cautions" / "sleep_apnea_untreated.yaml"
    text = path.read_text()
    for key, value in WRITTEN.items():
        text = re.sub(rf'({key}: )\[?"to write: [^"]*"\]?', rf"\g<1>{value}", text)
    path.write_text(text.replace("where: {}", "where: {concept: sleep-apnea, state: unknown}"))
    (rules / "cautions" / "sleep_apnea_untreated.cases.yaml").write_text(CASES)

    result = check(rules)

    assert "sleep_apnea_untreated" not in result.stderr


WRITTEN = {
    "title": "Sleep apnoea of unknown state",
    "citation": "Ketalar (ketamine) US prescribing information",
    "locator": "section 5.3",
    "requires": "[problem-list]",
    "fact": "condition",
    "summary": '"Sleep apnoea, present or past not recorded: {found.label}"',
    "action": "Ask about treatment.",
    "unknown": "Ask about sleep apnoea.",
}
CASES = """\
# yaml-language-server: $schema=../cases.schema.json
rule: sleep-apnea-untreated
cases:
  - {name: of unknown state, facts: [{fact: condition, concept: sleep-apnea, state: unknown}], expect: applies}
  - {name: active, facts: [{fact: condition, concept: sleep-apnea, state: active}], expect: does-not-apply}
  - {name: no problem list, facts: [], unknown: [problem-list], expect: data-required}
"""


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    rules = copy_of_rules(tmp_path)
    path = rules / "cautions" / "bipolar_disorder.yaml"
    before = path.read_bytes()

    result = new("bipolar-disorder", "--category", "caution", "--rules", rules)

    assert result.exit_code == 1
    assert f"{path}: is there already. Nothing was written." in result.stderr
    assert path.read_bytes() == before


@pytest.mark.parametrize("category", list(Category))
def test_every_category_has_its_folder(category: Category, tmp_path: Path) -> None:
    draft = Draft(id="a-rule", category=category, effect=Effect.INFORM, claims=(), today=date(2026, 11, 21))
    faults: list[Fault] = []

    write_draft(draft, tmp_path / FOLDERS[category])
    read_rules(tmp_path, faults)

    assert {fault.file for fault in faults} == {f"{FOLDERS[category]}/a_rule.yaml"}
    assert {fault.problem for fault in faults} == {"is still to be written."}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Not-An-Id"], "ID: `Not-An-Id` is no id. Use small letters, digits and single hyphens."),
        (["a-rule", "--claim", "A99"], "--claim: `A99` is no claim. Did you mean `A19`?"),
        (
            ["local-rule"],
            "ID: `local-rule` is named as a rule of a site. Give the directory of the site with --overlay.",
        ),
    ],
)
def test_what_cannot_be_written_is_told_before_anything_is(arguments: list[str], message: str, tmp_path: Path) -> None:
    rules = copy_of_rules(tmp_path)

    result = new(*arguments, "--category", "caution", "--rules", rules)

    assert result.exit_code == 1
    assert message in result.stderr
    assert not list(rules.rglob("*local_rule*"))


def test_a_rule_of_a_site_is_written_into_its_overlay(tmp_path: Path) -> None:
    site = overlay(tmp_path)

    refused = new("late-start", "--category", "caution", "--overlay", site)
    result = new("local-late-start", "--category", "contraindication", "--claim", "M08", "--overlay", site)

    assert "Begin the id with `local-`." in refused.stderr
    assert result.exit_code == 0
    assert "strength: soft" in (site / "rules" / "local_late_start.yaml").read_text()
    assert "local_late_start.yaml: title: is still to be written. The finding in one line." in result.stdout
