"""Whatever goes wrong inside: no advice, nothing of the patient told, and the next request is answered rightly.

The C extension is the real one; one of its functions is tampered with for a moment, as a fault in it would do.
"""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import durable_rules_engine as c_engine
import orjson
import pytest
from random_cases import rule_of

from kcds.engine import durable as durable_module
from kcds.engine.checked import CheckedEngine
from kcds.engine.compile import END
from kcds.engine.durable import MOST_HANDLES, MOST_RETIRED, DurableRuleEngine
from kcds.engine.reference import ReferenceEngine
from kcds.errors import EvaluationError
from kcds.model.facts import Condition, Fact, Score

TODAY = dt.date(2026, 11, 21)
RULES = [
    rule_of("pain", [{"as": "score", "fact": "score", "where": {"value": {"gt": 3}}}]),
    rule_of("liver", [{"as": "problem", "fact": "condition", "where": {"concept": "liver"}}]),
    rule_of("no-kidney", [{"none": "condition", "where": {"concept": "kidney"}, "domain": None}]),
    rule_of("both", [{"as": "found", "fact": "finding", "where": {"answer": "applies"}}], stage="plan"),
]
PATIENT = (Score(value=5.0, sources=("Observation/Meier",)), Score(value=7.0), Condition(concept="liver"))
NEXT = (Score(value=1.0), Condition(concept="kidney"))
NAME = "Meier"

Function = Callable[..., Any]


class Tampered:
    """The C extension, but a call of one function (or several) goes wrong, after a number of calls that did not."""

    def __init__(self, name: str, replacement: Function, after: int = 0, times: int = 1) -> None:
        self._name, self._replacement = name, replacement
        self._wrong = range(after, after + times)
        self._calls = -1

    def __getattr__(self, name: str) -> Any:
        function = getattr(c_engine, name)
        if name != self._name:
            return function
        self._calls += 1
        return self._replacement if self._calls in self._wrong else function


def fail(*arguments: object) -> None:
    """Fail as the C extension does, but with all that it was given in the message."""
    raise Exception(f"Could not do it: {arguments} {NAME}")  # noqa: TRY002 - as the C extension does


def interrupt(*_: object) -> None:
    """What a worker's time limit does: not an Exception."""
    raise SystemExit(1)


def forget(_number: int, _message: str) -> tuple[int, int]:
    """Say that the fact is stored, but store nothing."""
    return 0, 1


def store_twice(number: int, message: str) -> tuple[int, int]:
    """Store the fact, and one more that nobody asked for."""
    c_engine.assert_fact(number, message.replace('"id":"', '"id":"other'))
    code, offset = c_engine.assert_fact(number, message)
    return code, offset


FAULTS = [
    (("assert_fact", fail, 0), r"failed \(Exception\)"),
    (("assert_fact", fail, 2), r"failed \(Exception\)"),
    (("assert_fact", lambda *_: (303, 0), 0), r"refused a fact \(code 303\)"),
    (("assert_fact", lambda *_: (1, 0), 3), r"refused a trigger \(code 1\)"),
    (("assert_fact", lambda *_: None, 1), r"failed \(TypeError\)"),
    (("assert_fact", forget, 0), "lost facts"),
    (("assert_fact", store_twice, 0), "lost facts"),
    (("get_facts", fail, 0), r"failed \(Exception\)"),
    (("get_facts", lambda *_: "[]", 0), "lost facts"),
    (("get_facts", lambda *_: "[]", 1), "kept facts"),
    (("get_facts", fail, 1), r"failed \(Exception\)"),
    (("start_action_for_state", fail, 0), r"failed \(Exception\)"),
    (("start_action_for_state", lambda *_: None, 0), "did not come to its end"),
    (("start_action_for_state", lambda *_: ("", f"{{{NAME}"), 0), r"failed \(JSONDecodeError\)"),
    (("start_action_for_state", lambda *_: ("", '{"999.0":[{}]}'), 0), r"failed \(IndexError\)"),
    (("start_action_for_state", lambda *_: ("", '{"2.0":[{"score":{"id":"Meier"}}]}'), 0), r"failed \(ValueError\)"),
    (("complete_and_start_action", fail, 0), r"failed \(Exception\)"),
    (("complete_and_start_action", lambda *_: None, 0), "did not come to its end"),
    (("complete_and_start_action", lambda *_: '{"__end":[{}]}', 0), "went on after its end"),
    (("delete_state", fail, 0), r"failed \(Exception\)"),
    (("delete_state", lambda *_: None, 0), "kept facts"),
]


