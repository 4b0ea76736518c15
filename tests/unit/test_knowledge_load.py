from datetime import date
from pathlib import Path

import pytest
from knowledge_builders import RULES, copy_of_rules, real_knowledge

from kcds.errors import KnowledgeError
from kcds.knowledge.audit import audit
from kcds.knowledge.load import load_knowledge
from kcds.knowledge.paths import rules_directory
from kcds.knowledge.version import load_version

SOUND_RULE = Path(__file__).parent / "broken_rules" / "cases" / "sound_rule.yaml"


def test_the_shipped_knowledge_has_no_fault_on_the_day_of_its_release() -> None:
    version = load_version(RULES, [])
    assert version is not None

    found = audit(RULES, as_of=version.released)

    assert [str(fault) for fault in found.faults] == []


def test_a_checkout_finds_its_own_rules() -> None:
    assert rules_directory() == RULES


def test_rules_come_in_the_order_of_their_ids() -> None:
    ids = [rule.id for rule in real_knowledge().rules]

    assert ids == sorted(ids)


def test_drafts_and_retired_rules_are_not_for_patients(tmp_path: Path) -> None:
    directory = copy_of_rules(tmp_path)
    text = SOUND_RULE.read_text()
    for number, status in ((1, "draft"), (2, "retired")):
        rule = text.replace("sound-rule", f"rule-{number}").replace("status: active", f"status: {status}")
        rule = rule.replace("value: 180", f"value: {300 + number}")
        (directory / "cautions" / f"rule_{number}.yaml").write_text(rule)

    knowledge = load_knowledge(directory)

    assert {"rule-1", "rule-2"} <= knowledge.rules_by_id.keys()
    assert not {"rule-1", "rule-2"} & {rule.id for rule in knowledge.active_rules}


def test_faults_of_all_files_are_reported_in_one_run(tmp_path: Path) -> None:
    directory = copy_of_rules(tmp_path)
    (directory / "value_sets" / "crps.json").write_text("{")
    (directory / "version.yaml").write_text("version: one")
    (directory / "domains.yaml").write_text("age: 3")
    (directory / "terminology" / "drug_classes.csv").unlink()
    (directory / "cautions" / "broken.yaml").write_text("id: broken")

    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(directory)

    files = {fault.file for fault in caught.value.faults}
    assert {"value_sets/crps.json", "version.yaml", "domains.yaml", "cautions/broken.yaml"} <= files


def test_a_missing_table_of_medicines_stops_the_start(tmp_path: Path) -> None:
    directory = copy_of_rules(tmp_path)
    (directory / "terminology" / "drug_classes.csv").unlink()

    with pytest.raises(KnowledgeError, match=r"drug_classes\.csv"):
        load_knowledge(directory)


def test_a_review_that_is_overdue_does_not_stop_the_service(tmp_path: Path) -> None:
    directory = copy_of_rules(tmp_path)
    overdue = SOUND_RULE.read_text().replace("2026-11-21", "2010-11-21").replace("2027-05-21", "2011-05-21")
    (directory / "cautions" / "sound_rule.yaml").write_text(overdue)

    knowledge = load_knowledge(directory)

    assert "sound-rule" in knowledge.rules_by_id


def test_a_review_that_is_overdue_fails_the_check_from_the_next_day_on(tmp_path: Path) -> None:
    directory = copy_of_rules(tmp_path)
    first = min(e.review_by for rule in real_knowledge().rules for e in rule.evidence)

    on_the_day = audit(directory, as_of=first)
    a_day_later = audit(directory, as_of=date.fromordinal(first.toordinal() + 1))

    assert on_the_day.faults == ()
    assert any("review_by" in fault.key for fault in a_day_later.faults)


@pytest.mark.parametrize(("days_before", "warned"), [(90, True), (91, False)])
def test_a_review_is_announced_ninety_days_before(*, days_before: int, warned: bool) -> None:
    first = min(e.review_by for rule in real_knowledge().rules for e in rule.evidence)

    found = audit(RULES, as_of=date.fromordinal(first.toordinal() - days_before))

    assert bool(found.warnings) is warned


def test_a_rule_without_cases_is_a_fault(tmp_path: Path) -> None:
    directory = copy_of_rules(tmp_path)
    header = "# yaml-language-server: $schema=../rule.schema.json\n"
    (directory / "cautions" / "sound_rule.yaml").write_text(header + SOUND_RULE.read_text())

    found = audit(directory, as_of=date(2026, 11, 21))

    assert [str(fault) for fault in found.faults] == [
        "cautions/sound_rule.cases.yaml: file: is missing. Write cases for `sound-rule` beside the rule."
    ]


@pytest.mark.parametrize(
    ("resource_type", "codes", "wanted", "reason"),
    [
        ("Observation", [("http://loinc.org", "85354-9")], True, "blood pressure"),
        ("Observation", [("http://loinc.org", "0000-0")], False, "a code that no value set knows"),
        ("Observation", [], False, "no code at all"),
        ("Observation", [(None, None), ("http://loinc.org", "85354-9")], True, "one of several codings"),
        ("Procedure", [("http://snomed.info/sct", "0")], False, "a code that no value set knows"),
        ("Condition", [], True, "problems are always read"),
        ("MedicationRequest", [], True, "medicines are always read"),
    ],
)
def test_only_observations_and_procedures_that_can_matter_are_read(
    *, resource_type: str, codes: list[tuple[str | None, str | None]], wanted: bool, reason: str
) -> None:
    assert real_knowledge().wants(resource_type, codes) is wanted, reason


def test_a_domain_that_names_an_unknown_value_set_is_a_fault(tmp_path: Path) -> None:
    directory = copy_of_rules(tmp_path)
    path = directory / "domains.yaml"
    path.write_text(path.read_text().replace("screen: screen-psychosis", "screen: screen-psycosis"))

    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(directory)

    assert str(caught.value) == (
        "domains.yaml: psychosis.screen: `screen-psycosis` is no value set. Did you mean `screen-psychosis`?"
    )


def test_a_value_set_that_a_query_asks_for_must_be_there(tmp_path: Path) -> None:
    directory = copy_of_rules(tmp_path)
    (directory / "value_sets" / "obs-ecg.json").unlink()

    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(directory)

    assert "value_sets/obs-ecg.json: file: is missing, but the query ecg asks for it." in str(caught.value)
