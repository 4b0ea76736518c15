"""The claims of the knowledge base, and where those live that no rule carries.

`rules/knowledge/claims.csv` is the catalogue, made from KNOWLEDGE.md by `scripts/make_claims.py`;
`rules/claims.yaml` says for each claim without a rule where it lives, or why not.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import model_validator

from kcds.errors import Fault
from kcds.knowledge.rule import Rule, Strict
from kcds.knowledge.schema import nearest, parse_mapping

CATALOGUE = "knowledge/claims.csv"
FILE = "claims.yaml"
COLUMNS = ("id", "category", "statement", "threshold", "source", "grade", "verification", "soft", "may_stop")

_PACKAGE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class ClaimEntry:
    """One claim as the knowledge base has it.

    `soft` claims never carry a hard stop (CONVENTIONS 7); without one that `may_stop` there is no hard stop either.
    """

    id: str
    category: str
    statement: str
    threshold: str
    source: str
    grade: str
    verification: str
    soft: bool
    may_stop: bool


class ClaimState(Strict):
    """Where a claim lives that no rule carries: in a fact, in the text of cards, or nowhere on purpose."""

    state: Literal["fact", "text", "declined"]
    where: str | None = None  # a file of the repository
    reason: str | None = None

    @model_validator(mode="after")
    def _says_enough(self) -> "ClaimState":
        if self.state in ("fact", "text") and not self.where:
            raise ValueError("`where` must name the file for state fact or text")
        if self.state == "declined" and not self.reason:
            raise ValueError("`reason` must say why for state declined")
        return self


@dataclass(frozen=True, slots=True)
class Claims:
    """The catalogue, and the states of the claims that no rule carries."""

    catalogue: Mapping[str, ClaimEntry]
    states: Mapping[str, ClaimState]


def load_claims(directory: Path, faults: list[Fault]) -> Claims:
    """Read both files; what is wrong with them goes into `faults`."""
    catalogue = _read_catalogue(directory / CATALOGUE, faults)
    states = parse_mapping(ClaimState, directory / FILE, FILE, faults)
    if catalogue:
        unknown = [name for name in states if name not in catalogue]
        faults += [Fault(FILE, n, "is not a claim.", nearest(n, catalogue, "claims")) for n in unknown]
    return Claims(catalogue, states)


def check_owners(claims: Claims, rules: Iterable[Rule]) -> list[Fault]:
    """Find claims that nothing owns, and claims that are said to be declined although a rule carries them."""
    carried = {claim for rule in rules if rule.status != "retired" for claim in rule.claims}
    faults = [
        Fault(FILE, claim, "is owned by no rule.", "Write a rule for it, or say here where it lives or why not.")
        for claim in claims.catalogue
        if claim not in carried and claim not in claims.states
    ]
    faults += [
        Fault(FILE, claim, f"is `{state.state}`, but a rule carries it.", "Take the entry out.")
        for claim, state in claims.states.items()
        if claim in carried and state.state == "declined"
    ]
    return faults


def check_places(claims: Claims, directory: Path) -> Iterator[Fault]:
    """Find claims that are said to live in a file that is not there."""
    for name, state in claims.states.items():
        if state.where is not None and not _place(state.where, directory).exists():
            problem = f"`{state.where}` is not there."
            yield Fault(FILE, f"{name}.where", problem, "Name the file in which the claim lives, from kcds/ or rules/.")


def _place(where: str, directory: Path) -> Path:
    """Return a file of the program or of the knowledge, wherever both are installed."""
    top, _, rest = where.partition("/")
    return directory / rest if top == "rules" else _PACKAGE / rest if top == "kcds" else _PACKAGE.parent / where


def _read_catalogue(path: Path, faults: list[Fault]) -> dict[str, ClaimEntry]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        faults.append(Fault(CATALOGUE, "file", f"cannot be read: {error}.", "Run scripts/make_claims.py again."))
        return {}
    if not rows or tuple(rows[0]) != COLUMNS:
        problem = f"must be {', '.join(COLUMNS)}."
        faults.append(Fault(CATALOGUE, "columns", problem, "Run scripts/make_claims.py again."))
        return {}
    return {row["id"]: _entry(row) for row in rows}


def _entry(row: Mapping[str, str]) -> ClaimEntry:
    texts = {name: row[name] for name in COLUMNS[:-2]}
    return ClaimEntry(**texts, soft=row["soft"] == "yes", may_stop=row["may_stop"] == "yes")
