"""Which rules use which data about a person that a reader of decision support has a right to be told about.

Told from the rules themselves, and from what facts and data domains are made of (`OF_FACTS`, `OF_DOMAINS`); a test
changes sex and birth date in records and finds no other rule answering otherwise. In doubt a use is named.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from kcds.knowledge.load import Knowledge
from kcds.knowledge.rule import Absence, Comparison, Pattern, Rule
from kcds.knowledge.templates import placeholders


class Use(StrEnum):
    """An attribute of 45 CFR 170.315(b)(11)(iv)(A) that some rule uses; of the others see the page."""

    SEX = "sex"
    BIRTH_DATE = "date of birth"
    HEALTH_STATUS = "health status"


_BOTH = frozenset({Use.SEX, Use.BIRTH_DATE})

OF_FACTS: Mapping[tuple[str, str], frozenset[Use]] = {
    ("patient", "age"): frozenset({Use.BIRTH_DATE}),
    ("patient", "adult"): frozenset({Use.BIRTH_DATE}),
    ("patient", "future_birth"): frozenset({Use.BIRTH_DATE}),
    ("patient", "sex"): frozenset({Use.SEX}),
    ("pregnancy", "possible"): _BOTH,
    ("pregnancy", "status"): _BOTH | {Use.HEALTH_STATUS},
    ("pregnancy", "basis"): _BOTH | {Use.HEALTH_STATUS},
    ("pregnancy", "conflict"): _BOTH | {Use.HEALTH_STATUS},
    ("pregnancy", "test_date"): _BOTH | {Use.HEALTH_STATUS},
    ("child-pugh", "grade"): frozenset({Use.HEALTH_STATUS}),  # ascites and encephalopathy may be answered questions
    ("child-pugh", "points_low"): frozenset({Use.HEALTH_STATUS}),
    ("child-pugh", "points_high"): frozenset({Use.HEALTH_STATUS}),
}
"""What the properties of facts are made of, where that is sex, birth date, pregnancy status or an answered question."""

OF_DOMAINS: Mapping[str, frozenset[Use]] = {
    "age": frozenset({Use.BIRTH_DATE}),
    "pregnancy-status": _BOTH | {Use.HEALTH_STATUS},
    "substance-use": frozenset({Use.SEX, Use.HEALTH_STATUS}),  # the AUDIT-C has a limit of its own for men
    "scores": frozenset({Use.HEALTH_STATUS}),
    "cognition": frozenset({Use.HEALTH_STATUS}),
}
"""What data domains are made known by; those with a health question (`screen`) are found in domains.yaml."""

_ASSESSMENTS = frozenset({"phq-9", "phq-9-item-9", "audit-c", "dast-10", "cognition", "pregnancy-test"})
"""Scales and items of the plan that assess mental or cognitive status, use of alcohol or drugs, or pregnancy."""


def uses_of(rule: Rule, knowledge: Knowledge) -> frozenset[Use]:
    """Say what a rule uses, itself or through a rule whose answer it reads."""
    patterns = (*rule.scope, *rule.when)
    found = [_of_domain(domain, knowledge) for domain in rule.requires]
    found += [_of_pattern(pattern, knowledge) for pattern in patterns]
    kinds = {pattern.as_: pattern.fact for pattern in patterns if isinstance(pattern, Pattern)}
    texts = (rule.card.summary, rule.card.detail, rule.card.action, rule.card.unknown)
    shown = ((kinds.get(name, ""), member or "") for text in texts for name, member in placeholders(text))
    found += [OF_FACTS.get(property_, frozenset()) for property_ in shown]
    if rule.plan and rule.plan.item in _ASSESSMENTS:
        found.append(frozenset({Use.HEALTH_STATUS}))
    return frozenset().union(*found)


def _of_pattern(pattern: Pattern | Absence, knowledge: Knowledge) -> frozenset[Use]:
    kind, conditions = (pattern.fact, pattern.any) if isinstance(pattern, Pattern) else (pattern.none, {})
    names = {*pattern.where, *conditions}
    found = [OF_FACTS.get((kind, name), frozenset()) for name in names]
    if isinstance(pattern, Absence) and pattern.domain:
        found.append(_of_domain(pattern.domain, knowledge))
    if kind == "data":
        domains = _values(pattern.where.get("domain")) or tuple(knowledge.domains)
        found += [_of_domain(domain, knowledge) for domain in domains]
    if kind == "finding":
        read = _values(pattern.where.get("rule")) or tuple(knowledge.rules_by_id)
        found += [uses_of(knowledge.rules_by_id[rule], knowledge) for rule in read]
    named = (*_values(pattern.where.get("scale")), *_values(pattern.where.get("item")))
    if _ASSESSMENTS & {*named} or "obs-cognition" in _values(pattern.where.get("concept")):
        found.append(frozenset({Use.HEALTH_STATUS}))
    return frozenset().union(*found)


def _of_domain(name: str, knowledge: Knowledge) -> frozenset[Use]:
    asked = frozenset({Use.HEALTH_STATUS}) if knowledge.domains[name].screen else frozenset()
    return OF_DOMAINS.get(name, frozenset()) | asked


def _values(condition: object) -> tuple[str, ...]:
    """Return the values that a condition allows by name."""
    if isinstance(condition, Comparison):
        values: Iterable[object] = condition.in_ or (condition.eq,)
    else:
        values = (condition,)
    return tuple(value for value in values if isinstance(value, str))
