"""The monitoring plan: the tests and checks whose date and result its card shows (`rules/plan.yaml`).

The file says what each item is called, which facts prove that it was done, and how long that holds. Which items a
patient needs, when and why, is the business of the rules.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from kcds.errors import Fault
from kcds.knowledge import parameters as parameters_file
from kcds.knowledge.durations import is_duration
from kcds.knowledge.parameters import Parameters
from kcds.knowledge.rule import Phase, Rule, Strict, Text
from kcds.knowledge.schema import nearest, parse_mapping
from kcds.knowledge.vocabulary import Vocabulary, type_of
from kcds.model.facts import schema_of

FILE = "plan.yaml"
_ONE_OF_ITS_KIND = frozenset({"blood-pressure"})
"""Facts that need no property to say what was measured."""


class Proof(Strict):
    """The facts that show that an item was done: of this kind, each of the properties with one of these values."""

    fact: Literal["measurement", "blood-pressure", "score", "test-done"]
    where: dict[str, Annotated[tuple[str, ...], Field(min_length=1)]] = Field(default_factory=dict)


class _Entry(Strict):
    """One entry of the file."""

    title: Text
    phase: Phase
    proof: Proof
    window: str
    domain: str
    not_needed: Text


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One test or check of the plan."""

    id: str
    title: str
    phase: Phase  # where it stands unless the rule that calls for it says otherwise
    proof: Proof
    window: str  # the parameter that says how long it holds
    domain: str  # while this is not known, whether it was done cannot be told
    not_needed: str  # why nobody called for it, in a few words


def load_plan(directory: Path, faults: list[Fault]) -> Mapping[str, PlanItem]:
    """Read `plan.yaml`; what is wrong with it goes into `faults`."""
    entries = parse_mapping(_Entry, directory / FILE, FILE, faults)
    return {
        name: PlanItem(
            id=name,
            title=entry.title,
            phase=entry.phase,
            proof=entry.proof,
            window=entry.window,
            domain=entry.domain,
            not_needed=entry.not_needed,
        )
        for name, entry in entries.items()
    }


def check_plan(plan: Mapping[str, PlanItem], parameters: Parameters, words: Vocabulary) -> Iterator[Fault]:
    """Find names that do not exist: properties and values of facts, windows, data domains."""
    for item in plan.values():
        yield from _check_proof(item, words)
        yield from _check_window(item, parameters)
        if words.domains and item.domain not in words.domains:
            remedy = nearest(item.domain, words.domains, "data domains")
            yield Fault(FILE, f"{item.id}.domain", f"`{item.domain}` is no data domain.", remedy)


def check_calls(plan: Mapping[str, PlanItem], rules: Iterable[Rule]) -> Iterator[Fault]:
    """Find items that no rule calls for: they would be "not needed" for everybody."""
    called = {rule.plan.item for rule in rules if rule.plan is not None and rule.status != "retired"}
    for name in plan:
        if name not in called:
            remedy = f"Write a rule with `plan: {{phase: ..., item: {name}}}`, or take the item out."
            yield Fault(FILE, name, "is called for by no rule.", remedy)


def check_proofs(plan: Mapping[str, PlanItem]) -> Iterator[Fault]:
    """Find items that one and the same fact would prove."""
    for one, other in combinations(plan.values(), 2):
        ours, theirs = one.proof, other.proof
        shared = ours.fact == theirs.fact and ours.where.keys() == theirs.where.keys()
        if shared and all(set(values) & set(theirs.where[name]) for name, values in ours.where.items()):
            remedy = "Make one item of the two, or say what proves each."
            yield Fault(FILE, f"{other.id}.proof", f"also proves `{one.id}`.", remedy)


def _check_proof(item: PlanItem, words: Vocabulary) -> Iterator[Fault]:
    kind = item.proof.fact
    if not item.proof.where and kind not in _ONE_OF_ITS_KIND:
        problem = f"any `{kind}` would prove it."
        yield Fault(FILE, f"{item.id}.proof.where", problem, "Say which: a property and the values that it may have.")
    for name, wanted in item.proof.where.items():
        key = f"{item.id}.proof.where.{name}"
        if type_of(kind, name) is not str:
            texts = [one for one, of_type in schema_of(kind).items() if of_type is str]
            remedy = nearest(name, texts, f"text properties of `{kind}`")
            yield Fault(FILE, key, f"`{kind}` has no text property `{name}`.", remedy)
        elif (known := words.values_of(kind, name)) is not None:
            for value in wanted:
                if value not in known[0]:
                    problem = f"`{value}` is none of the {known[1]} of `{kind}.{name}`."
                    yield Fault(FILE, key, problem, nearest(value, known[0], known[1]))


def _check_window(item: PlanItem, parameters: Parameters) -> Iterator[Fault]:
    key = f"{item.id}.window"
    if item.window not in parameters.values:
        windows = [name for name in parameters.values if name.endswith(parameters_file.WINDOW)]
        problem = f"`{item.window}` is no parameter of {parameters_file.FILE}."
        yield Fault(FILE, key, problem, nearest(item.window, windows, "windows"))
    elif not is_duration(parameters.values[item.window].value):
        yield Fault(FILE, key, f"`{item.window}` is no duration.", "Name a parameter whose value is one, such as P3M.")
