"""Score facts: which answers are scores, which scores are on their scale, which is the latest."""

import pytest
from record_builders import concept, observation, quantity, value
from terminology import CLOCK, answers, parameters, value_sets

from kcds.facts.observation_facts import scales_of
from kcds.facts.observations import read_reports
from kcds.facts.scores import read_scores, score_facts
from kcds.fhir.record import Observation
from kcds.model.facts import Score

SCALES = {scale.name: scale for scale in scales_of(parameters())}
CODES = {"pain": "72514-3", "phq-9": "44261-6", "phq-9-item-9": "44260-8", "audit-c": "75626-2", "dast-10": "82667-7"}


def facts(scale: str, *observations: Observation) -> tuple[Score, ...]:
    reports = read_reports(observations, value_sets(), CLOCK)
    return score_facts(read_scores(reports, SCALES[scale], answers().scores, value_sets()), SCALES[scale], CLOCK)


def numbered(scale: str, number: float, **more: object) -> Observation:
    return observation(value(("loinc", CODES[scale]), number=number), **more)


@pytest.mark.parametrize("scale", sorted(CODES))
def test_every_scale_is_read_by_its_code(scale: str) -> None:
    (fact,) = facts(scale, numbered(scale, 2))

    assert (fact.scale, fact.value, fact.current, fact.rank) == (scale, 2, True, 0)


@pytest.mark.parametrize("unit", ["{score}", "1", None])
def test_a_score_may_be_a_quantity(unit: str | None) -> None:
    (fact,) = facts("pain", observation(value(("loinc", "72514-3"), quantity_=quantity(6.5, unit))))

    assert fact.value == 6.5


def test_a_quantity_in_a_unit_of_its_own_is_no_score() -> None:
    assert facts("pain", observation(value(("loinc", "72514-3"), quantity_=quantity(6, "mm")))) == ()


@pytest.mark.parametrize(
    ("scale", "number"),
    [("pain", 11), ("pain", -1), ("phq-9", 28), ("phq-9", 7.5), ("phq-9-item-9", 4), ("audit-c", 13), ("dast-10", 11)],
)
def test_a_number_off_the_scale_is_no_score(scale: str, number: float) -> None:
    assert facts(scale, numbered(scale, number)) == ()


def test_a_coded_answer_is_scored_by_the_closed_list() -> None:
    answer = concept(("loinc", "LA6569-3", "Several days"))

    (fact,) = facts("phq-9-item-9", observation(value(("loinc", "44260-8"), answer=answer)))

    assert fact.value == 1


def test_pain_interference_is_not_pain_intensity() -> None:
    assert facts("pain", observation(value(("loinc", "91146-1"), number=8))) == ()


def test_a_text_is_no_score() -> None:
    assert facts("pain", observation(value(("loinc", "72514-3"), text="8"))) == ()


@pytest.mark.parametrize(("effective", "current"), [("2026-10-22", True), ("2026-10-21", False)])
def test_a_pain_score_is_current_for_thirty_days(effective: str, current: bool) -> None:  # noqa: FBT001
    (fact,) = facts("pain", numbered("pain", 7, effective=effective))

    assert fact.current is current


def test_a_preliminary_score_is_marked() -> None:
    (fact,) = facts("phq-9-item-9", numbered("phq-9-item-9", 2, status="preliminary"))

    assert fact.preliminary is True


def test_a_higher_score_of_the_same_day_is_not_lost() -> None:
    morning = numbered("pain", 8, id_="a", effective="2026-11-20T08:00:00+00:00")
    evening = numbered("pain", 2, id_="b", effective="2026-11-20T20:00:00+00:00")

    assert [(fact.value, fact.rank) for fact in facts("pain", morning, evening)] == [(2, 0), (8, 1)]


@pytest.mark.parametrize("codes", [["38208-5", "72514-3"], ["72514-3", "38208-5"]])
def test_a_score_names_the_code_of_its_scale(codes: list[str]) -> None:
    named_by = [("local", "pain"), *(("loinc", code) for code in codes)]

    (fact,) = facts("pain", observation(value(*named_by, number=7)))

    assert fact.code == "loinc:38208-5"


@pytest.mark.parametrize("scale", sorted(CODES.keys() - {"pain"}))
def test_a_series_has_a_score_of_every_day_newest_first(scale: str) -> None:
    days = ["2025-03-01", "2026-11-02", "2026-02-01"]

    found = facts(scale, *(numbered(scale, 2, id_=day, effective=day) for day in days))

    assert [(str(fact.date), fact.rank) for fact in found] == [
        ("2026-11-02", 0),
        ("2026-02-01", 1),
        ("2025-03-01", 2),
    ]


def test_of_pain_scores_that_are_not_current_only_the_latest_is_a_fact() -> None:
    days = ["2026-10-20", "2026-10-21", "2026-09-01"]

    found = facts("pain", *(numbered("pain", 6, id_=day, effective=day) for day in days))

    assert [(str(fact.date), fact.rank, fact.current) for fact in found] == [("2026-10-21", 0, False)]


def test_old_pain_scores_beside_current_ones_are_no_facts() -> None:
    days = ["2026-10-21", "2026-11-01", "2026-11-20"]

    found = facts("pain", *(numbered("pain", 6, id_=day, effective=day) for day in days))

    assert [(str(fact.date), fact.rank) for fact in found] == [("2026-11-20", 0), ("2026-11-01", 1)]
