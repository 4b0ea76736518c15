"""The monitoring plan as data: what its file may say, and what the messages teach."""

from pathlib import Path

import pytest
from knowledge_builders import copy_of_rules, real_knowledge

from kcds.errors import Fault, KnowledgeError
from kcds.knowledge.load import load_knowledge
from kcds.knowledge.plan import load_plan

ECG = "proof: {fact: test-done, where: {concept: [obs-ecg]}}"


def faults_after(tmp_path: Path, old: str, new: str) -> list[str]:
    directory = copy_of_rules(tmp_path)
    path = directory / "plan.yaml"
    assert path.read_text().count(old) == 1
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(directory)
    return [str(fault) for fault in caught.value.faults if fault.file == "plan.yaml"]


def test_the_shipped_plan_names_each_test_once_and_in_the_order_of_the_file() -> None:
    plan = real_knowledge().plan

    assert list(plan)[:2] == ["liver-tests", "ecg"]
    assert plan["ecg"].title == "ECG"
    assert plan["ecg"].proof.where == {"concept": ("obs-ecg",)}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            ECG,
            ECG.replace("test-done", "test-doen"),
            "plan.yaml: ecg.proof.fact: cannot be 'test-doen'. Did you mean `test-done`?",
            id="an unknown kind of fact",
        ),
        pytest.param(
            ECG,
            ECG.replace("concept", "concpet"),
            "plan.yaml: ecg.proof.where.concpet: `test-done` has no text property `concpet`. Did you mean `concept`?",
            id="an unknown property",
        ),
        pytest.param(
            ECG,
            "proof: {fact: measurement, where: {value: [high]}}",
            "plan.yaml: ecg.proof.where.value: `measurement` has no text property `value`. "
            "Known text properties of `measurement`: concept, unit.",
            id="a property that is a number",
        ),
        pytest.param(
            ECG,
            ECG.replace("obs-ecg", "obs-ekg"),
            "plan.yaml: ecg.proof.where.concept: `obs-ekg` is none of the values of `test-done.concept`. "
            "Did you mean `obs-ecg`?",
            id="an unknown concept",
        ),
        pytest.param(
            "window: ecg_window",
            "window: egc_window",
            "plan.yaml: ecg.window: `egc_window` is no parameter of parameters.yaml. Did you mean `ecg_window`?",
            id="an unknown parameter",
        ),
        pytest.param(
            "window: ecg_window",
            "window: adult_age",
            "plan.yaml: ecg.window: `adult_age` is no duration. Name a parameter whose value is one, such as P3M.",
            id="a parameter that is no duration",
        ),
        pytest.param(
            "domain: ecg,",
            "domain: egc,",
            "plan.yaml: ecg.domain: `egc` is no data domain. Did you mean `ecg`?",
            id="an unknown data domain",
        ),
        pytest.param(
            "ecg: {title: ECG, phase: baseline",
            "ecg: {title: ECG, phase: base",
            "plan.yaml: ecg.phase: cannot be 'base'. Did you mean `baseline`?",
            id="an unknown phase",
        ),
    ],
)
def test_a_wrong_entry_stops_the_start_and_teaches_the_remedy(
    old: str, new: str, expected: str, tmp_path: Path
) -> None:
    assert faults_after(tmp_path, old, new) == [expected]


def test_a_property_that_may_have_any_text_is_not_judged(tmp_path: Path) -> None:
    directory = copy_of_rules(tmp_path)
    path = directory / "plan.yaml"
    path.write_text(path.read_text().replace("where: {concept: [weight]}", "where: {concept: [weight], unit: [kg]}"))

    assert load_knowledge(directory).plan["weight"].proof.where["unit"] == ("kg",)


def test_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    faults: list[Fault] = []

    assert load_plan(tmp_path, faults) == {}
    assert [fault.file for fault in faults] == ["plan.yaml"]


def test_a_rule_that_speaks_to_an_item_that_the_plan_does_not_have_is_a_fault(tmp_path: Path) -> None:
    directory = copy_of_rules(tmp_path)
    path = directory / "monitoring" / "ecg_due.yaml"
    text = "".join(line for line in path.read_text().splitlines(keepends=True) if not line.startswith("plan:"))
    path.write_text(text + "plan: {phase: baseline, item: egc}\n")

    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(directory)

    assert str(caught.value) == (
        "monitoring/ecg_due.yaml: plan.item: `egc` is no item of plan.yaml. Did you mean `ecg`?"
    )
