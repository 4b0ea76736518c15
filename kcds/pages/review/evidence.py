"""One rule's reasons for one patient: what it says, how that was worked out, and how good its sources are."""

import re
from collections.abc import Sequence

from kcds.advice.weigh import Advised
from kcds.cards.gaps import why_unknown
from kcds.cards.plain_text import opened, sentence
from kcds.cards.plan_text import unknown_of
from kcds.cards.wording import SAID_TO_BE_SOFT, SOFT_STOP
from kcds.knowledge.rule import Absence, Rule
from kcds.knowledge.rule import Evidence as Cited
from kcds.knowledge.templates import count_of
from kcds.model.facts import KNOWN_STATES, Fact
from kcds.model.findings import Effect, Strength
from kcds.pages.html import say_day
from kcds.pages.review.asked import Asked
from kcds.pages.review.fact_words import state_in_words
from kcds.pages.review.findings import dated, joined, said
from kcds.pages.review.held import PartAsked
from kcds.pages.review.model import Evidence, Mark, Source, Step
from kcds.pages.review.words import readable
from kcds.pages.rulebook.says import UNSIGNED, VERIFIED
from kcds.pages.rulebook.words import ConditionInWords, conditions

_EFFECTS = {
    Effect.STOP: "contraindication",
    Effect.CAUTION: "caution",
    Effect.UNMET: "requirement not met",
    Effect.OUT_OF_SCOPE: "outside the scope",
    Effect.MET: "requirement met",
    Effect.INFORM: "for information",
}


_CLAIM = r"[EIDGCAXMSFQ]\d\d"
_CLAIMS = re.compile(rf" \({_CLAIM}(?:[,;]? (?:and )?{_CLAIM})*\)")
"""Numbers of claims in a rule's purpose: for its authors."""


def make_evidence(asked: Asked, advised: Advised, *, against: bool, mark: tuple[Mark, str, str]) -> Evidence:
    """Say why a rule applies or cannot tell, and on what it rests."""
    rule, case = advised.rule, asked.case
    unknown = "" if advised.applies else readable(unknown_of(rule))
    return Evidence(
        rule=rule.id,
        title=rule.title,
        mark=mark[0],
        icon=mark[1],
        state=f"{mark[2]}: {_EFFECTS[rule.effect]}" if advised.applies else mark[2],
        says=sentence(case.summary(advised)) if advised.applies else asked.why_not_known(advised.finding.missing) + ".",
        why=sentence(_plain(case.say(rule.card.detail, advised)))
        if advised.applies
        else sentence(_CLAIMS.sub("", rule.purpose)),
        change=sentence(_plain(case.say(rule.card.action, advised))) if advised.applies else sentence(unknown),
        steps=_steps(asked, advised),
        sources=tuple(_source(entry) for entry in rule.evidence),
        remarks=tuple(_remarks(asked, rule)),
        version=rule.version,
        reviewed=say_day(max(entry.last_reviewed for entry in rule.evidence)),
        against=against,
    )


def _plain(text: str) -> str:
    """Return a card's text without the marks of its emphasis."""
    return text.replace("**", "").replace("_", "") if "**" in text or "_" in text else text


def _source(entry: Cited) -> Source:
    design = "D" in entry.verified
    signed = f"signed by {entry.signed_by}" if entry.signed_by else UNSIGNED
    return Source(
        citation=entry.citation,
        grade=entry.grade,
        url=entry.url,
        locator=entry.locator,
        verified=VERIFIED[entry.verified],
        signed=signed if design else "",
    )


def _remarks(asked: Asked, rule: Rule) -> list[str]:
    """Say plainly what is inferred, and what is this site's."""
    texts = f"{rule.card.summary} {rule.card.detail} {rule.card.action}"
    soft = rule.strength is Strength.SOFT and not any(word in texts for word in SAID_TO_BE_SOFT)
    return [text for text in (SOFT_STOP if soft else "", asked.case.knowledge.local.of(rule.id)) if text]


def _steps(asked: Asked, advised: Advised) -> tuple[Step, ...]:
    """Go through the conditions of a rule: which hold, by what, and which nobody can tell."""
    return tuple(_step(asked, advised, one) for one in conditions(advised.rule, asked.case.knowledge))


def _step(asked: Asked, advised: Advised, condition: ConditionInWords) -> Step:
    asked_of = asked.rules[advised.rule.id]
    match condition.part:
        case "scope":
            holds, value = _held(asked, advised, asked_of.scope[condition.index])
        case "when":
            holds, value = _held(asked, advised, asked_of.when[condition.index])
        case "having":
            having = advised.rule.having
            holds, value = (True, f"{count_of(advised.finding.matches, having)}") if advised.applies else (None, "")
        case "requires":
            holds, value = _known(asked, advised.rule.requires[condition.index])
    icon, state = _STATES[holds]
    return Step(icon=icon, state=state, text=condition.text, value=readable(value))


def _known(asked: Asked, domain: str) -> tuple[bool | None, str]:
    """Say whether data are known that a rule needs to be told that it does not apply."""
    state = asked.states.get(domain)
    if state is not None and state.state in KNOWN_STATES:
        return True, state_in_words(state)
    return None, why_unknown(state, ())


_STATES = {
    True: ("check", "holds"),
    False: ("circle-x", "does not hold"),
    None: ("circle-question-mark", "cannot tell"),
}


def _held(asked: Asked, advised: Advised, part: PartAsked) -> tuple[bool | None, str]:
    """Say whether one condition holds, and what the record says to it."""
    missing = set(advised.finding.missing)
    if isinstance(part.part, Absence):
        unseen = part.part.domain in missing
        fitting = [] if part.joined else asked.chart.fitting(part)
        if fitting:
            return False, _values(asked, fitting)
        return (None, asked.why_not_known(sorted(missing))) if unseen else (True, "none found")
    facts = [match[part.part.as_] for match in advised.finding.matches if part.part.as_ in match]
    if facts or (fitting := asked.chart.fitting(part)):
        return True, _values(asked, facts or fitting)
    return (None, "not known") if missing else (False, "none")


def _values(asked: Asked, facts: Sequence[Fact]) -> str:
    words = said(dict.fromkeys(facts), asked.case.knowledge)
    return opened(joined(dated(words)))
