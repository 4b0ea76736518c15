"""Whether rules that look at findings of other rules can ever see one."""

from collections.abc import Iterator, Mapping, Sequence

from kcds.errors import Fault
from kcds.knowledge.clauses import clauses_of, domains_of, kind_of, parts_of, resolve
from kcds.knowledge.rule import Absence, Pattern, Rule
from kcds.knowledge.rule_files import RuleFile
from kcds.model.facts import FindingFact
from kcds.model.findings import Applicability

_ASSESS = "assess"


def check_findings(files: Sequence[RuleFile]) -> Iterator[Fault]:
    """Find rules that wait for a finding which never comes: each waits for rules of stage assess that are in use."""
    rules = {one.rule.id: one.rule for one in files}
    for one in files:
        if one.rule.status == "retired":
            continue
        for key, part in parts_of(one.rule):
            if kind_of(part) == FindingFact.kind:
                yield from _check_part(key, part, one, rules)


def _check_part(key: str, part: Pattern | Absence, one: RuleFile, rules: Mapping[str, Rule]) -> Iterator[Fault]:
    if one.rule.stage == _ASSESS:
        problem = "looks at findings, which only rules of stage plan see."
        yield Fault(one.file, key, problem, "Write `stage: plan`, or ask for what the other rule asks for.")
        return
    asked = _asked(part, one.rule)
    named = asked.get("rule")
    for name in named or ():
        if name in rules and (why := _never(rules[name], one.rule)) is not None:
            yield Fault(one.file, f"{key}.where.rule", f"`{name}` {why}.", "Name a rule whose finding can be seen.")
    seen = [
        rule
        for rule in rules.values()
        if _never(rule, one.rule) is None and (named is None or rule.id in named) and _can_be(rule, asked)
    ]
    known = named is None or all(name in rules and _never(rules[name], one.rule) is None for name in named)
    if not seen and known:
        problem = "no rule has findings of this kind."
        yield Fault(one.file, key, problem, "Compare rule, category, effect and answer with the rules that are meant.")


def _asked(part: Pattern | Absence, rule: Rule) -> dict[str, tuple[str, ...]]:
    """Return the words that a pattern allows, by property."""
    asked = {}
    for clause in clauses_of(rule):
        if clause.pattern is part and clause.operator in ("eq", "in") and not clause.optional:
            value = resolve(clause.operand, rule)
            asked[clause.property] = tuple(map(str, value)) if isinstance(value, tuple) else (str(value),)
    return asked


def _never(rule: Rule, reader: Rule) -> str | None:
    """Say why a rule's finding is never seen by another rule; None if it can be."""
    if rule.status == "retired":
        return "is retired and finds nothing"
    if rule.stage != _ASSESS:
        return "is of stage plan itself: its findings come too late"
    if rule.status == "draft" and reader.status == "active":
        return "is a draft: for patients it finds nothing"
    return None


def _can_be(rule: Rule, asked: Mapping[str, tuple[str, ...]]) -> bool:
    answers = {Applicability.APPLIES.value} | ({Applicability.CANNOT_TELL.value} if domains_of(rule) else set())
    return (
        rule.category.value in asked.get("category", (rule.category.value,))
        and rule.effect.value in asked.get("effect", (rule.effect.value,))
        and not answers.isdisjoint(asked.get("answer", answers))
    )
