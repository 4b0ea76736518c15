"""Whether kcds speaks, and about what: silence is the default (CONTRACT 4)."""

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from kcds.advice.weigh import Advice
from kcds.knowledge.rule import Pattern
from kcds.model.advice import Disposition
from kcds.model.facts import DataState, Exposure, Fact, PainProblem, PriorTreatment, Treatment
from kcds.model.findings import Category, Effect


class Audience(StrEnum):
    """For whom patient-view speaks (`KCDS_PATIENT_VIEW`)."""

    KETAMINE = "ketamine"  # on ketamine or esketamine, planned, or given in the last 12 months
    REFRACTORY = "refractory"  # those, and active chronic pain whose prior-treatment requirement is or may be met
    PAIN = "pain"  # those, and everybody with an active condition of the pain sets


class Speech(StrEnum):
    """What is said."""

    SILENCE = "silence"
    SAFETY = "safety"  # contraindications and interactions only: the order is not for pain
    ALL = "all"


F = TypeVar("F", bound=Fact)

_UNSEEN = frozenset({"failed", "incomplete", "unreadable"})
"""States of the problem list in which a pain problem may be there although none was seen."""


def speech_on_order(advice: Advice, facts: Iterable[Fact]) -> Speech:
    """Decide for order-select and order-sign: speak only about a ketamine or esketamine order."""
    orders = [t for t in _of(facts, Treatment) if t.drafted]
    if not orders:
        return Speech.SILENCE
    if any(order.for_pain is not False for order in orders):
        return Speech.ALL
    return Speech.SAFETY if _safety_findings(advice) else Speech.SILENCE


def speech_on_view(advice: Advice, facts: Iterable[Fact], audience: Audience) -> Speech:
    """Decide for patient-view, which speaks only for patients of the audience, and never out of scope."""
    if advice.disposition is Disposition.OUT_OF_SCOPE:
        return Speech.SILENCE
    facts = tuple(facts)
    if any(e.on_treatment or e.planned or e.infusions for e in _of(facts, Exposure)):
        return Speech.ALL
    problems = _of(facts, PainProblem)
    unseen = _pain_cannot_be_ruled_out(facts)
    if audience is Audience.PAIN and (problems or unseen):
        return Speech.ALL
    chronic = unseen or any(p.chronic != "no" for p in problems)
    if audience is Audience.REFRACTORY and chronic and not _known_not_refractory(advice):
        return Speech.ALL
    return Speech.SILENCE


def _pain_cannot_be_ruled_out(facts: Iterable[Fact]) -> bool:
    """Whether pain was treated and the problem list could not be read: silence would hide what is known."""
    facts = tuple(facts)
    treated = any(history.recorded for history in _of(facts, PriorTreatment))
    lists = [d for d in _of(facts, DataState) if d.domain == "problem-list"]
    return treated and any(d.state in _UNSEEN for d in lists)


def _known_not_refractory(advice: Advice) -> bool:
    """Whether a rule about prior treatment says that its requirement is known to be unmet."""
    unmet = (a.rule for a in advice.with_effect(Effect.UNMET))
    return any(isinstance(p, Pattern) and p.fact == PriorTreatment.kind for rule in unmet for p in rule.when)


def _safety_findings(advice: Advice) -> bool:
    """Whether there is a real danger; an interaction that only informs is none."""
    return any(
        a.rule.effect is Effect.STOP or a.rule.category is Category.INTERACTION
        for a in advice.with_effect(Effect.STOP, Effect.CAUTION)
    )


def _of(facts: Iterable[Fact], kind: type[F]) -> list[F]:
    return [fact for fact in facts if isinstance(fact, kind)]
