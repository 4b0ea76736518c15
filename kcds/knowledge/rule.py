"""The rule language: what one YAML file under `rules/` may say. Small and closed on purpose.

A rule speaks in facts (`kcds.model.facts`) and concepts (value sets), never in codes, FHIR paths or expressions.
What it cannot say becomes a new fact in Python, tested there. Unknown keys are refused.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt
from pydantic import Strict as Exactly

from kcds.model.findings import Category, Effect, Strength

Scalar = bool | int | float | str | date
RULE_ID = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
RuleId = Annotated[str, Field(pattern=RULE_ID, max_length=60)]
CLAIM_ID = r"^[EIDGCAXMSFQ]\d\d$"
Claim = Annotated[str, Field(pattern=CLAIM_ID)]
Duration = Annotated[str, Field(pattern=r"^P(\d+Y|\d+M|\d+W|\d+D)$")]
Phase = Literal["baseline", "day-of-infusion", "during", "recovery", "between", "maintenance"]
"""The phases of the monitoring plan, in the order of its card."""


_UNFIT = r"<>{}\[\]*`|\x00-\x1f\u2028-\u202e\u2066-\u2069"
PLAIN = rf"^[^{_UNFIT}]*[^\s{_UNFIT}][^{_UNFIT}]*$"
"""Words without markup, links, line breaks and signs that nobody sees."""
FILLED = r"\S"
"""Not empty, and not only blanks."""
SENTENCE = r"\S+\s+\S+"
"""More than a sign or a word."""
Text = Annotated[str, Field(pattern=FILLED)]


class Strict(BaseModel):
    """A part of a knowledge file: unknown keys are faults, values are not changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Parameter(Strict):
    """A number or an ISO-8601 duration that a rule uses, with its unit and the claim it rests on.

    A rule of one claim need not repeat it. `same_as` in a rule file takes all of it from an entry of parameters.yaml.
    """

    value: bool | int | float | str
    unit: str | None = None  # UCUM
    claim: Claim | None = None
    note: str | None = None
    same_as: str | None = None  # entry of parameters.yaml


class Bounds(Strict):
    """How far a site may move a number: never to where it would loosen a contraindication."""

    at_least: bool | int | float | str | None = None
    at_most: bool | int | float | str | None = None


class SharedParameter(Parameter):
    """An entry of parameters.yaml: a number that facts need, or that several rules share."""

    local: Bounds | None = None  # a site may change it, within these bounds; without them it may not


class ParameterRef(Strict):
    """`{param: name}`: the value of one of the rule's parameters."""

    param: str


class Ago(Strict):
    """`{ago: P30D}` or `{ago: {param: window}}`: the day that long before today, by the calendar."""

    ago: Duration | ParameterRef


Number = StrictInt | StrictFloat | ParameterRef
Day = Ago | Annotated[date, Exactly()]


class Comparison(Strict):
    """A condition on one property; exactly one key.

    A property that is not known (None) satisfies none but `known: false`.
    """

    eq: Scalar | ParameterRef | None = None
    ne: Scalar | ParameterRef | None = None  # known, and different
    gt: Number | None = None
    gte: Number | None = None
    lt: Number | None = None
    lte: Number | None = None
    in_: tuple[str, ...] | None = Field(default=None, alias="in")
    before: Day | None = None
    on_or_before: Day | None = None
    after: Day | None = None
    on_or_after: Day | None = None
    ref: str | None = None  # "alias.property" of an earlier pattern: equal to it
    not_ref: str | None = None  # known on both sides, and different
    known: StrictBool | None = None


Condition = bool | int | float | str | date | ParameterRef | Comparison
"""A bare value means equality."""


class Pattern(Strict):
    """Some fact of this kind satisfies all conditions of `where` and at least one of `any`."""

    as_: Annotated[str, Field(alias="as", pattern=r"^[a-z][a-z_]*$")]
    fact: str
    where: dict[str, Condition] = Field(default_factory=dict)
    any: dict[str, Condition] = Field(default_factory=dict)  # constants and parameters only (no dates, no refs)


class Absence(Strict):
    """No fact of this kind satisfies all conditions. `domain` names the data without which absence proves nothing.

    With `domain: null` the fact is derived and always complete (say why in a comment). `said_by` names the rules that
    speak instead: where a site has switched one of them off, the absence is not asked for.
    """

    none: str
    where: dict[str, Condition] = Field(default_factory=dict)
    domain: str | None
    said_by: Annotated[tuple[str, ...], Field(min_length=1)] | None = None


class Having(Strict):
    """A condition on how many matches (or distinct values) there are."""

    count: str | None = None  # alias
    count_distinct: str | None = None  # alias.property
    gte: int | None = None
    gt: int | None = None
    lt: int | None = None
    lte: int | None = None
    eq: int | None = None


class Evidence(Strict):
    """One published source (or our own design decision) behind the rule."""

    citation: Text
    url: Annotated[str, Field(pattern=r"^https://\S+$")] | None = None
    locator: str | None = None  # where in it, or the words
    grade: Text  # "Grade B, moderate", "Label", "Design", ... as in the knowledge base
    verified: Literal["V", "R", "D", "V/D", "V/R", "R/D"]  # seen, recalled, design
    published: date | None = None
    last_reviewed: date
    review_by: date
    signed_by: str | None = None  # clinical owner, for design claims
    signed_on: date | None = None


class Code(Strict):
    """A coded term for a suggested order."""

    system: str
    code: str
    display: Text


class Suggestion(Strict):
    """An offer on the card to order a test; that to take back a contraindicated draft needs no rule."""

    label: Text
    order: Code


class CardText(Strict):
    """What the card says when the rule applies. Placeholders: {alias.property}, {parameter}, {count}."""

    summary: str  # one sentence, under 140 characters when filled: the finding and the number
    detail: str = ""  # one or a few plain sentences (Markdown allowed, no HTML)
    action: str = ""  # what to do, or what would change the answer
    unknown: str = ""  # one sentence for "cannot tell": what to ask or measure


class PlanEntry(Strict):
    """The line of the monitoring plan to which a rule speaks."""

    phase: Phase
    item: str | None = None  # of plan.yaml: a test or check whose date and result the plan shows


class Rule(Strict):
    """One rule: what it is about, on what it rests, when it applies, what the card says."""

    id: RuleId
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    status: Literal["draft", "active", "retired"]
    title: Text
    purpose: str = ""
    category: Category
    effect: Effect
    strength: Strength | None = None  # for stops only
    claims: tuple[Claim, ...] = Field(min_length=1)
    evidence: tuple[Evidence, ...] = Field(min_length=1)
    stage: Literal["assess", "plan"] = "assess"
    scope: tuple[Pattern | Absence, ...] = ()
    requires: tuple[str, ...] = ()  # data domains
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    when: tuple[Pattern | Absence, ...] = Field(min_length=1)
    having: Having | None = None
    show: Literal["latest", "worst", "all"] = "all"  # which matches the card names
    worst_by: str | None = None  # alias.property that decides "worst" or "latest"
    priority: int = 50  # order on the card within its group: lower first
    card: CardText
    background: StrictBool = False  # the same for every patient: told when ketamine is considered, not with an order
    alone: StrictBool = False  # of an order nothing but this and the stops is shown: the record is not this patient's
    plan: PlanEntry | None = None  # for monitoring and follow-up
    suggestions: tuple[Suggestion, ...] = ()
