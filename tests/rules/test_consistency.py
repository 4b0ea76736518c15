"""Numbers that stand twice: in a rule and in parameters.yaml, or as a parameter and in words on a card, agree."""

import re
from decimal import Decimal

import pytest
from knowledge_builders import real_knowledge

from kcds.knowledge.durations import duration_in_words, is_duration

KNOWLEDGE = real_knowledge()
RULES = KNOWLEDGE.rules_by_id
PARAMETERS = KNOWLEDGE.parameters.values

SAME = [
    ("prior-treatment-met", "classes", "refractory_drug_classes"),
    ("prior-treatment-met", "non_drug", "refractory_non_drug"),
    ("prior-treatment-not-met", "classes", "refractory_drug_classes"),
    ("prior-treatment-not-met", "non_drug", "refractory_non_drug"),
    ("ketamine-not-first-line", "classes", "refractory_drug_classes"),
    ("ketamine-not-first-line", "non_drug", "refractory_non_drug"),
    ("blood-pressure-above-line", "window", "blood_pressure_window"),
    ("preliminary-blood-pressure", "window", "blood_pressure_window"),
    ("blood-pressure-before-start", "window", "blood_pressure_window"),
    ("very-high-blood-pressure", "window", "blood_pressure_window"),
    ("transaminases-very-high", "window", "liver_test_window"),
    ("transaminases-with-bilirubin", "window", "liver_test_window"),
    ("liver-tests-due", "window", "liver_test_window"),
    ("ecg-due", "window", "ecg_window"),
    ("pregnancy-test-due", "window", "pregnancy_test_window"),
    ("pregnancy-test-each-course", "window", "pregnancy_test_window"),
    ("liver-tests-for-alcohol-score", "from_score", "audit_c_negative_below_other"),
    ("substance-use-history", "early", "early_remission"),
]
"""Rule, its parameter, and the parameter of parameters.yaml that must say the same."""

OTHER = {
    ("pain-severity-met", "moderate"): "the least score, not the end of the scale",
    ("pain-severity-not-met", "moderate"): "the least score, not the end of the scale",
    ("suicidality-by-score", "at_least"): "the least score, not the end of the scale",
}
"""Rule parameters of a claim that parameters.yaml has numbers of as well, and what makes them differ."""

IN_WORDS = [
    ("chronic-pain-met", "summary", "three months", "chronic_pain_duration"),
    ("chronic-pain-met", "detail", "three months", "chronic_pain_duration"),
    ("chronic-pain-met", "unknown", "three months", "chronic_pain_duration"),
    ("chronic-pain-not-met", "summary", "three months", "chronic_pain_duration"),
    ("chronic-pain-not-met", "detail", "three months", "chronic_pain_duration"),
    ("chronic-pain-not-met", "action", "three months", "chronic_pain_duration"),
    ("prior-treatment-not-met", "detail", "four weeks", "adequate_trial"),
    ("trial-not-adequate", "detail", "four weeks", "adequate_trial"),
    ("blood-pressure-known", "unknown", "30 days", "blood_pressure_window"),
    ("pain-severity-met", "detail", "30 days", "pain_score_window"),
    ("pain-severity-met", "unknown", "30 days", "pain_score_window"),
    ("pain-severity-not-met", "detail", "30 days", "pain_score_window"),
    ("pain-severity-not-met", "unknown", "30 days", "pain_score_window"),
    ("liver-tests-for-repeated-ketamine", "detail", "12 months", "exposure_window"),
    ("not-an-adult", "summary", "Under 18", "adult_age"),
]
"""Rule, text of its card, the words in it, and the parameter that they state."""

_SPELLED = {"two": 2, "three": 3, "four": 4, "six": 6, "twelve": 12}
_PERIOD = re.compile(rf"\b(\d+|{'|'.join(_SPELLED)}) (calendar )?((day|week|month|year)s?)\b|\bUnder \d+\b")
_TEXTS = ("summary", "detail", "action", "unknown")


