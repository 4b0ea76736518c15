"""What became of each prefetch key, and whose data it was."""

from collections.abc import Iterable

import pytest
from builders import (
    bundle,
    condition,
    medication_request,
    observation,
    operation_outcome,
    patient,
    reference,
    searchset,
)

from kcds.errors import PreconditionError, RequestError
from kcds.fhir.read import read_prefetch
from kcds.fhir.record import Record, Retrieval


def everything(_type: str, _codes: Iterable[object]) -> bool:
    return True


def read(**prefetch: object) -> Record:
    return read_prefetch({"patient": patient(), **prefetch}, patient_id="pat-1", wanted=everything)


def state_of(conditions: object) -> Retrieval:
    return read(conditions=conditions).retrievals["conditions"]


def test_a_key_left_out_was_not_asked() -> None:
    assert read().retrievals["conditions"] is Retrieval.ABSENT


@pytest.mark.parametrize("answer", [None, searchset(), {"resourceType": "Bundle", "type": "searchset", "total": 0}])
def test_null_and_an_empty_searchset_mean_none_found(answer: object) -> None:
    record = read(conditions=answer)

    assert record.retrievals["conditions"] is Retrieval.GIVEN
    assert record.conditions == ()


def test_an_outcome_in_place_of_an_answer_means_failed() -> None:
    assert state_of(operation_outcome()) is Retrieval.FAILED


@pytest.mark.parametrize("severity", ["error", "fatal", "bogus"])
def test_an_error_among_the_entries_means_failed_but_what_was_found_counts(severity: str) -> None:
    record = read(conditions=searchset(condition(), operation_outcome(severity)))

    assert record.retrievals["conditions"] is Retrieval.FAILED
    assert len(record.conditions) == 1


@pytest.mark.parametrize("severity", ["warning", "information"])
def test_a_warning_that_nothing_was_found_means_none(severity: str) -> None:
    assert state_of(searchset(operation_outcome(severity, "not-found"), total=0)) is Retrieval.GIVEN


def test_an_outcome_without_issues_means_failed() -> None:
    assert state_of(searchset({"resourceType": "OperationOutcome"})) is Retrieval.FAILED


def test_a_next_link_means_that_there_is_more() -> None:
    answer = searchset(condition(), link=[{"relation": "self", "url": "a"}, {"relation": "next", "url": "b"}])

    assert state_of(answer) is Retrieval.INCOMPLETE


def test_one_resource_stands_for_a_bundle_of_one() -> None:
    record = read(conditions=condition())

    assert record.retrievals["conditions"] is Retrieval.GIVEN
    assert [each.reference for each in record.conditions] == ["Condition/cond-G90-50"]


def test_keys_that_are_not_ours_are_ignored() -> None:
    assert read(item1=5).conditions == ()


@pytest.mark.parametrize(
    "answer",
    [[], 5, True, "text", {}, {"resourceType": 5}, {"resourceType": ["Bundle"]}, patient(), bundle() | {"entry": {}}],
)
def test_an_answer_of_the_wrong_form_is_refused_by_name(answer: object) -> None:
    with pytest.raises(RequestError) as refusal:
        read(conditions=answer)

    assert refusal.value.status == 400
    assert refusal.value.element == "prefetch.conditions"


@pytest.mark.parametrize("entry", [5, None, [], {"resource": 5}, {"resource": [condition()]}])
def test_an_entry_of_the_wrong_form_is_refused_by_name(entry: object) -> None:
    with pytest.raises(RequestError) as refusal:
        read(conditions={"resourceType": "Bundle", "type": "searchset", "entry": [entry]})

    assert refusal.value.element is not None
    assert refusal.value.element.startswith("prefetch.conditions.entry[0]")


def test_prefetch_that_is_no_object_is_refused() -> None:
    with pytest.raises(RequestError) as refusal:
        read_prefetch([], patient_id="pat-1", wanted=everything)  # type: ignore[arg-type]

    assert refusal.value.element == "prefetch"


@pytest.mark.parametrize(
    "prefetch", [None, {}, {"patient": None}, {"patient": operation_outcome()}, {"patient": searchset()}]
)
def test_without_the_patient_there_is_no_advice(prefetch: dict[str, object] | None) -> None:
    with pytest.raises(PreconditionError) as refusal:
        read_prefetch(prefetch, patient_id="pat-1", wanted=everything)

    assert refusal.value.status == 412
    assert refusal.value.element == "prefetch.patient"


def test_the_patient_of_the_context_may_be_written_as_a_reference() -> None:
    record = read_prefetch({"patient": patient()}, patient_id="Patient/pat-1", wanted=everything)

    assert record.patient.reference == "Patient/pat-1"


@pytest.mark.parametrize("identifier", ["pat-2", "", None, 1])
def test_another_patient_than_that_of_the_context_is_refused(identifier: object) -> None:
    with pytest.raises(RequestError) as refusal:
        read_prefetch({"patient": patient(id=identifier)}, patient_id="pat-1", wanted=everything)

    assert refusal.value.status == 400
    assert refusal.value.element == "prefetch.patient.id"


def test_a_resource_of_another_patient_is_refused_by_name_without_saying_who() -> None:
    with pytest.raises(RequestError) as refusal:
        read(conditions=searchset(condition(subject=reference("Patient/someone-else"))))

    assert refusal.value.element == "prefetch.conditions.entry[0].resource.subject"
    assert "someone-else" not in str(refusal.value)


def test_a_resource_that_does_not_say_whose_it_is_is_unreadable() -> None:
    record = read(conditions=searchset(condition(subject=None)))

    assert record.conditions == ()
    assert [(each.type, each.key) for each in record.unreadable] == [("Condition", "conditions")]
    assert record.unreadable[0].codes == {("http://hl7.org/fhir/sid/icd-10-cm", "G90.50")}


def test_a_resource_sent_under_two_keys_counts_once() -> None:
    weight = observation("29463-7", valueQuantity={"value": 72, "unit": "kg"})

    record = read(vitalSigns=searchset(weight), bloodPressure=searchset(weight))

    assert len(record.observations) == 1


def test_an_unreadable_resource_affects_every_key_it_came_with() -> None:
    broken = observation("29463-7", status=None)

    record = read(vitalSigns=searchset(broken), bloodPressure=searchset(broken))

    assert {each.key for each in record.unreadable} == {"vitalSigns", "bloodPressure"}


def test_observations_that_cannot_matter_are_left_out_before_they_are_read() -> None:
    height = observation("8302-2", status=None)
    weight = observation("29463-7")

    record = read_prefetch(
        {"patient": patient(), "vitalSigns": searchset(height, weight)},
        patient_id="pat-1",
        wanted=lambda _, codes: ("http://loinc.org", "29463-7") in codes,
    )

    assert [each.reference for each in record.observations] == ["Observation/obs-29463-7"]
    assert record.unreadable == ()


def test_an_entry_that_does_not_say_what_it_is_is_unreadable_for_its_key() -> None:
    record = read(medicationRequests=searchset({"id": "1"}, medication_request()))

    assert [(each.type, each.key) for each in record.unreadable] == [("MedicationRequest", "medicationRequests")]
    assert len(record.medications) == 1


def test_a_patient_that_cannot_be_read_is_known_by_nothing_but_the_name() -> None:
    record = read_prefetch({"patient": patient(implicitRules="http://x")}, patient_id="pat-1", wanted=everything)

    assert record.patient.birth_date is None
    assert record.patient.gender is None
    assert [(each.type, each.key) for each in record.unreadable] == [("Patient", "patient")]
