"""Running the cases: whether each rule answers as its cases say."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from kcds.knowledge.cases import Case
from kcds.knowledge.rule import Rule
from kcds.knowledge.templates import fill
from kcds.model.facts import DataState, Fact, values_of
from kcds.model.findings import Applicability, Finding, Findings


class CaseEngine(Protocol):
    """What running cases needs of a rules engine."""

    def evaluate(self, facts: Sequence[Fact], *, today: dt.date) -> Findings:
        """Answer the rules that the engine was made for."""
        ...


EngineFactory = Callable[[Sequence[Rule]], CaseEngine]
"""Makes an engine for some rules; drafts come to it as active, retired rules never."""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case that was run, and what was wrong with the answer ("" if nothing)."""

    case: Case
    problem: str

    @property
    def passed(self) -> bool:
        """Whether the rule answered as expected."""
        return not self.problem


def run_cases(rules: Mapping[str, Rule], cases: Iterable[Case], make_engine: EngineFactory) -> tuple[CaseResult, ...]:
    """Run every case of an active or draft rule, each rule alone, so that only the facts of the case decide."""
    engines: dict[str, CaseEngine] = {}
    results = []
    for case in cases:
        rule = rules.get(case.rule)
        if rule is None or rule.status == "retired":
            continue
        if rule.id not in engines:
            engines[rule.id] = make_engine((as_active(rule),))
        finding = engines[rule.id].evaluate(case.facts, today=case.today).of(rule.id)
        results.append(CaseResult(case, _problem(case, rule, finding)))
    return tuple(results)


def as_active(rule: Rule) -> Rule:
    """Return a draft as it will be when it is active: engines answer active rules only."""
    return rule.model_copy(update={"status": "active"})


def facts_in_words(case: Case) -> list[str]:
    """List the facts of a case, one a line, as the case file has them; known domains are left out."""
    return [_in_words(fact) for fact in case.facts if not (isinstance(fact, DataState) and fact.state == "known")]


def _problem(case: Case, rule: Rule, finding: Finding) -> str:
    if finding.answer is not case.expect:
        missing = f" (missing: {', '.join(finding.missing)})" if finding.missing else ""
        return f"expected {case.expect}, was {finding.answer}{missing}"
    if case.missing is not None and set(case.missing) != set(finding.missing):
        return f"expected missing {', '.join(sorted(case.missing))}, was {', '.join(finding.missing)}"
    if case.summary is not None and case.expect is Applicability.APPLIES:
        summary = fill(rule.card.summary, finding, rule)
        if summary != case.summary:
            return f"expected the summary {case.summary!r}, was {summary!r}"
    return ""


def _in_words(fact: Fact) -> str:
    values = ", ".join(f"{name}: {value}" for name, value in values_of(fact).items() if value is not None)
    return f"{fact.kind} {{{values}}}"
