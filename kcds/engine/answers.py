"""From matches to a rule's answer: applies, cannot tell, does not apply. The same for both engines.

A match counts on the data at hand, unless it rests on the absence of something in a domain that is not known. Without
a match, a rule may say "does not apply" only if every domain that it requires is known.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import groupby
from operator import attrgetter, eq, ge, gt, itemgetter, le, lt
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
    found = _ordered(found)
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


def _paired(columns: Sequence[Sequence[Match]]) -> tuple[Match, ...]:
    """Lay independent groups side by side: each match is true, every fact appears, nothing is multiplied."""
    if len(columns) == 1:
        return tuple(columns[0])
    matches: list[dict[str, Fact]] = []
    for index in range(max(map(len, columns))):
        matches.append({})
        for column in columns:
            matches[index].update(column[min(index, len(column) - 1)])
    return tuple(matches)


def _ordered(found: Found) -> Found:
    """Order the matches of each group by what their facts say, never by the order in which facts came."""
    several = {number: matches for number, matches in found.items() if len(matches) > 1}
    ranks = _ranks({id(fact): fact for matches in several.values() for match in matches for fact in match.values()})
    return {**found, **{number: _bounded(_sorted(matches, ranks)) for number, matches in several.items()}}


def _sorted(matches: Sequence[Match], ranks: Mapping[int, int]) -> list[Match]:
    """Sort the matches of one group by the ranks of their facts."""
    aliases = sorted(matches[0])
    return sorted(matches, key=lambda match: [ranks[id(match[alias])] for alias in aliases])


def _ranks(facts: Mapping[int, Fact]) -> dict[int, int]:
    """Rank facts among those of their kind; facts that say the same have the same rank."""
    said = sorted(((fact.kind, _said(fact)), name) for name, fact in facts.items())
    ranks: dict[int, int] = {}
    for rank, (_, same) in enumerate(groupby(said, key=itemgetter(0))):
        ranks.update((name, rank) for _, name in same)
    return ranks


def _bounded(matches: Sequence[Match]) -> Sequence[Match]:
    """Keep the first matches, and every later one with a fact that those before it do not have."""
    if len(matches) <= MOST_MATCHES:
        return matches
    seen: set[tuple[str, int]] = set()
    kept = []
    for index, match in enumerate(matches):
        facts = {(alias, id(fact)) for alias, fact in match.items()}
        if index < MOST_MATCHES or not facts <= seen:
            kept.append(match)
            seen |= facts
    return kept


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
