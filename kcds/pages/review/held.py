"""Which conditions of a rule hold for one patient, one by one, and what the record says to each.

Whether a rule applies is said by the engine alone; this only shows how. A condition is asked of single facts in the
same form in which the engine asks it; what ties one fact to another is left to the engine.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from kcds.engine.clauses import Clause, prepare_rules
from kcds.engine.reference import Question, fits
from kcds.knowledge.load import Knowledge
from kcds.knowledge.rule import Absence, Comparison, Condition, Pattern, Rule
from kcds.model.facts import Fact, values_of

Part = Pattern | Absence


@dataclass(frozen=True, slots=True)
class PartAsked:
    """One condition of a rule, as it can be asked of single facts."""

    part: Part
    kind: str
    question: Question
    wanted: tuple[str, tuple[str, ...]] | None
    joined: bool  # whether it is tied to another condition, too

    @property
    def is_absence(self) -> bool:
        """Whether it holds where no fact fits."""
        return isinstance(self.part, Absence)


@dataclass(frozen=True, slots=True)
class RuleAsked:
    """A rule's conditions: what it is about, and what it looks for."""

    scope: tuple[PartAsked, ...]
    when: tuple[PartAsked, ...]


_LATEST: list[tuple[tuple[Rule, ...], Mapping[str, RuleAsked]]] = []
"""The rules that were asked last, and their conditions: rules do not change while a process lives, reloads apart."""


def rules_asked(knowledge: Knowledge) -> Mapping[str, RuleAsked]:
    """Return the conditions of every active rule, by rule, as its file has them."""
    if not _LATEST or _LATEST[0][0] is not knowledge.rules:
        found = {rule.id: _asked(knowledge.rules_by_id[rule.id]) for rule in knowledge.active_rules}
        _LATEST[:] = [(knowledge.rules, found)]
    return _LATEST[0][1]


def _asked(rule: Rule) -> RuleAsked:
    scope, when = (tuple(_part(rule, part) for part in parts) for parts in (rule.scope, rule.when))
    return RuleAsked(scope, when)


def _part(rule: Rule, part: Part) -> PartAsked:
    """Prepare one condition as the engine does, as if it stood alone."""
    alone = {name: condition for name, condition in part.where.items() if not _is_tied(condition)}
    lonely = part.model_copy(update={"where": alone})
    prepared = prepare_rules([rule.model_copy(update={"scope": (), "when": (lonely,), "having": None})])
    clause: Clause = prepared.groups[0].clauses[0]
    question = Question.of(clause.constants, clause.choices)
    return PartAsked(part, clause.kind, question, clause.wanted, joined=len(alone) < len(part.where))


def _is_tied(condition: Condition) -> bool:
    return isinstance(condition, Comparison) and (condition.ref is not None or condition.not_ref is not None)


class Chart:
    """The facts of one patient, by kind, to be asked many times."""

    def __init__(self, facts: Iterable[Fact], today: date) -> None:
        """Sort the facts by kind."""
        self.facts = tuple(facts)
        self.today = today

    @cached_property
    def by_kind(self) -> Mapping[str, Sequence[tuple[Fact, Mapping[str, object]]]]:
        """Return the facts of each kind with their values."""
        found: dict[str, list[tuple[Fact, Mapping[str, object]]]] = defaultdict(list)
        for fact in self.facts:
            found[fact.kind].append((fact, values_of(fact)))
        return found

    def fitting(self, asked: PartAsked) -> list[Fact]:
        """Return the facts that meet a condition."""
        of_kind = self.by_kind.get(asked.kind, ())
        return [fact for fact, values in of_kind if fits(asked.question, values, self.today)]  # type: ignore[arg-type]

    def near(self, asked: PartAsked) -> list[Fact]:
        """Return the facts that are about the same thing as a condition, whether they meet it or not."""
        of_kind = self.by_kind.get(asked.kind, ())
        if asked.wanted is None:
            return [fact for fact, _ in of_kind]
        name, values = asked.wanted
        return [fact for fact, said in of_kind if said[name] in values]
