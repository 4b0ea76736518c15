"""Broken rule and case files, one fault each: the first line of each file is the message it must get."""

import shutil
from pathlib import Path

import pytest
from knowledge_builders import faults_of

BROKEN = Path(__file__).parent / "broken_rules"
BROKEN_RULES = sorted((BROKEN / "rules").glob("*.yaml"))
BROKEN_CASES = sorted((BROKEN / "cases").glob("*.cases.yaml"))
SOUND_RULE = BROKEN / "cases" / "sound_rule.yaml"


def expected_in(path: Path) -> str:
    return path.read_text().splitlines()[0].removeprefix("# fault: ")


@pytest.mark.parametrize("path", BROKEN_RULES, ids=lambda path: path.stem)
def test_a_broken_rule_gets_one_message_with_file_key_and_remedy(path: Path, tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    shutil.copy(path, tmp_path / "broken")

    faults = faults_of(tmp_path)

    assert [str(fault) for fault in faults] == [f"broken/{path.name}: {expected_in(path)}"]


@pytest.mark.parametrize("path", BROKEN_CASES, ids=lambda path: path.name.removesuffix(".cases.yaml"))
def test_a_broken_case_file_gets_one_message_with_file_key_and_remedy(path: Path, tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    shutil.copy(SOUND_RULE, tmp_path / "broken")
    shutil.copy(path, tmp_path / "broken" / "sound_rule.cases.yaml")

    faults = faults_of(tmp_path)

    assert [str(fault) for fault in faults] == [f"broken/sound_rule.cases.yaml: {expected_in(path)}"]


def test_all_broken_rules_are_reported_in_one_run(tmp_path: Path) -> None:
    shutil.copytree(BROKEN / "rules", tmp_path / "broken")

    faults = faults_of(tmp_path)

    assert {fault.file for fault in faults} == {f"broken/{path.name}" for path in BROKEN_RULES}


def test_two_rules_of_one_id_are_a_fault(tmp_path: Path) -> None:
    for folder in ("cautions", "more"):
        (tmp_path / folder).mkdir()
        shutil.copy(SOUND_RULE, tmp_path / folder)

    faults = faults_of(tmp_path)

    assert str(faults[0]) == (
        "more/sound_rule.yaml: id: `sound-rule` is also the id in cautions/sound_rule.yaml. "
        "Ids are unique: choose another one."
    )


def test_two_rules_that_ask_and_do_the_same_are_a_fault(tmp_path: Path) -> None:
    (tmp_path / "cautions").mkdir()
    shutil.copy(SOUND_RULE, tmp_path / "cautions")
    twin = SOUND_RULE.read_text().replace("id: sound-rule", "id: twin-rule")
    (tmp_path / "cautions" / "twin_rule.yaml").write_text(twin)

    (fault,) = faults_of(tmp_path)

    assert fault.problem == "has the same conditions as `sound-rule`."


def test_rules_that_differ_in_nothing_but_names_and_order_are_twins(tmp_path: Path) -> None:
    (tmp_path / "cautions").mkdir()
    head, rest = SOUND_RULE.read_text().split("requires:")
    tail = rest.split("card:")[1]
    first = """when:
  - as: reading
    fact: blood-pressure
    where: {systolic: {gt: {param: limit}}, date: {on_or_after: {ago: {param: window}}}}
  - {as: pulse, fact: measurement, where: {concept: heart-rate, date: {ref: reading.date}}}
card:"""
    second = """when:
  - {as: pressure, fact: blood-pressure, where: {date: {on_or_after: {ago: P30D}}, systolic: {gt: 180}}}
  - {as: rate, fact: measurement, where: {date: {ref: pressure.date}, concept: {in: [heart-rate]}}}
card:"""
    (tmp_path / "cautions" / "sound_rule.yaml").write_text(f"{head}requires:{rest.split('when:')[0]}{first}{tail}")
    twin = head.replace("id: sound-rule", "id: twin-rule") + second + tail.replace("{reading.", "{pressure.")
    twin = twin.replace(" above {limit} within {window}", "")
    (tmp_path / "cautions" / "twin_rule.yaml").write_text(twin)

    problems = [fault.problem for fault in faults_of(tmp_path)]

    assert "has the same conditions as `sound-rule`." in problems


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("status: retired", "`sound-rule` is retired and finds nothing."),
        ("status: draft", "`sound-rule` is a draft: for patients it finds nothing."),
        ("status: active\nstage: plan", "`sound-rule` is of stage plan itself: its findings come too late."),
    ],
)
def test_a_rule_that_waits_for_a_finding_which_never_comes_is_a_fault(
    change: str, problem: str, tmp_path: Path
) -> None:
    (tmp_path / "cautions").mkdir()
    text = SOUND_RULE.read_text()
    (tmp_path / "cautions" / "sound_rule.yaml").write_text(text.replace("status: active", change))
    waiting = text[: text.index("requires:")].replace("id: sound-rule", "id: waiting-rule")
    waiting += "stage: plan\nwhen:\n  - {as: found, fact: finding, where: {rule: sound-rule}}\ncard: {summary: Found}\n"
    (tmp_path / "cautions" / "waiting_rule.yaml").write_text(waiting)

    (fault,) = faults_of(tmp_path)

    assert (fault.file, fault.key, fault.problem) == ("cautions/waiting_rule.yaml", "when[0].where.rule", problem)


