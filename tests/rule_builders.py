"""Rules and findings for tests of what comes after the engine."""

from typing import Any

from kcds.advice.weigh import Advice, Advised, weigh
from kcds.knowledge.domains import Domain
from kcds.knowledge.rule import Rule
from kcds.model.findings import Applicability, Finding, Findings, Match

DOMAINS = {
    "blood-pressure": Domain(
        name="blood-pressure", title="blood pressure", blocks_candidate=True, ask="Measure the blood pressure."
    ),
    "allergies": Domain(name="allergies", title="allergies", blocks_candidate=True, ask="Record allergies."),
    "medication-identity": Domain(
        name="medication-identity", title="identity of every medicine", blocks_candidate=False, ask="Identify them."
    ),
}

_CATEGORY = {
    "stop": "contraindication",
    "caution": "caution",
    "met": "eligibility",
    "unmet": "eligibility",
    "out-of-scope": "eligibility",
    "inform": "informational",
}


def make_rule(rule_id: str, effect: str, **changes: Any) -> Rule:
    """A small rule of one effect; `changes` replace whole keys."""
    keys: dict[str, Any] = {
        "id": rule_id,
        "version": "1.0.0",
        "status": "active",
        "title": rule_id.replace("-", " "),
        "category": _CATEGORY[effect],
        "effect": effect,
        "strength": "hard" if effect == "stop" else None,
        "claims": ["C17"],
        "evidence": [
            {
                "citation": "A guideline",
                "url": "https://example.org/guideline",
                "grade": "Grade B",
                "verified": "V",
                "last_reviewed": "2026-11-21",
                "review_by": "2027-11-21",
            }
        ],
        "when": [{"as": "p", "fact": "patient"}],
        "card": {"summary": f"Summary of {rule_id}"},
    }
    return Rule.model_validate(keys | changes)


def applies(rule: Rule, *matches: Match) -> Advised:
    return Advised(rule, Finding(rule.id, Applicability.APPLIES, matches))


def cannot_tell(rule: Rule, *missing: str) -> Advised:
    return Advised(rule, Finding(rule.id, Applicability.CANNOT_TELL, (), missing))


def does_not_apply(rule: Rule) -> Advised:
    return Advised(rule, Finding(rule.id, Applicability.DOES_NOT_APPLY))


def weighed(*advised: Advised) -> Advice:
    rules = {a.rule.id: a.rule for a in advised}
    return weigh(Findings(tuple(a.finding for a in advised)), rules, DOMAINS)
