"""What is repaired, what is only mended, and what is unreadable."""

from typing import Any

import pytest
from builders import (
    LOINC,
    RXNORM,
    SNOMED,
    blood_pressure,
    bundle,
    coding,
    condition,
    medication_request,
    observation,
    patient,
    quantity,
)

from kcds.fhir import validation
from kcds.fhir.elements import Json, WrongShapeError
from kcds.fhir.read import read_bundle
from kcds.fhir.record import Condition, Observation, Record
from kcds.fhir.validation import Effort, UnreadableError, read_resource


def read(*resources: dict[str, Any]) -> Record:
    return read_bundle(bundle(patient(), *resources), wanted=lambda *_: True)


def one_condition(**elements: object) -> Condition:
    (found,) = read(condition(**elements)).conditions
    return found


def one_observation(**elements: object) -> Observation:
    (found,) = read(observation("29463-7", **elements)).observations
    return found


def test_a_valid_resource_is_not_marked() -> None:
    assert one_condition(onsetDateTime="2019-05").repaired == frozenset()


def test_a_date_of_no_calendar_is_removed_and_marked() -> None:
    found = one_condition(onsetDateTime="2019-13-45")

    assert found.onset is None
    assert found.repaired == {"onsetDateTime"}


def test_several_faults_are_all_removed_at_once() -> None:
    found = one_condition(onsetDateTime="x", recordedDate="y", clinicalStatus="active")

    assert found.repaired == {"onsetDateTime", "recordedDate", "clinicalStatus"}


def test_an_element_that_r4_does_not_have_is_removed_and_marked() -> None:
    assert one_condition(onsetDatetime="2019").repaired == {"onsetDatetime"}


def test_a_fault_inside_a_list_removes_no_neighbour() -> None:
    found = one_condition(
        code={"coding": [{"system": 5, "code": "1"}, coding(SNOMED, "128200000"), {"system": SNOMED, "code": 7}]}
    )

    assert [each.code for each in found.code.codings] == ["128200000"]
    assert found.repaired == {"code"}


def test_a_code_does_not_stay_without_its_system() -> None:
    found = one_condition(code={"coding": [{"system": ["x"], "code": "128200000"}], "text": "words"})

    assert found.code.codings == ()
    assert found.code.text == "words"


def test_a_wrong_display_leaves_the_code() -> None:
    found = one_condition(code={"coding": [coding(SNOMED, "128200000") | {"display": 5}]})

    assert [(each.code, each.display) for each in found.code.codings] == [("128200000", None)]


@pytest.mark.parametrize(
    "value",
    [
        {"valueQuantity": "72 kg"},
        {"valueQuantity": 72},
        {"valueQuantity": {"value": "72", "unit": "kg"}},
        {"valueInteger": "72"},
        {"valueInteger": 7.5},
        {"valueInteger": True},
        {"valueBoolean": "false"},
        {"valueBoolean": 0},
        {"valueCodeableConcept": "no"},
        {"valueCodeableConcept": '{"text": "no"}'},
        {"valueDateTime": 5},
    ],
)
def test_a_value_of_the_wrong_type_is_never_converted(value: dict[str, object]) -> None:
    found = one_observation(**value)

    assert found.repaired == set(value)
    assert found.value.number is None
    assert found.value.boolean is None
    assert found.value.answer is None
    assert found.value.quantity is None or found.value.quantity.value is None


@pytest.mark.parametrize(
    ("answers", "expected"),
    [([False, "false"], [False, None]), (["false", False], [None, False]), (["false", "false"], [None, None])],
)
def test_a_value_of_the_wrong_type_is_removed_where_it_stands_and_not_beside(
    answers: list[object], expected: list[bool | None]
) -> None:
    parts = [{"code": {"coding": [coding(LOINC, "29463-7")]}, "valueBoolean": answer} for answer in answers]

    found = one_observation(component=parts)

    assert [part.boolean for part in found.components] == expected
    assert found.repaired == {"component"}


@pytest.mark.parametrize("fault", [{"code": 7}, {"display": 5}, {"system": ["x"]}])
def test_a_fault_behind_the_code_of_a_status_is_marked(fault: dict[str, object]) -> None:
    found = one_condition(clinicalStatus={"coding": [coding("x", "active"), coding("x", "resolved") | fault]})

    assert found.clinical_status == "active"
    assert found.repaired == {"clinicalStatus"}


def test_two_values_at_once_are_both_removed() -> None:
    found = one_observation(valueInteger=3, valueQuantity=quantity(7, "kg"))

    assert found.repaired == {"valueInteger", "valueQuantity"}
    assert found.value.number is None
    assert found.value.quantity is None


def test_two_values_in_one_component_are_both_removed() -> None:
    reading = blood_pressure(120, 80)
    reading["component"][0]["valueInteger"] = 3

    (found,) = read(reading).observations

    assert found.repaired == {"component"}
    assert [each.quantity is not None for each in found.components] == [False, True]


