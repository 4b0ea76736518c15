import pytest
from record_builders import concept, quantity, value
from terminology import parameters, value_sets

from kcds.facts.pregnancy_tests import Levels, result_of
from kcds.fhir.record import Concept, ObservationValue

LEVELS = Levels(parameters().number("hcg_positive_above"), parameters().number("hcg_unclear_from"))
SERUM = ("loinc", "19080-1")


def result(answer: ObservationValue) -> str | None:
    return result_of(answer, value_sets(), LEVELS)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (concept(("snomed", "10828004")), "positive"),
        (concept(("loinc", "LA6576-8")), "positive"),
        (concept(("snomed", "260385009")), "negative"),
        (concept(("loinc", "LA6577-6")), "negative"),
        (concept(("snomed", "42425007")), "unclear"),  # equivocal
        (concept(text="negative"), None),
    ],
)
def test_a_coded_answer_is_read_by_its_code(answer: Concept, expected: str | None) -> None:
    assert result(value(SERUM, answer=answer)) == expected


@pytest.mark.parametrize(("code", "expected"), [("POS", "positive"), ("NEG", "negative"), ("N", None)])
def test_the_interpretation_counts_as_an_answer(code: str, expected: str | None) -> None:
    assert result(value(SERUM, interpretation=[("interpretation", code)])) == expected


def test_of_contradicting_answers_the_positive_one_counts() -> None:
    both = value(SERUM, answer=concept(("snomed", "260385009")), interpretation=[("interpretation", "POS")])

    assert result(both) == "positive"


@pytest.mark.parametrize(("answer", "expected"), [(True, "positive"), (False, "negative")])
def test_true_is_positive_and_false_is_negative(answer: bool, expected: str) -> None:  # noqa: FBT001
    assert result(value(SERUM, boolean=answer)) == expected


@pytest.mark.parametrize(
    ("level", "expected"),
    [(0, "negative"), (4.9, "negative"), (5, "unclear"), (25, "unclear"), (25.1, "positive"), (5000, "positive")],
)
@pytest.mark.parametrize("unit", ["[iU]/L", "m[iU]/mL", "IU/L", "mIU/mL"])
def test_without_a_range_above_25_is_positive_and_from_5_to_25_nobody_can_tell(
    level: float, expected: str, unit: str
) -> None:
    assert result(value(SERUM, quantity_=quantity(level, unit))) == expected


@pytest.mark.parametrize(("level", "expected"), [(5, "negative"), (5.1, "positive"), (20, "positive")])
def test_with_a_range_above_it_is_positive(level: float, expected: str) -> None:
    assert result(value(SERUM, quantity_=quantity(level, "[iU]/L"), high=quantity(5, "[iU]/L"))) == expected


def test_a_range_in_another_unit_is_not_used() -> None:
    answer = value(SERUM, quantity_=quantity(20, "[iU]/L"), high=quantity(5, "ng/mL"))

    assert result(answer) == "unclear"


def test_a_level_in_an_unknown_unit_is_unclear_unless_its_range_has_the_same() -> None:
    assert result(value(SERUM, quantity_=quantity(1, "ng/mL"))) == "unclear"
    assert result(value(SERUM, quantity_=quantity(1, "ng/mL"), high=quantity(2, "ng/mL"))) == "negative"


@pytest.mark.parametrize(
    ("comparator", "level", "expected"),
    [
        ("<", 5, "negative"),
        ("<=", 5, "unclear"),
        ("<", 25, "unclear"),
        (">", 25, "positive"),
        (">=", 25, "unclear"),
        (">", 5, "unclear"),
        (">", 1000, "positive"),
    ],
)
def test_a_level_below_or_above_a_number_is_what_all_its_values_are(
    comparator: str, level: float, expected: str
) -> None:
    assert result(value(SERUM, quantity_=quantity(level, "[iU]/L", comparator))) == expected


@pytest.mark.parametrize(
    ("comparator", "expected"), [("<=", "negative"), ("<", "negative"), (">", "positive"), (">=", "unclear")]
)
def test_a_level_at_most_the_range_is_negative(comparator: str, expected: str) -> None:
    answer = value(SERUM, quantity_=quantity(5, "[iU]/L", comparator), high=quantity(5, "[iU]/L"))

    assert result(answer) == expected


@pytest.mark.parametrize("text", ["negative", "POSITIVE"])
def test_text_is_never_more_than_unclear(text: str) -> None:
    assert result(value(SERUM, text=text)) == "unclear"


def test_a_test_without_any_value_has_no_result() -> None:
    assert result(value(SERUM)) is None
    assert result(value(SERUM, quantity_=quantity(None, "[iU]/L"))) is None
