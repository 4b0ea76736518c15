"""The advice strip: one sentence, and why; what speaks against it, what to mind, and what nobody knows.

It says what the cards say, in their words, for every patient and whether or not a card was shown.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from kcds.advice.weigh import Advice, Advised
from kcds.cards.plain_text import opened, sentence
from kcds.cards.summaries import Headline
from kcds.cards.wording import EXPOSED, SAID_TO_BE_SOFT
from kcds.knowledge.rule import Pattern
from kcds.model.advice import Disposition
from kcds.model.facts import Condition, PainProblem, Treatment
from kcds.model.findings import Category, Effect, Strength
from kcds.pages.review.case import Case, headline_of_case, is_out_of_scope
from kcds.pages.review.findings import values_of_finding
from kcds.pages.review.model import Column, Item, Mark, Strip
from kcds.pages.review.unknown import MOST_ITEMS, make_unknown
from kcds.pages.review.words import readable
from kcds.pages.words import counted

_STATES: Mapping[Disposition, tuple[Mark, str, str]] = {
    Disposition.CONTRAINDICATED: (Mark.STOP, "octagon-alert", "Contraindicated"),
    Disposition.OUT_OF_SCOPE: (Mark.UNKNOWN, "info", "Outside the scope of this advice"),
    Disposition.NOT_YET: (Mark.CAUTION, "clock", "Not yet"),
    Disposition.INSUFFICIENT_DATA: (Mark.UNKNOWN, "circle-question-mark", "Cannot tell yet"),
    Disposition.CAUTION: (Mark.CAUTION, "triangle-alert", "May be considered, with caution"),
    Disposition.CANDIDATE: (Mark.FAVOUR, "circle-check", "May be considered"),
}
_OF_THE_EXPOSED: Mapping[Disposition, str] = {
    Disposition.CAUTION: f"{EXPOSED}: caution",
    Disposition.CANDIDATE: EXPOSED,
}
"""Nobody considers what is given already."""
_NOT_FOR_PAIN = "Order not for pain: contraindications and interactions only"
_NOTHING_FOUND = (
    "For this order, which is not for pain, no contraindication was found, and no interaction that calls for caution."
)
_NOTHING_TO_SAY = "No contraindication or caution was found."


_ONSET = re.compile(r" \(onset: [^)]*\)")
"""What a short line leaves out; the table has it."""
_OBVIOUS_UNIT = " mmHg"
_NUMBER = re.compile(r"(\d[\d./]*) (.*)")


def make_strip(case: Case) -> Strip:
    """Make the advice strip."""
    mark, icon, state = _STATES[case.advice.disposition]
    if not case.about_pain and mark is not Mark.STOP:
        mark, icon, state = Mark.INFORMATION, "info", _NOT_FOR_PAIN
    elif case.exposed:
        state = _OF_THE_EXPOSED.get(case.advice.disposition, state)
    headline = headline_of_case(case)
    lead = headline.lead if headline else None
    said = _sentence(case, headline)
    weighed = case.about_pain and not is_out_of_scope(case)
    return Strip(
        mark=mark,
        icon=icon,
        state=state,
        sentence=said,
        unmet=_unmet(case, lead) if case.about_pain else (),
        in_favour="; ".join(reasons_in_favour(case)) if weighed else "",
        evidence=_evidence(case, said) if weighed else "",
        orders=_offers(case),
        columns=(_stops(case, lead), _cautions(case), make_unknown(case)),
    )


def _sentence(case: Case, headline: Headline | None) -> str:
    if headline is None:
        return _NOTHING_TO_SAY if case.about_pain else _nothing_found(case)
    return sentence(readable(headline.text))


def _offers(case: Case) -> tuple[str, ...]:
    """Name what the cards offer, by what is to be done: "Order ALT, AST"."""
    labels = dict.fromkeys(offer.label for card in case.assessment.cards for offer in card.suggestions)
    verbs: dict[str, list[str]] = {}
    for verb, _, named in (label.partition(" ") for label in labels):
        verbs.setdefault(verb, []).append(named)
    return tuple(f"{verb} {', '.join(names)}" for verb, names in verbs.items())


def _nothing_found(case: Case) -> str:
    """Say of an order that is not for pain what was found: nothing, as far as that can be told."""
    hidden = [a for a in case.advice.undecided if a.rule.effect is Effect.STOP]
    return f"{_NOTHING_FOUND} {_cannot_be_ruled_out(len(hidden), 'contraindication')}".strip()


_REFUSING = (Effect.OUT_OF_SCOPE, Effect.UNMET)


def _unmet(case: Case, lead: Advised | None) -> tuple[Item, ...]:
    """Return the requirements that are known not to be met; what to do only where that would change the advice."""
    idle = is_out_of_scope(case)
    return tuple(
        replace(item, change="") if idle and advised.rule.effect is Effect.UNMET else item
        for advised in case.advice.with_effect(*_REFUSING)
        for item in [_item(case, advised, advised.rule.title if advised is lead else None)]
    )


def reasons_in_favour(case: Case) -> list[str]:
    """Return the criteria that are met."""
    met = case.advice.with_effect(Effect.MET)
    return [_ONSET.sub("", case.summary(a)) for a in met if a.rule.category is Category.ELIGIBILITY]


def evidence_on(case: Case) -> Advised | None:
    """Return the finding that says how good the evidence for this pain is, be it for or against."""
    return next((a for a in case.advice.with_effect(Effect.INFORM) if _is_about_evidence(a)), None)


def _evidence(case: Case, said: str) -> str:
    """Say how good the evidence is, unless the sentence of the advice says so already."""
    advised = evidence_on(case)
    if advised is None:
        return ""
    words = case.summary(advised)
    if _is_by_another_route(case):  # the source may say nothing of it: its own words on that belong to the grade
        return f"{sentence(words)} {case.say(advised.rule.card.detail or '', advised)}".strip().removesuffix(".")
    return "" if words in said else words


def _is_by_another_route(case: Case) -> bool:
    """Whether an order is to be given in another way than what is considered without an order."""
    orders = [fact for fact in case.assessment.facts if isinstance(fact, Treatment) and fact.drafted]
    return any(order.route != _USUAL_ROUTE for order in orders)


_USUAL_ROUTE = "iv"
_OF_THE_PAIN = frozenset({Condition.kind, PainProblem.kind, Treatment.kind})


def _is_about_evidence(advised: Advised) -> bool:
    """Whether a finding says how good the evidence is for the pain that the patient has."""
    rule = advised.rule
    of_evidence = rule.category in (Category.ELIGIBILITY, Category.INFORMATIONAL) and not rule.background
    kinds = {part.fact for part in rule.when if isinstance(part, Pattern)}
    return of_evidence and kinds <= _OF_THE_PAIN and any(claim.startswith("I") for claim in rule.claims)


def _item(case: Case, advised: Advised, title: str | None = None) -> Item:
    """Say one finding; by `title` where its summary is the sentence of the advice already."""
    rule = advised.rule
    change = case.say(rule.card.action, advised) if rule.card.action else ""
    soft = rule.strength is Strength.SOFT and not any(word in change for word in SAID_TO_BE_SOFT)
    policy = " Inferred or local policy." if soft else ""
    return Item(
        title=title or case.summary(advised),
        values=opened(unsaid(values_of_finding(advised, case.knowledge), title or case.summary(advised))),
        change=sentence(change) + policy if change or policy else "",
        rule=rule.id,
    )


def unsaid(values: str, title: str) -> str:
    """Return what the record says, without its beginning where the title says that already."""
    parts = values.split(", ")
    if "; " in values:
        return values
    for number in range(len(parts) - 1, 0, -1):
        opening = ", ".join(parts[:number]).removesuffix(_OBVIOUS_UNIT)
        if opening.lower() in title.lower():
            return ", ".join(parts[number:])
    return values


def _large(item: Item) -> Item:
    """Let the number lead where a contraindication rests on one: 172/104, and small beside it unit and day."""
    found = _NUMBER.match(item.values)
    return replace(item, number=found[1], values=found[2]) if found else item


def _stops(case: Case, lead: Advised | None) -> Column:
    stops = case.advice.with_effect(Effect.STOP)
    open_ones = [a for a in case.advice.undecided if a.rule.effect is Effect.STOP]
    return _column(
        Mark.STOP,
        "octagon-alert",
        "Contraindications",
        [_large(_item(case, a, a.rule.title if a is lead else None)) for a in stops],
        rest=_cannot_be_ruled_out(len(open_ones), "contraindication") if stops else "",
        none=_none_found(len(open_ones), "contraindication") + _lowered(case),
    )


def _lowered(case: Case) -> str:
    """Point to the contraindications that a site has switched off, and that would be some of this patient."""
    lowered = case.knowledge.local.lowered
    number = sum(a.rule.id in lowered for a in case.advice.with_effect(Effect.CAUTION))
    return f" {counted(number, 'contraindication')} switched off here by local policy: see Cautions." if number else ""


def cautions_of(advice: Advice) -> list[Advised]:
    """Return what is to be minded: cautions, then interactions that only inform."""
    informing = [a for a in advice.with_effect(Effect.INFORM) if a.rule.category is Category.INTERACTION]
    return [*advice.with_effect(Effect.CAUTION), *informing]


def _cautions(case: Case) -> Column:
    found = [a for a in cautions_of(case.advice) if case.minds(a)]
    open_ones = [a for a in case.advice.undecided if a.rule.effect is Effect.CAUTION and case.minds(a)]
    off = ", ".join(a.rule.title for a in case.advice.muted)
    muted = f"Switched off here by local policy, but applies: {off}. " if off else ""
    none = _none_found(len(open_ones), "caution or interaction", "cautions or interactions")
    return _column(
        Mark.CAUTION,
        "triangle-alert",
        "Cautions and interactions",
        [_item(case, a) for a in found],
        rest=muted + (_cannot_be_ruled_out(len(open_ones), "further one") if found else ""),
        none="" if muted and not found else none,
    )


def _none_found(undecided: int, one: str, many: str | None = None) -> str:
    """Say that nothing was found: "none" only where everything could be looked for."""
    if undecided:
        return f"None found so far. {_cannot_be_ruled_out(undecided, one, many)}"
    return "None found."


def _cannot_be_ruled_out(number: int, one: str, many: str | None = None) -> str:
    named = counted(number, one, many)
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
