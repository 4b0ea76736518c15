from collections import Counter
from dataclasses import replace

import pytest
from knowledge_builders import real_knowledge
from record_builders import NOW, TODAY, concept, observation, patient, problem, quantity, record, value

from kcds.facts.extract import extract_facts
from kcds.fhir.record import Record
from kcds.knowledge.load import Knowledge
from kcds.knowledge.parameters import Parameters
from kcds.model.facts import Check, ChildPugh, Condition, DataState, Fact, Patient, Pregnancy, SubstanceUse


def knowledge() -> Knowledge:
    return real_knowledge()


def extract(seen: Record) -> tuple[Fact, ...]:
    return extract_facts(seen, knowledge(), today=TODAY, now=NOW)


def state_of(facts: tuple[Fact, ...], domain: str) -> str | None:
    (state,) = (fact.state for fact in facts if isinstance(fact, DataState) and fact.domain == domain)
    return state


CRPS = problem(("icd-10-cm", "G90.521"), onset="2024-01-10")
ALCOHOL = problem(("icd-10-cm", "F10.20"), id_="c2")
SCORES = [
    observation(value(("loinc", "75626-2"), quantity_=quantity(2, "{score}")), id_="audit-c"),
    observation(value(("loinc", "82667-7"), quantity_=quantity(0, "{score}")), id_="dast-10"),
]
TEST = observation(value(("loinc", "2106-3"), answer=concept(("snomed", "260385009"))), id_="hcg")


@pytest.mark.parametrize(
    "seen", [record(), record(conditions=[CRPS, ALCOHOL], observations=SCORES), record(retrieved={})]
)
def test_every_data_domain_has_exactly_one_state(seen: Record) -> None:
    domains = Counter(fact.domain for fact in extract(seen) if isinstance(fact, DataState))

    assert domains == dict.fromkeys(knowledge().domains, 1)


def test_of_an_empty_record_of_which_nothing_was_asked_only_what_age_and_sex_say_is_known() -> None:
    facts = extract(record(person=patient("1980-01-01", "male"), retrieved={}))

    known = {fact.domain for fact in facts if isinstance(fact, DataState) and fact.state == "known"}

    assert known <= {"age", "pregnancy-status", "dose", "route"}


def test_there_is_one_person_and_one_pregnancy_fact() -> None:
    kinds = Counter(type(fact) for fact in extract(record()))

    assert (kinds[Patient], kinds[Pregnancy]) == (1, 1)


def test_the_order_of_the_record_does_not_matter() -> None:
    one_way = record(conditions=[CRPS, ALCOHOL], observations=[*SCORES, TEST])
    other_way = record(conditions=[ALCOHOL, CRPS], observations=[TEST, *reversed(SCORES)])

    assert extract(one_way) == extract(other_way)


def test_problems_become_facts_of_their_topics() -> None:
    facts = extract(record(conditions=[CRPS, ALCOHOL]))

    assert {fact.concept for fact in facts if isinstance(fact, Condition)} >= {"crps", "pain-all", "sud-alcohol-active"}
    assert [fact.substance for fact in facts if isinstance(fact, SubstanceUse)] == ["alcohol"]
    assert state_of(facts, "pain-duration") == "known"


def test_scores_answer_the_question_about_substances_and_no_other() -> None:
    facts = extract(record(observations=SCORES))

    assert state_of(facts, "substance-use") == "known"
    assert state_of(facts, "psychosis") == "missing"


def test_the_limits_of_the_scores_depend_on_the_sex() -> None:
    three = [observation(value(("loinc", "75626-2"), quantity_=quantity(3, "{score}")), id_="audit-c"), SCORES[1]]

    woman = extract(record(person=patient(gender="female"), observations=three))
    man = extract(record(person=patient(gender="male"), observations=three))

    assert state_of(woman, "substance-use") == "uncertain"
    assert state_of(man, "substance-use") == "known"


def test_a_negative_test_makes_the_pregnancy_status_known() -> None:
    with_test, without = extract(record(observations=[TEST])), extract(record())

    assert state_of(with_test, "pregnancy-status") == "known"
    assert state_of(without, "pregnancy-status") == "missing"


def test_a_site_may_want_explicit_answers_to_the_health_questions() -> None:
    parameters = knowledge().parameters
    switch = parameters.values["explicit_negatives"].model_copy(update={"value": True})
    strict = replace(knowledge(), parameters=Parameters({**parameters.values, "explicit_negatives": switch}))
    seen = record(conditions=[CRPS])

    assert state_of(extract(seen), "psychosis") == "none-recorded"
    assert state_of(extract_facts(seen, strict, today=TODAY, now=NOW), "psychosis") == "missing"


def test_the_class_of_a_liver_disease_and_the_checks_of_the_plan_are_facts() -> None:
    facts = extract(record(conditions=[problem(("icd-10-cm", "K74.60"))]))

    assert [fact.grade for fact in facts if isinstance(fact, ChildPugh)] == [None]
    assert {fact.item for fact in facts if isinstance(fact, Check)} == set(knowledge().plan)


def test_facts_stand_in_the_order_in_which_they_are_written_out_each_once() -> None:
    many = [problem(("icd-10-cm", "G90.521"), id_=f"c{number}", onset="2024-01-10") for number in (10, 9, 1)]
    twice = replace(ALCOHOL, reference="Condition/c1")
    facts = extract(record(conditions=[*many, ALCOHOL, ALCOHOL, twice], observations=[*SCORES, TEST]))

    assert list(facts) == sorted(set(facts), key=repr)
