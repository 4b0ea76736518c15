"""JSON Schema for editors: up to date, named in every file, and strict about the names that rules may use."""

import json
from pathlib import Path

import pytest
from knowledge_builders import RULES, copy_of_rules, real_knowledge
from typer.testing import CliRunner

from kcds.knowledge.editor_schema import CASES_SCHEMA, OVERLAY_SCHEMA, RULE_SCHEMA, make_schemas
from kcds.knowledge.headers import check_headers, header_of
from kcds.knowledge.rule import Rule
from kcds.knowledge.set_policy import load_set_policy
from kcds.model.facts import FACT_KINDS, schema_of
from kcds.rules_cli import app

SCHEMAS = make_schemas(real_knowledge(), load_set_policy(RULES, []))
RULE = json.loads(SCHEMAS[RULE_SCHEMA])
CASES = json.loads(SCHEMAS[CASES_SCHEMA])


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schemas_beside_the_rules_are_up_to_date(name: str) -> None:
    assert (RULES / name).read_text(encoding="utf-8") == SCHEMAS[name], "run `kcds rules schema`"


def test_kcds_rules_schema_writes_them(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["schema", "--rules", str(RULES), "--to", str(tmp_path)])

    assert result.exit_code == 0
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == SCHEMAS


def test_the_schemas_of_rules_that_cannot_be_read_are_not_written(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["schema", "--rules", str(tmp_path)])

    assert result.exit_code == 1
    assert not list(tmp_path.iterdir())


def test_the_schema_knows_every_key_of_a_rule_and_every_property_of_a_fact() -> None:
    assert RULE["properties"].keys() == {field.alias or name for name, field in Rule.model_fields.items()}
    for kind in FACT_KINDS:
        assert RULE["$defs"][f"where {kind}"]["properties"].keys() == schema_of(kind).keys()
        assert CASES["$defs"][f"fact {kind}"]["properties"].keys() == schema_of(kind).keys() | {"fact"}


def test_names_are_completed_from_the_knowledge() -> None:
    assert "bipolar" in RULE["$defs"]["condition.concept"]["enum"]
    assert "rx-maoi" not in RULE["$defs"]["condition.concept"]["enum"]
    assert "C06" in RULE["properties"]["claims"]["items"]["enum"]
    assert "blood-pressure" in RULE["properties"]["requires"]["items"]["enum"]
    assert "blood_pressure_window" in RULE["$defs"]["Parameter"]["properties"]["same_as"]["enum"]
    assert "liver-tests" in RULE["$defs"]["PlanEntry"]["properties"]["item"]["enum"]
    local = json.loads(SCHEMAS[OVERLAY_SCHEMA])["properties"]
    assert "refractory_drug_classes" in local["parameters"]["properties"]
    assert "adult_age" not in local["parameters"]["properties"]
    assert "answer-no" not in local["value_sets"]["properties"]


def test_every_reference_within_a_schema_leads_somewhere() -> None:
    for text in SCHEMAS.values():
        schema = json.loads(text)
        named = {part.split('"')[0] for part in text.split('"#/$defs/')[1:]}
        assert named <= schema.get("$defs", {}).keys()


def test_every_rule_and_case_file_names_its_schema() -> None:
    assert [str(fault) for fault in check_headers(RULES)] == []


def test_a_file_without_the_line_is_a_fault(tmp_path: Path) -> None:
    rules = copy_of_rules(tmp_path)
    path = rules / "cautions" / "bipolar_disorder.cases.yaml"
    path.write_text(path.read_text().removeprefix(header_of(path.name)).lstrip())

    (fault,) = check_headers(rules)

    assert str(fault) == (
        "cautions/bipolar_disorder.cases.yaml: line 1: does not name the schema for editors. "
        "Write: # yaml-language-server: $schema=../cases.schema.json"
    )
