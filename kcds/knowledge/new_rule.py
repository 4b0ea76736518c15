"""A draft of a rule and its cases: everything that can be known beforehand, and marks where a person must write."""

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dateutil.relativedelta import relativedelta

from kcds.knowledge.cases import SUFFIX
from kcds.knowledge.claims import ClaimEntry
from kcds.knowledge.headers import header_of
from kcds.knowledge.overlay import PREFIX
from kcds.knowledge.rule import RULE_ID
from kcds.knowledge.unwritten import MARK
from kcds.model.findings import Category, Effect

FOLDERS = {
    Category.ELIGIBILITY: "eligibility",
    Category.CONTRAINDICATION: "contraindications",
    Category.CAUTION: "cautions",
    Category.INTERACTION: "interactions",
    Category.MONITORING: "monitoring",
    Category.DOSING: "dosing",
    Category.DURATION_OF_RELIEF: "relief",
    Category.FOLLOW_UP: "follow_up",
    Category.INFORMATIONAL: "information",
    Category.DATA_QUALITY: "data_quality",
}
EFFECTS = {
    Category.CONTRAINDICATION: Effect.STOP,
    Category.CAUTION: Effect.CAUTION,
    Category.INTERACTION: Effect.CAUTION,
    Category.DATA_QUALITY: Effect.MET,
}
"""The usual effect of a category; the others inform."""

_PLANNED = frozenset({Category.MONITORING, Category.FOLLOW_UP})
_LINE = 118
_UNTIL_REVIEW = relativedelta(years=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is known of a new rule."""

    id: str
    category: Category
    effect: Effect
    claims: Sequence[ClaimEntry]
    today: date

    @property
    def stem(self) -> str:
        """The name of its files, without their endings."""
        return self.id.replace("-", "_")

    def files(self, folder: Path) -> tuple[Path, Path]:
        """Return where the rule and its cases stand."""
        return folder / f"{self.stem}.yaml", folder / f"{self.stem}{SUFFIX}"


def check_new(draft: Draft, folder: Path, *, of_site: bool) -> list[str]:
    """Return why this draft cannot be written, each with its remedy."""
    problems = []
    if not re.fullmatch(RULE_ID, draft.id):
        problems.append(f"ID: `{draft.id}` is no id. Use small letters, digits and single hyphens.")
    if of_site != draft.id.startswith(PREFIX):
        remedy = f"Begin the id with `{PREFIX}`." if of_site else "Give the directory of the site with --overlay."
        problems.append(
            f"ID: `{draft.id}` " + ("is not named as" if of_site else "is named as") + f" a rule of a site. {remedy}"
        )
    problems += [f"{path}: is there already. Nothing was written." for path in draft.files(folder) if path.exists()]
    return problems


def write_draft(draft: Draft, folder: Path) -> tuple[Path, Path]:
    """Write the rule and its cases, and return where; a file that is there is never overwritten (FileExistsError)."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in zip(draft.files(folder), (rule_text(draft), cases_text(draft)), strict=True):
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    return draft.files(folder)


def rule_text(draft: Draft) -> str:
    """Return the file of the rule."""
    return "\n".join(_rule_lines(draft)) + "\n"


def cases_text(draft: Draft) -> str:
    """Return the file of its cases: one for each answer."""
    lines = [header_of(f"{draft.stem}{SUFFIX}"), f"rule: {draft.id}", _FACTS, "cases:"]
    for answer, hint in (
        ("applies", "one sentence that a clinician can check: the rule applies"),
        ("does-not-apply", "one sentence: nothing speaks for it, and everything it requires is known"),
        (
            "data-required",
            "one sentence: what it requires is not known (take the case out of a rule without `requires`)",
        ),
    ):
        lines += [f"  - name: {_to_write(hint)}", "    facts: []"]
        lines += [f"    unknown: [{_to_write('a data domain of `requires`')}]"] if answer == "data-required" else []
        lines += [f"    expect: {answer}"]
    return "\n".join(lines) + "\n"


_FACTS = """\
# The facts of one patient, such as: facts: [{fact: condition, concept: crps, state: active, label: CRPS of the hand}]
# What is left out of a fact is not known. To try a threshold, write one case exactly on it and one just across."""


def _rule_lines(draft: Draft) -> Iterator[str]:
    yield header_of(f"{draft.stem}.yaml")
    yield f"id: {draft.id}"
    yield "version: 1.0.0"
    yield "status: draft"
    yield f"title: {_to_write('the finding in one line')}"
    yield f"category: {draft.category.value}"
    yield f"effect: {draft.effect.value}"
    if draft.effect is Effect.STOP:
        yield "strength: soft  # hard only if all evidence is V and the claim allows a stop"
    names = [claim.id for claim in draft.claims]
    yield f"claims: [{', '.join(names) or _to_write('ids of the knowledge base, such as C06')}]"
    yield "evidence:"
    for claim in draft.claims:
        yield from _evidence(draft, claim)
    if not draft.claims:
        yield from _source(draft, _to_write("how good it is, as the knowledge base says"), _mark_of(()))
    yield f"requires: [{_to_write('data domains without which nobody can say that it does not apply; or []')}]"
    yield "when:"
    yield "  - as: found"
    yield f"    fact: {_to_write('a kind of fact, such as condition, medication or measurement')}"
    yield "    where: {}"
    yield "card:"
    yield f"  summary: {_to_write('the finding and the number in under 140 characters, such as {found.label}')}"
    yield f"  action: {_to_write('what to do, or what would change the answer')}"
    yield f"  unknown: {_to_write('what to ask or measure when it is not known')}"
    if draft.category in _PLANNED:
        yield f"plan: {{phase: {_to_write('baseline, day-of-infusion, during, recovery, between or maintenance')}}}"


def _evidence(draft: Draft, claim: ClaimEntry) -> Iterator[str]:
    """Give one source of a claim, with what the knowledge base says of it as a comment."""
    said = f"{claim.id}, {claim.category}: {claim.statement} Threshold: {claim.threshold}. Source: {claim.source}."
    for line in textwrap.wrap(f"{said} Grade: {claim.grade}. Verification: {claim.verification}.", _LINE - 4):
        yield f"  # {line}"
    yield from _source(draft, _quoted(claim.grade), _mark_of(claim.verification))


def _source(draft: Draft, grade: str, verified: str) -> Iterator[str]:
    yield f"  - citation: {_to_write('the source, as other rules on it cite it')}"
    yield f"    locator: {_to_write('where in it, or its words')}"
    yield f"    grade: {grade}"
    yield f"    verified: {verified}"
    yield f"    last_reviewed: {draft.today}"
    yield f"    review_by: {draft.today + _UNTIL_REVIEW}"


def _mark_of(verification: Iterable[str]) -> str:
    """Return V, R, D or a mixture, as a rule writes it."""
    letters = [letter for letter in "VRD" if letter in verification]
    mark = "/".join(letters)
    return mark if mark in {"V", "R", "D", "V/D", "V/R", "R/D"} else _to_write("V, R or D, as the knowledge base says")


def _to_write(hint: str) -> str:
    return _quoted(f"{MARK}{hint}.")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
