"""The rule language by the book: a plain evaluator, written from rules/README.md and not from the engine's code.

It reads rules as loaded and tries combinations of facts. Nothing of `kcds.engine` is used, so that what both engines
share (the preparation of rules, the making of answers) is judged by somebody else.
"""

import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from random_facts import days_before

from kcds.knowledge.rule import Absence, Ago, Comparison, ParameterRef, Pattern, Rule
from kcds.model.facts import Fact, FindingFact
from kcds.model.findings import Finding, Findings

Row = Mapping[str, Fact]
Shape = frozenset[tuple[str, object]]
"""One match: alias and fact, in a form that can be compared."""

KNOWN = ("known", "none-recorded")
MOST_SHOWN = 200
"""The README says no number; the engine keeps all facts, and may leave out repetitions beyond this."""

ORDER = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "before": operator.lt,
    "on_or_before": operator.le,
    "after": operator.gt,
    "on_or_after": operator.ge,
}


@dataclass(frozen=True)
class Said:
    """What the book says of one rule; of each bundle of patterns that refer to one another, the matches."""

    answer: str
    missing: tuple[str, ...] = ()
    bundles: tuple[tuple[frozenset[str], frozenset[Shape]], ...] = ()
    sources: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Ref:
    """A property that must be equal to, or known and different from, one of another fact."""

    name: str
    alias: str
    other: str
    equal: bool


@dataclass(frozen=True)
class _Part:
    """A pattern, or (without alias) an absence."""

    kind: str
    alias: str | None
    where: Mapping[str, Any]
    any: Mapping[str, Any]
    refs: tuple[_Ref, ...]

    @classmethod
    def of(cls, part: Pattern | Absence) -> "_Part":
        if isinstance(part, Pattern):
            return cls(part.fact, part.as_, part.where, part.any, tuple(_refs(part.where)))
        return cls(part.none, None, part.where, {}, tuple(_refs(part.where)))

    @property
    def aliases(self) -> set[str]:
        """All that it names."""
        return {ref.alias for ref in self.refs} | ({self.alias} if self.alias else set())


Bundles = Mapping[frozenset[str], Sequence[_Part]]
"""Parts that refer to one another, by their aliases. Absences that refer to nothing are one bundle, of no alias."""


def _bundles(parts: Sequence[Pattern | Absence]) -> Bundles:
    bundles: dict[frozenset[str], list[tuple[int, _Part]]] = {}
    for place in enumerate(map(_Part.of, parts)):
        mine = place[1].aliases
        touched = [aliases for aliases in bundles if aliases & mine]
        members = [member for aliases in touched for member in bundles.pop(aliases)]
        bundle = frozenset(mine).union(*touched)
        bundles[bundle] = [*bundles.pop(bundle, []), *members, place]
    return {
        aliases: [part for _, part in sorted(members, key=lambda member: member[0])]
        for aliases, members in bundles.items()
    }


class RuleBook:
    """Answers a rule set."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = [(rule, _bundles(rule.scope), _bundles(rule.when)) for rule in rules if rule.status == "active"]

    def answers(self, facts: Sequence[Fact], today: date) -> dict[str, Said]:
        """What each rule says of these facts on this day; plans see what the others found."""
        seen: dict[str, list[Fact]] = {}
        for fact in facts:
            seen.setdefault(fact.kind, []).append(fact)
        said: dict[str, Said] = {}
        for stage in ("assess", "plan"):
            asked = [entry for entry in self._rules if entry[0].stage == stage]
            found = {rule.id: _OneRule(rule, seen, today).say(scope, when) for rule, scope, when in asked}
            for rule, _, _ in asked:
                if found[rule.id].answer != "does-not-apply":
                    sources = tuple(sorted(found[rule.id].sources))
                    words = {"category": str(rule.category), "effect": str(rule.effect)}
                    finding = FindingFact(rule=rule.id, answer=found[rule.id].answer, sources=sources, **words)
                    seen.setdefault("finding", []).append(finding)
            said |= found
        return said


def differences(findings: Findings, said: Mapping[str, Said]) -> list[str]:
    """The rules of which the engine and the book do not say the same."""
    answered = {finding.rule: finding for finding in findings.all}
    if answered.keys() != said.keys():
        return sorted(answered.keys() ^ said.keys())
    return [name for name in sorted(said) if not _same(answered[name], said[name])]


def _same(finding: Finding, said: Said) -> bool:
    if (finding.answer.value, finding.missing, frozenset(finding.supporting)) != (
        said.answer,
        said.missing,
        said.sources,
    ):
        return False
    if not said.bundles:
        return finding.matches == ()
    aliases = frozenset(alias for bundle, _ in said.bundles for alias in bundle)
    if not finding.matches or any(frozenset(match) != aliases for match in finding.matches):
        return False
    return all(_same_rows(finding, bundle, expected) for bundle, expected in said.bundles)


def _same_rows(finding: Finding, bundle: frozenset[str], expected: frozenset[Shape]) -> bool:
    """Whether the engine's matches show what stands in one bundle: every row, or of very many at least every fact."""
    shown = {_shape({alias: match[alias] for alias in bundle}) for match in finding.matches}
    if len(expected) <= MOST_SHOWN:
        return shown == expected
    return shown <= expected and frozenset().union(*shown) == frozenset().union(*expected)


