"""What is due, how it went so far, and how long relief lasts at best: what the cards say of it, in a section."""

from collections.abc import Callable, Iterable, Iterator

from kcds.advice.weigh import Advised
from kcds.cards.plain_text import sentence
from kcds.cards.plan import PHASES, PlannedCheck, State, not_called_for, planned_checks
from kcds.cards.plan import brief as brief_title
from kcds.cards.plan_text import unknown_of
from kcds.cards.saying import say
from kcds.cards.summaries import headline_of
from kcds.cards.tiers import CardPlan, Tier, plan_for_view
from kcds.cards.wording import CHECK_NEEDED, CHECK_UNSEEN, PHASE_TITLES
from kcds.knowledge.rule import Rule
from kcds.model.advice import Disposition
from kcds.model.facts import KNOWN_STATES, Check, DataState
from kcds.model.findings import Category, Effect
from kcds.pages.html import say_day
from kcds.pages.review.case import Case, is_out_of_scope
from kcds.pages.review.model import CheckLine, Dated, Line, Mark, Monitoring, Noted, Told
from kcds.pages.review.strip import evidence_on
from kcds.pages.review.unknown import is_absence
from kcds.pages.review.words import readable, sentences

_MARKS = {
    State.OVERDUE: (Mark.STOP, "clock"),
    State.DUE: (Mark.CAUTION, "clock"),
    State.UNKNOWN: (Mark.UNKNOWN, "circle-question-mark"),
}
_URGENCY = tuple(State)
_WHY_NONE = {
    Disposition.CONTRAINDICATED: "Nothing is planned: a contraindication applies.",
    Disposition.OUT_OF_SCOPE: "Nothing is planned: the patient is outside the scope of this advice.",
    Disposition.NOT_YET: "Nothing is planned yet: a requirement is not met.",
    Disposition.INSUFFICIENT_DATA: "Nothing is planned yet: what is not known comes first.",
}
_FOLLOWED_UP = "No further dose is planned: a contraindication applies. What was given so far is followed up."
_NOTHING_CALLED_FOR = "No rule calls for a check on this record."


def make_monitoring(case: Case) -> Monitoring:
    """Say what the monitoring card says, where there is something to monitor; else why not."""
    plans = _plans(case)
    plan = next((plan for plan in plans if plan.tier is Tier.MONITORING), None)
    if plan is None:
        none = _WHY_NONE.get(case.advice.disposition, _NOTHING_CALLED_FOR)
        none = none if case.about_pain else "Nothing is planned here for an order that is not for pain."
        return Monitoring(
            sentence="", checks=(), done=(), not_needed="", said=tuple(_said(case, plans)), phases=(), none=none
        )
    items = case.knowledge.plan
    checks = planned_checks(plan.shown, items, [f for f in case.assessment.facts if isinstance(f, Check)])
    unknown = _unknown_domains(case)
    idle = [item for item in not_called_for(checks, items) if item.domain not in unknown] if checks else []
    return Monitoring(
        sentence=_headline(plan, checks, case),
        checks=_lines([check for check in checks if check.state is not State.DONE], case),
        done=tuple(Dated(text=check.item.title, when=_last(check)) for check in checks if check.state is State.DONE),
        not_needed="; ".join(f"{brief_title(item)} ({item.not_needed})" for item in idle),
        said=tuple(_said(case, plans)),
        phases=tuple(_phases(plan.shown, case)),
        none="" if plan in case.plans else _FOLLOWED_UP,
    )


def _unknown_domains(case: Case) -> frozenset[str]:
    """Return the data domains that are not known: of their checks nobody can say that they are not needed."""
    states = (fact for fact in case.assessment.facts if isinstance(fact, DataState))
    return frozenset(fact.domain for fact in states if fact.domain and fact.state not in KNOWN_STATES)


def _plans(case: Case) -> tuple[CardPlan, ...]:
    """Return what the cards show; to a contraindicated order also the follow-up of what was given before it.

    The cards of an order leave that out, as it is no answer to the order; the card of the chart says it.
    """
    contraindicated = case.about_pain and case.advice.disposition is Disposition.CONTRAINDICATED
    if not (case.exposed and contraindicated) or is_out_of_scope(case):
        return case.plans
    if any(plan.tier is Tier.MONITORING for plan in case.plans):
        return case.plans
    followed = (plan for plan in plan_for_view(case.advice, exposed=True) if plan.tier is Tier.MONITORING)
    return (*case.plans, *followed)


