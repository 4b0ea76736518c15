"""The benchmarks start, and the page on performance says what their results say."""

import importlib
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from service_builders import real_service

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/performance.md"
RESULTS = ROOT / "docs/performance"
PROGRAMS = ("memory", "peers", "plots", "request_time", "review_page", "soak", "startup")

sys.path.append(str(ROOT / "benchmarks"))


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_benchmark_says_what_it_does(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [f"{name}.py", "--help"])

    with pytest.raises(SystemExit, match="0"):
        importlib.import_module(name).main()

    assert f"python benchmarks/{name}.py" in capsys.readouterr().out


def test_page_and_plots_are_made_of_the_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results, page = tmp_path / "performance", tmp_path / "performance.md"
    results.mkdir()
    for result in RESULTS.glob("*.json"):
        shutil.copyfile(result, results / result.name)
    shutil.copyfile(PAGE, page)
    monkeypatch.setattr(sys, "argv", ["plots.py", "--results", str(results), "--page", str(page)])

    importlib.import_module("plots").main()

    assert page.read_text(encoding="utf-8") == PAGE.read_text(encoding="utf-8"), "run benchmarks/plots.py"
    assert {plot.name for plot in results.glob("*.svg")} == {plot.name for plot in RESULTS.glob("*.svg")}
    assert all(plot.read_text(encoding="utf-8").startswith("<svg") for plot in results.glob("*.svg"))


def test_the_soak_knows_right_answers_and_foreign_ones() -> None:
    patients = importlib.import_module("soak_patients")
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    made = patients.make_patients(real_service(), 4, 1, now, now + timedelta(minutes=10))
    one, other, *_ = (patient for patient in made if patients.MARK.search(patient.answers[0][1]))

    status, answer = one.answers[0]

    assert status == 200
    assert one.body() != one.body()
    assert one.is_right(status, answer)
    assert not other.is_right(status, answer)
    assert patients.foreign(one.number, answer) == set()
    assert patients.foreign(other.number, answer) == {one.number}


def test_each_kill_explains_one_lost_call_at_its_time() -> None:
    report = importlib.import_module("soak_report")
    soak = report.Soak(patients=1, alike=0, kills=[10.0, 30.0])
    for started, ended in ((9.5, 10.1), (9.8, 10.1), (50.0, 50.2)):
        soak.unanswered(started, ended, f"at {started}")

    assert soak.unexplained() == ["at 9.8", "at 50.0"]
    assert "2 workers were killed, the service has counted 0" in report.violations(soak)
