# ruff: noqa: S311 - seeded test data
"""Differential cases: a random rule set and random facts, answered by durable-rules, the reference and the book.

Everything of a case follows from the seed of its rule set and its number, so that any case can be run again alone.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from typing import Any, Self

from random_facts import TODAYS, FactSource, spoil
from random_rules import Raw, random_rule_set, rules_in, yaml_of
from rule_book import RuleBook, differences
from rule_constructs import CONSTRUCTS, constructs_of
from rule_faults import with_a_fault

from kcds.engine.checked import CheckedEngine
from kcds.engine.durable import DurableRuleEngine
from kcds.engine.reference import ReferenceEngine
from kcds.errors import EvaluationError, KnowledgeError
from kcds.knowledge.rule import Rule
from kcds.model.facts import Fact
from kcds.model.findings import Applicability, Findings

MOST_FACTS = 14
MANY_FACTS = 45
TOO_MANY_MATCHES = "matches of one group"
"""What the reference says where patterns multiply; in production it is asked first, so durable-rules is not."""

RAISED = "raised"


@dataclass
class Tally:
    """What was done so far; tallies of several processes are added up."""

    seeds: Counter[str] = field(default_factory=Counter)  # sets, refused by the limits, faulty sets refused
    cases: Counter[str] = field(default_factory=Counter)  # all, spoilt facts refused, too many matches
    answers: Counter[str] = field(default_factory=Counter)
    applied: Counter[str] = field(default_factory=Counter)  # by construct
    silent: Counter[str] = field(default_factory=Counter)

    def __iadd__(self, other: "Tally") -> Self:
        for name in vars(self):
            getattr(self, name).update(getattr(other, name))
        return self

    def never(self) -> list[str]:
        """The constructs that no rule used that applied, or that none used that was silent."""
        return sorted(name for name in CONSTRUCTS if not (self.applied[name] and self.silent[name]))


@dataclass(frozen=True)
class Case:
    """One case as it can be printed and run again."""

    rules: Sequence[Raw]
    facts: Sequence[Fact]
    today: date


class DifferenceError(AssertionError):
    """The engines do not say the same."""

    def __init__(self, what: str, seed: int, number: int, case: Case) -> None:
        self.what, self.seed, self.number, self.case = what, seed, number, case
        super().__init__(f"{what}; rule set {seed}, case {number}\n{written(case)}")


class Engines:
    """The three opinions about one rule set; raises KnowledgeError where it is refused.

    `ready`: durable-rules gets ready before each case, as it does in a worker.
    """

    def __init__(self, raw: Sequence[Raw], directory: Path, *, checked: bool = False, ready: bool = False) -> None:
        self.rules = rules_in(directory, yaml_of(raw))
        self._reference = ReferenceEngine(self.rules)
        self._durable = CheckedEngine(self.rules) if checked else DurableRuleEngine(self.rules)
        self._book = RuleBook(self.rules)
        self._ready = ready

    def judge(self, facts: Sequence[Fact], others: Sequence[Fact], today: date) -> tuple[str, Findings | str]:
        """What is different (nothing: ""), and what the reference said; `others` are the facts in another order."""
        expected = _said(self._reference, others, today)
        if isinstance(expected, str) and TOO_MANY_MATCHES in expected:
            return "", expected
        if self._ready:
            self._durable.get_ready()
        answered = _said(self._durable, facts, today)
        if isinstance(expected, str) or isinstance(answered, str):
            alike = answered == expected and RAISED not in str(expected)
            return ("" if alike else f"durable-rules: {answered!r:.300}; reference: {expected!r:.300}"), expected
        different = [one.rule for one, other in zip(answered.all, expected.all, strict=True) if one != other]
        if different:
            return f"durable-rules and the reference differ on {different}", expected
        wrong = differences(expected, self._book.answers(facts, today))
        return (f"both engines differ from the book on {wrong}" if wrong else ""), expected


def run_rule_set(
    seed: int, cases: int, directory: Path, tally: Tally, begin: Callable[[int], None] = lambda _number: None
) -> None:
    """Run the cases of one rule set; raises DifferenceError. `begin` is told the number of each case beforehand."""
    random = Random(seed)
    raw = random_rule_set(random)
    tally.seeds["sets"] += 1
    if random.random() < 0.1:
        _refuse_alike(random, seed, raw, directory)
        tally.seeds["faulty sets, refused alike"] += 1
    today = today_of(seed)
    try:
        engines = Engines(raw, directory, checked=seed % 8 == 0, ready=seed % 2 == 0)
    except KnowledgeError as error:
        ReferenceEngine(rules_in(directory, yaml_of(raw)))  # nothing else than the limits of C may refuse it
        tally.seeds[f"refused: {error.faults[0].problem}"] += 1
        return
    source = FactSource(raw, today)
    constructs = {rule.id: constructs_of(rule) for rule in engines.rules}
    for number in range(cases):
        begin(number)
        facts, others, spoilt = facts_of(seed, number, source)
        different, said = engines.judge(facts, others, today)
        if different:
            raise DifferenceError(different, seed, number, Case(raw, facts, today))
        _count(tally, said, constructs, spoilt=spoilt)


def today_of(seed: int) -> date:
    """The day of all cases of one rule set."""
    return TODAYS[seed % len(TODAYS)]


def facts_of(seed: int, number: int, source: FactSource) -> tuple[list[Fact], list[Fact], bool]:
    """The facts of one case, the same in another order, and whether one of them holds no number."""
    random = Random(seed * 100_003 + number)
    facts = source.draw(random, MANY_FACTS if random.random() < 0.03 else MOST_FACTS)
    spoilt = random.random() < 0.01 and spoil(random, facts)
    return facts, random.sample(facts, len(facts)), spoilt


def _count(tally: Tally, said: Findings | str, constructs: dict[str, set[str]], *, spoilt: bool) -> None:
    tally.cases["all"] += 1
    tally.cases["with a number that is none"] += spoilt
    if isinstance(said, str):
        tally.cases["refused, too many matches" if TOO_MANY_MATCHES in said else "refused, no number"] += 1
        return
    for finding in said.all:
        tally.answers[finding.answer.value] += 1
        if finding.answer is Applicability.APPLIES:
            tally.applied.update(constructs[finding.rule])
        elif finding.answer is Applicability.DOES_NOT_APPLY:
            tally.silent.update(constructs[finding.rule])


def _refuse_alike(random: Random, seed: int, raw: Sequence[Raw], directory: Path) -> None:
    """A rule set with one fault must be refused by both, in the same words."""
    faulty = with_a_fault(random, raw)
    rules = rules_in(directory, yaml_of(faulty))
    refusals = {_refusal(ReferenceEngine, rules), _refusal(DurableRuleEngine, rules)}
    if len(refusals) != 1 or "" in refusals:
        raise DifferenceError(f"refused as {refusals}", seed, -1, Case(faulty, (), TODAYS[0]))


def _refusal(engine: Callable[[Sequence[Rule]], object], rules: Sequence[Rule]) -> str:
    try:
        engine(rules)
    except KnowledgeError as error:
        return str(error)
    return ""


def _said(engine: Any, facts: Sequence[Fact], today: date) -> Findings | str:
    """The findings, or why there are none."""
    try:
        findings: Findings = engine.evaluate(facts, today=today)
    except EvaluationError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - whatever else comes out is what is looked for
        return f"{RAISED} {type(error).__name__}: {error}"
    return findings


def written(case: Case) -> str:
    """A case as somebody can read it and run it again: rules as YAML, facts as Python."""
    facts = "\n".join(f"    {fact!r}," for fact in case.facts)
    return f"# today: {case.today}\n{yaml_of(case.rules)}# facts:\n[\n{facts}\n]\n"
