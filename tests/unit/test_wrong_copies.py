"""Copies of the knowledge with one deliberate mistake each: `kcds rules check` fails and says which, where and why."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from knowledge_builders import RULES
from overlay_builders import LOCAL_CASES, LOCAL_RULE, code, overlay
from typer.testing import CliRunner

from kcds.rules_cli import app

Json = dict[str, Any]
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
SCHIZOPHRENIA = {"system": ICD, "concept": [{"code": "F20.9", "display": "Schizophrenia"}]}
Mistake = Callable[[Path], Path | None]
"""Spoils a copy of the rules, or writes the overlay of a site beside it and returns where."""


def in_file(name: str, old: str, new: str) -> Mistake:
    def spoil(rules: Path) -> None:
        path = rules / name
        text = path.read_text()
        assert old in text, f"{name} does not hold {old!r}"
        path.write_text(text.replace(old, new, 1))

    return spoil


def in_value_set(name: str, change: Callable[[list[Json]], list[Json]]) -> Mistake:
    def spoil(rules: Path) -> None:
        path = rules / "value_sets" / f"{name}.json"
        content = json.loads(path.read_text())
        content["compose"]["include"] = change(content["compose"]["include"])
        path.write_text(json.dumps(content))

    return spoil


def twin(rules: Path) -> None:
    """Write the rule on mania once more, with other words, names and order."""
    for ending in (".yaml", ".cases.yaml"):
        text = (rules / "contraindications" / f"active_mania{ending}").read_text()
        text = (
            text.replace("active-mania", "mania-again")
            .replace("as: problem", "as: mood")
            .replace("{problem.", "{mood.")
        )
        (rules / "contraindications" / f"mania_again{ending}").write_text(text)


def new_set(rules: Path) -> None:
    content = json.loads((rules / "value_sets" / "crps.json").read_text())
    content["id"] = "crps-of-the-hand"
    content["compose"]["include"] = [
        {"system": "http://snomed.info/sct", "concept": [{"code": "1", "display": "Hand"}]}
    ]
    (rules / "value_sets" / "crps-of-the-hand.json").write_text(json.dumps(content))


def site(**changes: object) -> Mistake:
    return lambda rules: overlay(rules.parent, **changes)


def rule_of_site(old: str, new: str) -> Mistake:
    return lambda rules: overlay(rules.parent, rule=LOCAL_RULE.replace(old, new), cases=LOCAL_CASES)


BP = "cautions/blood_pressure_above_line"
MISTAKES: dict[str, tuple[Mistake, str]] = {
    # rules
    "an unowned claim": (
        in_file("claims.yaml", "\nI13:", "\n# I13:"),
        "claims.yaml: I13: is owned by no rule. Write a rule for it, or say here where it lives or why not.",
    ),
    "a claim in a file that is not there": (
        in_file("claims.yaml", "kcds/advice/weigh.py", "kcds/advice/wiegh.py"),
        "claims.yaml: Q01.where: `kcds/advice/wiegh.py` is not there. Name the file in which the claim lives,",
    ),
    "an uncited number of the facts": (
        in_file("parameters.yaml", "adult_age: {value: 18, unit: a, claim: E10", "adult_age: {value: 18, unit: a"),
        "parameters.yaml: adult_age.claim: is missing. Name the claim that the number rests on.",
    ),
    "a number typed into a card": (
        in_file(f"{BP}.yaml", "above {systolic}/{diastolic}", "above 140/{diastolic}"),
        f"{BP}.yaml: card.summary: the number `140` is typed into the text. Write a parameter with its claim",
    ),
    "a number typed into what a card asks for": (
        in_file("domains.yaml", "{pain_score_window}", "30 days"),
        "domains.yaml: pain-score.ask: the number `30` is typed into it. Name an entry of parameters.yaml instead,",
    ),
    "a misspelt number in what a card asks for": (
        in_file("domains.yaml", "{pain_score_window}", "{pain_scores_window}"),
        "ask: `{pain_scores_window}` is not in parameters.yaml. Did you mean `pain_score_window`?",
    ),
    "a brace too many in what a card asks for": (
        in_file("domains.yaml", "{pain_score_window}", "{pain_score_window}}"),
        "domains.yaml: pain-score.ask: holds a brace that is no placeholder. Write {name of a parameter}.",
    ),
    "a number of the facts on no claim of ours": (
        in_file(
            "parameters.yaml",
            "adult_age: {value: 18, unit: a, claim: E10",
            "adult_age: {value: 18, unit: a, claim: E99",
        ),
        "parameters.yaml: adult_age.claim: `E99` is not in the knowledge base. Did you mean",
    ),
    "a source past its review date": (
        in_file("contraindications/active_psychosis.yaml", "review_by: 2027", "review_by: 2025"),
        "contraindications/active_psychosis.yaml: evidence[0].review_by: was 2025-",
    ),
    "an answer without a case": (
        in_file("eligibility/adult_met.cases.yaml", "expect: does-not-apply", "expect: applies"),
        "eligibility/adult_met.cases.yaml: cases: no case expects does-not-apply. Add one.",
    ),
    "conditions that no fact can satisfy": (
        in_file(
            "contraindications/pregnant_now.yaml",
            "where: {status: pregnant}",
            "where: {status: pregnant}, any: {status: excluded}",
        ),
        "contraindications/pregnant_now.yaml: when[0].any: no `pregnancy` can satisfy this together with the other",
    ),
    "a second rule with the same conditions": (
        twin,
        "contraindications/mania_again.yaml: when: has the same conditions as `active-mania`. Merge the two rules,",
    ),
    "a hard stop on a recalled claim": (
        in_file("contraindications/active_mania.yaml", "strength: soft", "strength: hard"),
        "contraindications/active_mania.yaml: strength: is hard, but",
    ),
    "a misspelt value set": (
        in_file("contraindications/active_mania.yaml", "mania-active", "mania-activ"),
        "`mania-activ` is none of the value sets of `condition.concept`. Did you mean `mania-active`?",
    ),
    # value sets
    "an empty value set": (
        in_value_set("fibromyalgia", lambda _: [{"system": ICD, "concept": []}]),
        "value_sets/fibromyalgia.json: compose.include: holds no code.",
    ),
    "a value set that nothing reads": (
        new_set,
        "value_sets/crps-of-the-hand.json: file: is read by no rule, fact, data domain or query. Use it, take it out,",
    ),
    "a set that is said to be unused and is read": (
        in_file("value_sets.yaml", "\nunused:\n", "\nunused:\n  crps: nobody needs it\n"),
        "value_sets.yaml: unused.crps: is read after all. Take the entry out.",
    ),
    "a misspelt set in the list of those that share nothing": (
        in_file("value_sets.yaml", "[depression, bipolar]", "[depression, bipolr]"),
        "`bipolr` is no value set. Did you mean `bipolar`?",
    ),
    "sets that share a code and must not": (
        in_value_set("psychosis-remission", lambda sets: [*sets, SCHIZOPHRENIA]),
        "value_sets/psychosis-active.json: compose.include: shares F20.9 (",
    ),
    # overlays
    "an overlay that switches off a hard contraindication": (
        site(disable={"active-psychosis": "we ask ourselves"}),
        "overlay.yaml: disable.active-psychosis: is a hard contraindication, or rests on a claim of one.",
    ),
    "an overlay that moves a number behind a contraindication": (
        site(parameters={"blood_pressure_window": {"value": "P7D", "reason": "ours are newer"}}),
        "overlay.yaml: parameters.blood_pressure_window: is not for sites to change: facts behind contraindications",
    ),
    "an overlay that makes an answer mean no": (
        site(value_sets={"answer-no": [code("Y", display="Yes")]}),
        "overlay.yaml: value_sets.answer-no: may clear a contraindication, or is read as a value.",
    ),
    "a rule of a site that is hard": (
        rule_of_site("effect: caution", "effect: stop\nstrength: hard"),
        "rules/local_late_start.yaml: strength: is hard, but local policy is no verified source. Make it soft.",
    ),
    "a rule of a site that says that a requirement is met": (
        rule_of_site("category: caution\neffect: caution", "category: eligibility\neffect: met"),
        "rules/local_late_start.yaml: effect: `met` decides who is a candidate, or silences advice.",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_wrong_copy_fails_the_check_with_the_right_message(name: str, tmp_path: Path) -> None:
    mistake, message = MISTAKES[name]
    shutil.copytree(RULES, tmp_path / "rules")
    where = mistake(tmp_path / "rules")
    arguments = ["check", "--as-of", "2026-11-21", "--rules", str(tmp_path / "rules")]

    result = CliRunner().invoke(app, [*arguments, *(["--overlay", str(where)] if where else [])])

    assert result.exit_code == 1
    assert message in result.stderr
    assert "Traceback" not in result.output
