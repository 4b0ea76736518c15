"""The advice strip: one sentence, and why; what speaks against it, what to mind, and what nobody knows.

It says what the cards say, in their words, for every patient and whether or not a card was shown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kcds.advice.speaking import Speech
from kcds.advice.weigh import Advice, Advised
from kcds.cards.gaps import gap_of, why_unknown
from kcds.cards.plain_text import sentence
from kcds.cards.saying import say
from kcds.cards.summaries import headline_of
from kcds.cards.tiers import CardPlan, plan_for_order, plan_for_safety, plan_for_view
from kcds.cards.wording import SAID_TO_BE_SOFT
from kcds.cds_hooks.services import Hook
from kcds.knowledge.load import Knowledge
from kcds.model.advice import Disposition
from kcds.model.facts import DataState, Exposure, Treatment
from kcds.model.findings import Category, Effect, Strength
from kcds.pages.review.findings import values_of_finding
from kcds.pages.review.model import Column, Item, Mark, Strip
from kcds.pages.review.words import counted, opened, readable
from kcds.service import Assessment, Review

MOST_ITEMS = 4
"""Items that a column shows; the others are counted, and stand in the table."""

_STATES: Mapping[Disposition, tuple[Mark, str, str]] = {
    Disposition.CONTRAINDICATED: (Mark.STOP, "octagon-alert", "Contraindicated"),
    Disposition.OUT_OF_SCOPE: (Mark.UNKNOWN, "info", "Outside the scope of this advice"),
    Disposition.NOT_YET: (Mark.CAUTION, "clock", "Not yet"),
    Disposition.INSUFFICIENT_DATA: (Mark.UNKNOWN, "circle-question-mark", "Cannot tell yet"),
    Disposition.CAUTION: (Mark.CAUTION, "triangle-alert", "May be considered, with caution"),
    Disposition.CANDIDATE: (Mark.FAVOUR, "circle-check", "May be considered"),
}
_NOT_FOR_PAIN = "Order not for pain: contraindications and interactions only"
_NOTHING_FOUND = "No contraindication and no interaction was found for this ketamine order, which is not for pain."
_NOTHING_TO_SAY = "No contraindication or caution was found."


@dataclass(frozen=True, slots=True)
class Case:
    """One patient's assessment, and which cards it amounts to."""

    assessment: Assessment
    knowledge: Knowledge
    plans: tuple[CardPlan, ...]  # what each card shows; none where nothing is to be said
    about_pain: bool

    @property
    def advice(self) -> Advice:
        """Return the advice."""
        return self.assessment.advice

    def say(self, text: str, advised: Advised) -> str:
        """Fill a text of a rule, with days as on the page."""
        return readable(say(text, advised))

    def summary(self, advised: Advised) -> str:
        """Return the summary of a finding, with what a site changed in it."""
        return self.knowledge.local.opening(advised.rule.id) + self.say(advised.rule.card.summary, advised)


def make_case(review: Review, knowledge: Knowledge, hook: Hook) -> Case:
    """Find out which cards the advice amounts to, also where the patient gets none."""
    assessment = review.assessment
    advice, facts = assessment.advice, assessment.facts
    orders = [fact for fact in facts if isinstance(fact, Treatment) and fact.drafted]
    exposed = any(isinstance(fact, Exposure) and (fact.on_treatment or fact.infusions) for fact in facts)
    about_pain = not orders or any(order.for_pain is not False for order in orders)
    if hook is Hook.PATIENT_VIEW or not orders:
        plans = plan_for_view(advice, exposed=exposed)
    elif about_pain:
        plans = plan_for_order(advice, exposed=exposed)
    else:
        plans = plan_for_safety(advice) if assessment.speech is Speech.SAFETY else []
    return Case(assessment, knowledge, tuple(plans), about_pain)


def make_strip(case: Case) -> Strip:
    """Make the advice strip."""
    mark, icon, state = _STATES[case.advice.disposition]
    if not case.about_pain and mark is not Mark.STOP:
        mark, icon, state = Mark.INFORMATION, "info", _NOT_FOR_PAIN
    return Strip(
        mark=mark,
        icon=icon,
        state=state,
        sentence=_sentence(case),
        unmet=_unmet(case) if case.about_pain else (),
        in_favour=_in_favour(case) if case.about_pain else "",
        orders=tuple(dict.fromkeys(s.label for card in case.assessment.cards for s in card.suggestions)),
        columns=(_stops(case), _cautions(case), _unknown(case)),
    )


def _sentence(case: Case) -> str:
    """Return what the first card says, whether or not one was shown."""
    if not case.plans:
        return _NOTHING_TO_SAY if case.about_pain else _NOTHING_FOUND
    headline = headline_of(
        case.plans[0],
        case.advice,
        case.knowledge.domains,
        lambda a: case.knowledge.local.opening(a.rule.id) + say(a.rule.card.summary, a),
    )
    return sentence(readable(headline.text))


_REFUSING = (Effect.OUT_OF_SCOPE, Effect.UNMET)


def _unmet(case: Case) -> tuple[Item, ...]:
    """Return the requirements that are known not to be met."""
    return tuple(_item(case, advised) for advised in case.advice.with_effect(*_REFUSING))


def reasons_in_favour(case: Case) -> list[str]:
    """Return the criteria that are met, and how good the evidence for the pain is."""
    met = [a for a in case.advice.with_effect(Effect.MET) if a.rule.category is Category.ELIGIBILITY]
    informing = [a for a in case.advice.with_effect(Effect.INFORM) if _is_about_evidence(a)]
    return [case.summary(a) for a in (*met, *informing[:1])]


