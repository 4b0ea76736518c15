"""What stands on the review page, part by part. Plain data: the template decides how it looks, nothing else."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar


class Mark(StrEnum):
    """How a finding is marked: class of its colour; icon and word stand beside it."""

    STOP = "stop"
    CAUTION = "caution"
    UNKNOWN = "unk"
    FAVOUR = "sup"
    INFORMATION = "info"
    NOT = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """Something recorded, and its day in words."""

    text: str
    when: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """Who the patient is. Everything in words; None: not on record."""

    name: str
    born: str
    sex: str
    record_number: str | None
    weight: Dated
    allergies: Dated


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One finding in the advice strip."""

    title: str
    values: str  # what the record says, with days
    number: str = ""  # that the eye is to find first, with what follows in `values`
    change: str  # what would change it, or what to do
    rule: str | None = None  # whose evidence says more


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the advice strip."""

    mark: Mark
    icon: str
    title: str
    number: int
    items: tuple[Item, ...]
    more: int = 0  # further ones, in the table below
    rest: str = ""  # what else is said in one line
    none: str = ""  # what is said where there is no item; true of this patient


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """The advice in one screen."""

    mark: Mark
    icon: str
    state: str  # the disposition, in words
    sentence: str
    unmet: tuple[Item, ...]
    in_favour: str
    evidence: str  # how good it is for this pain, be that for or against
    orders: tuple[str, ...]
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """How checks of the monitoring plan stand."""

    titles: str
    state: str
    mark: Mark
    icon: str
    last: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A sentence, and the rule whose evidence says more."""

    text: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A heading, and what rules say under it."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A heading, and what is said under it."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitoring:
    """What is due, how it went, how long relief lasts; or why nothing of that is planned."""

    sentence: str
    checks: tuple[CheckLine, ...]
    done: tuple[Dated, ...]  # checks that hold: what, and when with what result
    not_needed: str
    said: tuple[Noted, ...]
    phases: tuple[Told, ...]
    none: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One rule's answer."""

    rule: str
    title: str
    mark: Mark
    icon: str
    word: str
    values: str
    when: str
    asks: str
    grade: str
    note: str = ""
    has_evidence: bool = False
    category: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rules with the same answer."""

    key: str
    title: str
    rows: tuple[Row, ...]
    number: int = 0  # of all rules with this answer, where some are folded


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """Rules that change nothing for this patient, in groups."""

    key: str
    title: str
    number: int
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many rules answered so."""

    mark: Mark
    icon: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One condition of a rule, and how it stands."""

    icon: str
    state: str  # "holds", "does not hold", "cannot tell"
    text: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One source behind a rule."""

    citation: str
    grade: str
    url: str | None
    locator: str | None
    verified: str
    signed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One rule's reasons."""

    rule: str
    title: str
    mark: Mark
    icon: str
    state: str
    says: str
    why: str
    change: str
    steps: tuple[Step, ...]
    sources: tuple[Source, ...]
    remarks: tuple[str, ...]
    version: str
    reviewed: str
    against: bool  # printed


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Every rule's answer, and the reasons of those that say something."""

    number: int
    counts: tuple[Count, ...]
    groups: tuple[Group, ...]
    folded: tuple[Folded, ...]  # to be opened: what only informs, and what does not apply
    evidence: tuple[Evidence, ...]  # the first is shown first


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one query brought."""

    title: str
    text: str
    missing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenAll:
    """What the review could and could not see."""

    queries: tuple[Seen, ...]
    unread: tuple[str, ...]
    unknown: tuple[Told, ...]
    unidentified: tuple[Dated, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One source attribute of this decision support."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewView:
    """The page of one patient."""

    is_problem: ClassVar[bool] = False
    banner: Banner
    subject: str  # what is reviewed: a drafted order, or the question
    ordered: bool
    read_at: datetime
    strip: Strip
    monitoring: Monitoring
    why: Callable[[], Why]  # made after the advice strip was sent
    seen: Callable[[], SeenAll]
    about: Callable[[], tuple[Attribute, ...]]
    note: Callable[[], str]
    draw_timeline: Callable[[], object]
    run_line: str  # printed on the second page


@dataclass(frozen=True, slots=True)
class ReviewProblem:
    """Why there is no page: the data could not be had."""

    is_problem: ClassVar[bool] = True
    title: str
    text: str
