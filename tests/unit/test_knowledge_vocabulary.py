import pytest
from knowledge_builders import words_with

from kcds.knowledge.vocabulary import has_type, type_of
from kcds.model.enumerations import ENUMERATIONS


@pytest.mark.parametrize(("kind", "name"), sorted(ENUMERATIONS))
def test_every_enumeration_is_of_a_text_property_that_exists(kind: str, name: str) -> None:
    assert type_of(kind, name) is str


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("condition", "concept", "crps"),
        ("medication", "concept", "rx-maoi"),
        ("procedure", "concept", "proc-acupuncture"),
        ("allergy", "concept", "no-known-allergy"),
        ("measurement", "concept", "alt"),
        ("data", "domain", "blood-pressure"),
        ("data", "state", "stale"),
        ("finding", "rule", "some-rule"),
        ("finding", "category", "caution"),
        ("finding", "effect", "stop"),
        ("finding", "answer", "data-required"),
    ],
)
def test_a_property_with_known_values_has_this_one(kind: str, name: str, value: str) -> None:
    known = words_with(frozenset({"some-rule"})).values_of(kind, name)

    assert known is not None
    assert value in known[0]


def test_a_label_may_be_any_text() -> None:
    assert words_with(frozenset()).values_of("condition", "label") is None


@pytest.mark.parametrize(
    ("value", "wanted", "fits"), [(3, float, True), (3.5, float, True), (True, float, False), (1, bool, False)]
)
def test_a_truth_value_is_no_number_and_a_number_no_truth_value(*, value: object, wanted: type, fits: bool) -> None:
    assert has_type(value, wanted) is fits