class _OneRule:
    """Answers one rule for some facts, given by kind."""

    def __init__(self, rule: Rule, facts: Mapping[str, Sequence[Fact]], today: date) -> None:
        self._rule = rule
        self._facts = facts
        self._today = today

    def say(self, scope: Bundles, when: Bundles) -> Said:
        """Applies, cannot tell, or does not apply."""
        rule = self._rule
        rows = {aliases: list(self._rows(parts)) for aliases, parts in scope.items()}
        if not all(rows.values()):
            return Said("does-not-apply")
        rows |= {aliases: list(self._rows(parts)) for aliases, parts in when.items()}
        if all(rows.values()) and self._counted(rows):
            domains = {part.domain for part in (*rule.scope, *rule.when) if isinstance(part, Absence) and part.domain}
            missing = self._unknown(domains)
            told = tuple((aliases, frozenset(map(_shape, found))) for aliases, found in rows.items())
            facts = [fact for found in rows.values() for row in found for fact in row.values()]
            sources = frozenset(source for fact in facts for source in fact.sources)
            return Said("data-required" if missing else "applies", missing, told, sources)
        missing = self._unknown(rule.requires)
        return Said("data-required" if missing else "does-not-apply", missing)

    def _unknown(self, domains: Iterable[str]) -> tuple[str, ...]:
        """The domains of which nothing, or something else than "known", is said."""
        states: dict[object, list[object]] = {}
        for fact in self._facts.get("data", ()):
            states.setdefault(getattr(fact, "domain"), []).append(getattr(fact, "state"))  # noqa: B009
        known = {domain for domain, said in states.items() if all(state in KNOWN for state in said)}
        return tuple(sorted(set(domains) - known))

    def _rows(self, parts: Sequence[_Part]) -> Iterator[Row]:
        """Choose a fact for every pattern in every way, and keep the choices that break no absence."""
        patterns = [(part, self._fitting(part)) for part in parts if part.alias]
        absences = [(part, self._fitting(part)) for part in parts if not part.alias]
        for row in _chosen(patterns, {}):
            if not any(_joins(part, fact, row) for part, facts in absences for fact in facts):
                yield row

    def _fitting(self, part: _Part) -> list[Fact]:
        """The facts that satisfy all conditions that name no other fact."""
        return [
            fact
            for fact in self._facts.get(part.kind, ())
            if all(self._holds(fact, name, said) for name, said in part.where.items())
            and (not part.any or any(self._holds(fact, name, said) for name, said in part.any.items()))
        ]

    def _holds(self, fact: Fact, name: str, condition: Any) -> bool:
        """Whether one property is as wanted; what is compared with another fact is left for later."""
        value = getattr(fact, name)
        if not isinstance(condition, Comparison):
            return value is not None and value == self._plain(condition)
        for key in condition.model_fields_set:
            wanted = getattr(condition, key)
            if key == "known":
                holds = (value is not None) == wanted
            elif key in {"ref", "not_ref"}:
                holds = True
            elif value is None:
                holds = False
            else:
                holds = value in wanted if key == "in_" else ORDER[key](value, self._plain(wanted))
            if not holds:
                return False
        return True

    def _plain(self, operand: Any) -> Any:
        if isinstance(operand, Ago):
            return days_before(self._today, self._plain(operand.ago))
        return self._rule.parameters[operand.param].value if isinstance(operand, ParameterRef) else operand

    def _counted(self, bundles: Mapping[frozenset[str], list[Row]]) -> bool:
        """Whether there are as many facts, or as many distinct known values, as the rule asks for."""
        having = self._rule.having
        if having is None:
            return True
        alias, _, name = (having.count or having.count_distinct or "").partition(".")
        facts = [row[alias] for aliases, rows in bundles.items() if alias in aliases for row in rows]
        number = len({getattr(fact, name) for fact in facts} - {None}) if name else len({id(fact) for fact in facts})
        limits = {key: getattr(having, key) for key in ("gte", "gt", "lt", "lte", "eq")}
        return all(limit is None or ORDER[key](number, limit) for key, limit in limits.items())


def _refs(where: Mapping[str, Any]) -> Iterator[_Ref]:
    for name, condition in where.items():
        if isinstance(condition, Comparison):
            for text, equal in ((condition.ref, True), (condition.not_ref, False)):
                if text is not None:
                    alias, _, other = text.partition(".")
                    yield _Ref(name, alias, other, equal)


def _chosen(patterns: Sequence[tuple[_Part, list[Fact]]], row: dict[str, Fact]) -> Iterator[Row]:
    """Every way to choose a fact for each pattern that its refs allow."""
    if not patterns:
        yield row
        return
    (part, candidates), *others = patterns
    for fact in candidates:
        if _joins(part, fact, row):
            yield from _chosen(others, {**row, str(part.alias): fact})


def _joins(part: _Part, fact: Fact, row: Row) -> bool:
    """Whether a fact is as its refs want it; what is not known is neither equal nor different."""
    for ref in part.refs:
        mine, theirs = getattr(fact, ref.name), getattr(row[ref.alias], ref.other)
        if mine is None or theirs is None or (mine == theirs) is not ref.equal:
            return False
    return True


def _shape(row: Row) -> Shape:
    """Facts are themselves; findings are made anew by each evaluator, and are what they say."""
    return frozenset((alias, fact if isinstance(fact, FindingFact) else id(fact)) for alias, fact in row.items())
