"""`kcds evaluate`: cards for people or machines, a reason for silence, a message for every file at fault."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from bad_bodies import DANGEROUS
from builders import bundle, condition, medication_request, patient
from card_conformance import faults_in
from click.testing import Result
from service_builders import SAMPLES, hook_call, order_call, real_service
from typer.testing import CliRunner

import kcds.advice_cli
from kcds.cli import app

DAY = "2026-11-21"
CRPS = condition("G90.50", onsetDateTime="2020-01-01")
SILENT = SAMPLES / "no-pain-silent" / "bundle.json"
STOP = SAMPLES / "opioid-use-disorder-drafted" / "request.json"


@pytest.fixture(autouse=True)
def _one_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real service, loaded once for all these tests; `test_cli_commands.py` loads it as the program does."""
    monkeypatch.setattr(kcds.advice_cli, "make_service", lambda **_: real_service())


def evaluate(*arguments: object, **variables: str) -> Result:
    words = ["evaluate", *map(str, arguments), "--as-of", DAY]
    return CliRunner().invoke(app, words, env={"KCDS_TIMEZONE": "UTC", **variables})


def written(folder: Path, content: Any, name: str = "case.json") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def test_cards_are_printed_for_people() -> None:
    result = evaluate(STOP)

    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[0] == f"{STOP}: order-sign, contraindicated"
    assert lines[2].startswith("[critical] Active substance use disorder")
    assert "  offers: Take back the drafted order: ketamine, intravenous" in lines
    assert result.stderr == ""


def test_no_line_is_wrapped_into_a_pipe() -> None:
    lines = evaluate(STOP, COLUMNS="40").stdout.splitlines()

    cards = json.loads(evaluate(STOP, "--format", "json").stdout)["cards"]
    details = [line for card in cards for line in card["detail"].splitlines()]
    assert max(map(len, details)) > 140
    assert set(details) <= set(lines)
    assert "\x1b" not in "".join(lines)


def test_on_a_terminal_text_is_wrapped_to_its_width() -> None:
    lines = evaluate(STOP, COLUMNS="60", FORCE_COLOR="1", NO_COLOR="1").stdout.splitlines()

    framed = [line for line in lines if "│" in line]
    assert len(framed) > 10
    assert max(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in lines) == 60


def test_json_is_the_response_that_the_service_would_give() -> None:
    result = evaluate(STOP, "--format", "json")

    body = json.loads(result.stdout)
    assert result.exit_code == 0
    assert faults_in("order-sign", body) == []
    assert body["cards"][0]["indicator"] == "critical"


def test_the_same_file_on_the_same_day_gives_the_same_output_to_the_letter() -> None:
    assert evaluate(STOP, "--format", "json").stdout == evaluate(STOP, "--format", "json").stdout


def test_the_day_may_be_fixed(tmp_path: Path) -> None:
    file = written(tmp_path, bundle(patient(), condition("M54.50", onsetDateTime="2026-10-01")))
    words = ["evaluate", str(file), "--audience", "pain", "--format", "json"]

    (early,), late = (
        json.loads(CliRunner().invoke(app, [*words, "--as-of", day]).stdout)["cards"]
        for day in ("2026-10-20", "2027-03-01")
    )

    assert early["extension"]["org.kcds.advice"]["disposition"] == "not-yet"
    findings = [finding["rule"] for card in late for finding in card["extension"]["org.kcds.advice"]["findings"]]
    assert "chronic-pain-met" in findings


def test_ndjson_of_one_patient_is_read(tmp_path: Path) -> None:
    lines = b"\n".join(json.dumps(each).encode() for each in (patient(), CRPS)) + b"\n"

    result = evaluate(written(tmp_path, lines, "patient.ndjson"), "--audience", "pain")

    assert result.exit_code == 0
    assert "patient-view, insufficient-data" in result.stdout


def test_a_file_of_one_resource_is_ndjson_too(tmp_path: Path) -> None:
    result = evaluate(written(tmp_path, json.dumps(patient(), indent=1).encode()))

    assert result.exit_code == 0
    assert "No card: " in result.stdout


def test_a_byte_order_mark_and_line_ends_of_windows_are_no_fault(tmp_path: Path) -> None:
    lines = b"\xef\xbb\xbf" + b"".join(json.dumps(each).encode() + b"\r\n" for each in (patient(), CRPS))

    result = evaluate(written(tmp_path, lines), "--audience", "pain")

    assert (result.exit_code, result.stderr) == (0, "")


def test_a_hook_may_be_assumed(tmp_path: Path) -> None:
    file = written(tmp_path, order_call(medication_request("238082"), conditions=[CRPS]))

    drafted, viewed = evaluate(file).stdout, evaluate(file, "--hook", "patient-view", "--audience", "pain").stdout

    assert "order-sign, " in drafted.splitlines()[0]
    assert "patient-view, " in viewed.splitlines()[0]


