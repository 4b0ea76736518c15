"""The list of all rules, and what narrows it."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields

from kcds.knowledge.load import Knowledge
from kcds.knowledge.rule import Rule
from kcds.model.findings import Category, Effect, Strength
from kcds.pages.rulebook.says import CATEGORIES, EFFECTS, STRENGTHS, is_unsigned, signed_by

LONGEST = 100
"""Characters of a search text; more finds nothing anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a reader asks for; an empty text asks for nothing."""

    q: str = ""
    category: str = ""
    effect: str = ""
    strength: str = ""
    grade: str = ""
    status: str = ""
    due: str = ""  # a day, ISO: reviews due by then
    owner: str = ""  # signed | unsigned | none
    local: str = ""  # "yes": what this site changed

    @property
    def is_empty(self) -> bool:
        """Whether all rules are asked for."""
        return not any(getattr(self, one.name) for one in fields(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """One rule in the list."""

    rule: Rule
    grade: str
    review_by: dt.date
    signed: str
    unsigned: bool
    local: bool

    @property
    def effect(self) -> Effect:
        """What the rule does."""
        return self.rule.effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The rules of one category."""

    category: Category
    title: str
    rows: tuple[RuleRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A field of the form: what may be chosen in it."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]  # value and words; the first asks for nothing
    chosen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The list as it is shown."""

    groups: tuple[Group, ...]
    shown: int
    total: int
    effects: tuple[tuple[Effect, int], ...]  # how many of the shown rules have each effect
    wanted: Wanted
    choices: tuple[Choice, ...]


def read_wanted(given: Mapping[str, str]) -> Wanted:
    """Read what is asked for; whatever is no question of ours asks for nothing."""
    names = [one.name for one in fields(Wanted)]
    return Wanted(**{name: " ".join(given.get(name, "").split())[:LONGEST] for name in names})


def make_catalogue(knowledge: Knowledge, wanted: Wanted) -> Catalogue:
    """Return the rules that are asked for, by category and title."""
    rows = [_row(rule, knowledge) for rule in knowledge.rules]
    asked = [row for row in rows if all(test(row) for test in _tests(wanted))]
    groups = (
        Group(category=category, title=title, rows=_sorted(row for row in asked if row.rule.category is category))
        for category, title in CATEGORIES.items()
    )
    counts = ((effect, sum(row.effect is effect for row in asked)) for effect in EFFECTS)
    return Catalogue(
        groups=tuple(group for group in groups if group.rows),
        shown=len(asked),
        total=len(rows),
        effects=tuple((effect, count) for effect, count in counts if count),
        wanted=wanted,
        choices=tuple(_choices(rows, wanted)),
    )


def _row(rule: Rule, knowledge: Knowledge) -> RuleRow:
    local = knowledge.local
    return RuleRow(
        rule=rule,
        grade=rule.evidence[0].grade,
        review_by=min(evidence.review_by for evidence in rule.evidence),
        signed=signed_by(rule.evidence),
        unsigned=is_unsigned(rule),
        local=rule.id in local.notes or rule.id in local.disabled,
    )


def _sorted(rows: Iterable[RuleRow]) -> tuple[RuleRow, ...]:
    return tuple(sorted(rows, key=lambda row: (row.rule.title.casefold(), row.rule.id)))


def _tests(wanted: Wanted) -> list[Callable[[RuleRow], bool]]:
    tests: list[Callable[[RuleRow], bool]] = []
    words = wanted.q.casefold().split()
    if words:
        tests.append(lambda row: all(word in _text(row.rule) for word in words))
    if wanted.category:
        tests.append(lambda row: row.rule.category == wanted.category)
    if wanted.effect:
        tests.append(lambda row: row.effect == wanted.effect)
    if wanted.strength:
        tests.append(lambda row: (row.rule.strength or "") == wanted.strength)
    if wanted.grade:
        tests.append(lambda row: any(one.grade == wanted.grade for one in row.rule.evidence))
    if wanted.status:
        tests.append(lambda row: row.rule.status == wanted.status)
    if wanted.due:
        tests.append(lambda row: row.review_by.isoformat() <= wanted.due)
    if wanted.owner:
        tests.append(lambda row: _owner(row) == wanted.owner)
    if wanted.local:
        tests.append(lambda row: row.local)
    return tests


def _owner(row: RuleRow) -> str:
    if row.unsigned:
        return "unsigned"
    return "signed" if any("D" in one.verified for one in row.rule.evidence) else "none"


def _text(rule: Rule) -> str:
    """Return the words in which a text is looked for."""
    card = rule.card
    parts = (rule.id, rule.title, rule.purpose, *rule.claims, card.summary, card.detail, card.action, card.unknown)
    return " ".join((*parts, *(one.citation for one in rule.evidence))).casefold()


def _choices(rows: list[RuleRow], wanted: Wanted) -> Iterable[Choice]:
    """Give the fields of the form, each with what there is to choose."""
    categories = [(c.value, title) for c, title in CATEGORIES.items() if any(r.rule.category is c for r in rows)]
    effects = [(e.value, title) for e, title in EFFECTS.items() if any(row.effect is e for row in rows)]
    strengths = [(s.value, title.capitalize()) for s, title in STRENGTHS.items() if s in _strengths(rows)]
    grades = [
        (grade, grade) for grade in sorted({one.grade for row in rows for one in row.rule.evidence}, key=str.casefold)
    ]
    statuses = [(str(status), status.capitalize()) for status in sorted({row.rule.status for row in rows})]
    owners = [("unsigned", "Not signed"), ("signed", "Signed"), ("none", "No decision of our own")]
    yield _choice("category", "Category", categories, wanted)
    yield _choice("effect", "Effect", effects, wanted)
    yield _choice("strength", "Strength", strengths, wanted)
    yield _choice("grade", "Grade of evidence", grades, wanted)
    yield _choice("status", "Status", statuses, wanted)
    yield _choice("owner", "Clinical owner", owners, wanted)
    if any(row.local for row in rows):
        yield _choice("local", "Local policy", [("yes", "Changed by this site")], wanted)


def _choice(name: str, label: str, options: list[tuple[str, str]], wanted: Wanted) -> Choice:
    return Choice(name=name, label=label, options=(("", "All"), *options), chosen=getattr(wanted, name))


def _strengths(rows: list[RuleRow]) -> set[Strength | None]:
    return {row.rule.strength for row in rows}