@pytest.mark.parametrize(("rule", "name", "parameter"), SAME)
def test_a_number_of_a_rule_agrees_with_parameters_yaml(rule: str, name: str, parameter: str) -> None:
    assert RULES[rule].parameters[name].value == PARAMETERS[parameter].value


def test_every_number_that_may_stand_twice_is_compared_or_known_to_differ() -> None:
    kinds = {(p.claim, p.unit, is_duration(p.value)) for p in PARAMETERS.values()}
    twice = {
        (rule.id, name)
        for rule in KNOWLEDGE.rules
        for name, own in rule.parameters.items()
        if (own.claim, own.unit, is_duration(own.value)) in kinds
    }

    assert twice == {(rule, name) for rule, name, _ in SAME if (rule, name) in twice} | OTHER.keys()


@pytest.mark.parametrize(("rule", "text", "words", "parameter"), IN_WORDS)
def test_a_number_in_words_on_a_card_agrees_with_parameters_yaml(
    rule: str, text: str, words: str, parameter: str
) -> None:
    on_card = getattr(RULES[rule].card, text).replace("calendar ", "")

    assert words in on_card
    assert said_by(words) == value_of(parameter)


def test_every_period_written_out_on_a_card_is_compared() -> None:
    written = {
        (rule.id, text, found[0].replace("calendar ", ""))
        for rule in KNOWLEDGE.rules
        for text in _TEXTS
        for found in _PERIOD.finditer(getattr(rule.card, text))
    }

    assert written == {(rule, text, words) for rule, text, words, _ in IN_WORDS} | {
        ("repeated-high-blood-pressure", "unknown", "two days"),
        ("maoi-stopped-recently", "unknown", "two weeks"),
        ("maoi-taken", "unknown", "two weeks"),
    }


def test_two_days_and_two_weeks_on_cards_agree_with_the_rules_that_say_them() -> None:
    assert getattr(RULES["repeated-high-blood-pressure"].having, "gte", None) == _SPELLED["two"]
    assert RULES["maoi-stopped-recently"].parameters["washout"].value == f"P{7 * _SPELLED['two']}D"


def test_rules_that_state_the_same_line_state_the_same_number() -> None:
    same = [
        (("transaminases-raised", "hold_above"), ("transaminases-with-bilirubin", "enzyme_above")),
        (("blood-pressure-above-line", "systolic"), ("preliminary-blood-pressure", "systolic")),
        (("blood-pressure-above-line", "diastolic"), ("preliminary-blood-pressure", "diastolic")),
        (("pain-severity-met", "moderate"), ("pain-severity-not-met", "moderate")),
        (("maoi-stopped-recently", "washout"), ("maoi-end-unknown", "washout")),
        (("substance-screen", "interval"), ("urine-drug-screen-due", "window")),
    ]

    differing = [pair for pair in same if len({str(RULES[rule].parameters[name].value) for rule, name in pair}) > 1]

    assert differing == []


def test_the_ask_for_a_pain_score_states_its_window() -> None:
    ask = KNOWLEDGE.domains["pain-score"].ask

    assert duration_in_words(str(PARAMETERS["pain_score_window"].value)) in ask
    assert f"0-{PARAMETERS['pain_score_highest'].value}" in ask


def said_by(words: str) -> Decimal | tuple[Decimal, str]:
    """Return what words such as "four weeks" or "Under 18" say: a plain number, or days and months with their unit."""
    first, second = words.split()
    if first == "Under":
        return Decimal(second)
    number = Decimal(_SPELLED.get(first, first))
    unit = second.removesuffix("s")
    return (number * 7, "day") if unit == "week" else (number, unit)


def value_of(parameter: str) -> Decimal | tuple[Decimal, str]:
    """Return the value of a parameter in the same form."""
    value = PARAMETERS[parameter].value
    if is_duration(value):
        return said_by(duration_in_words(str(value)))
    return (Decimal(str(value)), "day") if PARAMETERS[parameter].unit == "d" else Decimal(str(value))
