"""One answer as the demo shows it: who the patient is, what was asked, the cards, request and response."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any

import orjson

from kcds.advice.speaking import Audience, Speech, speech_on_view
from kcds.cards.plain_text import opened
from kcds.cards.silence import SPEAKS, why_no_card
from kcds.cards.wording import EXPOSED
from kcds.cds_hooks.card import to_json
from kcds.cds_hooks.services import Hook
from kcds.model.advice import Disposition
from kcds.pages.demo.cards import CardOnScreen, draw_cards
from kcds.pages.review.banner import make_banner, subject_of
from kcds.pages.review.case import is_exposed
from kcds.pages.review.model import Banner
from kcds.pages.words import MOMENTS
from kcds.reading import Content
from kcds.service import Assessment, Review
from kcds.settings import Settings

_TO_HEAR_MORE = "KCDS_PATIENT_VIEW"
_LONGEST = 400_000

DEFAULT: Audience = Settings.model_fields["patient_view"].default
"""For whom patient-view speaks where nothing is set."""


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

SILENT = Headline("Silent", "check", "mut")
"""Where there is no card."""


@dataclass(frozen=True, slots=True)
class Written:
    """JSON as people read it, or None where it is too long to be shown; and how long it is."""

    text: str | None
    lines: int
    kilobytes: int


@dataclass(frozen=True, slots=True)
class Hearing:
    """What one setting of KCDS_PATIENT_VIEW would let this patient's clinician hear."""

    audience: Audience
    whom: str
    speaks: bool
    here: bool  # the setting of this service
    default: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Everything that the page of one answer shows."""

    banner: Banner
    hook: Hook
    asked: str
    order: str | None
    headline: Headline
    cards: tuple[CardOnScreen, ...]
    silence: str | None  # why there is no card
    today: date
    hearings: tuple[Hearing, ...]  # on patient-view: who would hear of this patient
    sent: Written
    answered: Written


def headline_of(assessment: Assessment) -> Headline:
    """Return how the advice is shown; where no card says it, that there is none."""
    if not assessment.cards:
        return SILENT
    headline = _HEADLINES[assessment.advice.disposition]
    if assessment.advice.disposition is Disposition.CANDIDATE and is_exposed(assessment.facts):
        return replace(headline, word=EXPOSED)
    return headline


def make_answer(content: Content, hook: Hook, review: Review, *, today: date, audience: Audience) -> Answer:
    """Make what the page shows of one answer: the cards in the JSON in which an EHR would get them."""
    assessment = review.assessment
    response = {"cards": to_json(assessment.cards)}
    order, ordered = subject_of(assessment)
    return Answer(
        banner=make_banner(review),
        hook=hook,
        asked=opened(MOMENTS[hook]),
        order=order if ordered else None,
        headline=headline_of(assessment),
        cards=draw_cards(response["cards"]),
        silence=_silence(hook, assessment, audience),
        today=today,
        hearings=_hearings(assessment, audience) if hook is Hook.PATIENT_VIEW else (),
        sent=_written(content),
        answered=_pretty(response),
    )


def _silence(hook: Hook, assessment: Assessment, audience: Audience) -> str | None:
    if assessment.cards:
        return None
    return opened(why_no_card(hook, assessment.facts, assessment.advice, audience, _TO_HEAR_MORE))


def speaks_on_view(assessment: Assessment, audience: Audience) -> bool:
    """Whether there would be a card on opening this chart, where patient-view speaks for this audience."""
    return speech_on_view(assessment.advice, assessment.facts, audience) is not Speech.SILENCE


def _hearings(assessment: Assessment, here: Audience) -> tuple[Hearing, ...]:
    return tuple(
        Hearing(audience, whom, speaks_on_view(assessment, audience), audience is here, audience is DEFAULT)
        for audience, whom in SPEAKS.items()
    )


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
