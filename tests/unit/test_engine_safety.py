"""What the engine refuses, and what it does when something goes wrong inside."""

import datetime as dt
import threading
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import durable_rules_engine as c_engine
import pytest
from random_cases import rule_of
from random_facts import FactSource
from random_rules import random_rule_set, rules_in, yaml_of

from kcds.engine import durable as durable_module
from kcds.engine.checked import CheckedEngine
from kcds.engine.durable import DurableRuleEngine
from kcds.engine.limits import hash_of
from kcds.engine.memory import MOST_FACTS
from kcds.engine.reference import ReferenceEngine
from kcds.engine.stages import Rows
from kcds.errors import EvaluationError, KnowledgeError, TooMuchDataError
from kcds.model.facts import Condition, Fact, Measurement, Score, StudyDone

TODAY = dt.date(2026, 11, 21)
SCORE = rule_of("score", [{"as": "s", "fact": "score", "where": {"value": {"gt": 3}}}])


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (Score(value=float("nan")), "score.value"),
        (Score(value=float("inf")), "score.value"),
        (Score(value="5"), "score.value"),  # type: ignore[arg-type]
        (Score(value=True), "score.value"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_without_quoting_it(fact: Fact, said: str) -> None:
    engine = DurableRuleEngine([SCORE])

    with pytest.raises(EvaluationError, match=said) as refused:
        engine.evaluate([fact], today=TODAY)

    assert "nan" not in str(refused.value)
    assert engine.retired == 0


def test_more_facts_than_can_be_evaluated_are_refused() -> None:
    engine = CheckedEngine([SCORE])

    with pytest.raises(TooMuchDataError, match="at most"):
        engine.evaluate([Score(value=1.0)] * (MOST_FACTS + 1), today=TODAY)


def test_facts_that_no_rule_reads_do_not_count_and_are_not_checked() -> None:
    engine = CheckedEngine([SCORE])

    findings = engine.evaluate([Measurement(value=float("nan"))] * (MOST_FACTS + 1), today=TODAY)

    assert findings.applying == ()


def test_a_group_that_would_explode_is_refused_before_it_reaches_c() -> None:
    rule = rule_of(
        "pairs",
        [
            {"as": "one", "fact": "score", "where": {"scale": "pain"}},
            {"as": "two", "fact": "score", "where": {"scale": {"ref": "one.scale"}}},
        ],
    )
    engine = CheckedEngine([rule])

    with pytest.raises(EvaluationError, match="matches of one group"):
        engine.evaluate([Score(scale="pain", value=float(value)) for value in range(200)], today=TODAY)

    assert engine.retired == 0


class WrongReference:
    """Finds nothing, as a broken reference would."""

    def match(self, *_: object) -> Rows:
        return {}


def test_engines_that_disagree_give_no_advice_and_name_rules_only() -> None:
    told: list[tuple[str, ...]] = []
    engine = CheckedEngine([SCORE], on_disagreement=lambda rules: told.append(tuple(rules)))
    engine.evaluate([], today=TODAY)
    engine._reference = WrongReference()  # type: ignore[assignment]

    with pytest.raises(EvaluationError, match=r"^the rules engines disagree on score$"):
        engine.evaluate([Score(value=4.0, sources=("Observation/secret",))], today=TODAY)

    assert told == [("score",)]
    assert engine.retired == 1


def test_of_several_rules_only_those_that_read_what_the_engines_disagree_on_are_named() -> None:
    where = {"value": {"gt": 3}}
    twin = rule_of("twin", [{"as": "s", "fact": "score", "where": where}])
    scoped = rule_of("scoped", [{"as": "c", "fact": "condition"}], scope=[{"as": "s", "fact": "score", "where": where}])
    other = rule_of("other", [{"as": "s", "fact": "score", "where": {"value": {"lt": 3}}}])
    engine = CheckedEngine([SCORE, twin, scoped, other])
    engine._reference = WrongReference()  # type: ignore[assignment]

    with pytest.raises(EvaluationError, match=r"^the rules engines disagree on scoped, score, twin$"):
        engine.evaluate([Score(value=4.0)], today=TODAY)


def test_a_handle_that_fails_is_never_used_again_and_the_next_request_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = DurableRuleEngine([SCORE])
    engine.evaluate([], today=TODAY)
    monkeypatch.setattr(durable_module, "c_engine", FailingOnce())

    with pytest.raises(EvaluationError, match=r"failed \(RuntimeError\)$"):
        engine.evaluate([Score(value=4.0)], today=TODAY)
    answered = engine.evaluate([Score(value=4.0)], today=TODAY)

    assert engine.retired == 1
    assert [finding.rule for finding in answered.applying] == ["score"]


def test_a_handle_that_is_lent_when_all_are_retired_does_not_come_back() -> None:
    pool = DurableRuleEngine([SCORE])._pools["assess"]
    handle = pool._lend()

    pool.retire()
    pool._give_back(handle)

    assert pool._idle == []
    assert pool.retired == 1


class FailingOnce:
    """The C extension, but its first assertion fails with a message that holds a fact."""

    failed = False

    def __getattr__(self, name: str) -> Any:
        return getattr(c_engine, name)

    def assert_fact(self, number: int, message: str) -> tuple[int, int]:
        if not self.failed:
            self.failed = True
            raise RuntimeError(message)
        return c_engine.assert_fact(number, message)


class Misbehaving:
    """The C extension with one function replaced."""

    def __init__(self, name: str, replacement: Any) -> None:
        self._replaced = {name: replacement}

    def __getattr__(self, name: str) -> Any:
        return self._replaced.get(name) or getattr(c_engine, name)


@pytest.mark.parametrize(
    ("name", "replacement", "said"),
    [
        ("get_facts", lambda *_: "[]", "lost facts"),
        ("delete_state", lambda *_: None, "kept facts"),
        ("assert_fact", lambda *_: (303, 0), "refused a fact .code 303."),
        ("start_action_for_state", lambda *_: None, "did not come to its end"),
        ("complete_and_start_action", lambda *_: '{"0.0": []}', "went on after its end"),
    ],
)
def test_whatever_is_odd_inside_gives_no_advice_and_retires_the_handle(
    monkeypatch: pytest.MonkeyPatch, name: str, replacement: object, said: str
) -> None:
    engine = DurableRuleEngine([SCORE])
    engine.evaluate([], today=TODAY)
    monkeypatch.setattr(durable_module, "c_engine", Misbehaving(name, replacement))

    with pytest.raises(EvaluationError, match=said):
        engine.evaluate([Score(value=2.0)], today=TODAY)

    assert engine.retired == 1


@pytest.mark.parametrize(
    ("name", "replacement", "said"),
    [
        ("create_ruleset", lambda *_: 1 / 0, r"could not be built \(ZeroDivisionError\)"),
        ("assert_fact", lambda *_: (1, 0), r"refused a trigger \(code 1\)"),
    ],
)
def test_an_engine_that_cannot_be_built_gives_no_advice(
    monkeypatch: pytest.MonkeyPatch, name: str, replacement: object, said: str
) -> None:
    monkeypatch.setattr(durable_module, "c_engine", Misbehaving(name, replacement))

    with pytest.raises(EvaluationError, match=said):
        DurableRuleEngine([SCORE]).evaluate([], today=TODAY)


def test_a_request_that_waits_too_long_for_an_engine_gives_no_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable_module, "_LONGEST_WAIT", 0.01)
    engine = DurableRuleEngine([SCORE])
    for _ in range(durable_module.MOST_HANDLES):
        engine._pools["assess"]._places.acquire()

    with pytest.raises(EvaluationError, match="became free in time"):
        engine.evaluate([], today=TODAY)


