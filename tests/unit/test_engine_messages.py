"""What is written for the C extension: only facts that it could match, and strings only as marks that rules ask for."""

import datetime as dt

import orjson
import pytest
from random_cases import rule_of

from kcds.engine.checked import CheckedEngine
from kcds.engine.compile import compile_stage
from kcds.engine.memory import items_of
from kcds.engine.stages import stages_of
from kcds.knowledge.rule import Rule
from kcds.model.facts import Condition, Fact, Score

TODAY = dt.date(2026, 11, 21)
ACTIVE_LIVER = rule_of("liver", [{"as": "c", "fact": "condition", "where": {"concept": "liver", "state": "active"}}])
ONE_OF = {"concept": {"in": ["a", "b"]}}
ALTERNATIVES = rule_of("some", [{"as": "c", "fact": "condition", "where": ONE_OF, "any": {"state": "x", "code": "y"}}])
REPEATED = rule_of(
    "repeated",
    [
        {"as": "first", "fact": "condition", "where": {"concept": "stroke"}},
        {"none": "condition", "where": {"code": {"ref": "first.code"}, "confirmed": False}, "domain": None},
    ],
)


def written(rules: list[Rule], *facts: Fact) -> list[dict[str, object]]:
    """Return the facts that are written, without what all of them say."""
    stage = stages_of(rules)[0]
    messages = map(orjson.loads, compile_stage(stage).writers.messages(items_of(facts, stage.readings)))
    return [{name: value for name, value in message.items() if name not in {"sid", "z"}} for message in messages]


def test_a_string_that_a_rule_asks_for_is_a_name_and_every_other_text_stays_outside() -> None:
    fact = Condition(concept="liver", state="active", code="secret", entry="Condition/secret")

    assert written([ACTIVE_LIVER], fact) == [
        {"id": "f0", "k=condition": 1, "concept=liver": 1, "state=active": 1},
    ]


@pytest.mark.parametrize(
    ("fact", "count"),
    [
        (Condition(concept="liver", state="active"), 1),
        (Condition(concept="liver", state="past"), 0),
        (Condition(concept="liver"), 0),
        (Condition(concept="kidney", state="active"), 0),
        (Score(value=1.0), 0),
    ],
)
def test_a_fact_is_written_only_if_all_strings_of_some_clause_are_there(fact: Fact, count: int) -> None:
    assert len(written([ACTIVE_LIVER], fact)) == count


@pytest.mark.parametrize(
    ("fact", "count"),
    [
        (Condition(concept="a", state="x"), 1),
        (Condition(concept="b", code="y"), 1),
        (Condition(concept="a", code="x"), 0),
        (Condition(concept="c", state="x"), 0),
    ],
)
def test_of_alternatives_one_is_enough(fact: Fact, count: int) -> None:
    assert len(written([ALTERNATIVES], fact)) == count


def test_what_an_absence_compares_with_must_be_there_for_others_to_matter() -> None:
    stroke, other = Condition(concept="stroke", code="1"), Condition(concept="other", code="1", confirmed=False)

    assert written([REPEATED], other) == []
    assert [fact["id"] for fact in written([REPEATED], other, stroke)] == ["f0", "f1"]
    assert CheckedEngine([REPEATED]).evaluate([other, stroke], today=TODAY).applying == ()


def test_strings_with_any_character_are_told_apart() -> None:
    texts = ["a=b", "a b", 'a"b', "a\\b", "ä", "a%3Db", "x" * 300, "x" * 301, "'", "a\nb"]
    rules = [
        rule_of(f"r{number}", [{"as": "c", "fact": "condition", "where": {"concept": text}}])
        for number, text in enumerate(texts)
    ]
    engine = CheckedEngine(rules)

    for number, text in enumerate(texts):
        applying = engine.evaluate([Condition(concept=text)], today=TODAY).applying
        assert [finding.rule for finding in applying] == [f"r{number}"]