@pytest.fixture(params=["checked", "durable", "checked, ready", "durable, ready"])
def engine(request: pytest.FixtureRequest) -> CheckedEngine | DurableRuleEngine:
    """An engine that has answered before, and perhaps got ready since."""
    made = CheckedEngine(RULES) if request.param.startswith("checked") else DurableRuleEngine(RULES)
    made.evaluate(PATIENT, today=TODAY)
    if request.param.endswith("ready"):
        made.get_ready()
    return made


def answers_rightly(engine: CheckedEngine | DurableRuleEngine, facts: tuple[Fact, ...] = NEXT) -> bool:
    """Whether the engine answers as the plain evaluator does; NEXT shares no match with PATIENT."""
    return engine.evaluate(facts, today=TODAY) == ReferenceEngine(RULES).evaluate(facts, today=TODAY)


@pytest.mark.parametrize(("fault", "said"), FAULTS)
def test_after_any_fault_inside_the_next_request_is_answered_by_a_new_handle(
    monkeypatch: pytest.MonkeyPatch, engine: CheckedEngine | DurableRuleEngine, fault: tuple[Any, ...], said: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(durable_module, "c_engine", Tampered(*fault))
        with pytest.raises(EvaluationError, match=said) as refused:
            engine.evaluate(PATIENT, today=TODAY)

    assert engine.retired == 1
    assert answers_rightly(engine)
    assert answers_rightly(engine, PATIENT)
    assert engine.retired == 1
    assert NAME not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


def test_a_request_that_is_cut_off_inside_leaves_no_handle_behind(
    monkeypatch: pytest.MonkeyPatch, engine: CheckedEngine | DurableRuleEngine
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(durable_module, "c_engine", Tampered("assert_fact", interrupt, after=1))
        with pytest.raises(SystemExit):
            engine.evaluate(PATIENT, today=TODAY)

    assert engine.retired == 1
    assert answers_rightly(engine)


@pytest.mark.parametrize("wrong", [fail, lambda *_: (0, 1), lambda *_: (303, 0), lambda *_: None])
def test_a_handle_that_cannot_get_ready_is_not_used_again_and_nobody_hears_of_it(
    monkeypatch: pytest.MonkeyPatch, wrong: Function
) -> None:
    engine = CheckedEngine(RULES)
    engine.evaluate(PATIENT, today=TODAY)
    with monkeypatch.context() as patch:
        patch.setattr(durable_module, "c_engine", Tampered("assert_fact", wrong))
        engine.get_ready()

    assert engine.retired == 1
    assert answers_rightly(engine)
    assert answers_rightly(engine, PATIENT)


def test_a_handle_that_got_ready_holds_nothing_and_answers_as_one_that_did_not() -> None:
    engine = DurableRuleEngine(RULES)
    engine.evaluate(PATIENT, today=TODAY)

    for facts in (NEXT, PATIENT, NEXT):
        engine.get_ready()
        engine.get_ready()  # once more changes nothing
        (handle,) = engine._pools["assess"]._idle
        assert orjson.loads(c_engine.get_facts(handle._number, "p")) == []
        assert answers_rightly(engine, facts)

    assert engine.retired == 0


def test_an_engine_that_was_never_used_gets_ready_without_making_a_handle() -> None:
    engine = CheckedEngine(RULES)

    engine.get_ready()

    assert engine._durable._pools["assess"]._idle == []


def test_a_handle_that_cannot_be_built_counts_as_retired_and_the_next_one_can(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = CheckedEngine(RULES)
    for number, name in enumerate(("create_ruleset", "assert_fact", "delete_state"), start=1):
        with monkeypatch.context() as patch:
            patch.setattr(durable_module, "c_engine", Tampered(name, fail))
            with pytest.raises(EvaluationError) as refused:
                engine.evaluate(PATIENT, today=TODAY)

        assert NAME not in str(refused.value)
        assert engine.retired == number

    assert answers_rightly(engine)


def test_handles_that_fail_give_their_places_back(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = CheckedEngine(RULES)
    monkeypatch.setattr(durable_module, "_LONGEST_WAIT", 0.01)
    with monkeypatch.context() as patch:
        patch.setattr(durable_module, "c_engine", Tampered("create_ruleset", fail, times=100))
        for _ in range(MOST_HANDLES + 1):
            with pytest.raises(EvaluationError, match="could not be built"):
                engine.evaluate(PATIENT, today=TODAY)

    assert answers_rightly(engine)


def test_when_all_handles_are_lent_a_request_gives_up_and_is_answered_when_one_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = CheckedEngine(RULES)
    monkeypatch.setattr(durable_module, "_LONGEST_WAIT", 0.01)
    begun, go_on = threading.Semaphore(0), threading.Event()

    def wait(number: int, message: str) -> Any:
        begun.release()
        go_on.wait(10)
        return c_engine.assert_fact(number, message)

    right: list[bool] = []
    with monkeypatch.context() as patch:
        patch.setattr(durable_module, "c_engine", Tampered("assert_fact", wait, times=100))
        busy = [threading.Thread(target=lambda: right.append(answers_rightly(engine))) for _ in range(MOST_HANDLES)]
        for thread in busy:
            thread.start()
        for _ in busy:
            begun.acquire(timeout=10)
        with pytest.raises(EvaluationError, match="no rules engine became free in time"):
            engine.evaluate(PATIENT, today=TODAY)
        go_on.set()
        for thread in busy:
            thread.join()

    assert right == [True] * MOST_HANDLES
    assert answers_rightly(engine, PATIENT)
    assert engine.retired == 0


def test_nobody_waits_for_an_engine_as_long_as_a_call_may_take() -> None:
    assert durable_module._LONGEST_WAIT <= 4 / 2


class Lying:
    """The C extension, but what it says of one rule's matches is changed."""

    def __init__(self, alias: str, change: Callable[[list[Any]], list[Any]]) -> None:
        self._alias, self._change = alias, change

    def __getattr__(self, name: str) -> Any:
        return getattr(c_engine, name)

    def start_action_for_state(self, number: int, offset: int) -> tuple[str, str | None] | None:
        started = c_engine.start_action_for_state(number, offset)
        return started and (started[0], self._changed(started[1], number, offset))

    def complete_and_start_action(self, number: int, offset: int) -> str | None:
        return self._changed(c_engine.complete_and_start_action(number, offset), number, offset)

    def _changed(self, message: str | None, number: int, offset: int) -> str | None:
        """Change a message; one without matches left is not sent at all."""
        if message is None:
            return None
        ((name, rows),) = orjson.loads(message).items()
        if name == END or self._alias not in rows[0]:
            return message
        changed = self._change(rows)
        return orjson.dumps({name: changed}).decode() if changed else self.complete_and_start_action(number, offset)


def other(rows: list[Any]) -> list[Any]:
    """Name other facts."""
    return [{alias: {**fact, "id": "f0" if fact["id"] != "f0" else "f1"} for alias, fact in rows[0].items()}]


@pytest.mark.parametrize(
    "change",
    [lambda rows: [*rows, rows[0]], lambda rows: rows[1:], lambda _rows: [], other],
    ids=["one more", "one less", "none", "others"],
)
@pytest.mark.parametrize(
    ("alias", "rule", "retired"),
    [("score", "pain", 1), ("problem", "liver", 1), ("found", "both", 2)],
)
def test_engines_that_disagree_give_no_advice_and_are_replaced(
    monkeypatch: pytest.MonkeyPatch, change: Function, alias: str, rule: str, retired: int
) -> None:
    told: list[tuple[str, ...]] = []
    engine = CheckedEngine(RULES, on_disagreement=lambda rules: told.append(tuple(rules)))
    with monkeypatch.context() as patch:
        patch.setattr(durable_module, "c_engine", Lying(alias, change))
        with pytest.raises(EvaluationError) as refused:
            engine.evaluate(PATIENT, today=TODAY)

    assert str(refused.value) == f"the rules engines disagree on {rule}"
    assert told == [(rule,)]
    assert engine.retired == retired
    assert answers_rightly(engine)
    assert answers_rightly(engine, PATIENT)
    assert engine.retired == retired


def test_an_absence_that_is_overlooked_is_a_disagreement(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = CheckedEngine(RULES)
    monkeypatch.setattr(durable_module, "c_engine", Lying("n0", lambda _rows: []))

    assert answers_rightly(engine, PATIENT)
    with pytest.raises(EvaluationError, match=r"disagree on no-kidney$"):
        engine.evaluate(NEXT, today=TODAY)


def test_the_engines_are_replaced_even_if_nobody_can_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = CheckedEngine(RULES, on_disagreement=lambda _rules: fail())
    with monkeypatch.context() as patch:
        patch.setattr(durable_module, "c_engine", Lying("score", lambda _rows: []))
        with pytest.raises(Exception, match="Could not do it"):
            engine.evaluate(PATIENT, today=TODAY)

    assert engine.retired == 1
    assert answers_rightly(engine)


def test_an_engine_of_which_many_handles_were_retired_says_that_it_is_worn_out(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = CheckedEngine(RULES)
    monkeypatch.setattr(durable_module, "c_engine", Lying("score", lambda _rows: []))
    seen = []

    while not engine.worn_out:
        with pytest.raises(EvaluationError):
            engine.evaluate(PATIENT, today=TODAY)
        seen.append(engine.retired)

    assert seen == list(range(1, MOST_RETIRED + 1))
