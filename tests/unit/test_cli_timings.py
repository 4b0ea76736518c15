"""`kcds evaluate --timings`: milliseconds of each step and of the slowest rules, beside cards that stay as they are."""

import json
import re
from pathlib import Path

import pytest
from click.testing import Result
from service_builders import SAMPLES, real_service
from typer.testing import CliRunner

import kcds.advice_cli
from kcds.cli import app
from kcds.cli_timings import REPETITIONS, SLOWEST

STOP = SAMPLES / "opioid-use-disorder-drafted" / "request.json"
BUNDLE = SAMPLES / "no-pain-silent" / "bundle.json"
OF_A_REQUEST = ["receive", "fetch", "read", "facts", "rules", "advice", "cards", "total"]
OF_A_BUNDLE = [step for step in OF_A_REQUEST if step != "fetch"]


@pytest.fixture(autouse=True)
def _one_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kcds.advice_cli, "make_service", lambda **_: real_service())


def evaluate(*arguments: object) -> Result:
    words = ["evaluate", *map(str, arguments), "--as-of", "2026-11-21"]
    return CliRunner().invoke(app, words, env={"KCDS_TIMEZONE": "UTC"})


@pytest.mark.parametrize(("file", "steps"), [(STOP, OF_A_REQUEST), (BUNDLE, OF_A_BUNDLE)], ids=["request", "bundle"])
def test_programs_get_median_and_least_of_each_step_beside_the_cards(file: Path, steps: list[str]) -> None:
    plain, timed = (json.loads(evaluate(file, "--format", "json", *more).stdout) for more in ([], ["--timings"]))

    timings = timed.pop("timings")
    assert timed == plain
    assert list(timings) == ["repetitions", "milliseconds", "rules"]
    assert timings["repetitions"] == REPETITIONS
    assert list(timings["milliseconds"]) == steps
    assert all(0 <= each["least"] <= each["median"] for each in timings["milliseconds"].values())


def test_the_slowest_rules_are_named_slowest_first() -> None:
    rules = json.loads(evaluate(STOP, "--format", "json", "--timings").stdout)["timings"]["rules"]

    milliseconds = [each["milliseconds"] for each in rules]
    assert len(rules) == SLOWEST
    assert {each["rule"] for each in rules} <= set(real_service().rules)
    assert milliseconds == sorted(milliseconds, reverse=True)
    assert milliseconds[0] > 0


def test_people_get_two_tables_after_the_cards() -> None:
    plain, timed = evaluate(STOP).stdout, evaluate(STOP, "--timings").stdout

    assert timed.startswith(plain)
    lines = timed.removeprefix(plain).splitlines()
    assert lines[0] == f"Milliseconds of each step, {REPETITIONS} runs after the first:"
    steps = [re.fullmatch(r"  (\w+) +\d+\.\d\d +\d+\.\d\d", line) for line in lines[2 : 2 + len(OF_A_REQUEST)]]
    assert [found and found[1] for found in steps] == OF_A_REQUEST
    assert f"The {SLOWEST} slowest rules, each alone (the least of {REPETITIONS} runs):" in lines
    assert sum(bool(re.fullmatch(r" +\d+\.\d{3}  [a-z0-9-]+", line)) for line in lines) == SLOWEST


def test_a_file_at_fault_is_named_and_the_others_are_timed(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text("{")

    result = evaluate(wrong, BUNDLE, "--timings")

    assert result.exit_code == 1
    assert str(wrong) in result.stderr
    assert "slowest rules" in result.stdout
