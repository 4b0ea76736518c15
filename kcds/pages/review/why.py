"""Why, and why not: every active rule, what it asks, and what this patient's record says to it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kcds.advice.weigh import Advised
from kcds.cards.gaps import why_unknown
from kcds.knowledge.rule import Rule
from kcds.model.facts import KNOWN_STATES, DataState, Fact
from kcds.model.findings import Applicability, Category, Effect, Finding
from kcds.pages.review.evidence import make_evidence
from kcds.pages.review.findings import facts_behind, joined, said
from kcds.pages.review.held import Chart, PartAsked, RuleAsked, rules_asked
from kcds.pages.review.model import Count, Group, Mark, Row, Why
from kcds.pages.review.strip import Case
from kcds.pages.review.words import opened, readable
from kcds.pages.rulebook.words import asks_for

AGAINST, UNKNOWN, FAVOUR, ON_RECORD, INFORMATION, SILENT = (
    "against",
    "unknown",
    "favour",
    "on-record",
    "information",
    "silent",
)
_TITLES: Mapping[str, str] = {
    AGAINST: "Against, or with caution",
    UNKNOWN: "Cannot tell: data missing, too old or not clear",
    FAVOUR: "In favour",
    ON_RECORD: "On record, as it must be",
    INFORMATION: "For information",
}
_CATEGORY_TITLES: Mapping[Category, str] = {
    Category.CONTRAINDICATION: "Contraindications",
    Category.ELIGIBILITY: "Eligibility",
    Category.CAUTION: "Cautions",
    Category.INTERACTION: "Interactions",
    Category.MONITORING: "Monitoring",
    Category.DOSING: "Dosing",
    Category.DURATION_OF_RELIEF: "How long relief lasts",
    Category.FOLLOW_UP: "Follow-up",
    Category.INFORMATIONAL: "Information",
    Category.DATA_QUALITY: "The record",
}
"""Categories in the order in which they are listed where nothing applies."""

_NO_SUCH: Mapping[str, str] = {
    "condition": "none on the problem list",
    "pain-problem": "none on the problem list",
    "substance-use": "none on the problem list",
    "unidentified-problem": "none",
    "medication": "none on the medication list",
    "unidentified-medication": "none",
    "allergy": "none recorded",
    "treatment": "no such order",
    "finding": "nothing that calls for it",
    "opioid-dose": "no opioid on the medication list",
    "child-pugh": "no liver disease to grade",
    "response": "no course with scores to compare",
}
"""What the record says where it holds nothing of a kind; of the others: none on record."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A case with what is needed to go through all its rules."""

    case: Case
    chart: Chart
    rules: Mapping[str, RuleAsked]
    states: Mapping[str | None, DataState]
    known: Mapping[str, Advised] = field(default_factory=dict)  # what applies or cannot tell, by rule

    def why_not_known(self, domains: Iterable[str]) -> str:
        """Say which data are not known, and why."""
        knowledge = self.case.knowledge
        named = (
            f"{knowledge.domains[name].title} ({why_unknown(self.states.get(name), ())})" for name in sorted(domains)
        )
        return f"Not known: {'; '.join(named)}"


def make_asked(case: Case, chart: Chart) -> Asked:
    """Prepare to go through the rules."""
    return Asked(
        case=case,
        chart=chart,
        rules=rules_asked(case.knowledge),
        states={fact.domain: fact for fact in chart.facts if isinstance(fact, DataState)},
        known={a.rule.id: a for a in (*case.advice.advised, *case.advice.muted)},
    )


def make_why(asked: Asked) -> Why:
    """Return every rule's answer, grouped, and the reasons of those that apply or cannot tell."""
    findings = asked.case.assessment.findings.all
    rules = asked.case.knowledge.rules_by_id
    groups: dict[str, list[Row]] = {key: [] for key in _TITLES}
    silent: dict[Category, list[Row]] = {category: [] for category in _CATEGORY_TITLES}
    for finding in findings:
        if finding.answer is Applicability.DOES_NOT_APPLY:
            rule = rules[finding.rule]
            silent[rule.category].append(_silent_row(asked, rule))
    order = _by_urgency(asked, findings)
    for advised in order:
        key = group_of(advised)
        groups[key].append(_row(asked, advised))
    numbers = Counter({key: len(rows) for key, rows in groups.items()})
    number_silent = sum(map(len, silent.values()))
    return Why(
        number=len(findings),
        counts=_counts(order, number_silent),
        groups=tuple(Group(key=key, title=_TITLES[key], rows=tuple(rows)) for key, rows in groups.items() if rows),
        silent=tuple(
            Group(key=category.value, title=_CATEGORY_TITLES[category], rows=tuple(sorted(rows, key=lambda r: r.title)))
            for category, rows in silent.items()
            if rows
        ),
        silent_number=number_silent,
        evidence=tuple(
            make_evidence(asked, advised, against=group_of(advised) == AGAINST, mark=mark_of(advised))
            for key in groups
            if numbers[key]
            for advised in order
            if group_of(advised) == key
        ),
    )


def _by_urgency(asked: Asked, findings: Sequence[Finding]) -> list[Advised]:
    """Return what applies or cannot tell, most urgent first; what a site switched off last, but not left out."""
    named = {a.rule.id for a in asked.case.advice.advised}
    rules = asked.case.knowledge.rules_by_id
    off = [
        Advised(rules[f.rule], f)
        for f in findings
        if f.answer is not Applicability.DOES_NOT_APPLY and f.rule not in named
    ]
    return [*asked.case.advice.advised, *off]


