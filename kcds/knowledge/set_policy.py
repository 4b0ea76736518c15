"""What must hold between value sets, which are not read, which a site may add codes to: `rules/value_sets.yaml`."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field

from kcds.errors import Fault, KnowledgeError
from kcds.knowledge.rule import SENTENCE, Strict
from kcds.knowledge.schema import nearest, parse
from kcds.knowledge.value_sets import ValueSets
from kcds.knowledge.vocabulary import MEDICINES
from kcds.knowledge.yaml_files import read_yaml
from kcds.model.code_systems import RXNORM

FILE = "value_sets.yaml"

_CLOSED = (
    *("answer-", "bp-", "measure-", "no-known-", "not-pregnant", "obs-", "pain-intensity", "pregnancy-not-", "score-"),
    *("rx-ketamine", "rx-esketamine", "screen-", "stop-"),
)
"""How the names of sets begin that are never open to sites, whatever `local` says."""
_OVER = "remission"
"""In the names of sets of problems that are over: none of them is open either."""
_Pair = Annotated[tuple[str, ...], Field(min_length=2, max_length=2)]


class SetPolicy(Strict):
    """The file as it stands."""

    disjoint: tuple[_Pair, ...]
    within: tuple[_Pair, ...]
    unused: dict[str, Annotated[str, Field(pattern=SENTENCE)]]
    local: tuple[str, ...]


NO_POLICY = SetPolicy(disjoint=(), within=(), unused={}, local=())


def load_set_policy(directory: Path, faults: list[Fault]) -> SetPolicy:
    """Read the file; what is wrong with it goes into `faults`."""
    try:
        return parse(SetPolicy, read_yaml(directory / FILE, FILE), FILE, faults) or NO_POLICY
    except KnowledgeError as error:
        faults.extend(error.faults)
        return NO_POLICY


def check_sets(policy: SetPolicy, value_sets: ValueSets) -> Iterator[Fault]:
    """Find sets that share a code and must not, that are not part of another one, and names that are no set."""
    unknown = list(_unknown(policy, value_sets))
    yield from unknown
    yield from _repeated(policy)
    yield from _wrong_systems(value_sets)
    known = value_sets.names()
    for one, other in policy.disjoint:
        if {one, other} <= known:
            shared = {(c.system, c.code): c for c in value_sets.codes_of(one)}
            for pair in value_sets.pairs_of(other):
                if pair in shared:
                    code = shared[pair]
                    problem = f"shares {code.code} ({code.display}) with `{other}`."
                    yield Fault(f"value_sets/{one}.json", "compose.include", problem, "Decide for one of the two.")
    for part, whole in policy.within:
        if {part, whole} <= known:
            held = frozenset(value_sets.pairs_of(whole))
            for code in value_sets.codes_of(part):
                if (code.system, code.code) not in held:
                    problem = f"holds {code.code} ({code.display}), which `{whole}` lacks."
                    yield Fault(f"value_sets/{part}.json", "compose.include", problem, f"Add it to `{whole}` as well.")


def _repeated(policy: SetPolicy) -> Iterator[Fault]:
    """Find sets and pairs that stand in a list twice: who takes one out believes that it is gone."""
    pairs = [tuple(sorted(pair)) for pair in policy.disjoint]
    for key, entries in (("local", policy.local), ("disjoint", pairs), ("within", policy.within)):
        for entry, times in Counter(entries).items():
            if times > 1:
                named = f"`{entry}`" if isinstance(entry, str) else " and ".join(f"`{name}`" for name in entry)
                yield Fault(FILE, key, f"{named} stands here twice.", "Keep one of the two.")


def _wrong_systems(value_sets: ValueSets) -> Iterator[Fault]:
    """Find sets of medicines with anything but RxNorm codes: no order would be recognised by them."""
    for name in sorted(value_sets.names()):
        for code in value_sets.codes_of(name) if name.startswith(MEDICINES) else ():
            if code.system != RXNORM:
                problem = f"holds {code.code} ({code.display}) of {code.system}."
                yield Fault(
                    f"value_sets/{name}.json", "compose.include", problem, "Medicines are RxNorm codes: mend it."
                )


def _unknown(policy: SetPolicy, value_sets: ValueSets) -> Iterator[Fault]:
    named = [(f"disjoint[{n}]", name) for n, pair in enumerate(policy.disjoint) for name in pair]
    named += [(f"within[{n}]", name) for n, pair in enumerate(policy.within) for name in pair]
    named += [("unused", name) for name in policy.unused] + [("local", name) for name in policy.local]
    for key, name in named:
        if key == "local" and (name.startswith(_CLOSED) or _OVER in name):
            problem = f"`{name}` clears something, is read as a value, or tells ketamine from esketamine."
            yield Fault(FILE, key, problem, "Take it out: a site could make a contraindication vanish.")
        if name not in value_sets:
            yield Fault(FILE, key, f"`{name}` is no value set.", nearest(name, value_sets.names(), "value sets"))