def test_rules_that_differ_in_a_parameter_are_no_twins(tmp_path: Path) -> None:
    (tmp_path / "cautions").mkdir()
    shutil.copy(SOUND_RULE, tmp_path / "cautions")
    other = SOUND_RULE.read_text().replace("id: sound-rule", "id: other-rule").replace("value: 180", "value: 200")
    (tmp_path / "cautions" / "other_rule.yaml").write_text(other)

    faults = faults_of(tmp_path)

    assert faults == []


def test_rules_that_only_inform_may_share_conditions_if_they_rest_on_different_claims(tmp_path: Path) -> None:
    (tmp_path / "information").mkdir()
    text = SOUND_RULE.read_text().replace("effect: caution", "effect: inform")
    (tmp_path / "information" / "sound_rule.yaml").write_text(text)
    other = text.replace("id: sound-rule", "id: other-rule").replace("[C05]", "[C06]")
    (tmp_path / "information" / "other_rule.yaml").write_text(other)

    faults = faults_of(tmp_path)

    assert faults == []


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("loose.yaml", "a rule outside a folder"),
        ("cautions/deep/loose.yaml", "a rule in a folder of a folder"),
        ("cautions/loose.yml", "another suffix"),
    ],
)
def test_a_file_that_would_be_overlooked_is_a_fault(place: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(SOUND_RULE, tmp_path / place)

    (fault,) = faults_of(tmp_path)

    assert (fault.file, fault.problem) == (place, "would not be read here."), reason


def test_a_case_file_stands_beside_the_rule_that_it_names(tmp_path: Path) -> None:
    (tmp_path / "cautions").mkdir()
    shutil.copy(SOUND_RULE, tmp_path / "cautions")
    text = "rule: sound-rule\ncases: [{name: nothing, facts: [], expect: does-not-apply}]"
    (tmp_path / "cautions" / "other_rule.cases.yaml").write_text(text)

    faults = [str(fault) for fault in faults_of(tmp_path)]

    assert "cautions/other_rule.cases.yaml: rule: is `sound-rule`. Call the file sound_rule.cases.yaml." in faults


def test_a_case_cannot_expect_missing_data_of_a_rule_that_requires_none(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    rule = SOUND_RULE.read_text().replace("requires: [blood-pressure]\n", "")
    (tmp_path / "broken" / "sound_rule.yaml").write_text(rule)
    cases = (
        (BROKEN / "cases" / "two_cases_of_one_name.cases.yaml")
        .read_text()
        .replace("name: a day too old", "name: twice", 1)
    )
    (tmp_path / "broken" / "sound_rule.cases.yaml").write_text(cases)

    (fault,) = faults_of(tmp_path)

    assert fault.problem == "a case expects data-required, which the rule never answers."
