"""Rules made ready for evaluation: clauses, and groups of clauses that refer to one another.

A rule's patterns are split into groups joined by `ref`. Groups do not depend on each other, so each is matched once,
alone, however many rules share it, and its matches are never multiplied with those of another group. Within a group
two aliases may name the same fact (`not_ref` tells them apart), and absence means: no fact at all, bound or not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kcds.engine.conditions import Arm, Check, Choice, DaysAgo, Operator, Place, Reference, resolve
from kcds.errors import Fault, KnowledgeError
from kcds.knowledge.rule import Absence, Condition, Having, Pattern, Rule
from kcds.model.facts import FACT_KINDS, schema_of
from kcds.model.findings import Applicability, Finding


@dataclass(frozen=True, slots=True)
class Clause:
    """One pattern of a rule, or, without alias, one absence."""

    kind: str
    alias: str | None
    constants: tuple[Check, ...]  # all must hold; dates counted from today are among them
    joins: tuple[Check, ...]  # all must hold against the facts of earlier clauses
    choices: tuple[Choice, ...]  # of each, one arm must hold
    wanted: tuple[str, tuple[str, ...]] | None  # a string property and the only values of it that can match, sorted

    @classmethod
    def of(cls, kind: str, alias: str | None, checks: Sequence[Check], choices: Sequence[Choice]) -> "Clause":
        """Sort the checks of one pattern or absence."""
        joins = tuple(check for check in checks if isinstance(check.operand, Reference))
        constants = tuple(check for check in checks if check not in joins)
        return cls(kind, alias, constants, joins, tuple(choices), _wanted(kind, constants, choices))

    def every_check(self) -> Iterable[Check]:
        """Go through all checks, those of the arms too."""
        yield from self.constants
        yield from self.joins
        for choice in self.choices:
            for arm in choice:
                yield from arm


def _wanted(kind: str, constants: Sequence[Check], choices: Sequence[Choice]) -> tuple[str, tuple[str, ...]] | None:
    """Find a string property that must have one of a few values; the first of the kind (its concept) tells most."""
    found: dict[str, tuple[str, ...]] = {}
    for arms in (*(((check,),) for check in constants), *choices):
        equal = [arm[0] for arm in arms if len(arm) == 1 and arm[0].operator is Operator.EQUAL]
        texts = frozenset(check.operand for check in equal if isinstance(check.operand, str))
        names = {check.property for check in equal}
        if len(equal) == len(arms) and len(names) == 1 and len(texts) == len(arms):
            found[names.pop()] = tuple(sorted(texts))
    return next(((name, found[name]) for name in schema_of(kind) if name in found), None)


@dataclass(frozen=True, slots=True)
class Group:
    """Clauses that are matched together, in the order of the rule."""

    clauses: tuple[Clause, ...]

    @property
    def aliases(self) -> tuple[str, ...]:
        """Name the patterns, in order: what a match of this group consists of."""
        return tuple(clause.alias for clause in self.clauses if clause.alias is not None)


@dataclass(frozen=True, slots=True)
class PreparedRule:
    """One rule, ready for evaluation; groups are given by their numbers."""

    id: str
    category: str
    effect: str
    scope: tuple[int, ...]
    when: tuple[int, ...]
    resting_on: tuple[str, ...]  # domains whose absence of data would make a match worthless
    requires: tuple[str, ...]
    having: Having | None
    silence: Finding  # the answer of a rule that does not apply
    scope_groups: frozenset[int]  # the same as above, as sets: asked of every rule on every request
    when_groups: frozenset[int]
    required: frozenset[str]


@dataclass(frozen=True, slots=True)
class Prepared:
    """The rules of one stage in id order, and the distinct groups that they share."""

    rules: tuple[PreparedRule, ...]
    groups: tuple[Group, ...]


def prepare_rules(rules: Iterable[Rule]) -> Prepared:
    """Prepare rules; raises KnowledgeError with the faults of all."""
    prepared, faults = [], []
    numbers: dict[Group, int] = {}
    for rule in sorted(rules, key=lambda rule: rule.id):
        try:
            prepared.append(_prepare(rule, numbers))
        except KnowledgeError as error:
            faults += error.faults
    if faults:
        raise KnowledgeError(faults)
    return Prepared(tuple(prepared), tuple(numbers))


def _prepare(rule: Rule, numbers: dict[Group, int]) -> PreparedRule:
    """Prepare one rule; groups not seen before get the next number."""
    taken = [part.as_ for part in (*rule.scope, *rule.when) if isinstance(part, Pattern)]
    twice = sorted({alias for alias in taken if taken.count(alias) > 1})
    if twice:
        raise KnowledgeError([Fault(f"rule {rule.id}", "when", f"alias {twice[0]!r} is used twice.", "Rename one.")])
    _check_having(rule)
    absences = [part for part in (*rule.scope, *rule.when) if isinstance(part, Absence)]
    scope, when = (
        tuple(numbers.setdefault(group, len(numbers)) for group in _groups(_clauses(rule, parts, key)))
        for key, parts in (("scope", rule.scope), ("when", rule.when))
    )
    return PreparedRule(
        id=rule.id,
        category=rule.category.value,
        effect=rule.effect.value,
        scope=scope,
        when=when,
        resting_on=tuple(sorted({absence.domain for absence in absences if absence.domain is not None})),
        requires=tuple(sorted(set(rule.requires))),
        having=rule.having,
        silence=Finding(rule.id, Applicability.DOES_NOT_APPLY),
        scope_groups=frozenset(scope),
        when_groups=frozenset(when),
        required=frozenset(rule.requires),
    )


def _clauses(rule: Rule, parts: Sequence[Pattern | Absence], key: str) -> list[Clause]:
    """Resolve the patterns of one part of a rule."""
    aliases: dict[str, str] = {}
    clauses = []
    for number, part in enumerate(parts):
        kind = part.fact if isinstance(part, Pattern) else part.none
        place = Place(rule, f"{key}[{number}]", kind, dict(aliases))
        if kind not in FACT_KINDS:
            raise place.wrong(f"no kind of fact is called {kind!r}.", f"Use one of: {', '.join(sorted(FACT_KINDS))}.")
        resolved = [resolve(name, condition, place) for name, condition in sorted(part.where.items())]
        checks = tuple(check for checks, _ in resolved for check in checks)
        choices = [choice for _, choice in resolved if choice is not None]
        if isinstance(part, Pattern):
            choices += _any(part.any, place)
            aliases[part.as_] = kind
        clauses.append(Clause.of(kind, part.as_ if isinstance(part, Pattern) else None, checks, choices))
    return clauses


def _any(conditions: dict[str, Condition], place: Place) -> list[Choice]:
    """Resolve `any` to one choice; only constants may stand there (durable-rules mixes them up with joins)."""
    arms: list[Arm] = []
    for name, condition in sorted(conditions.items()):
        checks, choice = resolve(name, condition, place)
        if any(isinstance(check.operand, (DaysAgo, Reference)) for check in checks):
            raise place.wrong(f"any: {name} is compared with a date before today, or a ref.", "Move it to where.")
        arms += [(*checks, *arm) for arm in choice or ((),)]
    return [tuple(arms)] if arms else []


def _groups(clauses: Sequence[Clause]) -> tuple[Group, ...]:
    """Split clauses into groups that refer to one another."""
    groups: list[list[Clause]] = []
    for clause in clauses:
        named = {check.operand.alias for check in clause.joins if isinstance(check.operand, Reference)}
        joined = [group for group in groups if any(member.alias in named for member in group)]
        groups = [group for group in groups if group not in joined]
        groups.append([*(member for group in joined for member in group), clause])
    ordered = [tuple(sorted(group, key=clauses.index)) for group in groups]
    return tuple(Group(group) for group in sorted(ordered, key=lambda group: clauses.index(group[0])))


def _check_having(rule: Rule) -> None:
    """Refuse a `having` that names no pattern, or counts nothing."""
    if rule.having is None:
        return
    kinds = {part.as_: part.fact for part in (*rule.scope, *rule.when) if isinstance(part, Pattern)}
    counted = [text for text in (rule.having.count, rule.having.count_distinct) if text is not None]
    limits = rule.having.model_fields_set & {"gte", "gt", "lt", "lte", "eq"}
    alias, _, name = counted[0].partition(".") if counted else ("", "", "")
    known = alias in kinds and (name in schema_of(kinds[alias]) if rule.having.count_distinct else not name)
    if len(counted) != 1 or not limits or not known:
        remedy = "Write {count: alias, gte: 2} or {count_distinct: alias.property, gte: 2}."
        raise KnowledgeError([Fault(f"rule {rule.id}", "having", "it does not say what to count.", remedy)])
