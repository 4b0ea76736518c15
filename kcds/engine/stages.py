"""The two stages of an evaluation: assess the patient, then plan, seeing what the assessment found."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from kcds.engine.answers import Row, answer_all, known_domains
from kcds.engine.clauses import Prepared, PreparedRule, prepare_rules
from kcds.engine.memory import Item, Reading, items_of, readings_of
from kcds.errors import KnowledgeError
from kcds.knowledge.rule import Rule
from kcds.model.facts import Fact, FindingFact
from kcds.model.findings import Applicability, Finding, Findings


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """The rules of one stage, and what they read."""

    name: str
    prepared: Prepared
    readings: Mapping[str, Reading]


Match: TypeAlias = Callable[[Stage, Sequence[Item], date], Sequence[Sequence[Row]]]
"""What an engine does: return the rows of every group of the stage."""


def stages_of(rules: Sequence[Rule]) -> tuple[Stage, ...]:
    """Prepare the active rules; raises KnowledgeError with every fault."""
    active = [rule for rule in rules if rule.status == "active"]
    stages, faults = [], []
    for name in ("assess", "plan"):
        try:
            prepared = prepare_rules(rule for rule in active if rule.stage == name)
        except KnowledgeError as error:
            faults += error.faults
        else:
            stages.append(Stage(name, prepared, readings_of(prepared.groups)))
    if faults:
        raise KnowledgeError(faults)
    return tuple(stages)


def evaluate_stages(stages: Sequence[Stage], match: Match, facts: Sequence[Fact], *, today: date) -> Findings:
    """Answer the rules stage by stage; each stage sees the findings of the ones before as facts."""
    known = known_domains(facts)
    seen = tuple(facts)
    findings: list[Finding] = []
    for stage in stages:
        rows = match(stage, items_of(seen, stage.readings), today)
        answers = answer_all(stage.prepared.rules, rows, known)
        findings += answers
        seen += tuple(_as_facts(stage.prepared.rules, answers))
    return Findings(tuple(sorted(findings, key=lambda finding: finding.rule)))


def _as_facts(rules: Sequence[PreparedRule], findings: Sequence[Finding]) -> list[FindingFact]:
    """Turn the answers that say something into facts."""
    return [
        FindingFact(
            rule=finding.rule,
            category=rule.category,
            effect=rule.effect,
            answer=finding.answer.value,
            sources=finding.supporting,
        )
        for rule, finding in zip(rules, findings, strict=True)
        if finding.answer is not Applicability.DOES_NOT_APPLY
    ]
