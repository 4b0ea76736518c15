"""What is kept of an answered call: what was advised, and which cards were shown. Nothing of the patient."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

from kcds.advice.weigh import Advised
from kcds.auth.identity import Client
from kcds.cards.make import MadeCard
from kcds.cds_hooks.request import HookRequest
from kcds.cds_hooks.services import CdsService
from kcds.model.findings import Applicability
from kcds.service import Assessment
from kcds.store.records import CallRecord, CardRecord, RuleAnswer
from kcds.web.memory import CallMemory

_MOST_ANSWERS: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredCall:
    """One hook call that was answered: who asked which service, when, and what came of it."""

    id: UUID  # under which it is kept; made here
    at: datetime
    client: Client
    service: CdsService
    request: HookRequest
    assessment: Assessment
    milliseconds: float
    silent: bool  # nobody sees a card
    memory: CallMemory | None  # None: alert fatigue is off

    @property
    def shown(self) -> tuple[MadeCard, ...]:
        """The cards that somebody sees."""
        return () if self.silent else tuple(made for made in self.assessment.made if made.card is not None)

    def record(self, knowledge_version: str, mode: str) -> CallRecord:
        """Put together what is kept of it."""
        advice = self.assessment.advice
        return CallRecord(
            id=self.id,
            at=self.at,
            client=self.client.issuer,
            service=self.service.id,
            hook_instance=self.request.hook_instance,
            knowledge_version=knowledge_version,
            mode=mode,
            disposition=advice.disposition.value,
            milliseconds=self.milliseconds,
            rules=_answers(advice.advised),
            cards=tuple(_card(made, shown=made in self.shown) for made in self.assessment.made),
            patient_key=self.memory.patient_key if self.memory else None,
        )


def _card(made: MadeCard, *, shown: bool) -> CardRecord:
    return CardRecord(
        uuid=made.uuid,
        topic=made.tier.value,
        indicator=made.indicator.value,
        shown=shown,
        rules=_answers(made.drivers),
    )


def _answers(entries: Iterable[Advised]) -> tuple[RuleAnswer, ...]:
    return tuple([_answer(a.rule.id, a.rule.version, a.finding.answer) for a in entries])


@lru_cache(_MOST_ANSWERS)
def _answer(rule: str, version: str, answer: Applicability) -> RuleAnswer:
    """Put down one answer of one rule: nearly a hundred of them in each call, of a few hundred that there are."""
    return RuleAnswer(rule=rule, version=version, status=answer.value)
