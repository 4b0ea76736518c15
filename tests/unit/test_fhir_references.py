"""What references point at, and whose a resource is."""

import pytest

from kcds.fhir.bundles import bundle_entries
from kcds.fhir.references import Owner, Ownership, name_of, relative
from kcds.fhir.sent import distinct


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Condition/5", "Condition/5"),
        ("https://ehr.example.org/fhir/r4/Condition/5", "Condition/5"),
        ("Condition/5/_history/2", "Condition/5"),
        ("https://ehr.example.org/Condition/5/_history/2", "Condition/5"),
        ("urn:uuid:0c1d", "urn:uuid:0c1d"),
        ("#med1", None),
        ("Patient?identifier=urn:x|1", None),
        ("just words", None),
        ("Condition/<b>5</b>", None),
    ],
)
def test_references_are_told_without_the_base_of_the_server(written: str, meant: str | None) -> None:
    assert relative(written) == meant


def test_a_resource_is_named_by_type_and_id() -> None:
    assert name_of("Condition", "5", "urn:uuid:0c1d") == "Condition/5"


def test_a_resource_without_id_is_named_by_its_full_url() -> None:
    assert name_of("Condition", None, "urn:uuid:0c1d") == "urn:uuid:0c1d"
    assert name_of("Condition", None, "https://ehr.example.org/Condition/7") == "Condition/7"


@pytest.mark.parametrize("identifier", [None, 5, "", "a b", "<script>", "x" * 300])
def test_a_resource_without_usable_id_is_named_by_its_position(identifier: object) -> None:
    first, second = ({"resourceType": "Condition", "id": each} for each in ("5", identifier))

    entries, _ = bundle_entries({"entry": [{"resource": first}, {"resource": second}]}, key=None, place="Bundle")

    assert name_of("Condition", identifier, None) is None
    assert [sent.reference for sent in distinct(entries)] == ["Condition/5", "Condition/#2"]


PATIENT: dict[str, object] = {"id": "pat-1", "identifier": [{"system": "urn:x", "value": "7"}]}


@pytest.mark.parametrize(
    "written",
    [
        "Patient/pat-1",
        "https://ehr.example.org/fhir/Patient/pat-1",
        "Patient/pat-1/_history/9",
        "urn:uuid:pat-1",
        "urn:uuid:0c1d",
    ],
)
def test_the_patient_goes_by_many_names(written: str) -> None:
    owner = Owner.of_patient(PATIENT, "urn:uuid:0c1d", alone=False)

    assert owner.of({"reference": written}) is Ownership.OURS


def test_another_patient_is_recognised() -> None:
    owner = Owner.of_patient(PATIENT, alone=True)

    assert owner.of({"reference": "https://ehr.example.org/Patient/pat-2"}) is Ownership.ANOTHERS


@pytest.mark.parametrize(
    "subject",
    [
        pytest.param({"reference": "Patient?identifier=urn:x|7"}, id="conditional"),
        pytest.param({"reference": "Patient?identifier=urn%3Ax%7C7"}, id="conditional, percent-encoded"),
        pytest.param({"reference": "Patient?identifier=7"}, id="conditional, without a system"),
        pytest.param({"identifier": {"system": "urn:x", "value": "7"}}, id="logical"),
    ],
)
def test_an_identifier_of_the_patient_means_the_patient(subject: dict[str, object]) -> None:
    assert Owner.of_patient(PATIENT, alone=True).of(subject) is Ownership.OURS
    assert Owner.of_patient(PATIENT, alone=False).of(subject) is Ownership.OURS


@pytest.mark.parametrize(
    "subject",
    [
        pytest.param({"reference": "Patient?identifier=urn:x|8"}, id="conditional"),
        pytest.param({"identifier": {"system": "urn:x", "value": "8"}}, id="logical"),
    ],
)
def test_another_identifier_is_another_patient_where_there_is_only_one(subject: dict[str, object]) -> None:
    assert Owner.of_patient(PATIENT, alone=True).of(subject) is Ownership.ANOTHERS
    assert Owner.of_patient(PATIENT, alone=False).of(subject) is Ownership.UNKNOWN


def test_an_identifier_tells_nothing_of_a_patient_who_has_none() -> None:
    owner = Owner.of_patient({"id": "pat-1"}, alone=True)

    assert owner.of({"reference": "Patient?identifier=urn:x|7"}) is Ownership.UNKNOWN


def test_a_search_by_anything_but_the_identifier_is_not_guessed() -> None:
    assert Owner.of_patient(PATIENT, alone=True).of({"reference": "Patient?name=x"}) is Ownership.UNKNOWN


@pytest.mark.parametrize(
    "subject",
    [None, {}, "Patient/pat-1", {"reference": 5}, {"reference": "#p"}, {"reference": "Group/g"}, {"display": "?"}],
)
def test_a_subject_that_names_nobody_is_not_guessed(subject: object) -> None:
    assert Owner.of_patient(PATIENT, alone=True).of(subject) is Ownership.UNKNOWN


def test_a_patient_without_id_is_not_matched_by_an_empty_reference() -> None:
    assert Owner.of_patient({}, alone=True).of({"reference": "Patient/"}) is Ownership.UNKNOWN
