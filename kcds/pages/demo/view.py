"""One answer as the demo shows it: who the patient is, what was asked, the cards, request and response."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

import orjson

from kcds.advice.speaking import Audience
from kcds.cards.silence import SPEAKS, why_no_card
from kcds.cds_hooks.card import to_json
from kcds.cds_hooks.services import Hook
from kcds.facts.patient import completed_years
from kcds.fhir.person import Person, born_on
from kcds.model.advice import Disposition
from kcds.model.facts import Treatment
from kcds.pages.demo.cards import CardOnScreen, draw_cards
from kcds.pages.html import say_day
from kcds.pages.review.fact_words import order_in_words
from kcds.reading import Content
from kcds.service import Assessment, Review

_ASKED: Mapping[Hook, str] = MappingProxyType(
    {
        Hook.PATIENT_VIEW: "A chart is opened",
        Hook.ORDER_SELECT: "An order is selected",
        Hook.ORDER_SIGN: "An order is about to be signed",
    }
)
_TO_HEAR_MORE = "setting KCDS_PATIENT_VIEW; pain shows more"
_LONGEST = 400_000


@dataclass(frozen=True, slots=True)
class Headline:
    """What the advice comes to, as a word with its sign: never by colour alone."""

    word: str
    icon: str
    tone: str  # a class of kcds.css


_HEADLINES: Mapping[Disposition, Headline] = MappingProxyType(
    {
        Disposition.CONTRAINDICATED: Headline("Contraindicated", "octagon-alert", "stop"),
        Disposition.OUT_OF_SCOPE: Headline("Out of scope", "circle-x", "mut"),
        Disposition.NOT_YET: Headline("Not yet", "clock", "mut"),
        Disposition.INSUFFICIENT_DATA: Headline("Cannot tell yet", "circle-question-mark", "unk"),
        Disposition.CAUTION: Headline("Caution", "triangle-alert", "caution"),
        Disposition.CANDIDATE: Headline("May be considered", "circle-check", "sup"),
    }
)


@dataclass(frozen=True, slots=True)
class Written:
    """JSON as people read it, or None where it is too long to be shown; and how long it is."""

    text: str | None
    lines: int
    kilobytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Everything that the page of one answer shows."""

    person: Person
    born: str | None
    hook: Hook
    asked: str
    orders: tuple[str, ...]
    headline: Headline
    cards: tuple[CardOnScreen, ...]
    silence: str | None  # why there is no card
    today: date
    audience: Audience
    heard: str  # for whom patient-view speaks
    sent: Written
    answered: Written


def headline_of(disposition: Disposition) -> Headline:
    """Return how a disposition is shown."""
    return _HEADLINES[disposition]


def make_answer(content: Content, hook: Hook, review: Review, *, today: date, audience: Audience) -> Answer:
    """Make what the page shows of one answer: the cards in the JSON in which an EHR would get them."""
    assessment = review.assessment
    response = {"cards": to_json(assessment.cards)}
    return Answer(
        person=review.person,
        born=_born(review.person, today),
        hook=hook,
        asked=_ASKED[hook],
        orders=tuple(order_in_words(fact) for fact in assessment.facts if isinstance(fact, Treatment) and fact.drafted),
        headline=headline_of(assessment.advice.disposition),
        cards=draw_cards(response["cards"]),
        silence=_silence(hook, assessment, audience),
        today=today,
        audience=audience,
        heard=SPEAKS[audience],
        sent=_written(content),
        answered=_pretty(response),
    )


def _silence(hook: Hook, assessment: Assessment, audience: Audience) -> str | None:
    if assessment.cards:
        return None
    reason = why_no_card(hook, assessment.facts, assessment.advice, audience, _TO_HEAR_MORE)
    return reason[:1].upper() + reason[1:]


def _born(person: Person, today: date) -> str | None:
    """Say when somebody was born, with the age where the day is known."""
    day = born_on(person)
    if day is None:
        return person.born
    return f"{say_day(day)} ({completed_years(day, today)})" if day <= today else say_day(day)


def _written(content: Content) -> Written:
    """Write what was sent: JSON anew, NDJSON as it came."""
    if content.parsed is None:
        return _measured(content.raw)
    return _pretty(content.parsed)


def _pretty(value: Any) -> Written:  # noqa: ANN401 - JSON
    return _measured(orjson.dumps(value, option=orjson.OPT_INDENT_2))


def _measured(text: bytes) -> Written:
    shown = text.decode(errors="replace") if len(text) <= _LONGEST else None
    return Written(shown, text.count(b"\n") + 1, -(-len(text) // 1000))