def test_nothing_is_left_of_a_request() -> None:
    engine = DurableRuleEngine([SCORE])

    engine.evaluate([Score(value=4.0)], today=TODAY)

    (handle,) = engine._pools["assess"]._idle
    with pytest.raises(Exception, match="309"):
        c_engine.get_facts(handle._number, "p")


def test_engines_are_made_on_first_use_so_never_before_a_fork() -> None:
    engine = DurableRuleEngine([SCORE])

    assert engine._pools["assess"]._idle == []


def test_threads_that_share_an_engine_never_see_each_others_facts(tmp_path: Path) -> None:
    random = Random(3)  # noqa: S311 - seeded test data
    raw = random_rule_set(random)
    rules, source = rules_in(tmp_path, yaml_of(raw)), FactSource(raw, TODAY)
    engine, reference = CheckedEngine(rules), ReferenceEngine(rules)
    patients = [
        tuple(replace(fact, sources=(f"Patient/{number}",)) for fact in source.draw(random, 15)) for number in range(16)
    ]
    alone = [reference.evaluate(facts, today=TODAY) for facts in patients]
    right: list[bool] = []

    def work(number: int) -> None:
        right.extend(engine.evaluate(patients[number], today=TODAY) == alone[number] for _ in range(20))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert right == [True] * 320


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ([{"as": "s", "fact": "scores"}], "no kind of fact is called 'scores'"),
        ([{"as": "s", "fact": "score", "where": {"vale": 3}}], "score has no property 'vale'"),
        ([{"as": "s", "fact": "score", "where": {"value": "high"}}], "'high' is not of type float"),
        ([{"as": "s", "fact": "score", "where": {"value": True}}], "True is not of type float"),
        ([{"as": "s", "fact": "score", "where": {"value": 1e-9}}], "too small or too large"),
        ([{"as": "s", "fact": "score", "where": {"value": {"before": {"ago": "P1D"}}}}], "value is not a date"),
        ([{"as": "s", "fact": "score", "where": {"date": {"gt": 3}}}], "date is not a number"),
        ([{"as": "s", "fact": "score", "where": {"date": {"after": {"ago": "P999Y"}}}}], "at most 200 years"),
        (
            [{"as": "s", "fact": "score", "where": {"date": {"after": {"ago": {"param": "w"}}}}}],
            "'soon' is not",
        ),
        ([{"as": "s", "fact": "score", "where": {"value": {"gt": {"param": "x"}}}}], "no parameter 'x'"),
        ([{"as": "s", "fact": "score", "where": {"scale": {"ref": "t.scale"}}}], "names no earlier pattern"),
        ([{"as": "s", "fact": "score"}, {"as": "s", "fact": "score"}], "alias 's' is used twice"),
        ([{"as": "s", "fact": "score", "any": {"date": {"after": {"ago": "P1D"}}}}], "Move it to where"),
        ([{"as": "s", "fact": "score", "where": {"scale": {"in": []}}}], "lists nothing"),
        ([{"as": "s", "fact": "score", "where": {"scale": {}}}], "says nothing"),
        (
            [
                {"as": "s", "fact": "score"},
                {"as": "t", "fact": "score", "where": {"value": {"ref": "s.scale"}}},
            ],
            "not of the same type",
        ),
    ],
)
def test_a_rule_that_cannot_be_evaluated_stops_the_start(when: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(KnowledgeError, match=said):
        DurableRuleEngine([rule_of("wrong", when, parameters={"w": {"value": "soon"}})])


def test_a_having_that_counts_nothing_stops_the_start() -> None:
    rule = rule_of("wrong", [{"as": "s", "fact": "score"}], having={"count": "t", "gte": 2})

    with pytest.raises(KnowledgeError, match="does not say what to count"):
        ReferenceEngine([rule])


def test_all_faulty_rules_are_named_at_once() -> None:
    wrong = [rule_of(name, [{"as": "s", "fact": "scores"}]) for name in ("one", "two")]

    with pytest.raises(KnowledgeError) as refused:
        DurableRuleEngine([*wrong, rule_of("three", [{"as": "s", "fact": "scores"}], stage="plan")])

    assert [fault.file for fault in refused.value.faults] == ["rule one", "rule three", "rule two"]


def test_a_fact_that_could_meet_more_conditions_at_once_than_c_bears_stops_the_start() -> None:
    rules = [
        rule_of(f"r{number}", [{"as": "s", "fact": "score", "where": {"value": {"gt": number}}}])
        for number in range(70)
    ]

    with pytest.raises(KnowledgeError, match="more than 64 conditions at once"):
        DurableRuleEngine(rules)


def test_as_many_conditions_at_once_as_allowed_are_evaluated() -> None:
    rules = [
        rule_of(f"r{number}", [{"as": "s", "fact": "score", "where": {"value": {"gt": number, "lt": 1000 + number}}}])
        for number in range(60)
    ]

    findings = CheckedEngine(rules).evaluate([Score(value=500.0)], today=TODAY)

    assert len(findings.applying) == 60


def test_more_groups_than_one_trigger_can_serve_are_evaluated() -> None:
    rules = [
        rule_of(f"r{number}", [{"none": "condition", "where": {"concept": f"set-{number}"}, "domain": None}])
        for number in range(330)
    ]

    findings = CheckedEngine(rules).evaluate([Condition(concept="set-7"), Condition(concept="set-321")], today=TODAY)

    assert {rule.id for rule in rules} - {finding.rule for finding in findings.applying} == {"r321", "r7"}


def test_many_groups_that_need_no_trigger_are_evaluated() -> None:
    rules = [
        rule_of(f"r{number}", [{"as": "c", "fact": "condition", "where": {"concept": f"set-{number}"}}])
        for number in range(330)
    ]

    findings = CheckedEngine(rules).evaluate([Condition(concept="set-7"), Condition(concept="set-321")], today=TODAY)

    assert [finding.rule for finding in findings.applying] == ["r321", "r7"]


def test_sixteen_patterns_that_refer_to_one_another_stop_the_start() -> None:
    first = [{"as": "a_a", "fact": "test-done"}]
    others = [
        {"as": f"b_{letter}", "fact": "test-done", "where": {"date": {"ref": "a_a.date"}}}
        for letter in "abcdefghijklmno"
    ]

    assert CheckedEngine([rule_of("most", first + others[:14])]).evaluate([StudyDone(date=TODAY)], today=TODAY).applying
    with pytest.raises(KnowledgeError, match="16 patterns refer to one another"):
        DurableRuleEngine([rule_of("more", first + others)])


def test_absences_that_refer_to_too_many_properties_stop_the_start() -> None:
    names = ("onset_earliest", "onset_latest", "abated_earliest", "abated_latest", "code")
    when: list[dict[str, Any]] = [{"as": "c", "fact": "condition"}]
    when += [{"none": "condition", "where": {name: {"ref": f"c.{name}"}}, "domain": None} for name in names]

    with pytest.raises(KnowledgeError, match="absences refer to 5 properties"):
        DurableRuleEngine([rule_of("wrong", when)])


def test_a_pattern_of_too_many_alternatives_stops_the_start() -> None:
    several = {"concept": {"ne": "x", "in": [f"set-{number}" for number in range(16)]}}

    with pytest.raises(KnowledgeError, match="refs and alternatives; 31 can be"):
        DurableRuleEngine([rule_of("wrong", [{"as": "c", "fact": "condition", "any": several}])])


def test_aliases_that_c_could_not_tell_apart_stop_the_start() -> None:
    when = [
        {"as": "costarring", "fact": "score"},
        {"as": "liquid", "fact": "score", "where": {"scale": {"ref": "costarring.scale"}}},
    ]

    with pytest.raises(KnowledgeError, match="the same 32-bit hash"):
        DurableRuleEngine([rule_of("wrong", when)])


def test_strings_that_c_could_not_tell_apart_stop_the_start() -> None:
    """Strings that rules ask for are names in C: `concept=` before two words whose hashes meet."""
    alike = ("w90249", "w471264")
    rules = [rule_of(f"r-{name}", [{"as": "c", "fact": "condition", "where": {"concept": name}}]) for name in alike]

    with pytest.raises(KnowledgeError, match="the same 32-bit hash"):
        DurableRuleEngine(rules)


def test_names_are_hashed_as_the_c_extension_does() -> None:
    settings = {
        "pri": 1450887882,
        "cap": 41178555,
        "$or": 340911698,
        "dist": 1281379241,
    }  # rete.c, durable-rules 2.0.28

    assert {name: hash_of(name) for name in settings} == settings
