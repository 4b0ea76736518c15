"""The problem list, sorted by concept once: each question gets its own problems, in the order of the list."""

from hypothesis import given
from hypothesis import strategies as st
from record_builders import TODAY, problem
from terminology import value_sets

from kcds.facts.problems import read_problems
from kcds.fhir.record import Condition

VALUE_SETS = value_sets()
OPIOID, PSYCHOSIS, PAST = ("icd-10-cm", "F11.20"), ("icd-10-cm", "F20.0"), ("icd-10-cm", "F11.21")
UNPLACED, LOCAL = ("icd-10-cm", "S93.401A"), ("urn:example:local", "42")
CONCEPTS = ("psychosis-active", "sud-opioid-active", "sud-active-any", "sud-remission-any", "no-such-set")

codes = st.lists(st.sampled_from((OPIOID, PSYCHOSIS, PAST, UNPLACED, LOCAL)), max_size=3)
problem_lists = st.lists(codes, max_size=6).map(
    lambda found: [problem(*each, id_=f"c{number}") for number, each in enumerate(found)]
)


@given(problem_lists, st.lists(st.sampled_from(CONCEPTS)))
def test_the_problems_of_some_concepts_are_those_that_belong_to_any_of_them(
    conditions: list[Condition], wanted: list[str]
) -> None:
    problems = read_problems(conditions, VALUE_SETS, TODAY)

    assert list(problems.of(wanted)) == [one for one in problems if not one.concepts.keys().isdisjoint(wanted)]


@given(problem_lists)
def test_the_concepts_of_a_problem_stand_in_alphabetical_order(conditions: list[Condition]) -> None:
    for one in read_problems(conditions, VALUE_SETS, TODAY):
        assert list(one.concepts) == sorted(one.concepts)


def test_what_is_past_or_has_a_concept_is_placed() -> None:
    problems = read_problems(
        [problem(LOCAL, id_="a"), problem(LOCAL, id_="b", clinical="resolved"), problem(OPIOID, LOCAL, id_="c")],
        VALUE_SETS,
        TODAY,
    )

    assert [one.source for one in problems.unplaced] == ["Condition/a"]
    assert len(problems) == 3
