"""The overlay: what one site adds to the knowledge or changes in it, without a copy of it (`KCDS_RULES_OVERLAY`).

A directory with `overlay.yaml` and `rules/` (rules of the site, `local-...`, with their cases). What it may not do is
held by `overlay_guard` and `overlay_numbers`; everything it does is shown as local policy.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from pydantic import Field

from kcds.errors import Fault, KnowledgeError
from kcds.knowledge.paths import files_below
from kcds.knowledge.rule import PLAIN, Parameter, Strict
from kcds.knowledge.rule_files import RuleFile, read_rules
from kcds.knowledge.schema import parse
from kcds.knowledge.yaml_files import read_yaml

FILE = "overlay.yaml"
RULES = "rules"
SWITCHED_OFF = "Switched off here by local policy: "
"""Before the summary of a contraindication that a site has switched off."""
PREFIX = "local-"
"""How the id of a rule of a site begins: it can never be mistaken for one of ours, nor take its place."""

MOST = 500
MOST_CODES = 5_000
"""More rules, numbers and sets than there are, and more codes in one set than any site has a use for."""

Reason = Annotated[str, Field(min_length=3, max_length=200, pattern=PLAIN)]
"""Why, in words that a card can show."""


class Change(Strict):
    """Another value of a parameter."""

    value: bool | int | float | str
    reason: Reason


class AddedCode(Strict):
    """A code that a site adds to a value set."""

    system: str
    code: str
    display: Annotated[str, Field(max_length=200, pattern=PLAIN)]
    reason: Reason


class OverlayFile(Strict):
    """What `overlay.yaml` may say."""

    disable: dict[str, Reason] = Field(default_factory=dict, max_length=MOST)  # rule id: why
    parameters: dict[str, Change] = Field(default_factory=dict, max_length=MOST)
    """By "rule-id.parameter", or an entry of parameters.yaml."""
    value_sets: dict[str, Annotated[tuple[AddedCode, ...], Field(min_length=1, max_length=MOST_CODES)]] = Field(
        default_factory=dict, max_length=MOST
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """One overlay as it was read."""

    directory: Path
    changes: OverlayFile
    rules: tuple[RuleFile, ...]
    ids: frozenset[str]  # of all rules, those that could not be read too
    digest: str

    @property
    def file(self) -> str:
        """How faults call `overlay.yaml`."""
        return str(self.directory / FILE)


@dataclass(frozen=True, slots=True)
class Moved:
    """What a number of a rule was before a site changed it, and why it did."""

    released: bool | int | float | str
    reason: str


@dataclass(frozen=True, slots=True)
class LocalPolicy:
    """What a site changed, in the words in which cards and lists show it. Empty without an overlay."""

    digest: str = ""
    disabled: Mapping[str, str] = field(default_factory=dict)  # rule id: why
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # rule id: what is local about it
    general: tuple[str, ...] = ()  # what is local and belongs to no single rule
    changed: frozenset[str] = frozenset()  # rules of ours that answer differently now
    lowered: frozenset[str] = frozenset()  # contraindications that were switched off: cautions now
    moved: Mapping[tuple[str, str], Moved] = field(default_factory=dict)  # rule id and its parameter

    @property
    def muted(self) -> frozenset[str]:
        """Return the other rules that were switched off: what they find is not shown, but not denied either."""
        return frozenset(self.disabled) - self.lowered

    def opening(self, rule_id: str) -> str:
        """Return what comes before the summary of a finding: whose caution it is, where ours would be a stop."""
        return SWITCHED_OFF if rule_id in self.lowered else ""

    def of(self, rule_id: str) -> str:
        """Return what a finding's line says: "Local policy: ...", or nothing."""
        if rule_id not in self.notes and rule_id not in self.lowered:
            return ""
        notes = list(self.notes.get(rule_id, ()))
        if rule_id in self.lowered:
            notes.append(f"a contraindication that this site has switched off ({self.disabled[rule_id]}).")
        return " ".join(f"Local policy: {note}" for note in notes)

    @property
    def footer(self) -> str:
        """Return what every card says at its end, or nothing."""
        names = ", ".join(name.replace("-", " ") for name in sorted(self.disabled))
        said = [f"This site has switched off: {names}."] if names else []
        return " ".join([*said, *(f"Local policy: {note}" for note in self.general)])

    def version(self, released: str) -> str:
        """Return the version of the knowledge, with a suffix where it is not ours alone."""
        return f"{released}+local.{self.digest}" if self.digest else released


NOTHING_LOCAL = LocalPolicy()
"""Of knowledge without an overlay."""


def read_overlay(directory: Path, shared: Mapping[str, Parameter], faults: list[Fault]) -> Overlay | None:
    """Read an overlay; what is wrong with its files goes into `faults`."""
    there = os.path.lexists(directory / FILE)
    if not there and not (directory / RULES).is_dir():
        problem = "holds neither overlay.yaml nor rules/." if directory.is_dir() else "is no directory."
        remedy = "KCDS_RULES_OVERLAY names a directory with overlay.yaml, rules/, or both."
        faults.append(Fault(str(directory), "file", problem, remedy))
        return None
    file = str(directory / FILE)
    changes: OverlayFile | None = OverlayFile()
    if there:
        try:
            said = read_yaml(directory / FILE, file)
            if said is None:  # a file that was cut off would take all of a site's policy away without a word
                faults.append(Fault(file, "file", "holds nothing.", "Write {} where that is meant, or take it away."))
            else:
                changes = parse(OverlayFile, said, file, faults)
        except KnowledgeError as error:
            faults += error.faults
    found: list[Fault] = []
    rules = read_rules(directory, found, shared, folders=frozenset(), files=frozenset({FILE}))
    faults += [Fault(str(directory / fault.file), fault.key, fault.problem, fault.remedy) for fault in found]
    return Overlay(
        directory=directory,
        changes=changes or OverlayFile(),
        rules=tuple(RuleFile(str(directory / one.file), one.rule) for one in rules.read),
        ids=rules.ids,
        digest=_digest(directory),
    )


def _digest(directory: Path) -> str:
    """Return a short name for exactly this content, so that a card can be traced to it."""
    content = sha256()
    files = (path for path in files_below(directory) if path.suffix == ".yaml" and path.is_file())
    for path in files:
        content.update(path.relative_to(directory).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return content.hexdigest()[:8]
