"""Whether a rule can ever be reached: some fact must be able to satisfy it.

Everything here is certain: a rule is a fault only where no patient at all could make it apply.
"""

import datetime as dt
from collections.abc import Iterator

from kcds.errors import Fault
from kcds.knowledge.clauses import Clause, aliases_of, clauses_of, kind_of, parts_of, resolve
from kcds.knowledge.durations import parse_duration
from kcds.knowledge.possible import UNKNOWN, Possible, compared
from kcds.knowledge.rule import Ago, Having, Pattern, Rule
from kcds.knowledge.vocabulary import Vocabulary, type_of
from kcds.model.bounds import MAY_BE_NEGATIVE, ONE_OF_A_PATIENT

Place = tuple[str, str]
"""A pattern (its key in the rule) and a property."""

_DAYS = (dt.date(2026, 3, 1), dt.date(2026, 11, 21), dt.date(2028, 2, 29))
"""A condition on days is a contradiction if it is one on each of these: months differ in length."""


def check_reach(rule: Rule, file: str, words: Vocabulary) -> Iterator[Fault]:
    """Find conditions, sound in themselves, that no fact can satisfy, and absences that always or never hold."""
    readings = [_Reading(rule, words, day) for day in _DAYS]
    for key, part in parts_of(rule):
        if all(reading.impossible(key) for reading in readings):
            name = readings[0].culprit(key)
            if isinstance(part, Pattern):
                problem = f"no `{part.fact}` can satisfy this together with the other conditions."
                yield Fault(file, name, problem, "The rule would never apply: mend one of the conditions.")
            else:
                remedy = "It says nothing: mend its conditions, or take it out."
                yield Fault(file, name, f"no `{part.none}` can satisfy this, so the absence always holds.", remedy)
        elif not isinstance(part, Pattern):
            found = readings[0].shown_to_be_there(key)
            if found is not None:
                problem = f"asks that there is no `{part.none}` such as `{found}` asks for."
                yield Fault(file, key, problem, "The rule would never apply: mend one of the two.")
    if rule.having is not None:
        yield from _check_having(rule.having, rule, file, readings[0])