SILENCE = {
    "nothing hurts": (bundle(patient(), condition("J06.9")), [], "No pain problem"),
    "there is no problem list": (
        bundle(patient()),
        ["--audience", "pain"],
        "no active pain problem and no ketamine was seen; problem list: not on record.",
    ),
    "the pain is new": (
        bundle(patient(), condition("M54.50", onsetDateTime="2026-11-01")),
        ["--audience", "refractory"],
        "patient-view speaks only for patients on ketamine, or with chronic pain",
    ),
    "no ketamine": (
        bundle(patient(), CRPS),
        ["--audience", "ketamine"],
        "patient-view speaks only for patients on ketamine, with ketamine planned",
    ),
    "no order": (bundle(patient(), CRPS), ["--hook", "order-sign"], "no order for ketamine or esketamine is drafted"),
    "another order is selected": (
        order_call(medication_request("238082"), selected=["MedicationRequest/x"], conditions=[CRPS]),
        [],
        "no order for ketamine or esketamine is selected",
    ),
    "the order is not for pain": (
        order_call(medication_request("2119381"), conditions=[CRPS]),
        [],
        "the order is not for pain, and no rule in use found a contraindication",
    ),
}


@pytest.mark.parametrize("situation", SILENCE)
def test_silence_is_explained_when(situation: str, tmp_path: Path) -> None:
    content, options, reason = SILENCE[situation]

    result = evaluate(written(tmp_path, content), *options)

    assert result.exit_code == 0
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("  No card: ")]
    assert reason in line


BROKEN: dict[str, tuple[bytes, str]] = {
    "not JSON": (b"hello", "is not JSON: unexpected character"),
    "empty": (b"", "is not JSON: "),
    "cut short": (json.dumps(bundle(patient()), indent=2).encode()[:-20], "is not JSON: "),
    "a list": (b"[]", "neither a CDS Hooks request, nor a FHIR Bundle, nor NDJSON"),
    "a number": (b"5", "neither a CDS Hooks request, nor a FHIR Bundle, nor NDJSON"),
    "an object of no kind": (b"{}", "neither a CDS Hooks request, nor a FHIR Bundle, nor NDJSON"),
    "a Bundle without a Patient": (
        json.dumps(bundle(CRPS)).encode(),
        "Bundle.entry: must hold exactly one Patient, not 0",
    ),
    "a Bundle of two": (
        json.dumps(bundle(patient(), patient(id="pat-2"))).encode(),
        "Bundle.entry: must hold exactly one Patient, not 2",
    ),
    "a hook that is not served": (
        json.dumps(hook_call() | {"hook": "x"}).encode(),
        "hook: no service answers this hook",
    ),
    "a request without patientId": (
        json.dumps(hook_call() | {"context": {"userId": "Practitioner/1"}}).encode(),
        "context.patientId: Field required",
    ),
    "a request without data": (
        json.dumps(hook_call() | {"prefetch": {"patient": patient()}}).encode(),
        "prefetch: no clinical data was sent",
    ),
    "NDJSON with a broken line": (json.dumps(patient()).encode() + b"\n{\n", "line 2: is not JSON"),
    "binary": (bytes(range(256)), "is not JSON: "),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_file_at_fault_is_one_line_on_stderr_and_exit_code_1(fault: str, tmp_path: Path) -> None:
    content, message = BROKEN[fault]
    file = written(tmp_path, content)

    result = evaluate(file)

    assert result.exit_code == 1
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"kcds: {file}: {message}")


@pytest.mark.parametrize("danger", [name for name in DANGEROUS if "MB" not in name and "entries" not in name])
def test_a_file_that_is_meant_to_hurt_never_ends_in_a_traceback(danger: str, tmp_path: Path) -> None:
    result = evaluate(written(tmp_path, DANGEROUS[danger][0]()))

    assert result.exit_code in (0, 1)
    assert "Traceback" not in result.output
    assert "unexpected error" not in result.output


def test_one_file_at_fault_does_not_keep_the_others_from_being_answered(tmp_path: Path) -> None:
    broken, gone = written(tmp_path, b"{"), tmp_path / "gone.json"

    result = evaluate(SILENT, broken, gone, tmp_path, STOP)

    assert result.exit_code == 1
    assert f"{SILENT}: patient-view" in result.stdout
    assert f"{STOP}: order-sign" in result.stdout
    assert [line.split(": ")[1] for line in result.stderr.splitlines()] == [str(broken), str(gone), str(tmp_path)]
    assert f"kcds: {gone}: cannot be read: No such file or directory" in result.stderr


def test_control_characters_of_a_file_name_are_not_passed_on_to_the_terminal(tmp_path: Path) -> None:
    file = written(tmp_path, SILENT.read_bytes(), "a\x1b[2Jb.json")

    assert "\x1b" not in evaluate(file).stdout


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["evaluate"], id="no file"),
        pytest.param(["evaluate", "x.json", "--as-of", "yesterday"], id="no date"),
        pytest.param(["evaluate", "x.json", "--as-of", "2026-13-45"], id="a date that is none"),
        pytest.param(["evaluate", "x.json", "--hook", "encounter-start"], id="another hook"),
        pytest.param(["evaluate", "x.json", "--format", "xml"], id="another format"),
        pytest.param(["explain"], id="nothing to explain"),
        pytest.param(["nonsense"], id="an unknown command"),
        pytest.param(["serve", "--workers", "0"], id="no worker"),
        pytest.param(["serve", "--port", "70000"], id="no port"),
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, arguments)

    assert result.exit_code == 2
    assert "Traceback" not in result.output
