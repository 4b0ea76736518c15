"""More than can be judged in time is refused at once (413); it names the element and quotes nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from builders import PATIENT_ID, blood_pressure, bundle, condition, medication_request, patient, searchset
from typer.testing import CliRunner

from kcds.cli import app
from kcds.errors import TooMuchDataError
from kcds.fhir import assembly, validation
from kcds.fhir.read import read_bundle, read_ndjson, read_prefetch
from kcds.fhir.record import Record

MOST = 5


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more than five resources."""
    monkeypatch.setattr(assembly, "MOST_RELEVANT", MOST)


def conditions(number: int) -> list[dict[str, Any]]:
    return [condition(id=f"c{position}") for position in range(number)]


def prefetched(*problems: dict[str, Any], **answers: object) -> Record:
    answers = {"patient": patient(), "conditions": searchset(*problems), **answers}
    return read_prefetch(answers, patient_id=PATIENT_ID, wanted=lambda _, codes: not list(codes))


@pytest.mark.usefixtures("few")
def test_as_many_as_can_be_judged_are_read() -> None:
    assert len(prefetched(*conditions(MOST - 1)).conditions) == MOST - 1


@pytest.mark.usefixtures("few")
def test_one_more_is_refused_and_the_place_named() -> None:
    with pytest.raises(TooMuchDataError, match=f"6 of at most {MOST}") as refused:
        prefetched(*conditions(MOST))

    assert refused.value.element == "prefetch.conditions.entry[4].resource"
    assert refused.value.status == 413


@pytest.mark.usefixtures("few")
def test_resources_that_cannot_matter_do_not_count() -> None:
    pressures = [blood_pressure(120, 80, id=f"bp{position}") for position in range(MOST)]

    assert len(prefetched(*conditions(2), bloodPressure=searchset(*pressures)).conditions) == 2


@pytest.mark.usefixtures("few")
def test_what_does_not_say_its_type_counts() -> None:
    with pytest.raises(TooMuchDataError):
        prefetched(*[{"id": str(position)} for position in range(MOST)])


@pytest.mark.usefixtures("few")
def test_drafted_orders_count() -> None:
    drafts = bundle(*[medication_request(id=f"mr{position}") for position in range(MOST)])

    with pytest.raises(TooMuchDataError):
        read_prefetch({"patient": patient()}, patient_id=PATIENT_ID, draft_orders=drafts, wanted=lambda *_: True)


@pytest.mark.usefixtures("few")
def test_bundles_and_ndjson_have_the_same_bound() -> None:
    resources = [patient(), *conditions(MOST)]

    with pytest.raises(TooMuchDataError):
        read_bundle(bundle(*resources), wanted=lambda *_: True)
    with pytest.raises(TooMuchDataError):
        read_ndjson("\n".join(map(json.dumps, resources)).encode(), wanted=lambda *_: True)


@pytest.mark.usefixtures("few")
def test_the_command_line_says_it_as_a_message(tmp_path: Path) -> None:
    file = tmp_path / "patient.json"
    file.write_text(json.dumps(bundle(patient(), *conditions(MOST))))

    said = CliRunner().invoke(app, ["evaluate", str(file)])

    assert said.exit_code != 0
    assert "more relevant resources than can be judged" in said.output
    assert "Traceback" not in said.output


def test_faults_without_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, "MOST_JUDGED", 50)
    faulty = [condition(id=f"c{position}", onsetDateTime="x") for position in range(9)]

    with pytest.raises(TooMuchDataError, match="no plain FHIR R4"):
        prefetched(*faulty)


def test_each_request_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, "MOST_JUDGED", 50)

    for _ in range(9):
        assert len(prefetched(condition(onsetDateTime="x")).conditions) == 1


def test_one_resource_of_endless_faults_is_refused() -> None:
    with pytest.raises(TooMuchDataError):
        prefetched(condition(code={"coding": [5] * validation.MOST_JUDGED}))
