"""Whole records: Bundles of every type, and NDJSON."""

import orjson
import pytest
from builders import (
    bundle,
    condition,
    medication,
    medication_request,
    observation,
    operation_outcome,
    patient,
    reference,
    searchset,
)

from kcds.errors import RequestError
from kcds.fhir.read import read_bundle, read_ndjson
from kcds.fhir.record import Record, Retrieval
from kcds.model.queries import Query


def everything(*_: object) -> bool:
    return True


def read(sent: object) -> Record:
    return read_bundle(sent, wanted=everything)


@pytest.mark.parametrize("kind", ["collection", "transaction", "batch", "searchset", "document"])
def test_every_type_of_bundle_answers_every_query(kind: str) -> None:
    record = read(bundle(patient(), condition(), kind=kind))

    assert record.retrievals == dict.fromkeys((query.value for query in Query), Retrieval.GIVEN)
    assert [each.reference for each in record.conditions] == ["Condition/cond-G90-50"]
    assert record.conditions[0].key is None


def test_urn_references_of_a_transaction_lead_to_the_resources_behind_them() -> None:
    sent = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {"fullUrl": "urn:uuid:aaa", "resource": patient(id="other-id")},
            {"fullUrl": "urn:uuid:bbb", "resource": condition(id="c1", subject=reference("urn:uuid:aaa"))},
            {
                "fullUrl": "urn:uuid:ccc",
                "resource": medication_request(
                    subject=reference("urn:uuid:aaa"), reasonReference=[reference("urn:uuid:bbb")]
                ),
            },
        ],
    }

    record = read(sent)

    assert record.conditions[0].reference == "Condition/c1"
    assert [concept.codings[0].code for concept in record.medications[0].reason] == ["G90.50"]


def test_a_conditional_reference_means_the_only_patient() -> None:
    person = patient(identifier=[{"system": "urn:x", "value": "1"}])
    record = read(bundle(person, condition(subject=reference("Patient?identifier=urn:x|1"))))

    assert len(record.conditions) == 1


@pytest.mark.parametrize("patients", [[], [patient(), patient(id="pat-2")]])
def test_a_bundle_of_none_or_of_two_patients_is_refused(patients: list[dict[str, object]]) -> None:
    with pytest.raises(RequestError) as refusal:
        read(bundle(*patients, condition()))

    assert refusal.value.element == "Bundle.entry"


def test_the_same_patient_twice_is_one() -> None:
    assert read(bundle(patient(), patient())).patient.reference == "Patient/pat-1"


def test_a_resource_of_another_patient_is_refused_even_if_it_could_not_matter() -> None:
    stray = observation("8302-2", subject=reference("Patient/pat-2"))

    with pytest.raises(RequestError) as refusal:
        read_bundle(bundle(patient(), stray), wanted=lambda *_: False)

    assert refusal.value.element == "Bundle.entry[1].resource.subject"


def test_identical_duplicates_collapse() -> None:
    assert len(read(bundle(patient(), condition(), condition())).conditions) == 1


def test_of_two_versions_the_last_sent_counts() -> None:
    record = read(bundle(patient(), condition(recordedDate="2020"), condition(recordedDate="2021")))

    assert [str(each.recorded.earliest) for each in record.conditions if each.recorded] == ["2021-01-01"]


def test_of_two_dated_versions_the_newest_counts_whatever_the_order() -> None:
    newer = condition(recordedDate="2021", meta={"lastUpdated": "2026-02-01T00:00:00Z"})
    older = condition(recordedDate="2020", meta={"lastUpdated": "2026-01-01T00:00:00Z"})

    record = read(bundle(patient(), newer, older))

    assert [str(each.recorded.earliest) for each in record.conditions if each.recorded] == ["2021-01-01"]


def test_a_history_is_sent_newest_first() -> None:
    record = read(bundle(patient(), condition(recordedDate="2021"), condition(recordedDate="2020"), kind="history"))

    assert [str(each.recorded.earliest) for each in record.conditions if each.recorded] == ["2021-01-01"]


def test_resources_without_id_are_kept_apart_by_position() -> None:
    record = read(bundle(patient(), condition(id=None), condition(id=None)))

    assert [each.reference for each in record.conditions] == ["Condition/#1", "Condition/#2"]


def test_entries_without_resource_are_passed_over() -> None:
    sent = bundle(patient())
    sent["entry"].append({"request": {"method": "DELETE", "url": "Condition/1"}})

    assert read(sent).conditions == ()


def test_a_bundle_within_the_bundle_could_hold_anything() -> None:
    record = read(bundle(patient(), bundle(condition())))

    assert {each.type for each in record.unreadable} == {
        *("AllergyIntolerance", "Condition", "MedicationAdministration", "MedicationRequest", "MedicationStatement"),
        *("Observation", "Procedure"),
    }


def test_a_page_or_an_error_in_a_saved_search_is_told_of_every_query() -> None:
    paged = searchset(patient(), link=[{"relation": "next", "url": "x"}])

    assert set(read(paged).retrievals.values()) == {Retrieval.INCOMPLETE}
    assert set(read(searchset(patient(), operation_outcome())).retrievals.values()) == {Retrieval.FAILED}


@pytest.mark.parametrize("sent", [None, [], 5, "Bundle", {}, patient()])
def test_what_is_no_bundle_is_refused(sent: object) -> None:
    with pytest.raises(RequestError) as refusal:
        read(sent)

    assert refusal.value.element == "resourceType"


def test_ndjson_is_one_resource_a_line() -> None:
    lines = b"\n".join(orjson.dumps(each) for each in (patient(), condition())) + b"\r\n\n"

    record = read_ndjson(lines, wanted=everything)

    assert len(record.conditions) == 1


def test_only_line_feeds_end_a_line_of_ndjson() -> None:
    problem = condition(code={"text": "first\u2028second\u0085third"})

    record = read_ndjson(b"\n".join(orjson.dumps(each) for each in (patient(), problem)), wanted=everything)

    assert record.conditions[0].code.text == "first\u2028second\u0085third"


@pytest.mark.parametrize("line", [b"{", b"[]", b"5", b"\xff", b"[" * 100_000])
def test_a_line_that_is_no_resource_is_refused_by_number(line: bytes) -> None:
    with pytest.raises(RequestError) as refusal:
        read_ndjson(orjson.dumps(patient()) + b"\n" + line, wanted=everything)

    assert refusal.value.element == "line 2"


def test_a_conditional_reference_finds_the_medication_with_that_identifier() -> None:
    medicine = medication("10438", identifier=[{"system": "urn:m", "value": "9"}])
    request = medication_request(
        medicationCodeableConcept=None, medicationReference=reference("Medication?identifier=urn:m|9")
    )

    (use,) = read(bundle(patient(), medicine, request)).medications

    assert use.medication is not None
    assert [coding.code for coding in use.medication.codings] == ["10438"]


def test_drafted_orders_of_a_bundle_are_under_review_where_the_moment_is_an_order() -> None:
    content = bundle(patient(), medication_request(status="draft", id="d"), medication_request(id="m"))

    record = read_bundle(content, wanted=lambda *_: True, orders=True)

    assert [order.reference for order in record.orders] == ["MedicationRequest/d"]
    assert [use.reference for use in record.medications] == ["MedicationRequest/m"]
