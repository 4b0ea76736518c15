"""The two stages of an evaluation: assess the patient, then plan, seeing what the assessment found."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import TypeAlias

from kcds.engine.answers import Found, answer_all, known_domains
from kcds.engine.clauses import Prepared, PreparedRule, prepare_rules
from kcds.engine.memory import Item, Reading, items_of, readings_of
from kcds.errors import Fault, KnowledgeError
from kcds.knowledge.rule import Rule
from kcds.model.facts import Fact, FindingFact
from kcds.model.findings import Applicability, Finding, Findings


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """The rules of one stage, and what they read."""

    name: str
    prepared: Prepared
    readings: Mapping[str, Reading]
    aliases: tuple[tuple[str, ...], ...]  # of each group
    told: frozenset[str]  # rules whose answers a later stage may ask for


Row: TypeAlias = tuple[int, ...]
"""One match of one group: the numbers of its items, in the order of its patterns; () for a group of absences only."""

Rows: TypeAlias = Mapping[int, Sequence[Row]]
"""Group number -> its rows, sorted; groups without are left out."""

Match: TypeAlias = Callable[[Stage, Sequence[Item], date], Rows]
"""What an engine does: return the rows of the groups of the stage."""


def stages_of(rules: Sequence[Rule]) -> tuple[Stage, ...]:
    """Prepare the active rules; raises KnowledgeError with every fault."""
    active = [rule for rule in rules if rule.status == "active"]
    stages: list[Stage] = []
    faults: list[Fault] = []
    for name in ("plan", "assess"):  # the last one first: each must know what later ones read
        try:
            prepared = prepare_rules(rule for rule in active if rule.stage == name)
        except KnowledgeError as error:
            faults = [*error.faults, *faults]
        else:
            aliases = tuple(group.aliases for group in prepared.groups)
            told = frozenset(rule.id for rule in prepared.rules if any(_asks(later, rule) for later in stages))
            stages.insert(0, Stage(name, prepared, readings_of(prepared.groups), aliases, told))
    if faults:
        raise KnowledgeError(faults)
    return tuple(stages)


def _asks(stage: Stage, rule: PreparedRule) -> bool:
    """Say whether some rule of a stage could ask for the answer of this one."""
    reading = stage.readings.get(FindingFact.kind)
    return reading is not None and any(reading.takes(_as_fact(rule, answer)) for answer in Applicability)


def evaluate_stages(stages: Sequence[Stage], match: Match, facts: Sequence[Fact], *, today: date) -> Findings:
    """Answer the rules stage by stage; each stage sees the findings of the ones before as facts."""
    known = known_domains(facts)
    seen = list(facts)
    findings: list[Finding] = []
    for stage in stages:
        items = items_of(seen, stage.readings)
        rules = stage.prepared.rules
        answers = answer_all(rules, _found(stage, items, match(stage, items, today)), known)
        findings += answers
        seen += [
            _as_fact(rule, finding.answer, finding.supporting)
            for rule, finding in zip(rules, answers, strict=True)
            if finding.answer is not Applicability.DOES_NOT_APPLY and rule.id in stage.told
        ]
    return Findings(tuple(sorted(findings, key=attrgetter("rule"))))


def _found(stage: Stage, items: Sequence[Item], rows: Rows) -> Found:
    """Put facts in the place of their numbers, under the aliases of the patterns."""
    return {
        number: [
            {alias: items[item].fact for alias, item in zip(stage.aliases[number], row, strict=True)}
            for row in of_group
        ]
        for number, of_group in rows.items()
    }


def _as_fact(rule: PreparedRule, answer: Applicability, sources: tuple[str, ...] = ()) -> FindingFact:
    """Turn the answer of a rule into a fact for rules of later stages."""
    return FindingFact(rule=rule.id, category=rule.category, effect=rule.effect, answer=answer.value, sources=sources)
