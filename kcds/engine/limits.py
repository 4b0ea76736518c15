"""Limits of the durable-rules C extension, checked at start, because it checks some of them late or not at all.

Names are compared as 32-bit hashes only; a fact that passes through more than 64 conditions at once is refused
(error 303); a pattern holds at most 31 expressions, a rule 16 patterns, a condition fewer than 256 patterns and 512
conditions under it. The walk below builds the same tree of conditions as the C code (`rete.c`, `createAlpha`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from kcds.errors import Fault, KnowledgeError

Term: TypeAlias = Mapping[str, Any]

MOST_PATTERNS = 15  # besides the trigger
MOST_EXPRESSIONS = 31
MOST_AT_ONCE = 64
MOST_ENDS = 255
MOST_BRANCHES = 500
MARK = "="
"""Stands between property and value in the names that encode.py makes of strings."""

_RESERVED = (
    *("z", "id", "sid", "$s", "$i", "$m", "$l", "$r", "$forward", "$and", "$or", "$add", "$sub", "$mul", "$div"),
    *("$eq", "$neq", "$gt", "$gte", "$lt", "$lte", "$ex", "$nex", "$mt", "$imt", "$iall", "$iany"),
)


@dataclass(slots=True, eq=False)
class Node:
    """One condition: what comes after it, by property and constant, and how many patterns end here."""

    after: dict[tuple[str, object], "Node"] = field(default_factory=dict)
    ends: int = 0

    def most_at_once(self) -> int:
        """Return an upper bound for the conditions waiting at once below this one (the stack of `handleAlpha`)."""
        names = [name for name, _ in self.after]
        equal = {name for name in names if name.startswith("=")}  # of several equalities on one property, one can hold
        waiting = len(equal) + sum(1 for name in names if name not in equal)
        below = max((node.most_at_once() for node in self.after.values()), default=1)
        return waiting + below - 1 if waiting else 1


def hash_of(name: str) -> int:
    """Hash a name as the C extension does (FNV-1a over signed chars)."""
    value = 0x811C9DC5
    for byte in name.encode():
        signed = byte if byte < 128 else byte | 0xFFFFFF00  # noqa: PLR2004 - sign extension of a char
        value = ((value ^ signed) * 16777619) & 0xFFFFFFFF
    return value


def check_limits(definition: Mapping[str, Term], properties: Iterable[str]) -> None:
    """Refuse a definition that the C extension could not evaluate rightly; raises KnowledgeError with every fault."""
    faults = [*_collisions({*_RESERVED, *properties})]
    root = Node()
    for name, rule in definition.items():
        patterns = [next(iter(pattern.items())) for pattern in rule["all"]]
        faults += _collisions({alias.removesuffix("$not") for alias, _ in patterns})
        if len(patterns) > MOST_PATTERNS + 1:
            faults.append(_fault(name, f"{len(patterns) - 1} patterns refer to one another; {MOST_PATTERNS} can."))
        for _, expression in patterns:
            length = _expressions(expression)
            if length > MOST_EXPRESSIONS:
                faults.append(_fault(name, f"a pattern has {length} refs and alternatives; {MOST_EXPRESSIONS} can be."))
            for end in _grow(root, expression):
                end.ends += 1
    for node in _all(root):
        if node.ends > MOST_ENDS or len(node.after) > MOST_BRANCHES:
            faults.append(_fault("all rules", "too many patterns share one condition."))
    if root.most_at_once() > MOST_AT_ONCE:
        faults.append(_fault("all rules", f"one fact could meet more than {MOST_AT_ONCE} conditions at once."))
    if faults:
        raise KnowledgeError(faults)


def _fault(place: str, problem: str) -> Fault:
    """Say what the C extension could not bear."""
    return Fault("rules", place, problem, "Split the rule, or move part of it into a fact.")


def _collisions(names: Iterable[str]) -> Iterator[Fault]:
    """Find names that the C extension could not tell apart."""
    seen: dict[int, str] = {}
    for name in sorted(names):
        other = seen.setdefault(hash_of(name), name)
        if other != name:
            yield _fault(name, f"has the same 32-bit hash as {other}.")


def _expressions(expression: Term) -> int:
    """Count what one pattern stores for its join: refs, and the marks of `$and` and `$or`."""
    (operator, content), *_ = expression.items()
    if operator in {"$and", "$or"}:
        return 2 + sum(_expressions(term) for term in content)
    return 1 if _is_join(content if not operator.startswith("$") else next(iter(content.values()))) else 0


def _is_join(operand: object) -> bool:
    """Say whether a comparison is with another fact."""
    return isinstance(operand, dict)


def _grow(parent: Node, expression: Term) -> list[Node]:
    """Add the conditions of an expression below a node, shared where the C code shares them; return where it ends."""
    (operator, content), *_ = expression.items()
    if operator == "$and":
        for term in content:
            (parent,) = _grow(parent, term)
        return [parent]
    if operator == "$or":
        joint = Node()
        for term in content:
            for end in _grow(parent, term):
                end.after["forward", id(joint)] = joint
        return [joint]
    compared = content if operator.startswith("$") else {operator: content}
    ((name, operand),) = compared.items()
    if MARK in name:  # a value of a string, written as a name: a fact has one mark of each property
        name, _, operand = name.partition(MARK)
        operator = name
    never_shared = operand is None or _is_join(operand)
    label = operator if operator.startswith("$") or never_shared else "="
    key: tuple[str, object] = (f"{label} {name}", object() if never_shared else (type(operand), operand))
    return [parent.after.setdefault(key, Node())]


def _all(node: Node) -> Iterator[Node]:
    """Go through a node and everything below it."""
    yield node
    for following in node.after.values():
        yield from _all(following)