def test_a_timestamp_without_zone_keeps_its_day_unmarked() -> None:
    found = one_observation(effectiveDateTime="2026-11-20T10:00:00")

    assert found.effective is not None
    assert str(found.effective.exact) == "2026-11-20"
    assert found.repaired == frozenset()


def test_spaces_around_a_code_are_mended_unmarked() -> None:
    found = one_condition(code={"coding": [coding(f"{SNOMED} ", " 128200000")], "text": ""})

    assert [(each.system, each.code) for each in found.code.codings] == [(SNOMED, "128200000")]
    assert found.repaired == frozenset()


def test_a_status_that_fhir_does_not_know_is_kept_as_written() -> None:
    assert one_observation(status="bogus").status == "bogus"


@pytest.mark.parametrize("status", [None, 5, "", {}])
def test_a_required_element_cannot_be_repaired(status: object) -> None:
    record = read(observation("29463-7", status=status))

    assert record.observations == ()
    assert [(each.type, each.reference, each.codes) for each in record.unreadable] == [
        ("Observation", "Observation/obs-29463-7", {(LOINC, "29463-7")})
    ]


@pytest.mark.parametrize(
    "element",
    [
        {"modifierExtension": [{"url": "http://x", "valueBoolean": True}]},
        {"implicitRules": "http://x"},
        {"component": [{"code": {"text": "c"}, "modifierExtension": [{"url": "http://x", "valueBoolean": True}]}]},
    ],
)
def test_a_meaning_changed_in_an_unknown_way_is_unreadable(element: dict[str, object]) -> None:
    record = read(observation("29463-7", **element))

    assert record.observations == ()
    assert len(record.unreadable) == 1


def test_an_empty_modifier_changes_nothing() -> None:
    assert len(read(condition(modifierExtension=[])).conditions) == 1


def test_elements_that_are_never_read_do_no_harm() -> None:
    found = one_condition(note="wrong", meta=5, text=5, category="wrong", _onsetDateTime={"extension": 5})

    assert found.repaired == frozenset()


def test_nesting_without_end_is_unreadable() -> None:
    deep: object = "end"
    for _ in range(500):
        deep = {"extension": [deep]}

    record = read(condition(code=deep))

    assert record.conditions == ()
    assert record.unreadable[0].codes == frozenset()


def test_an_unreadable_resource_with_a_code_that_cannot_be_made_out_could_be_anything() -> None:
    broken = medication_request(status=None)
    broken["medicationCodeableConcept"]["coding"].append({"code": "no system"})

    (unreadable,) = read(broken).unreadable

    assert unreadable.codes == frozenset()


def test_an_unreadable_medication_shows_the_codes_of_the_medication_it_refers_to() -> None:
    broken = medication_request(
        None,
        status=None,
        contained=[{"resourceType": "Medication", "id": "m", "code": {"coding": [coding(RXNORM, "6130")]}}],
        medicationReference={"reference": "#m"},
    )

    (unreadable,) = read(broken).unreadable

    assert unreadable.codes == {(RXNORM, "6130")}


def test_a_lone_surrogate_is_removed_like_any_fault() -> None:
    found = one_condition(code={"coding": [coding(SNOMED, "128200000")], "text": "\ud800"})

    assert found.code.text is None
    assert found.repaired == {"code"}


def test_the_input_is_never_changed() -> None:
    sent = condition(onsetDateTime="2019-13-45", code={"coding": [{"system": 5, "code": "1"}]})

    read(sent)

    assert sent["onsetDateTime"] == "2019-13-45"
    assert sent["code"] == {"coding": [{"system": 5, "code": "1"}]}


def test_a_resource_that_is_never_right_is_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, "MAX_REPAIRS", 1)

    record = read(condition(onsetDateTime="2019-13-45"))

    assert record.conditions == ()
    assert [each.type for each in record.unreadable] == ["Condition"]


def test_what_says_that_a_resource_is_unreadable_holds_nothing_of_it() -> None:
    def refuse(document: Json, _: frozenset[str]) -> None:
        raise WrongShapeError(document, "code")

    with pytest.raises(UnreadableError) as told:
        read_resource(condition(), Effort(), refuse)

    assert told.value.__context__ is None


def test_an_unforeseen_failure_of_the_validator_is_told_of_the_resource(monkeypatch: pytest.MonkeyPatch) -> None:
    class Confused:
        def model_validate(self, _: object) -> object:
            raise KeyError

    monkeypatch.setattr(validation, "_model", lambda _: Confused())

    record = read(condition(onsetDateTime="not plain, so that it is asked"))

    assert [each.type for each in record.unreadable] == ["Condition"]


@pytest.mark.parametrize(
    "timing", [{"event": "2026-11-20"}, {"event": ["2026-11-20", "soon"]}, {"event": ["2026-11-20", 5]}]
)
def test_a_timing_of_the_wrong_form_never_becomes_a_date_that_was_not_written(timing: dict[str, object]) -> None:
    found = one_observation(effectiveDateTime=None, effectiveTiming=timing)

    assert found.repaired == {"effectiveTiming"}
    assert found.effective is None or str(found.effective.exact) == "2026-11-20"
