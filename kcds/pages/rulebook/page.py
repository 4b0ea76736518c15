"""One rule with everything that a committee looks at."""

from collections.abc import Iterator
from dataclasses import dataclass

from kcds.cards.plan_text import unknown_of
from kcds.cards.wording import PHASE_TITLES
from kcds.knowledge.claims import ClaimEntry
from kcds.knowledge.clauses import clauses_of, domains_of, parts_of, resolve
from kcds.knowledge.domains import Domain
from kcds.knowledge.load import Knowledge
from kcds.knowledge.rule import Absence, Evidence, Rule
from kcds.pages.rulebook.case_results import RuleCases
from kcds.pages.rulebook.says import not_shown_by, signed_by
from kcds.pages.rulebook.sources import NamedSet, Need, needs_of, sets_of
from kcds.pages.rulebook.values import say_number, say_unit
from kcds.pages.rulebook.words import ConditionInWords, Part, asks_for, conditions


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRow:
    """One parameter: what it is here, and what it was before this site changed it."""

    name: str
    value: str
    unit: str
    released: str  # "" where it was not changed
    reason: str
    claim: str
    shared: str  # the entry of parameters.yaml, in words
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    """One source, and what it does not show."""

    source: Evidence
    not_shown: tuple[str, ...]
    signed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePage:
    """Everything that stands on the page of one rule."""

    rule: Rule
    asks: str
    conditions: tuple[ConditionInWords, ...]
    needs: tuple[Need, ...]
    domains: tuple[Domain, ...]  # that may make the answer "cannot tell"
    sets: tuple[NamedSet, ...]
    evidence: tuple[EvidenceRow, ...]
    claims: tuple[ClaimEntry, ...]
    numbers: tuple[NumberRow, ...]
    local: tuple[str, ...]
    signed: str
    shown: tuple[str, ...]  # where and how it is shown
    related: tuple[tuple[Rule, str], ...]
    unknown: str  # what the card says where the rule cannot tell
    cases: RuleCases
    stories: tuple[str, ...]

    def of_part(self, part: Part) -> tuple[ConditionInWords, ...]:
        """Return the conditions of one part of the rule."""
        return tuple(one for one in self.conditions if one.part == part)


def make_page(rule: Rule, knowledge: Knowledge, cases: RuleCases, stories: tuple[str, ...]) -> RulePage:
    """Gather what there is to know about a rule."""
    asked = domains_of(rule)
    return RulePage(
        rule=rule,
        asks=asks_for(rule, knowledge),
        conditions=conditions(rule, knowledge),
        needs=needs_of(rule, knowledge),
        domains=tuple(domain for name, domain in knowledge.domains.items() if name in asked),
        sets=sets_of(rule, knowledge),
        evidence=tuple(
            EvidenceRow(source=one, not_shown=not_shown_by(one), signed=signed_by([one])) for one in rule.evidence
        ),
        claims=tuple(knowledge.claims.catalogue[name] for name in rule.claims if name in knowledge.claims.catalogue),
        numbers=tuple(_numbers(rule, knowledge)),
        local=tuple(_local(rule, knowledge)),
        signed=signed_by(rule.evidence),
        shown=tuple(_shown(rule, knowledge)),
        related=tuple(_related(rule, knowledge)),
        unknown=unknown_of(rule),
        cases=cases,
        stories=stories,
    )


def _numbers(rule: Rule, knowledge: Knowledge) -> Iterator[NumberRow]:
    for name, parameter in rule.parameters.items():
        moved = knowledge.local.moved.get((rule.id, name))
        yield NumberRow(
            name=name.replace("_", " "),
            value=say_number(parameter.value, None),
            unit=say_unit(parameter.unit),
            released=say_number(moved.released, None) if moved else "",
            reason=moved.reason if moved else "",
            claim=parameter.claim or (rule.claims[0] if len(rule.claims) == 1 else ""),
            shared=(parameter.same_as or "").replace("_", " "),
            note=parameter.note or "",
        )


def _local(rule: Rule, knowledge: Knowledge) -> Iterator[str]:
    """Say what is local about a rule."""
    local = knowledge.local
    if rule.id in local.disabled:
        what = "still asked, as a caution" if rule.id in local.lowered else "not shown on cards"
        yield f"Switched off here ({what}): {local.disabled[rule.id]}"
    yield from local.notes.get(rule.id, ())


def _shown(rule: Rule, knowledge: Knowledge) -> Iterator[str]:
    """Say where on the cards a rule speaks, and beside what."""
    if rule.plan is not None:
        item = knowledge.plan.get(rule.plan.item or "")
        line = f", as a reason for the check “{item.title}”" if item else ""
        yield f"In the monitoring plan, {PHASE_TITLES[rule.plan.phase].lower()}{line}"
    if rule.background:
        yield "Told when ketamine is considered, not with an order: it is the same for every patient"
    if rule.alone:
        yield "Beside it an order is shown the contraindications and nothing else"
    if rule.stage == "plan":
        yield "Asked after all others: it looks at what they found"


def _related(rule: Rule, knowledge: Knowledge) -> Iterator[tuple[Rule, str]]:
    """Give the rules that a rule looks at, that look at it, or that rest on one of its claims."""
    looks_at, claims = _looks_at(rule), set(rule.claims)
    for other in knowledge.rules:
        shared = sorted(claims & set(other.claims))
        if other.id == rule.id:
            continue
        if other.id in looks_at:
            yield other, "this rule looks at what it finds"
        elif rule.id in _looks_at(other):
            yield other, "looks at what this rule finds"
        elif shared:
            yield other, f"rests on the same claim ({', '.join(shared)})"


def _looks_at(rule: Rule) -> frozenset[str]:
    """Return the rules whose answers a rule asks for, or that speak in its stead."""
    found = {name for _, part in parts_of(rule) if isinstance(part, Absence) for name in part.said_by or ()}
    for clause in clauses_of(rule):
        if (clause.kind, clause.property) == ("finding", "rule"):
            value = resolve(clause.operand, rule)
            found |= {str(one) for one in (value if isinstance(value, tuple) else (value,))}
    return frozenset(found)
