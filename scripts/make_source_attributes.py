"""Writes into `docs/source-attributes.md` what rules and evidence say today: release, sources, rules and their uses.

python scripts/make_source_attributes.py
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from attribute_use import Use, uses_of
from doc_blocks import refresh, table

from kcds.errors import Fault
from kcds.knowledge.load import Knowledge, load_knowledge
from kcds.knowledge.paths import rules_directory
from kcds.knowledge.rule import Evidence, Rule
from kcds.knowledge.version import load_version

PAGE = Path(__file__).resolve().parents[1] / "docs" / "source-attributes.md"
_VERIFICATION = {"V": "seen", "R": "recalled", "D": "design"}


def make_parts(knowledge: Knowledge) -> Mapping[str, str]:
    """Make every generated part of the page, by name."""
    rules = sorted(knowledge.active_rules, key=lambda rule: (rule.category, rule.id))
    sources = _number({entry.citation for rule in rules for entry in rule.evidence})
    return {
        "release": _release(rules),
        "uses": _uses(rules, knowledge),
        "sources": _sources(rules, sources),
        "rules": _rules(rules, sources, knowledge),
    }


def _number(citations: Iterable[str]) -> Mapping[str, int]:
    return {citation: number for number, citation in enumerate(sorted(citations, key=str.casefold), 1)}


def _release(rules: list[Rule]) -> str:
    faults: list[Fault] = []
    version = load_version(rules_directory(), faults)
    if version is None:
        raise SystemExit("\n".join(map(str, faults)))
    entries = [entry for rule in rules for entry in rule.evidence]
    design = [entry for entry in entries if "D" in entry.verified]
    signed = sum(entry.signed_by is not None for entry in design)
    return (
        f"Knowledge version {version.version}, released {version.released}: {len(rules)} rules, each with a version of "
        f"its own. Evidence was last reviewed between {min(e.last_reviewed for e in entries)} and "
        f"{max(e.last_reviewed for e in entries)}; the next review is due by {min(e.review_by for e in entries)}. "
        f"Design decisions signed by a clinical owner: {signed} of {len(design)}."
    )


def _uses(rules: list[Rule], knowledge: Knowledge) -> str:
    used = {use: [f"`{rule.id}`" for rule in rules if use in uses_of(rule, knowledge)] for use in Use}
    return table(["used", "by", "rules"], [[use, str(len(ids)), ", ".join(ids)] for use, ids in used.items()])


def _sources(rules: list[Rule], numbers: Mapping[str, int]) -> str:
    """List every source once, with the rules that rest on it counted."""
    cited: dict[str, list[Evidence]] = {citation: [] for citation in numbers}
    for rule in rules:
        for entry in {entry.citation: entry for entry in rule.evidence}.values():
            cited[entry.citation].append(entry)
    rows = [
        [str(numbers[citation]), _linked(citation, entries), str(len(entries))] for citation, entries in cited.items()
    ]
    return table(["", "bibliographic citation", "rules"], rows)


def _linked(citation: str, entries: list[Evidence]) -> str:
    url = next((entry.url for entry in entries if entry.url), None)
    return f"[{citation}]({url})" if url else citation


def _rules(rules: list[Rule], numbers: Mapping[str, int], knowledge: Knowledge) -> str:
    rows = [
        [
            f"{rule.title} (`{rule.id}`)",
            rule.version,
            rule.category,
            "; ".join(_cited(entry, numbers) for entry in rule.evidence),
            str(max(entry.last_reviewed for entry in rule.evidence)),
            ", ".join(use for use in Use if use in uses_of(rule, knowledge)),
        ]
        for rule in rules
    ]
    return table(["rule", "version", "category", "source, grade, how verified", "reviewed", "uses"], rows)


def _cited(entry: Evidence, numbers: Mapping[str, int]) -> str:
    verified = ", ".join(_VERIFICATION[letter] for letter in entry.verified.split("/"))
    return f"{numbers[entry.citation]}: {entry.grade} ({verified})"


if __name__ == "__main__":
    refresh([PAGE], make_parts(load_knowledge()))
