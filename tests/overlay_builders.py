"""Overlays for tests: a directory as a site would write it."""

from pathlib import Path

import yaml
from knowledge_builders import RULES, real_knowledge

from kcds.errors import Fault
from kcds.knowledge.load import Knowledge, load_knowledge
from kcds.knowledge.overlay import read_overlay
from kcds.knowledge.overlay_apply import with_local_codes, with_local_numbers, with_local_rules
from kcds.knowledge.rule_files import RuleFile
from kcds.knowledge.set_policy import load_set_policy

LOCAL_RULE = """
id: local-late-start
version: 1.0.0
status: active
title: No infusions after noon
category: caution
effect: caution
claims: [M08]
evidence:
  - {citation: Policy 12, grade: Local policy, verified: D, last_reviewed: 2026-11-21, review_by: 2027-11-21}
when:
  - {as: person, fact: patient, where: {adult: true}}
card: {summary: "Staff leave at noon: plan the infusion for the morning"}
"""
LOCAL_CASES = """
rule: local-late-start
cases:
  - {name: an adult, facts: [{fact: patient, adult: true}], expect: applies}
  - {name: a child, facts: [{fact: patient, adult: false}], expect: does-not-apply}
"""


def overlay(directory: Path, rule: str | None = None, cases: str | None = None, **changes: object) -> Path:
    """Write an overlay; `changes` are the keys of overlay.yaml."""
    site = directory / "site"
    site.mkdir()
    if changes:
        (site / "overlay.yaml").write_text(yaml.safe_dump(changes, sort_keys=False))
    if rule is not None:
        (site / "rules").mkdir()
        (site / "rules" / "local_late_start.yaml").write_text(rule)
        if cases is not None:
            (site / "rules" / "local_late_start.cases.yaml").write_text(cases)
    return site


def knowledge_of(site: Path) -> Knowledge:
    """Load the real rules with an overlay."""
    return load_knowledge(RULES, overlay=site)


def faults_of_overlay(site: Path) -> list[Fault]:
    """Return what may not be in an overlay of the real rules, files named from its directory."""
    real, faults = real_knowledge(), list[Fault]()
    read = read_overlay(site, real.parameters.values, faults)
    with_local_numbers(real.parameters, read, faults)
    with_local_rules(tuple(RuleFile("", rule) for rule in real.rules), real.parameters, read, faults)
    with_local_codes(real.value_sets, load_set_policy(RULES, faults), real.rules, read, faults)
    return [Fault(f.file.removeprefix(f"{site}/"), f.key, f.problem, f.remedy) for f in faults]


def code(code: str, system: str = "urn:oid:1.2.3.4", display: str = "A term of this site") -> dict[str, str]:
    """Return an entry of `value_sets`."""
    return {"system": system, "code": code, "display": display, "reason": "our own list"}