class _Reading:
    """What the properties of all patterns of a rule can be, on one day."""

    def __init__(self, rule: Rule, words: Vocabulary, today: dt.date) -> None:
        self._rule = rule
        self._words = words
        self._today = today
        self._parts = dict(parts_of(rule))
        self._clauses: dict[str, list[Clause]] = {key: [] for key in self._parts}
        for clause in clauses_of(rule):
            self._clauses[next(key for key, part in self._parts.items() if part is clause.pattern)].append(clause)
        self._left: dict[Place, Possible] = {}
        self._culprits: dict[str, str] = {}
        for _ in range(2):  # once more, so that what a reference tells also reaches the patterns before it
            for key in self._parts:
                self._read(key)

    def impossible(self, key: str) -> bool:
        """Whether nothing can satisfy this part."""
        return key in self._culprits

    def culprit(self, key: str) -> str:
        """Name the condition at which nothing was left."""
        return self._culprits[key]

    def shown_to_be_there(self, key: str) -> str | None:
        """Return the alias of the pattern that finds the very fact whose absence a part asks for."""
        section = key.partition("[")[0]
        for other, part in self._parts.items():
            same = isinstance(part, Pattern) and part.fact == kind_of(self._parts[key])
            if same and other.startswith(section) and all(self._holds(other, one) for one in self._clauses[key]):
                return part.as_ if isinstance(part, Pattern) else None
        return None

    def of(self, key: str, name: str) -> Possible:
        """Return what a property of a part can be."""
        if (key, name) not in self._left:
            self._left[key, name] = self._natural(kind_of(self._parts[key]), name)
        return self._left[key, name]

    def _read(self, key: str) -> None:
        clauses = self._clauses[key]
        for clause in clauses:
            if not clause.optional:
                self._narrow(key, clause, self._of_clause(key, clause))
        choices = [clause for clause in clauses if clause.optional]
        left = [c for c in choices if not self.of(key, c.property).meet(self._of_clause(key, c)).is_empty]
        if choices and not left:
            self._culprits.setdefault(key, f"{key}.any")
        elif len(left) == 1:
            self._narrow(key, left[0], self._of_clause(key, left[0]))

    def _narrow(self, key: str, clause: Clause, asked: Possible) -> None:
        left = self.of(key, clause.property).meet(asked)
        self._left[key, clause.property] = left
        if left.is_empty:
            self._culprits.setdefault(key, clause.key)
        elif clause.operator == "ref":
            self._left[self._target(key, clause)] = left

    def _of_clause(self, key: str, clause: Clause) -> Possible:
        """Return what one comparison leaves by itself."""
        if clause.operator == "known":
            return Possible(known=True) if clause.operand else UNKNOWN
        if clause.operator in ("ref", "not_ref"):
            there = self.of(*self._target(key, clause)).meet(Possible(known=True))
            if clause.operator == "ref":
                return there
            fixed = there.values
            return Possible(known=True, excluded=fixed if fixed is not None and len(fixed) == 1 else frozenset())
        value = resolve(clause.operand, self._rule)
        if isinstance(clause.operand, Ago):
            value = self._today - parse_duration(str(value))
        return compared(clause.operator, value)

    def _target(self, key: str, clause: Clause) -> Place:
        """Return the pattern and property that a reference names."""
        alias, _, name = str(clause.operand).partition(".")
        section = key.partition("[")[0]
        return next(
            (other, name)
            for other, part in self._parts.items()
            if other.startswith(section) and isinstance(part, Pattern) and part.as_ == alias
        )

    def _holds(self, key: str, clause: Clause) -> bool:
        """Whether the fact of a pattern certainly satisfies the comparison of an absence."""
        if clause.operator == "ref":
            return self._target(key, clause) == (key, clause.property)
        if clause.operator == "not_ref":
            return False
        return self.of(key, clause.property).lies_in(self._of_clause(key, clause))

    def _natural(self, kind: str, name: str) -> Possible:
        """Return what a property can be at all."""
        known = self._words.values_of(kind, name)
        if known is not None:
            return Possible(allowed=frozenset(known[0]))
        wanted = type_of(kind, name)
        if wanted is bool:
            return Possible(allowed=frozenset({True, False}))
        return Possible(low=(0.0, 0)) if wanted is float and (kind, name) not in MAY_BE_NEGATIVE else Possible()


def _check_having(having: Having, rule: Rule, file: str, reading: _Reading) -> Iterator[Fault]:
    """Find a count that cannot be reached: of facts that there is one of, or of values that are fixed."""
    limits = having.model_dump(exclude_none=True, exclude={"count", "count_distinct"})
    alias, _, name = (having.count or having.count_distinct or "").partition(".")
    key = next(key for key, part in parts_of(rule) if isinstance(part, Pattern) and part.as_ == alias)
    most = _most(key, aliases_of(rule)[alias], name, reading)
    ((operator, limit),) = limits.items()
    left = compared(operator, limit).meet(Possible(low=(1.0, 0), high=(most, 0)))
    if left.is_empty:
        counted = "at least 1" if most == float("inf") else f"never more than {most:.0f}"
        remedy = "A rule that matched has counted at least 1; mend the number, or count something else."
        yield Fault(file, f"having.{operator}", f"{limit} cannot be: there is {counted} of `{alias}`.", remedy)


def _most(key: str, kind: str, name: str, reading: _Reading) -> float:
    """Return how many different facts, or values of a property, there can be."""
    if kind in ONE_OF_A_PATIENT:
        return 1.0
    values = reading.of(key, name).values if name else None
    return float(len(values)) if values is not None else float("inf")
