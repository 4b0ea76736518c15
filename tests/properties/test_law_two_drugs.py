"""Law: orders of ketamine and of esketamine differ only where the rules say that the drug matters."""

from collections.abc import Iterable

import pytest
from law_stories import MORE, STORIES, assess, order_of, story, with_order
from service_builders import real_service

from kcds.knowledge.rule import Absence, Comparison, Pattern, Rule
from kcds.model.facts import FindingFact, Treatment, values_of
from kcds.service import Assessment

KETAMINE, ESKETAMINE = "6130", "2119365"
VEIN, NOSE = "47625008", "46713006"
PLAIN = {"drug", "label", "product"}
"""In what two orders differ that differ in the drug alone."""


def treatment(assessment: Assessment) -> dict[str, object]:
    (found,) = (fact for fact in assessment.facts if isinstance(fact, Treatment))
    return dict(values_of(found))


def differing(one: Assessment, other: Assessment) -> set[str]:
    """The properties in which the treatments differ."""
    first, second = treatment(one), treatment(other)
    return {name for name in first if first[name] != second[name]}


def may_differ(rules: Iterable[Rule], properties: set[str]) -> set[str]:
    """The rules that ask for one of these properties of the treatment, and the rules about the findings of those."""
    rules = tuple(rules)
    chosen = {rule.id for rule in rules if _asks(rule, properties)}
    followers = {
        rule.id
        for rule in rules
        for part in _parts(rule, FindingFact.kind)
        if any(_hears(part, r) for r in rules if r.id in chosen)
    }
    return chosen | followers


def _parts(rule: Rule, kind: str) -> list[Pattern | Absence]:
    parts = (*rule.scope, *rule.when)
    return [part for part in parts if kind == (part.fact if isinstance(part, Pattern) else part.none)]


def _asks(rule: Rule, properties: set[str]) -> bool:
    asked = (
        set(part.where) | (set(part.any) if isinstance(part, Pattern) else set())
        for part in _parts(rule, Treatment.kind)
    )
    return any(names & properties for names in asked)


def _hears(part: Pattern | Absence, rule: Rule) -> bool:
    """Whether a pattern about findings may be about those of this rule."""
    about = {"rule": rule.id, "category": rule.category.value, "effect": rule.effect.value}
    return all(_allows(part.where[name], value) for name, value in about.items() if name in part.where)


def _allows(condition: object, value: str) -> bool:
    if isinstance(condition, Comparison):
        return condition.in_ is None or value in condition.in_
    return condition == value


@pytest.mark.parametrize(("name", "route"), [*((name, VEIN) for name in STORIES), *((name, NOSE) for name in MORE)])
def test_the_drug_matters_only_to_rules_that_ask_for_it(name: str, route: str) -> None:
    ketamine, esketamine = (assess(with_order(story(name), order_of(drug, route))) for drug in (KETAMINE, ESKETAMINE))

    properties = differing(ketamine, esketamine)
    answers = [{f.rule: (f.answer, f.missing) for f in a.findings.all} for a in (ketamine, esketamine)]
    changed = {rule for rule in answers[0] if answers[0][rule] != answers[1][rule]}
    assert "drug" in properties
    assert properties <= PLAIN or route != VEIN
    assert changed <= may_differ(real_service().knowledge.active_rules, properties)