def _headline(plan: CardPlan, checks: tuple[PlannedCheck, ...], case: Case) -> str:
    """Return the headline of the monitoring card; where that card is the only one, it stands in the strip."""
    if plan is case.plans[0]:
        return ""
    plan.checks = checks
    return readable(headline_of(plan, case.advice, case.knowledge.domains, lambda a: say(a.rule.card.summary, a)).text)


def _lines(checks: Iterable[PlannedCheck], case: Case) -> tuple[CheckLine, ...]:
    """Say how each check stands, overdue ones first; those of which the same is to be said share a line."""
    together: dict[tuple[State, str, str], list[str]] = {}
    for check in sorted(checks, key=lambda one: _URGENCY.index(one.state)):
        together.setdefault((check.state, _last(check), _why(check, case)), []).append(check.item.title)
    return tuple(
        CheckLine(
            titles=", ".join(titles),
            state=state.value,
            mark=_MARKS[state][0],
            icon=_MARKS[state][1],
            last=last,
            why=why,
        )
        for (state, last, why), titles in together.items()
    )


def _last(check: PlannedCheck) -> str:
    latest = check.latest
    if latest is None:
        return "not known"
    if latest.date is None:
        return "none on record"
    return say_day(latest.date) + (f" ({latest.value})" if latest.value else "")


def _why(check: PlannedCheck, case: Case) -> str:
    why = " ".join(dict.fromkeys(sentence(case.summary(a)) for a in check.reasons))
    if check.state is not State.UNKNOWN:
        return why
    ask = next((sentence(readable(unknown_of(a.rule))) for a in check.undecided if a.rule.card.unknown), "")
    opening = f"Cannot tell {CHECK_UNSEEN if check.reasons else CHECK_NEEDED}"
    return " ".join(filter(None, (opening, ask, why)))


FOLLOW_UP, RELIEF = "Follow-up", "How long relief lasts, at best"
"""Headings that the note takes up as well."""

_SECTIONS: tuple[tuple[str, Callable[[Rule], bool]], ...] = (
    (FOLLOW_UP, lambda rule: rule.category in (Category.MONITORING, Category.FOLLOW_UP)),
    (RELIEF, lambda rule: rule.category is Category.DURATION_OF_RELIEF),
    ("Dose information, not a proposal", lambda rule: rule.category is Category.DOSING),
    ("Also noted", lambda _: True),
)


def _said(case: Case, plans: Iterable[CardPlan]) -> Iterator[Noted]:
    """Say what the cards say beside the checks: follow-up, relief, doses, and what else only informs."""
    lines: dict[str, list[Line]] = {title: [] for title, _ in _SECTIONS}
    in_strip = evidence_on(case)
    for advised in (a for plan in plans for a in plan.shown):
        rule = advised.rule
        if advised.applies and advised is not in_strip and not is_absence(advised) and _only_informs(rule):
            title = next(title for title, belongs in _SECTIONS if belongs(rule))
            detail = case.say(rule.card.detail, advised) if rule.category is Category.DATA_QUALITY else ""
            lines[title].append(Line(text=sentences([case.summary(advised), detail]), rule=rule.id))
    yield from (Noted(title=title, lines=tuple(found)) for title, found in lines.items() if found)


def _only_informs(rule: Rule) -> bool:
    """Whether a finding stands neither in the advice strip nor among the checks."""
    return rule.effect is Effect.INFORM and rule.plan is None and rule.category is not Category.INTERACTION


def _phases(shown: Iterable[Advised], case: Case) -> Iterator[Told]:
    """Say what is done in each phase, whatever the patient's values."""
    plain = [a for a in shown if a.applies and a.rule.plan is not None and a.rule.plan.item is None]
    for phase in PHASES:
        lines = [sentence(case.summary(a)) for a in plain if a.rule.plan is not None and a.rule.plan.phase == phase]
        if lines:
            yield Told(title=PHASE_TITLES[phase], lines=tuple(lines))
