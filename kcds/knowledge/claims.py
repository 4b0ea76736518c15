"""The claims of the knowledge base, and where those live that no rule carries.

`rules/knowledge/claims.csv` is the catalogue, made from KNOWLEDGE.md by `scripts/make_claims.py`;
`rules/claims.yaml` says for each claim without a rule where it lives, or why not.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from kcds.errors import Fault
from kcds.knowledge.rule import CLAIM_ID, SENTENCE, Rule, Strict
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
    reason: Annotated[str, Field(pattern=SENTENCE)] | None = None

    @model_validator(mode="after")
    def _says_enough(self) -> "ClaimState":
        if self.state in ("fact", "text") and not self.where:
            raise ValueError("`where` must name the file for state fact or text")
        if self.state == "declined" and not self.reason:
            raise ValueError("`reason` must say why for state declined")
        if self.state == "declined" and self.where:
            raise ValueError("`where` does not go with state declined: what is declined lives nowhere")
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


def warn_of_drafts(claims: Claims, rules: Iterable[Rule]) -> list[Fault]:
    """Find claims that only drafts carry: for patients they are nowhere yet."""
    carried = {status: set[str]() for status in ("active", "draft", "retired")}
    for rule in rules:
        carried[rule.status] |= set(rule.claims)
    left = carried["draft"] - carried["active"] - claims.states.keys()
    remedy = "Set a rule that carries it to `status: active` when a clinician has read it."
    return [Fault(FILE, claim, "is carried by drafts only.", remedy) for claim in sorted(left)]


def check_places(claims: Claims, directory: Path) -> Iterator[Fault]:
    """Find claims that are said to live in a file that is not there, or that does not name them."""
    for name, state in claims.states.items():
        if state.where is None:
            continue
        file = _place(state.where, directory)
        if not state.where.startswith(("kcds/", "rules/")) or ".." in state.where or not file.is_file():
            problem = f"`{state.where}` is not there."
            yield Fault(FILE, f"{name}.where", problem, "Name the file in which the claim lives, from kcds/ or rules/.")
        elif name not in file.read_text(encoding="utf-8", errors="replace"):
            problem = f"`{state.where}` does not name {name}."
            yield Fault(FILE, f"{name}.where", problem, f"Write ({name}) where it does what the claim says.")


def _place(where: str, directory: Path) -> Path:
    """Return a file of the program or of the knowledge, wherever both are installed."""
    top, _, rest = where.partition("/")
    return directory / rest if top == "rules" else _PACKAGE / rest


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
    entries: dict[str, ClaimEntry] = {}
    for line, row in enumerate(rows, 2):
        wrong = _unfit(row) or ("stands there twice." if row["id"] in entries else None)
        if wrong is None:
            entries[row["id"]] = _entry(row)
        else:
            faults.append(Fault(CATALOGUE, f"line {line}", f"{row['id']} {wrong}", "Run scripts/make_claims.py again."))
    return entries


def _unfit(row: Mapping[str, str]) -> str | None:
    """Say why a line cannot be used: a word that is neither yes nor no would make a soft claim a hard one."""
    if None in row or None in row.values():
        return f"does not have {len(COLUMNS)} columns."
    if not re.fullmatch(CLAIM_ID, row["id"]):
        return "is no id of a claim."
    wrong = [name for name in COLUMNS[-2:] if row[name] not in {"yes", "no"}]
    return f"says neither yes nor no under {', '.join(wrong)}." if wrong else None


def _entry(row: Mapping[str, str]) -> ClaimEntry:
    texts = {name: row[name] for name in COLUMNS[:-2]}
    return ClaimEntry(**texts, soft=row["soft"] == "yes", may_stop=row["may_stop"] == "yes")