def group_of(advised: Advised) -> str:
    """Say where a rule stands that applies or cannot tell."""
    rule = advised.rule
    if not advised.applies:
        return UNKNOWN
    if rule.effect not in (Effect.MET, Effect.INFORM) or rule.category is Category.INTERACTION:
        return AGAINST
    if rule.effect is Effect.MET:
        return FAVOUR if rule.category is Category.ELIGIBILITY else ON_RECORD
    return INFORMATION


def mark_of(advised: Advised) -> tuple[Mark, str, str]:
    """Return how a rule is marked that applies or cannot tell: mark, icon and word."""
    rule = advised.rule
    if not advised.applies:
        return Mark.UNKNOWN, "circle-question-mark", "Cannot tell"
    if rule.effect is Effect.STOP:
        return Mark.STOP, "octagon-alert", "Applies"
    if group_of(advised) == AGAINST:
        return Mark.CAUTION, "triangle-alert", "Applies"
    if rule.effect is Effect.MET:
        return Mark.FAVOUR, "circle-check", "Applies"
    return Mark.INFORMATION, "info", "Applies"


def _row(asked: Asked, advised: Advised) -> Row:
    rule = advised.rule
    mark, icon, word = mark_of(advised)
    facts = said(facts_behind(advised.finding), asked.case.knowledge)
    values = [] if advised.applies else [asked.why_not_known(advised.finding.missing)]
    values += [one.text for one in facts]
    return _make_row(
        asked,
        rule,
        mark=(mark, icon, word),
        values=joined(values),
        when=joined(one.when or "" for one in facts),
        has_evidence=True,
    )


def _silent_row(asked: Asked, rule: Rule) -> Row:
    facts, otherwise = _why_silent(asked, rule)
    words = said(facts, asked.case.knowledge)
    return _make_row(
        asked,
        rule,
        mark=(Mark.NOT, "check", "Does not apply"),
        values=joined(one.text for one in words) or otherwise,
        when=joined(one.when or "" for one in words),
    )


def _make_row(  # noqa: PLR0913 - columns of the table
    asked: Asked, rule: Rule, *, mark: tuple[Mark, str, str], values: str, when: str, has_evidence: bool = False
) -> Row:
    local = asked.case.knowledge.local
    off = "Switched off here by local policy." if rule.id in local.muted else ""
    return Row(
        rule=rule.id,
        title=rule.title,
        mark=mark[0],
        icon=mark[1],
        word=mark[2],
        values=opened(readable(values)),
        when=when or "-",
        asks=asks_for(rule, asked.case.knowledge),
        grade=short_grade(rule.evidence[0].grade),
        note=" ".join(filter(None, (off, local.of(rule.id)))),
        has_evidence=has_evidence,
        category=rule.category.value,
    )


def short_grade(grade: str) -> str:
    """Return the grade without what explains it: "Grade B, low certainty" reads Grade B."""
    return grade.split(",", maxsplit=1)[0].split(";", maxsplit=1)[0].split(" (", maxsplit=1)[0]


def _why_silent(asked: Asked, rule: Rule) -> tuple[list[Fact], str]:
    """Return what the record says to the first condition that does not hold; else in words that there is nothing."""
    conditions = asked.rules[rule.id]
    for part in (*conditions.scope, *conditions.when):
        fitting = asked.chart.fitting(part)
        if part.is_absence and fitting and not part.joined:
            return sorted(fitting, key=_day_text, reverse=True), ""
        if not part.is_absence and not fitting:
            return _near(asked, part)
    first = next((part for part in (*conditions.when, *conditions.scope) if not part.is_absence), None)
    return (asked.chart.fitting(first), "") if first is not None else ([], "none on record")


def _near(asked: Asked, part: PartAsked) -> tuple[list[Fact], str]:
    """Return what is on record about the same thing, the latest first."""
    near = sorted(asked.chart.near(part), key=_day_text, reverse=True)
    if part.kind == "data":
        near = [fact for fact in near if isinstance(fact, DataState) and fact.state in KNOWN_STATES] or near
    return near, _NO_SUCH.get(part.kind, "none on record")


def _day_text(fact: Fact) -> str:
    return str(getattr(fact, "date", None) or "")


def _counts(order: Sequence[Advised], silent: int) -> tuple[Count, ...]:
    def number(*keys: Mark) -> int:
        return sum(mark_of(a)[0] in keys for a in order)

    informing = sum(group_of(a) in (INFORMATION, ON_RECORD) for a in order)
    favour = sum(group_of(a) == FAVOUR for a in order)
    return tuple(
        Count(mark=mark, icon=icon, text=text)
        for mark, icon, text in (
            (Mark.STOP, "octagon-alert", _say_number(number(Mark.STOP), "contraindication")),
            (Mark.CAUTION, "triangle-alert", f"{number(Mark.CAUTION)} to mind"),
            (Mark.UNKNOWN, "circle-question-mark", f"{number(Mark.UNKNOWN)} cannot tell"),
            (Mark.FAVOUR, "circle-check", f"{favour} in favour"),
            (Mark.INFORMATION, "info", f"{informing} for information"),
            (Mark.NOT, "check", f"{silent} do not apply"),
        )
    )


def _say_number(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
