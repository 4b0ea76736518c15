"""Every comparison of a rule as one flat list: what the checks look at."""

from collections.abc import Iterator
from dataclasses import dataclass

from kcds.knowledge.rule import Absence, Ago, Comparison, Condition, ParameterRef, Pattern, Rule

_COMPARISONS = tuple(Comparison.model_fields)


@dataclass(frozen=True, slots=True)
class Clause:
    """One comparison of one property, and where it stands."""

    key: str  # when[0].where.systolic
    pattern: Pattern | Absence
    kind: str
    property: str
    operator: str  # as in the rule language: eq, gt, in, on_or_after, ref, known, ...
    operand: object  # constant, ParameterRef, Ago, tuple of `in`, "alias.property" of ref, bool of known
    optional: bool  # stands in `any`


def parts_of(rule: Rule) -> Iterator[tuple[str, Pattern | Absence]]:
    """List the patterns and absences of a rule with their keys, scope first."""
    for section, parts in (("scope", rule.scope), ("when", rule.when)):
        for number, part in enumerate(parts):
            yield f"{section}[{number}]", part


def aliases_of(rule: Rule) -> dict[str, str]:
    """Return the kind of fact behind each alias."""
    return {part.as_: part.fact for _, part in parts_of(rule) if isinstance(part, Pattern)}


def kind_of(part: Pattern | Absence) -> str:
    """Return the kind of fact that a pattern or absence is about."""
    return part.fact if isinstance(part, Pattern) else part.none


def clauses_of(rule: Rule) -> Iterator[Clause]:
    """List every comparison of a rule; a bare value is `eq`."""
    for key, part in parts_of(rule):
        blocks = [("where", part.where)] + ([("any", part.any)] if isinstance(part, Pattern) else [])
        for block, conditions in blocks:
            for name, condition in conditions.items():
                for operator, operand in _operations(condition):
                    place = f"{key}.{block}.{name}"
                    yield Clause(place, part, kind_of(part), name, operator, operand, block == "any")


def domains_of(rule: Rule) -> frozenset[str]:
    """Return the data domains that this rule may find unknown: then it answers "cannot tell"."""
    absences = (part.domain for _, part in parts_of(rule) if isinstance(part, Absence))
    return frozenset(rule.requires) | {domain for domain in absences if domain is not None}


def resolve(operand: object, rule: Rule) -> object:
    """Return the value behind a parameter (also of an `ago`), and everything else as it is."""
    if isinstance(operand, Ago):
        operand = operand.ago
    if isinstance(operand, ParameterRef):
        parameter = rule.parameters.get(operand.param)
        return None if parameter is None else parameter.value
    return operand


def _operations(condition: Condition) -> Iterator[tuple[str, object]]:
    if not isinstance(condition, Comparison):
        yield "eq", condition
        return
    given = condition.model_fields_set
    for name in given if len(given) == 1 else [name for name in _COMPARISONS if name in given]:
        yield name.rstrip("_"), getattr(condition, name)