def _in_favour(case: Case) -> str:
    return "; ".join(reasons_in_favour(case))


def _is_about_evidence(advised: Advised) -> bool:
    rule = advised.rule
    of_evidence = rule.category in (Category.ELIGIBILITY, Category.INFORMATIONAL) and not rule.background
    return of_evidence and any(claim.startswith("I") for claim in rule.claims)


def _item(case: Case, advised: Advised) -> Item:
    rule = advised.rule
    change = case.say(rule.card.action, advised) if rule.card.action else ""
    soft = rule.strength is Strength.SOFT and not any(word in change for word in SAID_TO_BE_SOFT)
    policy = " Inferred or local policy." if soft else ""
    return Item(
        title=case.summary(advised),
        values=opened(values_of_finding(advised, case.knowledge)),
        change=sentence(change) + policy if change or policy else "",
        rule=rule.id,
    )


def _stops(case: Case) -> Column:
    stops = case.advice.with_effect(Effect.STOP)
    open_ones = [a for a in case.advice.undecided if a.rule.effect is Effect.STOP]
    return _column(
        Mark.STOP,
        "octagon-alert",
        "Contraindications",
        [_item(case, a) for a in stops],
        rest=_cannot_be_ruled_out(len(open_ones), "contraindication") if stops else "",
        none=_none_found(len(open_ones), "contraindication"),
    )


def cautions_of(advice: Advice) -> list[Advised]:
    """Return what is to be minded: cautions, then interactions that only inform."""
    cautions = advice.with_effect(Effect.CAUTION)
    informing = [a for a in advice.with_effect(Effect.INFORM) if a.rule.category is Category.INTERACTION]
    return [*cautions, *informing]


def _cautions(case: Case) -> Column:
    found = cautions_of(case.advice)
    open_ones = [a for a in case.advice.undecided if a.rule.effect is Effect.CAUTION]
    off = ", ".join(a.rule.title for a in case.advice.muted)
    muted = f"Switched off here by local policy, but applies: {off}. " if off else ""
    none = _none_found(len(open_ones), "caution or interaction", "cautions or interactions")
    return _column(
        Mark.CAUTION,
        "triangle-alert",
        "Cautions and interactions",
        [_item(case, a) for a in found],
        rest=muted + (_cannot_be_ruled_out(len(open_ones), "more") if found else ""),
        none="" if muted and not found else none,
    )


def _none_found(undecided: int, one: str, many: str | None = None) -> str:
    """Say that nothing was found: "none" only where everything could be looked for."""
    if undecided:
        return f"None found so far. {_cannot_be_ruled_out(undecided, one, many)}"
    return "None found."


def _cannot_be_ruled_out(number: int, one: str, many: str | None = None) -> str:
    named = counted(number, one, many or (one if one == "more" else None))
    return f"{named} cannot be ruled out: see Cannot tell." if number else ""


def _column(  # noqa: PLR0913 - what makes a column
    mark: Mark, icon: str, title: str, items: list[Item], *, rest: str, none: str
) -> Column:
    more = len(items) - MOST_ITEMS
    shown = items if more <= 1 else items[:MOST_ITEMS]  # a line that says "1 more" is as long as that one
    return Column(
        mark=mark,
        icon=icon,
        title=title,
        number=len(items),
        items=tuple(shown),
        more=len(items) - len(shown),
        rest=rest.strip(),
        none="" if items else none,
    )


REFUSED = frozenset({"status 403", "not-granted"})
NOT_PERMITTED = "not permitted by the EHR"


def unknown_domains(advice: Advice) -> list[str]:
    """Return every data domain for want of which some rule cannot tell; those that decide first."""
    names = {name for advised in advice.undecided for name in advised.finding.missing}
    return sorted(names, key=lambda name: (name not in advice.blocking, name))


def _unknown(case: Case) -> Column:
    """Say what is not known: what decides with what to ask, the rest by name."""
    advice, domains = case.advice, case.knowledge.domains
    states = {fact.domain: fact for fact in case.assessment.facts if isinstance(fact, DataState)}
    names = unknown_domains(advice)
    gaps = [
        (name, gap_of(domains[name], why_unknown(states.get(name), ()), states.get(name), advice.undecided))
        for name in names
    ]
    asked: dict[str, list[str]] = {}
    hidden: dict[str, set[str]] = {}
    for name, gap in gaps:
        asked.setdefault(sentence(readable(gap.ask)), []).append(readable(gap.named()))
        hidden.setdefault(sentence(readable(gap.ask)), set()).update(_stops_hidden(advice.undecided, name))
    items = [
        Item(title=opened("; ".join(titles)), values=_hides(len(hidden[ask])), change=ask)
        for ask, titles in asked.items()
    ]
    shown = items if len(items) <= MOST_ITEMS + 1 else items[:MOST_ITEMS]
    others = [item.title[:1].lower() + item.title[1:] for item in items[len(shown) :]]
    return Column(
        mark=Mark.UNKNOWN,
        icon="circle-question-mark",
        title="Cannot tell",
        number=len(names),
        items=tuple(shown),
        rest=f"Also not known: {'; '.join(others)}." if others else "",
        none="" if names else "Nothing is missing that a rule asks for.",
    )


def _stops_hidden(undecided: Iterable[Advised], domain: str) -> set[str]:
    """Return the contraindications that cannot be told for want of a domain."""
    return {a.rule.id for a in undecided if a.rule.effect is Effect.STOP and domain in a.finding.missing}


def _hides(number: int) -> str:
    return f"{counted(number, 'contraindication')} cannot be ruled out without it." if number else ""
