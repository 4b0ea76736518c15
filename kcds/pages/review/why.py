"""Why, and why not: every active rule, what it asks, and what this patient's record says to it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from kcds.advice.weigh import Advised
from kcds.cards.plain_text import opened
from kcds.knowledge.rule import Rule
from kcds.model.findings import Applicability, Category, Effect, Finding
from kcds.pages.review.asked import Asked
from kcds.pages.review.evidence import make_evidence
from kcds.pages.review.findings import facts_behind, joined, joined_days, said
from kcds.pages.review.model import Count, Folded, Group, Mark, Row, Why
from kcds.pages.review.silent import why_silent
from kcds.pages.review.words import readable
from kcds.pages.rulebook.says import CATEGORIES
from kcds.pages.rulebook.words import asks_for
from kcds.pages.words import counted

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
MOST_UNKNOWN = 12
"""Rules that cannot tell which are in sight."""

_FURTHER = "Cannot tell: further rules, less urgent"
_FOLDED = frozenset({ON_RECORD, INFORMATION})
_SILENT_TITLE = "Checked, does not apply"


def make_why(asked: Asked) -> Why:
    """Return every rule's answer, grouped, and the reasons of those that apply or cannot tell."""
    findings = asked.case.assessment.findings.all
    rules = asked.case.knowledge.rules_by_id
    silent = [rules[f.rule] for f in findings if f.answer is Applicability.DOES_NOT_APPLY]
    order = _by_urgency(asked, findings)
    of_group = {key: [a for a in order if group_of(a) == key] for key in _TITLES}
    groups = {key: _group(asked, key, found) for key, found in of_group.items() if found}
    return Why(
        number=len(findings),
        counts=_counts(of_group, len(silent)),
        groups=tuple(_in_sight(group) for key, group in groups.items() if key not in _FOLDED),
        folded=(
            *(_folded(UNKNOWN, _FURTHER, [rest]) for rest in _rest_of(groups.get(UNKNOWN))),
            *(_folded(key, group.title, [group]) for key, group in groups.items() if key in _FOLDED),
            _folded(SILENT, _SILENT_TITLE, _silent_groups(asked, silent)),
        ),
        evidence=tuple(
            make_evidence(asked, advised, against=key == AGAINST, mark=mark_of(advised))
            for key, found in of_group.items()
            for advised in found
        ),
    )


def _group(asked: Asked, key: str, found: Iterable[Advised]) -> Group:
    return Group(key=key, title=_TITLES[key], rows=tuple(_row(asked, advised) for advised in found))


def _in_sight(group: Group) -> Group:
    """Keep the most urgent of many rules that cannot tell; the others are folded."""
    return replace(group, rows=group.rows[:MOST_UNKNOWN], number=len(group.rows)) if group.key == UNKNOWN else group


def _rest_of(group: Group | None) -> Iterator[Group]:
    if group is not None and len(group.rows) > MOST_UNKNOWN:
        yield replace(group, rows=group.rows[MOST_UNKNOWN:])


def _folded(key: str, title: str, groups: Sequence[Group]) -> Folded:
    return Folded(key=key, title=title, number=sum(len(group.rows) for group in groups), groups=tuple(groups))


def _silent_groups(asked: Asked, rules: Iterable[Rule]) -> list[Group]:
    """Return the rules that do not apply by category, each category by title."""
    rows: dict[Category, list[Row]] = {category: [] for category in CATEGORIES}
    for rule in sorted(rules, key=lambda rule: rule.title):
        rows[rule.category].append(_silent_row(asked, rule))
    return [
        Group(key=category.value, title=CATEGORIES[category], rows=tuple(of_category))
        for category, of_category in rows.items()
        if of_category
    ]


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
        when=joined_days(one.when for one in facts),
        has_evidence=True,
    )


def _silent_row(asked: Asked, rule: Rule) -> Row:
    facts, otherwise = why_silent(asked, rule)
    words = said(facts, asked.case.knowledge)
    return _make_row(
        asked,
        rule,
        mark=(Mark.NOT, "check", "Does not apply"),
        values=joined(one.text for one in words) or otherwise,
        when=joined_days(one.when for one in words),
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
        when=when or "no date",
        asks=shortened(asks_for(rule, asked.case.knowledge)),
        grade=short_grade(rule.evidence[0].grade),
        note=" ".join(filter(None, (off, local.of(rule.id)))),
        has_evidence=has_evidence,
        category=rule.category.value,
    )


def short_grade(grade: str) -> str:
    """Return the grade without what explains it: "Grade B, low certainty" reads Grade B."""
    return grade.split(",", maxsplit=1)[0].split(";", maxsplit=1)[0].split(" (", maxsplit=1)[0]


def shortened(asks: str) -> str:
    """Keep the first condition of a long text; the evidence and the rulebook have all of them."""
    first, *rest = asks.split("; and ")
    return first + (f"; and {counted(len(rest), 'further condition')}" if rest else "")


_STOPPING, _REFUSING = frozenset({Effect.STOP}), frozenset({Effect.UNMET, Effect.OUT_OF_SCOPE})


def _counts(of_group: Mapping[str, Sequence[Advised]], silent: int) -> tuple[Count, ...]:
    """Count the rules by their answer, stops apart from what is to be minded."""
    stops, unmet = (sum(a.rule.effect in effects for a in of_group[AGAINST]) for effects in (_STOPPING, _REFUSING))
    cautions = len(of_group[AGAINST]) - stops - unmet
    informing = len(of_group[INFORMATION]) + len(of_group[ON_RECORD])
    return tuple(
        Count(mark=mark, icon=icon, text=text)
        for mark, icon, text in (
            (Mark.STOP, "octagon-alert", counted(stops, "contraindication")),
            *([(Mark.CAUTION, "clock", f"{unmet} not met")] if unmet else []),
            (Mark.CAUTION, "triangle-alert", counted(cautions, "caution")),
            (Mark.UNKNOWN, "circle-question-mark", f"{len(of_group[UNKNOWN])} cannot tell"),
            (Mark.FAVOUR, "circle-check", f"{len(of_group[FAVOUR])} in favour"),
            (Mark.INFORMATION, "info", f"{informing} for information"),
            (Mark.NOT, "check", f"{silent} do not apply"),
        )
    )
