"""Numbers that would stand twice: in a rule and in parameters.yaml, or in two rules that state the same line."""

from knowledge_builders import real_knowledge

from kcds.knowledge.durations import duration_in_words, is_duration
from kcds.knowledge.rule import Absence
from kcds.model.findings import Effect

KNOWLEDGE = real_knowledge()
RULES = KNOWLEDGE.rules_by_id
PARAMETERS = KNOWLEDGE.parameters.values

OTHER = {
    ("cardiovascular-event-to-be-cleared", "clear_until"): "the end of the time of clearance, not of the stop",
    ("old-cardiovascular-event", "clear_until"): "the same",
    ("suicidality-by-score", "at_least"): "the least score, not the end of the scale",
    ("tsh-below-range", "oldest"): "how long an old low TSH raises concern; thyroid_test_window: how long one holds",
}
"""Rule parameters of a claim that parameters.yaml has numbers of as well, and what makes them differ."""


def test_a_number_of_parameters_yaml_is_never_typed_again_in_a_rule() -> None:
    kinds = {(p.claim, p.unit, is_duration(p.value)) for p in PARAMETERS.values()}
    typed_again = {
        (rule.id, name)
        for rule in KNOWLEDGE.rules
        for name, own in rule.parameters.items()
        if own.same_as is None and (own.claim, own.unit, is_duration(own.value)) in kinds
    }

    assert typed_again == OTHER.keys()


def test_rules_that_state_the_same_line_state_the_same_number() -> None:
    same = [
        (("transaminases-raised", "hold_above"), ("transaminases-with-bilirubin", "enzyme_above")),
        (("cardiovascular-event-to-be-cleared", "clear_until"), ("old-cardiovascular-event", "clear_until")),
        (("transaminases-very-high", "bilirubin_above"), ("transaminases-with-bilirubin", "bilirubin_above")),
        (("transaminases-raised", "oldest"), ("tsh-below-range", "oldest")),
        (("acute-respiratory-infection", "window"), ("acute-urinary-infection", "window")),
        (("alcohol-score-of-a-man", "hours"), ("alcohol-score-of-others", "hours")),
        (("alcohol-score-of-a-man", "hours"), ("no-alcohol-around-infusion", "hours")),
    ]

    differing = [pair for pair in same if len({str(RULES[rule].parameters[name].value) for rule, name in pair}) > 1]

    assert differing == []


def test_the_ask_for_a_pain_score_states_its_window() -> None:
    ask = KNOWLEDGE.domains["pain-score"].ask

    assert duration_in_words(str(PARAMETERS["pain_score_window"].value)) in ask
    assert f"0-{PARAMETERS['pain_score_highest'].value}" in ask


def test_a_stop_that_leaves_the_word_to_another_rule_names_it() -> None:
    held = {
        (rule.id, part.said_by)
        for rule in KNOWLEDGE.rules
        if rule.effect is Effect.STOP
        for part in rule.when
        if isinstance(part, Absence) and part.domain is None
    }

    assert len(held) > 5
    assert {name for name, said_by in held if not said_by} == set()
