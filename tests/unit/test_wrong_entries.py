"""A copy of the knowledge with many deliberate mistakes, in rules and in the files that are none: all are told."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from knowledge_builders import copy_of_rules
from typer.testing import CliRunner

from kcds.rules_cli import app

CAUTIONS, STOPS = "cautions", "contraindications"
TEST = 'order: {system: "http://loinc.org", code: "1742-6", display: ALT}'
MEDICINE = 'order: {system: "http://www.nlm.nih.gov/research/umls/rxnorm", code: "6130", display: ketamine}'
CHANGES = [
    # file, old, new, message
    ("claims.yaml", '"a mechanism changes no action"', '"-"', "I12.reason: cannot be '-'. Say it in a sentence."),
    (
        "claims.yaml",
        'reason: "could not',
        'where: kcds/cli.py, reason: "could not',
        "I13: `where` does not go with state",
    ),
    ("claims.yaml", "kcds/advice/weigh.py", "kcds/cli.py", "Q01.where: `kcds/cli.py` does not name Q01. Write (Q01)"),
    (
        "claims.yaml",
        "kcds/facts/observations.py",
        "kcds/../kcds/facts",
        "Q06.where: `kcds/../kcds/facts` is not there.",
    ),
    (
        "parameters.yaml",
        'value: 1.7, unit: "{INR}"',
        "value: 1.7, unit: INRs",
        "inr_middle_from.unit: `INRs` is no unit.",
    ),
    (
        "parameters.yaml",
        "ecg_window: {value: P12M,",
        "ecg_window: {value: P12M, unit: mo,",
        "ecg_window.unit: stands beside a",
    ),
    (
        "contraindications/repeated_high_blood_pressure.yaml",
        'systolic: {value: 160, unit: "mm[Hg]"',
        'systolic: {value: 160, unit: "mmHgg"',
        "repeated_high_blood_pressure.yaml: parameters.systolic.unit: `mmHgg` is no unit. Write it as UCUM does",
    ),
    ("plan.yaml", "no bladder symptoms or", "no symptoms for 3 months or", "urinalysis.not_needed: the number `3` is"),
    ("plan.yaml", "scale: [dast-10]", "scale: [dast-10, phq-9]", "plan.yaml: dast-10.proof: also proves `phq-9`. Make"),
    (
        "domains.yaml",
        "title: history of psychosis, blocks_candidate: true",
        "title: history of psychosis, blocks_candidate: false",
        "psychosis.blocks_candidate: is false, but `psychosis-known` asks for it: not knowing would be read as normal.",
    ),
    (
        "domains.yaml",
        "allergies: {title: allergies, blocks_candidate: true",
        "allergies: {title: allergies, blocks_candidate: true, not_blocking: nobody has one",
        "allergies.not_blocking: says why nobody waits for it, but it blocks. Take it out.",
    ),
    ("value_sets.yaml", "  - bipolar\n", "  - bipolar\n  - bipolar\n", "local: `bipolar` stands here twice. Keep one"),
    (
        "value_sets.yaml",
        "  - [pregnancy, lactation]\n",
        "  - [pregnancy, lactation]\n  - [lactation, pregnancy]\n",
        "disjoint: `lactation` and `pregnancy` stands here twice.",
    ),
    ("parameters.yaml", "adult_age: {value: 18,", "adult_age: {value: -18,", "adult_age.value: is below nought."),
    (
        "parameters.yaml",
        "{value: 24, unit: h,",
        "{value: P24D,",
        "future_tolerance.value: is a duration, but is read as a",
    ),
    (
        "parameters.yaml",
        "weight_window: {value: P30D",
        "weight_window: {value: 30",
        "weight_window.value: is a number, but is r",
    ),
    (
        "parameters.yaml",
        "course_gap: {value: P14D",
        "course_gap: {value: P999Y",
        "course_gap.value: is neither a number nor a dur",
    ),
    (
        "parameters.yaml",
        'value: 30, unit: "%"',
        "value: 30",
        "positive_response.unit: is missing. Write it as UCUM does",
    ),
    (
        "parameters.yaml",
        "hcg_unclear_from:",
        "spare_number: {value: 5, claim: C11, unit: d}\nhcg_unclear_from:",
        "spare_number: is",
    ),
    (
        "parameters.yaml",
        "{at_least: P1M, at_most: P6M}",
        "{}",
        "cognition_window.local: has no bounds. Write {at_least",
    ),
    (
        "parameters.yaml",
        "{at_least: 14, at_most: 84}",
        "{at_least: P14D}",
        "adequate_trial.local: is of another kind than the",
    ),
    (
        "parameters.yaml",
        "{at_least: 1, at_most: 5}",
        "{at_least: 5, at_most: 1}",
        "refractory_drug_classes.local: does not hold 2",
    ),
    (
        "parameters.yaml",
        "pain_score_least: {value: 4",
        "pain_score_least: {same_as: adult_age, value: 4",
        "same_as: stands in",
    ),
    ("domains.yaml", 'ask: "Confirm the date of birth."', 'ask: ""', "age.ask: is empty. Write a few words."),
    (
        "domains.yaml",
        "{title: ECG, blocks_candidate: false",
        '{title: ECG, blocks_candidate: "no"',
        "ecg.blocks_candidate: ca",
    ),
    (
        "domains.yaml",
        '"Measure the weight."',
        '"<b>Measure</b> the weight."',
        "weight.ask: holds HTML. Write Markdown or plain",
    ),
    (
        "domains.yaml",
        '"State the route of the order."',
        '"See [this](x)."',
        "route.ask: holds a link. Links stand under `evidence`",
    ),
    (
        "domains.yaml",
        "screen: screen-eye-pressure",
        "screen: glaucoma-raised-iop",
        "eye-pressure.screen: cannot be 'glaucoma-r",
    ),
    (
        "domains.yaml",
        "concepts: [raised-icp]",
        "concepts: [rx-maoi]",
        "`rx-maoi` is none of the value sets of `condition.conc",
    ),
    (
        "domains.yaml",
        "doubtful: [sub",
        "doubtful: [sud-active-any, sub",
        "`sud-active-any` stands under `concepts` too. It se",
    ),
    (
        "domains.yaml",
        "words: [liver,",
        'words: ["*",',
        "liver.words[0]: cannot be '*'. Write a word or the stem of one",
    ),
    (
        "domains.yaml",
        "\nrecord: {",
        "\nspare: {title: x, blocks_candidate: false, ask: Ask.}\nrecord: {",
        "domains.yaml: spare: is asked for by no rule and no item of the plan. Require it in a rule",
    ),
    (
        "plan.yaml",
        "{fact: test-done, where: {concept: [obs-ecg]}}",
        "{fact: test-done}",
        "ecg.proof.where: any `test-done` would",
    ),
    (
        "plan.yaml",
        "no dose is planned by weight",
        '" "',
        "plan.yaml: weight.not_needed: cannot be ' '. Write a few words.",
    ),
    (
        "plan.yaml",
        "\ncognition:",
        (
            "\nspare: {title: A, phase: during, window: ecg_window, domain: ecg, proof: {fact: test-done, "
            "where: {concept: [obs-ecg]}}, not_needed: never}\ncognition:"
        ),
        "plan.yaml: spare: is called for by no rule. Write",
    ),
    (
        "value_sets.yaml",
        "\nlocal:\n",
        "\nlocal:\n  - answer-no\n  - psychosis-remission\n  - thyroid-storm\n",
        "local: `answer-no` clears something, is read as a value",
    ),
    (
        "value_sets.yaml",
        "unused:\n",
        "unused:\n",
        "local: `psychosis-remission` clears something, is read as a value",
    ),
    ("value_sets.yaml", "unused:\n", "unused:\n", "local: `thyroid-storm` takes a stop away where it is found."),
    (
        "cautions/seizure_disorder.yaml",
        "card:",
        "alone: true\ncard:",
        "alone: does not go with effect caution: it hides",
    ),
    (
        f"{STOPS}/thyrotoxicosis_by_tsh.yaml",
        "said_by: [thyroid-storm]",
        "said_by: [thyroid-strom]",
        "thyrotoxicosis_by_tsh.yaml: when[1].said_by: `thyroid-strom` is no other rule. Did you mean `thyroid-storm`?",
    ),
    (
        f"{STOPS}/active_delirium.yaml",
        "card:",
        "background: true\ncard:",
        "background: does not go with effect stop: w",
    ),
    (
        f"{STOPS}/open_globe_injury.yaml",
        "effect: stop\nstrength: soft",
        "effect: inform",
        "effect: `inform` does not fit c",
    ),
    (
        f"{STOPS}/pheochromocytoma.yaml",
        "category: contraindication",
        "category: caution",
        "effect: `stop` does not fit cat",
    ),
    (
        f"{CAUTIONS}/seizure_disorder.yaml",
        "claims: [A13]",
        "claims: [A13, A13]",
        "claims: names A13 twice. Keep one of th",
    ),
    (
        f"{CAUTIONS}/seizure_disorder.yaml",
        "concept: seizure-disorder",
        "code: G40.909",
        "when[0].where.code: asks for a code.",
    ),
    (f"{CAUTIONS}/bipolar_disorder.yaml", "    url: https", "    url: http", "url: cannot be 'http://"),
    (
        f"{CAUTIONS}/kidney_disease.yaml",
        "review_by: 2027",
        "review_by: 2037",
        "review_by: is more than two years after last",
    ),
    (
        f"{CAUTIONS}/liver_disease.yaml",
        "    verified:",
        "    signed_by: Dr A\n    verified:",
        "signed_by: is not complete. W",
    ),
    (f"{CAUTIONS}/glaucoma.yaml", "citation: ", 'citation: "" #', "citation: is empty. Write a few words."),
    (
        f"{CAUTIONS}/ascites_on_record.yaml",
        "card:",
        f'suggestions: [{{label: "Try it", {MEDICINE}}}]\ncard:',
        "holds no tests.",
    ),
    (
        f"{CAUTIONS}/child_pugh_b.yaml",
        "card:",
        f'suggestions: [{{label: "Give 500 mg", {TEST}}}]\ncard:',
        "the number `500` is",
    ),
    (
        f"{CAUTIONS}/high_opioid_dose.yaml",
        "card:",
        f'suggestions: [{{label: "<i>Get</i> ALT", {TEST}}}]\ncard:',
        "holds HTML.",
    ),
    (
        f"{CAUTIONS}/past_psychosis.yaml",
        "card:",
        f"suggestions: [{{label: Get, {TEST.replace('1742-6', '0-0')}}}]\ncard:",
        "suggestions[0].order.code: `0-0` stands in no value set. Offer a code by which the result is recognised",
    ),
    (
        f"{CAUTIONS}/lactation_ketamine.yaml",
        "  action: ",
        '  action: "See [the label](https://x.example)." #',
        "holds a link.",
    ),
    (
        f"{CAUTIONS}/recent_head_injury.cases.yaml",
        "name: ",
        'name: "" #',
        "cases[0].name: is empty. Write a few words.",
    ),
    (f"{CAUTIONS}/opioid_agonist_therapy.yaml", "title: ", "\ttitle: ", "opioid_agonist_therapy.yaml: line"),
    ("knowledge/claims.csv", "\nA01,", "\nA02,A,b,c,d,e,V,no,no\nA01,", "claims.csv: line 4: A02 stands there twice."),
]


def row(rules: Path, claim: str, change: Callable[[str], str]) -> None:
    path = rules / "knowledge" / "claims.csv"
    path.write_text(re.sub(rf"(?m)^{claim},.*$", lambda found: change(found[0]), path.read_text()))


def unclear_soft(rules: Path) -> None:
    row(rules, "I15", lambda line: line.removesuffix(",no,no") + ",maybe,no")


def short_row(rules: Path) -> None:
    row(rules, "I13", lambda _: "I13,evidence,too short")


def snomed_in_medicines(rules: Path) -> None:
    path = rules / "value_sets" / "rx-zdrugs-hypnotics.json"
    content = json.loads(path.read_text())
    content["compose"]["include"].append(
        {"system": "http://snomed.info/sct", "concept": [{"code": "123", "display": "Zolpidem"}]}
    )
    path.write_text(json.dumps(content))


def stray_file(place: str) -> Callable[[Path], None]:
    def write(rules: Path) -> None:
        (rules / place).parent.mkdir(exist_ok=True)
        (rules / place).write_text("{}")

    return write


def elsewhere(rules: Path) -> None:
    (rules / "cautions" / "dementia_or_past_delirium.cases.yaml").rename(
        rules / "dosing" / "dementia_or_past_delirium.cases.yaml"
    )


def of_a_site(rules: Path) -> None:
    text = (rules / "cautions" / "intracranial_mass.yaml").read_text()
    (rules / "cautions" / "local_mass.yaml").write_text(text.replace("id: intracranial-mass", "id: local-mass"))


def unsaid(rules: Path) -> None:
    path = rules / "value_sets.yaml"
    path.write_text(path.read_text().replace("no claim says anything about moderate inhibitors", '"-"'))


FILES: list[tuple[Callable[[Path], None], str]] = [
    (unclear_soft, "I15 says neither yes nor no under soft."),
    (short_row, "I13 does not have 9 columns."),
    (snomed_in_medicines, "rx-zdrugs-hypnotics.json: compose.include: holds 123 (Zolpidem) of http://snomed.info/sct."),
    (stray_file("cautions/a_rule.yaml.txt"), "cautions/a_rule.yaml.txt: file: would not be read here."),
    (stray_file("cautions/A_RULE.YAML"), "cautions/A_RULE.YAML: file: would not be read here."),
    (elsewhere, "dosing/dementia_or_past_delirium.cases.yaml: file: does not stand beside its rule."),
    (of_a_site, "cautions/local_mass.yaml: id: `local-mass` is named as a rule of a site."),
]
VALUE_SETS: list[tuple[Callable[[Path], None], str]] = [
    (stray_file("value_sets/crps.yaml"), "value_sets/crps.yaml: file: would not be read here."),
    (stray_file("value_sets/more/crps.json"), "value_sets/more/crps.json: file: would not be read here."),
    (unsaid, "value_sets.yaml: unused.rx-cyp3a4-moderate-inhibitors: cannot be '-'. Say it in a sentence."),
]
"""In a copy of their own: without value sets nothing else is judged."""


def said_of(rules: Path) -> str:
    result = CliRunner().invoke(app, ["check", "--as-of", "2026-11-21", "--rules", str(rules)])
    assert result.exit_code == 1
    return result.stderr


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the check says of two spoiled copies."""
    rules = copy_of_rules(tmp_path_factory.mktemp("entries"))
    for name, old, new, _ in CHANGES:
        text = (rules / name).read_text()
        assert old in text, f"{name} does not hold {old!r}"
        (rules / name).write_text(text.replace(old, new, 1))
    for spoil, _ in FILES:
        spoil(rules)
    sets = copy_of_rules(tmp_path_factory.mktemp("sets"))
    for spoil, _ in VALUE_SETS:
        spoil(sets)
    return said_of(rules) + said_of(sets)


@pytest.mark.parametrize("message", [one[-1] for one in (*CHANGES, *FILES, *VALUE_SETS)])
def test_a_wrong_entry_is_told_with_its_remedy(message: str, said: str) -> None:
    assert message in said


def test_a_claim_that_only_a_draft_carries_is_a_warning(tmp_path: Path) -> None:
    rules = copy_of_rules(tmp_path)
    path = rules / "cautions" / "seizure_disorder.yaml"
    path.write_text(path.read_text().replace("status: active", "status: draft"))

    result = CliRunner().invoke(app, ["check", "--as-of", "2026-11-21", "--rules", str(rules)])

    assert result.exit_code == 0
    assert "warning: claims.yaml: A13: is carried by drafts only. Set a rule that carries it to" in result.stderr


def test_schemas_for_editors_that_are_out_of_date_are_a_warning(tmp_path: Path) -> None:
    rules = copy_of_rules(tmp_path)
    (rules / "rule.schema.json").write_text("{}")

    result = CliRunner().invoke(app, ["check", "--as-of", "2026-11-21", "--rules", str(rules)])

    assert result.exit_code == 0
    assert "warning: rule.schema.json: file: is out of date" in result.stderr
