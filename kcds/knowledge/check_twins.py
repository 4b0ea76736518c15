"""Whether two rules ask the same: one of them then says nothing new.

Conditions are compared by what they mean: names of aliases, the order of the parts, and whether a number stands in a
parameter make no difference.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence

from kcds.errors import Fault
from kcds.knowledge.clauses import Clause, clauses_of, kind_of, parts_of, resolve
from kcds.knowledge.rule import Ago, Having, Pattern, Rule
from kcds.knowledge.rule_files import RuleFile
from kcds.model.findings import Effect


def check_twins(files: Sequence[RuleFile]) -> Iterator[Fault]:
    """Find rules of one category that ask the same and do the same.

    Rules that only inform may share their condition as long as they rest on different claims.
    """
    seen: dict[Hashable, list[Rule]] = {}
    for one in files:
        if one.rule.status == "retired":
            continue
        others = seen.setdefault(_meaning_of(one.rule), [])
        for other in others:
            if one.rule.effect is not Effect.INFORM or set(one.rule.claims) & set(other.claims):
                problem = f"has the same conditions as `{other.id}`."
                yield Fault(one.file, "when", problem, "Merge the two rules, or say what makes them differ.")
        others.append(one.rule)


def _meaning_of(rule: Rule) -> Hashable:
    """Return what a rule asks and does, the same for two rules that differ in nothing but the writing."""
    clauses = list(clauses_of(rule))
    parts: list[str] = []
    patterns: dict[str, str] = {}  # by section and alias
    for key, part in parts_of(rule):
        section = key.partition("[")[0]
        asked = sorted(_clause(clause, rule, section, patterns) for clause in clauses if clause.pattern is part)
        domain = "" if isinstance(part, Pattern) else f"none {part.domain}"
        parts.append(f"{section} {kind_of(part)} {domain} {asked}")
        if isinstance(part, Pattern):
            patterns[f"{section}.{part.as_}"] = parts[-1]
    return rule.category, rule.effect, rule.stage, rule.plan, tuple(sorted(parts)), _having(rule.having, patterns)


def _clause(clause: Clause, rule: Rule, section: str, patterns: Mapping[str, str]) -> str:
    """Say a comparison by the value of its operand, or by the pattern that it refers to."""
    operator, value = clause.operator, resolve(clause.operand, rule)
    if operator.endswith("ref"):
        alias, _, name = str(value).partition(".")
        value = f"{patterns.get(f'{section}.{alias}')}.{name}"
    if isinstance(value, tuple):
        operator, value = ("eq", value[0]) if len(value) == 1 else (operator, sorted(map(str, value)))
    if isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    ago = "ago " if isinstance(clause.operand, Ago) else ""
    return f"{clause.property} {operator} {ago}{value!r}{' or' if clause.optional else ''}"


def _having(having: Having | None, patterns: Mapping[str, str]) -> Hashable:
    if having is None:
        return None
    alias, _, name = (having.count or having.count_distinct or "").partition(".")
    counted = patterns.get(f"when.{alias}", patterns.get(f"scope.{alias}"))
    limits = having.model_dump(exclude_none=True, exclude={"count", "count_distinct"})
    return counted, name, tuple(sorted(limits.items()))
