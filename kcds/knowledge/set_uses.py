"""Which value sets anything reads: rules, data domains, the plan, queries, facts, or a larger set that is read.

Facts name sets in Python. Their names are looked up in the source of the program itself, so that no list beside it can
grow old.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from kcds.errors import Fault
from kcds.knowledge import set_policy
from kcds.knowledge.clauses import clauses_of, resolve
from kcds.knowledge.domains import Domain
from kcds.knowledge.plan import PlanItem
from kcds.knowledge.rule import Rule
from kcds.knowledge.set_policy import SetPolicy
from kcds.knowledge.value_sets import ValueSets

_PACKAGE = Path(__file__).resolve().parent.parent
_READERS = ("facts", "fhir", "model/queries.py")
"""Where Python reads sets by name."""


def check_uses(
    policy: SetPolicy,
    value_sets: ValueSets,
    rules: Iterable[Rule],
    domains: Mapping[str, Domain],
    plan: Mapping[str, PlanItem],
) -> Iterator[Fault]:
    """Find sets that nothing reads, and sets that are said to be unused although something reads them."""
    names = value_sets.names()
    used = (_in_rules(rules) | _in_domains(domains) | _in_plan(plan) | _in_python(names)) & names
    used |= set(_parts_of_used(value_sets, used))
    for name in sorted(names - used - policy.unused.keys()):
        remedy = f"Use it, take it out, or say under `unused` in {set_policy.FILE} why it is kept."
        yield Fault(f"value_sets/{name}.json", "file", "is read by no rule, fact, data domain or query.", remedy)
    for name in sorted(used & policy.unused.keys()):
        yield Fault(set_policy.FILE, f"unused.{name}", "is read after all.", "Take the entry out.")


def _in_rules(rules: Iterable[Rule]) -> set[str]:
    operands = (
        resolve(clause.operand, rule) for rule in rules if rule.status != "retired" for clause in clauses_of(rule)
    )
    return {str(one) for operand in operands for one in (operand if isinstance(operand, tuple) else (operand,))}


def _in_domains(domains: Mapping[str, Domain]) -> set[str]:
    return {name for d in domains.values() for name in (*d.concepts, *d.doubtful, d.screen or "")}


def _in_plan(plan: Mapping[str, PlanItem]) -> set[str]:
    return {name for item in plan.values() for values in item.proof.where.values() for name in values}


def _in_python(names: frozenset[str]) -> set[str]:
    """Return the sets that the program names, and those of a family that it names by how they begin."""
    said = _words_of_the_program()
    families = tuple(word for word in said if word.endswith("-"))
    return {name for name in names if name in said or name.startswith(families)}


@cache
def _words_of_the_program() -> frozenset[str]:
    """Return every text constant of the modules that read value sets."""
    files = [file for place in _READERS for file in sorted((_PACKAGE / place).rglob("*.py")) or [_PACKAGE / place]]
    trees = (ast.walk(ast.parse(file.read_text(encoding="utf-8"))) for file in files)
    return frozenset(
        node.value for tree in trees for node in tree if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _parts_of_used(value_sets: ValueSets, used: set[str]) -> Iterator[str]:
    """Return the sets all of whose codes stand in one set that is read: a union of them."""
    wholes = [frozenset(value_sets.pairs_of(name)) for name in used]
    for name in value_sets.names() - used:
        codes = frozenset(value_sets.pairs_of(name))
        if any(codes <= whole for whole in wholes):
            yield name
