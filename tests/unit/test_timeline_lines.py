"""`rules/timeline.yaml`: which parameter of which rule draws a line, what its faults teach, what a site moves."""

from pathlib import Path

import pytest
from knowledge_builders import RULES, copy_of_rules, real_knowledge
from overlay_builders import knowledge_of, overlay
from record_builders import record
from timeline_builders import enzyme, given, lane, pain, pressure, timeline

from kcds.errors import Fault, KnowledgeError
from kcds.knowledge.load import load_knowledge
from kcds.knowledge.timeline import FILE, MEASURED, load_timeline

RELIEF = "rule: response-was-positive, parameter: relief, of: relief"
WORDS = 'words: "No pain score for {days} days"'


def faults_after(tmp_path: Path, old: str, new: str) -> list[str]:
    text = (RULES / FILE).read_text()
    assert text.count(old) == 1
    (tmp_path / FILE).write_text(text.replace(old, new))
    rules, faults = real_knowledge().rules_by_id, list[Fault]()
    assert load_timeline(tmp_path, rules, rules.keys(), faults) == {}
    return [str(fault) for fault in faults]


def test_a_fault_of_the_timeline_stops_the_start(tmp_path: Path) -> None:
    directory = copy_of_rules(tmp_path)
    (directory / FILE).write_text((RULES / FILE).read_text().replace(RELIEF, RELIEF.replace("was", "is")))

    with pytest.raises(KnowledgeError, match="`response-is-positive` is no rule"):
        load_knowledge(directory)


def test_every_lane_of_measured_values_is_planned() -> None:
    assert real_knowledge().timeline.keys() == MEASURED.keys()


def test_every_line_and_gap_has_the_number_of_its_rule() -> None:
    for plan in real_knowledge().timeline.values():
        for line in plan.lines:
            assert line.value == real_knowledge().rules_by_id[line.rule].parameters[line.parameter].value
            assert "{" not in line.words


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            RELIEF,
            RELIEF.replace("was", "is"),
            "timeline.yaml: pain-score.lines[0].rule: `response-is-positive` is no rule. "
            "Did you mean `response-was-positive`?",
            id="an unknown rule",
        ),
        pytest.param(
            RELIEF,
            RELIEF.replace("parameter: relief", "parameter: releif"),
            "timeline.yaml: pain-score.lines[0].parameter: `response-was-positive` has no parameter `releif`. "
            "Did you mean `relief`?",
            id="an unknown parameter",
        ),
        pytest.param(
            RELIEF,
            RELIEF.replace("of: relief", "of: systolic"),
            "timeline.yaml: pain-score.lines[0].of: `systolic` is not measured here. Known measures: relief.",
            id="a measure of another lane",
        ),
        pytest.param(
            RELIEF,
            RELIEF.replace("of: relief", "off: relief"),
            "timeline.yaml: pain-score.lines[0].off: unknown key `off`. Did you mean `of`?",
            id="an unknown key",
        ),
        pytest.param(
            WORDS,
            WORDS.replace("days}", "weeks}"),
            "timeline.yaml: pain-score.gap.words: nothing fills {weeks}. Write {days}, or no braces.",
            id="a placeholder that nothing fills",
        ),
        pytest.param(
            "rule: pain-severity-met, parameter: window",
            "rule: pain-severity-met, parameter: moderate",
            "timeline.yaml: pain-score.gap.parameter: `moderate` of `pain-severity-met` is no duration. "
            "Name a parameter whose value is one, such as P90D.",
            id="a gap that is no duration",
        ),
        pytest.param(
            "rule: transaminases-raised, parameter: hold_above",
            "rule: transaminases-raised, parameter: oldest",
            "timeline.yaml: liver-tests.lines[0].parameter: `transaminases-raised` does not compare with `oldest` by "
            "gt or gte. Name a number beyond which the rule speaks.",
            id="a line that no value is compared with",
        ),
        pytest.param(
            "pain-score:\n",
            "pain-scores:\n",
            "timeline.yaml: pain-scores: `pain-scores` is no lane of the timeline. Did you mean `pain-score`?",
            id="an unknown lane",
        ),
    ],
)
def test_a_fault_names_file_key_and_remedy(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert expected in faults_after(tmp_path, old, new)


def test_a_rule_that_is_itself_at_fault_is_not_reported_here_too(tmp_path: Path) -> None:
    directory = copy_of_rules(tmp_path)
    path = directory / "cautions" / "transaminases_raised.yaml"
    path.write_text(path.read_text().replace("category: caution", "category: cuation"))

    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(directory)

    assert [fault for fault in caught.value.faults if fault.file == "timeline.yaml"] == []


def test_a_site_that_moves_a_number_moves_the_gap(tmp_path: Path) -> None:
    changes = {"pain_score_window": {"value": "P10D", "reason": "our clinic asks each week"}}
    site = knowledge_of(overlay(tmp_path, parameters=changes))
    scores = [pain(7, "2026-11-05")]

    assert lane(timeline(observations=scores), "pain-score").gap is None
    assert lane(timeline(observations=scores, knowledge=site), "pain-score").gap is not None


def test_a_line_moves_with_the_number_of_its_rule(tmp_path: Path) -> None:
    directory = copy_of_rules(tmp_path)
    path = directory / "contraindications" / "repeated_high_blood_pressure.yaml"
    path.write_text(path.read_text().replace("systolic: {value: 160", "systolic: {value: 150"))
    changed = load_knowledge(directory)

    (first, _) = lane(
        timeline(observations=[pressure(155, 80, "2026-11-01")], knowledge=changed), "blood-pressure"
    ).lines

    assert first.value == 150
    assert first.words == "above 150 systolic on two days: stop"


def test_the_line_of_a_rule_that_a_site_has_switched_off_is_not_drawn(tmp_path: Path) -> None:
    off = {"response-was-positive": "our clinic judges otherwise"}
    site = knowledge_of(overlay(tmp_path, disable=off))
    of = record(observations=[pain(8, "2026-09-28"), pain(4, "2026-10-10")], medications=[given("2026-10-01")])

    assert lane(timeline(of), "pain-score").lines != ()
    assert lane(timeline(of, site), "pain-score").lines == ()


def test_liver_lines_stand_where_the_rules_say() -> None:
    drawn = lane(timeline(observations=[enzyme(30, "2026-11-01")]), "liver-tests")
    rule = real_knowledge().rules_by_id["transaminases-raised"]

    assert [line.value for line in drawn.lines] == [rule.parameters["hold_above"].value, 1]
