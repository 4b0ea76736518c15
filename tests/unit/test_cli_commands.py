"""`kcds explain`, `kcds sample` and `kcds serve`: what is said, and the exit codes."""

import json
import re
import socket
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from service_builders import SAMPLE_NAMES, SAMPLES, free_port, real_service
from typer.testing import CliRunner

import kcds.advice_cli
import kcds.serve_cli
from kcds.cli import app
from kcds.errors import RequestError
from kcds.sample import read_sample
from kcds.settings import address_of

DAY = "2026-11-21"


def run(*arguments: object, **variables: str) -> Result:
    return CliRunner().invoke(app, [str(word) for word in arguments], env={"KCDS_TIMEZONE": "UTC", **variables})


def test_every_rule_is_explained_under_its_answer() -> None:
    result = run("explain", SAMPLES / "safety-data-missing" / "request.json", "--as-of", DAY)

    text = result.stdout
    answers = [text.index(heading) for heading in ("Applies (", "Cannot tell (", "Does not apply (")]
    assert result.exit_code == 0
    assert answers == sorted(answers)
    for rule in real_service().knowledge.active_rules:
        assert text.count(f"\n  {rule.id} {rule.version} (") == 1


def test_an_explanation_shows_facts_their_sources_and_what_is_missing() -> None:
    lines = run("explain", SAMPLES / "safety-data-missing" / "request.json", "--as-of", DAY).stdout.splitlines()

    score = next(line for line in lines if "score: " in line)
    assert score.startswith("      score: scale pain, value 8, code loinc:72514-3, date 2026-11-16, ")
    assert score.endswith(" [Observation/observation-1]")
    assert "      not known: allergies (not on record)" in lines
    assert f"as of {DAY}." in lines[2]


@pytest.mark.parametrize("columns", [80, 140])
def test_an_explanation_fits_a_terminal(columns: int) -> None:
    file = SAMPLES / "opioid-use-disorder-drafted" / "request.json"

    result = run("explain", file, "--as-of", DAY, COLUMNS=str(columns), FORCE_COLOR="1", NO_COLOR="1", TERM="dumb")

    lines = re.sub(r"\x1b\[[0-9;]*m", "", result.stdout).splitlines()
    assert 60 < max(len(line) for line in lines) <= columns


def test_an_explanation_of_silence_says_why() -> None:
    result = run("explain", SAMPLES / "no-pain-silent" / "bundle.json", "--as-of", DAY)

    assert "No card: " in result.stdout.splitlines()[1]


def test_a_file_at_fault_cannot_be_explained(tmp_path: Path) -> None:
    result = run("explain", tmp_path / "gone.json")

    assert result.exit_code == 1
    assert result.stderr == f"kcds: {tmp_path / 'gone.json'}: cannot be read: No such file or directory\n"


def test_samples_are_listed() -> None:
    assert run("sample").stdout.splitlines() == SAMPLE_NAMES


def test_a_sample_is_a_request_of_the_given_day() -> None:
    request = json.loads(run("sample", "pregnant-by-laboratory", "--as-of", "2027-01-01").stdout)

    days = {entry["resource"]["effectiveDateTime"] for entry in request["prefetch"]["pregnancyTests"]["entry"]}
    assert days == {"2026-12-29"}


def test_moving_a_sample_changes_nothing_but_dates() -> None:
    moved = read_sample("crps-candidate", date(2026, 11, 21))

    assert json.loads(moved) == json.loads((SAMPLES / "crps-candidate" / "request.json").read_text())


def test_an_unknown_sample_is_an_error_that_names_the_known_ones() -> None:
    result = run("sample", "nobody")

    assert result.exit_code == 1
    assert result.stderr.startswith("kcds: no such sample; there are: ")
    assert "crps-candidate" in result.stderr
    with pytest.raises(RequestError):
        read_sample("../rules", date(2026, 11, 21))


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org"])  # noqa: S104 - refused
def test_serving_everybody_beyond_this_machine_is_refused(host: str) -> None:
    result = run("serve", "--host", host, KCDS_AUTH="off")

    assert result.exit_code == 1
    assert result.stderr.startswith("kcds: KCDS_AUTH: off is for this machine alone")


def test_a_wrong_setting_stops_the_start_with_the_variable_and_what_it_may_be() -> None:
    result = run("serve", KCDS_PATIENT_VIEW="foo", KCDS_LOG_FORMAT="xml")

    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "kcds: KCDS_PATIENT_VIEW: Input should be 'ketamine', 'refractory' or 'pain'",
        "kcds: KCDS_LOG_FORMAT: Input should be 'json' or 'text'",
    ]


def test_serve_runs_the_application_and_says_where_and_which_variables_have_no_effect(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    served = {}
    port = free_port()
    monkeypatch.setattr(
        kcds.serve_cli, "serve_forever", lambda load, *_renewing, **options: served.update(options, parts=load())
    )

    result = run("serve", "--port", port, "--workers", "3", KCDS_PATIENT_VEIW="pain", KCDS_DATA_DIR=str(tmp_path))

    assert result.exit_code == 0
    assert {name: served[name] for name in ("host", "port", "workers")} == {
        "host": "127.0.0.1",
        "port": port,
        "workers": 3,
    }
    assert served["parts"].settings.public_url == f"http://127.0.0.1:{port}"
    lines = result.stderr.splitlines()
    assert "kcds: KCDS_PATIENT_VEIW has no effect: this release has no such setting" in lines
    assert lines[-2:] == [
        f"kcds serves http://127.0.0.1:{port}/cds-services (no authentication: loopback only)",
        f"kcds: open http://127.0.0.1:{port}/ in a browser",
    ]


def test_serving_everybody_is_said_loudly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(kcds.serve_cli, "serve_forever", lambda load, *_renewing, **_options: load())
    monkeypatch.setattr(kcds.serve_cli, "require_free", lambda _host, _port: None)

    result = run("serve", "--host", "10.0.0.1", "--allow-unauthenticated", KCDS_AUTH="off", KCDS_DATA_DIR=str(tmp_path))

    assert result.exit_code == 0
    assert result.stderr.splitlines()[-4:] == [
        "kcds: WARNING: NO AUTHENTICATION. Whoever reaches this address can send calls and feedback.",
        "kcds: WARNING: Only an authenticating proxy in front of it makes this safe for patients' data.",
        "kcds serves http://10.0.0.1:8000/cds-services (no authentication)",
        "kcds: open http://10.0.0.1:8000/ in a browser",
    ]


def test_an_address_that_is_taken_is_one_line_before_anything_is_loaded() -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        result = run("serve", "--port", port)

    assert result.exit_code == 1
    assert result.stderr == (
        f"kcds: 127.0.0.1:{port} cannot be served (Address already in use); choose another --port or --host\n"
    )


def test_an_address_of_version_6_is_written_in_brackets() -> None:
    assert address_of("::1", 8000) == "[::1]:8000"


def test_an_unexpected_error_says_kind_and_place_and_quotes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise ValueError("secret of Jane")

    monkeypatch.setattr(kcds.advice_cli, "assess_file", fail)
    file = SAMPLES / "crps-candidate" / "request.json"

    result = run("evaluate", file)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"kcds: {file}: unexpected error (ValueError in ")
    assert "secret" not in result.output


@pytest.mark.parametrize("arguments", [["--help"], ["evaluate", "--help"], ["serve", "--help"], ["rules", "--help"]])
def test_help_is_exit_code_0(arguments: list[str]) -> None:
    result = run(*arguments)

    assert result.exit_code == 0
    assert "Usage: " in result.stdout
