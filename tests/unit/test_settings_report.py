"""`kcds settings`, and the table of docs/operate.md: every setting, what it is, and never a secret."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from kcds.cli import app
from kcds.settings import Settings, variable
from kcds.settings_report import settings_table

PAGE = Path(__file__).parents[2] / "docs" / "operate.md"
CANARY = "canary"
KEY = CANARY * 6


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(variable(name), raising=False)


def report(*arguments: str, **variables: str) -> dict[str, dict[str, Any]]:
    result = CliRunner().invoke(app, ["settings", "--format", "json", *arguments], env=variables)
    assert result.exit_code == 0, result.stderr
    return {one["variable"]: one for one in json.loads(result.stdout)}


def test_every_setting_is_listed_with_its_meaning_in_the_order_of_the_code() -> None:
    listed = report()

    assert list(listed) == [variable(name) for name in Settings.model_fields]
    assert all(len(one["meaning"]) > 20 for one in listed.values())
    assert [one for one in listed.values() if one["is_set"]] == []


def test_values_are_those_that_serve_would_use() -> None:
    listed = report(
        "--host", "::1", "--port", "9000", KCDS_LOG_LEVEL="debug", KCDS_FHIR_SERVERS="http://127.0.0.1:*/r4"
    )

    values = {name: (one["value"], one["is_set"]) for name, one in listed.items()}
    assert values["KCDS_PUBLIC_URL"] == ("http://[::1]:9000", False)
    assert values["KCDS_AUTH"] == ("off", False)
    assert values["KCDS_CORS_ORIGINS"] == ("*", False)
    assert values["KCDS_LOG_LEVEL"] == ("DEBUG", True)
    assert values["KCDS_FHIR_SERVERS"] == ("http://127.0.0.1:*/r4", True)
    assert values["KCDS_TIMEZONE"] == ("", False)
    assert values["KCDS_MODE"] == ("live", False)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://kcds:canary@db.example.org/kcds", "postgresql://kcds:********@db.example.org/kcds"),
        ("postgresql://kcds:can@ary/canary@db.example.org/kcds", "postgresql://kcds:********@db.example.org/kcds"),
        ("postgresql://canary@db.example.org/kcds", "postgresql://********@db.example.org/kcds"),
        ("postgresql://db.example.org/kcds?password=canary", "postgresql://db.example.org/kcds?********"),
        ("sqlite:////var/lib/kcds/kcds.db", "sqlite:////var/lib/kcds/kcds.db"),
    ],
)
@pytest.mark.parametrize("output", ["text", "json"])
def test_no_secret_is_shown(url: str, shown: str, output: str) -> None:
    variables = {"KCDS_DATABASE_URL": url, "KCDS_SECRET_KEY": KEY}

    result = CliRunner().invoke(app, ["settings", "--format", output], env=variables)

    assert result.exit_code == 0
    assert shown in result.output
    assert "********" in result.output
    assert CANARY not in result.output


def test_people_see_variable_value_and_meaning() -> None:
    result = CliRunner().invoke(app, ["settings"], env={"KCDS_MODE": "silent"})

    blocks = result.stdout.split("\n\n")
    assert blocks[3] == (
        "KCDS_MODE=silent\n    live, or silent: everything is evaluated and recorded, no card is shown"
    )
    assert blocks[0].startswith("KCDS_PATIENT_VIEW=refractory  (default)\n    for whom patient-view speaks")
    assert max(len(line) for line in result.stdout.splitlines()) <= 100


def test_what_is_wrong_is_said_instead_and_the_exit_code_is_1() -> None:
    result = CliRunner().invoke(app, ["settings", "--host", "10.0.0.1"], env={"KCDS_AUTH": "off", "KCDS_MODE": "x"})

    assert result.exit_code == 1
    assert result.stdout == ""
    assert [line.split(":")[1] for line in result.stderr.splitlines()] == [" KCDS_MODE", " KCDS_AUTH"]


def test_what_is_wrong_in_the_clients_file_is_said_too(tmp_path: Path) -> None:
    clients = tmp_path / "clients.yaml"
    clients.write_text("clients:\n\t- issuer: https://ehr.example.org\n", encoding="utf-8")

    result = CliRunner().invoke(app, ["settings"], env={"KCDS_AUTH": "required", "KCDS_CLIENTS_FILE": str(clients)})

    assert (result.exit_code, result.stdout) == (1, "")
    assert "clients.yaml: line 2: is not right" in result.stderr
    assert "not tabs" in result.stderr


def test_variables_without_effect_are_named() -> None:
    result = CliRunner().invoke(app, ["settings"], env={"KCDS_AUHT": CANARY})

    assert result.exit_code == 0
    assert result.stderr == "kcds: KCDS_AUHT has no effect: this release has no such setting\n"


def test_the_page_for_operators_lists_todays_settings() -> None:
    assert settings_table() in PAGE.read_text(encoding="utf-8"), "run scripts/refresh_operate.py"
