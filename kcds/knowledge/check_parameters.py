"""Whether every entry of parameters.yaml can be used as it is meant: its kind, sign and bounds, and who reads it.

The program asks for parameters by name and kind. Both are looked up in its source, so that a service that has started
does not fail on its first patient.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from kcds.errors import Fault
from kcds.knowledge.domains import Domain
from kcds.knowledge.durations import is_duration, length_of
from kcds.knowledge.parameters import FILE, SWITCHES, WINDOW, Parameters
from kcds.knowledge.plan import PlanItem
from kcds.knowledge.rule import Bounds, Rule, SharedParameter
from kcds.knowledge.templates import placeholders

_PACKAGE = Path(__file__).resolve().parent.parent
_READERS = ("facts", "advice", "cards", "knowledge/look_back.py")
"""Where Python asks for parameters."""
_ASKS = {"number": "a number", "duration": "a duration"}
"""How it asks, and for what."""


def check_parameters(
    parameters: Parameters, rules: Iterable[Rule], domains: Mapping[str, Domain], plan: Mapping[str, PlanItem]
) -> Iterator[Fault]:
    """Find entries of a wrong kind, without a unit, below nought, with senseless bounds, or read by nobody."""
    read = {parameter.same_as for rule in rules for parameter in rule.parameters.values()}
    read |= {item.window for item in plan.values()}
    read |= {name for domain in domains.values() for name, _ in placeholders(domain.ask_as_written)}
    asked, named = _asked_by_the_program()
    families = tuple(word for word in named if word.endswith("_"))
    for name, entry in parameters.values.items():
        wanted = "a duration" if name.endswith(WINDOW) else asked.get(name)
        yield from _check_value(name, entry, wanted)
        if entry.local is not None and name not in SWITCHES:
            yield from _check_bounds(name, entry, entry.local)
        if name not in read | named and not name.startswith(families):
            remedy = "Use it (`same_as` in a rule, a window of the plan, a fact), or take it out."
            yield Fault(FILE, name, "is read by no rule, fact, data domain or item of the plan.", remedy)


def _check_value(name: str, entry: SharedParameter, wanted: str | None) -> Iterator[Fault]:
    if entry.same_as is not None:
        yield Fault(FILE, f"{name}.same_as", "stands in parameters.yaml itself.", "Write the value; rules borrow it.")
    kind = _kind(entry.value)
    if wanted is not None and kind != wanted:
        yield Fault(FILE, f"{name}.value", f"is {kind}, but is read as {wanted}.", f"Write {_EXAMPLES[wanted]}.")
    if isinstance(entry.value, int | float) and name not in SWITCHES:
        if entry.value < 0:
            yield Fault(FILE, f"{name}.value", "is below nought.", "Write the number without its sign.")
        if entry.unit is None:
            yield Fault(FILE, f"{name}.unit", "is missing.", 'Write it as UCUM does: d, "mm[Hg]", "{score}".')


_EXAMPLES = {"a number": "a number such as 30", "a duration": "a duration such as P30D"}


def _check_bounds(name: str, entry: SharedParameter, bounds: Bounds) -> Iterator[Fault]:
    """Find bounds that bind nothing: of another kind, crossed, or beside the value itself."""
    given = [bound for bound in (bounds.at_least, bounds.at_most) if bound is not None]
    if not given:
        remedy = "Write {at_least: ..., at_most: ...}, or leave `local` out: then no site can change it."
        yield Fault(FILE, f"{name}.local", "has no bounds.", remedy)
    elif any(_kind(bound) != _kind(entry.value) for bound in given):
        yield Fault(
            FILE, f"{name}.local", "is of another kind than the value.", f"Write {_EXAMPLES[_kind(entry.value)]}."
        )
    elif not (_least(bounds.at_least) <= _least(entry.value) <= _most(bounds.at_most)):
        yield Fault(
            FILE, f"{name}.local", f"does not hold {entry.value} itself.", "Widen the bounds, or mend the value."
        )


def _kind(value: object) -> str:
    return "a duration" if is_duration(value) else "a number"


def _least(value: object) -> float:
    return float("-inf") if value is None else length_of(value)


def _most(value: object) -> float:
    return float("inf") if value is None else length_of(value)


@cache
def _asked_by_the_program() -> tuple[Mapping[str, str], frozenset[str]]:
    """Return the kinds in which modules ask for parameters, by name, and every text constant of these modules."""
    asked: dict[str, str] = {}
    named: set[str] = set()
    files = [file for place in _READERS for file in sorted((_PACKAGE / place).rglob("*.py")) or [_PACKAGE / place]]
    for node in (node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            named.add(node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _ASKS:
            asked |= {
                one.value: _ASKS[node.func.attr]
                for one in node.args
                if isinstance(one, ast.Constant) and isinstance(one.value, str)
            }
    return asked, frozenset(named)
