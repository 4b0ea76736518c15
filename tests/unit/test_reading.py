"""What a file holds becomes an assessment, and for a page a review: the same advice, and who the patient is."""

import json
from typing import Any

import pytest
from builders import bundle, condition, patient
from service_builders import SAMPLE_NAMES, SAMPLES, hook_call, noon, real_service, without_uuids

from kcds.cds_hooks.card import to_json
from kcds.cds_hooks.services import Hook
from kcds.errors import RequestError
from kcds.fhir.person import Person
from kcds.reading import Content, assess_content, hook_of, parse_content, review_content

CRPS = condition("G90.50", onsetDateTime="2020-01-01")
JANE = patient(name=[{"family": "Doe", "given": ["Jane"]}], birthDate="1970-01-01", gender="female")


def content_of(*resources: Any) -> dict[str, Content]:
    """The same record in every form that is read."""
    request = hook_call(conditions=list(resources))
    request["prefetch"]["patient"] = JANE
    lines = b"\n".join(json.dumps(each).encode() for each in (JANE, *resources))
    return {
        "request": parse_content(json.dumps(request).encode()),
        "bundle": parse_content(json.dumps(bundle(JANE, *resources)).encode()),
        "ndjson": parse_content(lines),
    }


@pytest.mark.parametrize("form", ["request", "bundle", "ndjson"])
def test_a_review_says_who_the_patient_is(form: str) -> None:
    _, review = review_content(real_service(), content_of(CRPS)[form], None, noon())

    assert review.person == Person(name="Jane Doe", born="1970-01-01", sex="female")


def test_one_resource_is_a_record_too() -> None:
    _, review = review_content(real_service(), parse_content(json.dumps(JANE).encode()), None, noon())

    assert review.person.name == "Jane Doe"


@pytest.mark.parametrize("name", SAMPLE_NAMES)
@pytest.mark.parametrize("file", ["request.json", "bundle.json"])
def test_a_review_comes_to_the_cards_of_the_assessment(name: str, file: str) -> None:
    content = parse_content((SAMPLES / name / file).read_bytes())

    hook, assessment = assess_content(real_service(), content, None, noon())
    of_review, review = review_content(real_service(), content, None, noon())

    assert of_review is hook
    assert without_uuids(to_json(review.assessment.cards)) == without_uuids(to_json(assessment.cards))


def test_of_two_versions_of_a_patient_the_newer_one_is_named() -> None:
    old = JANE | {"meta": {"lastUpdated": "2020-01-01T00:00:00Z"}, "name": [{"family": "Before"}]}
    new = JANE | {"meta": {"lastUpdated": "2024-01-01T00:00:00Z"}}
    lines = b"\n".join(json.dumps(each).encode() for each in (new, old))

    _, review = review_content(real_service(), parse_content(lines), None, noon())

    assert review.person.name == "Jane Doe"


def test_a_request_says_its_hook_and_a_record_none() -> None:
    contents = content_of(CRPS)

    assert hook_of(contents["request"]) is Hook.PATIENT_VIEW
    assert [hook_of(contents[form]) for form in ("bundle", "ndjson")] == [None, None]
    assert hook_of(parse_content(b'{"hook": ["x"]}')) is None


def test_each_line_of_ndjson_is_a_piece_of_json_of_its_own() -> None:
    content = parse_content(b'\xef\xbb\xbf{"a": 1}\r\n\n{"b": 2}\nno JSON')

    assert [value for value, _ in content.values()] == [{"a": 1}, {"b": 2}]
    assert [json.loads(text) for _, text in content.values()] == [{"a": 1}, {"b": 2}]


def test_what_begins_with_no_json_is_none() -> None:
    with pytest.raises(RequestError, match=r"is not JSON: .*, line 1 column 1"):
        parse_content(b"no JSON\n{}")
