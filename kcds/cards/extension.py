"""The machine-readable advice on each card (CONTRACT 3). Holds rule ids, claims and references, nothing else."""

from datetime import UTC, datetime
from typing import Any

from kcds.advice.weigh import Advice, Advised

KEY = "org.kcds.advice"


def make_extension(advice: Advice, entries: list[Advised], version: str, now: datetime) -> dict[str, Any]:
    """Make the extension of one card: the disposition, and the findings that belong to this card."""
    return {
        KEY: {
            "disposition": advice.disposition.value,
            "knowledgeVersion": version,
            "evaluatedAt": instant(now),
            "findings": [_finding(entry) for entry in entries],
        }
    }


def instant(moment: datetime) -> str:
    """Write a moment as FHIR does, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _finding(advised: Advised) -> dict[str, Any]:
    """Say what one rule found; only a stop has a strength, and what there is none of is left out."""
    rule, finding = advised.rule, advised.finding
    members: dict[str, Any] = {
        "rule": rule.id,
        "version": rule.version,
        "category": str(rule.category),
        "claims": list(rule.claims),
        "status": str(finding.answer),
    }
    if rule.strength:
        members["strength"] = str(rule.strength)
    if finding.matches and (supporting := finding.supporting):
        members["supporting"] = list(supporting)
    if finding.missing:
        members["missing"] = list(finding.missing)
    return members
