"""From matches to a rule's answer: applies, cannot tell, does not apply. The same for both engines.

A match counts on the data at hand, unless it rests on the absence of something in a domain that is not known. Without
a match, a rule may say "does not apply" only if every domain that it requires is known.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from operator import attrgetter, eq, ge, gt, le, lt
from typing import TypeAlias

from kcds.engine.clauses import PreparedRule
from kcds.knowledge.rule import Having
from kcds.model.facts import KNOWN_STATES, DataState, Fact, schema_of
from kcds.model.findings import Applicability, Finding, Match

Found: TypeAlias = Mapping[int, Sequence[Match]]
"""Group number -> its matches, alias -> fact each (empty for a group of absences only); groups without are left out."""

MOST_MATCHES = 200
"""Matches beyond these are kept only if they bring a fact not seen before: facts are never lost, repetitions are."""

_COMPARE = {"gte": ge, "gt": gt, "lt": lt, "lte": le, "eq": eq}


def known_domains(facts: Iterable[Fact]) -> frozenset[str]:
    """Return the data domains that are known; one with contradicting states is not."""
    states: dict[str | None, set[str | None]] = {}
    for fact in facts:
        if isinstance(fact, DataState):
            states.setdefault(fact.domain, set()).add(fact.state)
    return frozenset(domain for domain, said in states.items() if domain is not None and said <= KNOWN_STATES)


def answer_all(rules: Iterable[PreparedRule], found: Found, known: frozenset[str]) -> list[Finding]:
    """Answer rules; most rules of most patients say nothing, and get there without building anything."""
    matched = frozenset(found)
    return [
        _answer(rule, found, matched, known)
        if matched >= rule.scope_groups and (matched >= rule.when_groups or not known >= rule.required)
        else rule.silence
        for rule in rules
    ]


def _answer(rule: PreparedRule, found: Found, matched: frozenset[int], known: frozenset[str]) -> Finding:
    """Answer a rule whose scope matched."""
    if matched >= rule.when_groups:
        matches = _paired([found[number] for number in (*rule.scope, *rule.when)])
        if rule.having is None or _satisfied(rule.having, matches):
            missing = tuple(domain for domain in rule.resting_on if domain not in known)
            said = Applicability.CANNOT_TELL if missing else Applicability.APPLIES
            return Finding(rule.id, said, matches, missing)
    if known >= rule.required:
        return rule.silence
    return _cannot_tell(rule.id, tuple(domain for domain in rule.requires if domain not in known))


@lru_cache(maxsize=4096)
def _cannot_tell(rule: str, missing: tuple[str, ...]) -> Finding:
    """Answer a rule that found nothing; nothing in this answer is of a patient, so it is made once."""
    return Finding(rule, Applicability.CANNOT_TELL, (), missing)


def _paired(groups: Sequence[Sequence[Match]]) -> tuple[Match, ...]:
    """Lay independent groups side by side: each match is true, every fact appears, nothing is multiplied."""
    columns = [_bounded(sorted(group, key=_order)) if len(group) > 1 else group for group in groups]
    if len(columns) == 1:
        return tuple(columns[0])
    length = max(len(column) for column in columns)
    return tuple(
        {alias: fact for column in columns for alias, fact in column[min(index, len(column) - 1)].items()}
        for index in range(length)
    )


def _bounded(rows: list[Match]) -> list[Match]:
    """Keep the first rows, and every later one with a fact that the rows before it do not have."""
    if len(rows) <= MOST_MATCHES:
        return rows
    seen: set[tuple[str, int]] = set()
    kept = []
    for index, row in enumerate(rows):
        facts = {(alias, id(fact)) for alias, fact in row.items()}
        if index < MOST_MATCHES or not facts <= seen:
            kept.append(row)
            seen |= facts
    return kept


def _order(row: Match) -> tuple[tuple[object, ...], ...]:
    """Order rows by what their facts say, never by the order in which facts came."""
    return tuple(_said(row[alias]) for alias in sorted(row))


def _said(fact: Fact) -> tuple[object, ...]:
    """Return the values of a fact in a form that can be sorted: unknown last, then by its sources."""
    return tuple([(value is None, 0 if value is None else value) for value in _values(fact.kind)(fact)])


@cache
def _values(kind: str) -> Callable[[Fact], tuple[object, ...]]:
    """Return what reads all properties of a kind of fact, its sources last."""
    return attrgetter(*schema_of(kind), "sources")


def _satisfied(having: Having, matches: Sequence[Match]) -> bool:
    """Count the facts, or the distinct known values, that the matches hold, and compare."""
    number = len({id(match[having.count]) for match in matches}) if having.count else _distinct(having, matches)
    limits: Mapping[str, int | None] = {key: getattr(having, key) for key in _COMPARE}
    return all(limit is None or _COMPARE[key](number, limit) for key, limit in limits.items())


def _distinct(having: Having, matches: Sequence[Match]) -> int:
    """Count the distinct known values of `alias.property`."""
    alias, _, name = (having.count_distinct or "").partition(".")
    return len({getattr(match[alias], name) for match in matches} - {None})
