"""One hook call, from request to response."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from kcds.advice.speaking import Audience, Speech, speech_on_order, speech_on_view
from kcds.advice.weigh import Advice, weigh
from kcds.cards.fatigue import Memory
from kcds.cards.links import Links
from kcds.cards.make import MadeCard, Occasion, make_cards
from kcds.cards.offers import NewUuid
from kcds.cds_hooks.card import Card
from kcds.cds_hooks.prefetch import filled, prefetch_templates
from kcds.cds_hooks.request import HookRequest
from kcds.cds_hooks.services import Hook
from kcds.engine.protocol import RuleEngine
from kcds.errors import PreconditionError, RequestError
from kcds.facts.extract import extract_facts
from kcds.fhir.fetch import Data, Fetched, Fetcher
from kcds.fhir.fetch_server import Source
from kcds.fhir.person import Person, read_person
from kcds.fhir.read import read_prefetch
from kcds.fhir.record import Record, Retrieval
from kcds.knowledge.load import Knowledge
from kcds.knowledge.rule import Rule
from kcds.model.facts import Fact
from kcds.model.findings import Findings
from kcds.model.queries import Query
from kcds.model.steps import Step
from kcds.outbound.deadline import Deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When and for whom a call is answered: what would otherwise come from clocks, settings and random numbers."""

    now: datetime
    today: date
    audience: Audience
    new_uuid: NewUuid
    memory: Memory | None = None  # of earlier calls, where cards may be held back
    links: Links | None = None  # to the pages of the service, where one answers
    deadline: Deadline | None = None  # by when an answer is due; None: nobody waits
    done: Callable[[Step], None] = lambda _step: None  # told after each step, by whoever has a clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """Everything that one call came to, from the record to cards."""

    record: Record
    facts: tuple[Fact, ...]
    findings: Findings
    advice: Advice
    speech: Speech
    made: tuple[MadeCard, ...]
    remark: str | None = None  # on how the data were had, for those who run the service; nothing of the patient

    @property
    def cards(self) -> tuple[Card, ...]:
        """The cards to be shown: those that are not held back."""
        return tuple(made.card for made in self.made if made.card is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a review page rests on: the same assessment as the cards', and who the patient is."""

    assessment: Assessment
    person: Person
    failures: Mapping[str, Collection[str]] = field(default_factory=dict)
    """How requests for the data failed (`status 403`, `timeout`), and for which types of resources."""


@dataclass(frozen=True, slots=True)
class AdviceService:
    """Answers hook calls with one set of knowledge and one engine."""

    knowledge: Knowledge
    engine: RuleEngine
    fetcher: Fetcher | None = None  # None: nothing is fetched

    def respond(self, request: HookRequest, moment: Moment) -> Assessment:
        """Answer one hook call; raises RequestError for bad input, EvaluationError where no advice can be trusted."""
        fetched = self._fetched(request, moment.deadline)
        fetched = replace(fetched, remark=_remark(request, fetched))
        moment.done(Step.FETCH)
        record = self._record(request, fetched, moment.today)
        moment.done(Step.READ)
        return replace(self.assess(record, request.hook, request.patient_id, moment), remark=fetched.remark)

    def review(self, request: HookRequest, moment: Moment) -> Review:
        """Answer as `respond` does, with all that was measured and with who the patient is, for a page.

        Raises as `respond` does. What is read beyond what the rules look at adds older facts and changes no finding.
        """
        fetched = self._fetched(request, moment.deadline)
        fetched = replace(fetched, remark=_remark(request, fetched))
        moment.done(Step.FETCH)
        record = self._record(request, fetched, None)
        moment.done(Step.READ)
        assessment = self.assess(record, request.hook, request.patient_id, moment)
        person = read_person(fetched.data.answers.get(Query.PATIENT))
        return Review(assessment=replace(assessment, remark=fetched.remark), person=person, failures=fetched.failures)

    def _record(self, request: HookRequest, fetched: Fetched, today: date | None) -> Record:
        """Read what was sent and fetched; raises RequestError where no advice can rest on it.

        With `today`, measurements too old for any rule are left out.
        """
        try:
            record = read_prefetch(
                fetched.data.answers,
                patient_id=request.patient_id,
                draft_orders=fetched.data.draft_orders,
                selections=request.selections,
                wanted=self.knowledge.wants,
                since=self.knowledge.since(today) if today else None,
            )
            _require_clinical_data(record)
        except RequestError as error:
            raise fetched.refusal(error) from None
        return record

    def _fetched(self, request: HookRequest, deadline: Deadline | None) -> Fetched:
        """Fetch what is missing; a quarter of the time that is left stays for the advice."""
        data = Data(answers=request.prefetch or {}, draft_orders=request.draft_orders)
        if self.fetcher is None or request.fhir is None or deadline is None:
            return Fetched(data=data)
        source = Source(
            server=request.fhir.server,
            token=request.fhir.token,
            refused=request.fhir.refused,
            deadline=deadline.before(deadline.left() / 4),
        )
        templates = prefetch_templates(self.knowledge.value_sets.pairs_of)
        queries = {key: filled(template, request.patient_id) for key, template in templates.items()}
        return self.fetcher.complete(data, queries, source)

    def assess(self, record: Record, hook: Hook, patient_id: str, moment: Moment) -> Assessment:
        """Assess a record that has been read already."""
        facts = extract_facts(record, self.knowledge, today=moment.today, now=moment.now)
        moment.done(Step.FACTS)
        findings = self.engine.evaluate(facts, today=moment.today)
        moment.done(Step.RULES)
        advice = weigh(findings, self.rules, self.knowledge.domains, self.knowledge.local.muted)
        speech = _speech(advice, facts, hook, moment.audience)
        moment.done(Step.ADVICE)
        occasion = Occasion(
            hook=hook,
            patient_id=patient_id,
            now=moment.now,
            new_uuid=moment.new_uuid,
            memory=moment.memory,
            links=moment.links,
        )
        made = make_cards(advice, facts, speech, occasion, self.knowledge)
        moment.done(Step.CARDS)
        return Assessment(record=record, facts=facts, findings=findings, advice=advice, speech=speech, made=made)

    @property
    def rules(self) -> Mapping[str, Rule]:
        """The rules, by id."""
        return self.knowledge.rules_by_id


def _remark(request: HookRequest, fetched: Fetched) -> str | None:
    """Say what an engineer looks for when data are missing: what fetching failed of, and keys that nobody reads."""
    strange = len((request.prefetch or {}).keys() - set(Query))
    unread = f"{strange} of the prefetch keys are none that discovery lists" if strange else None
    return "; ".join(filter(None, (fetched.remark, unread))) or None


def _require_clinical_data(record: Record) -> None:
    """Raise PreconditionError (412) where the patient alone could be had: no advice can rest on that."""
    retrieved = (state for key, state in record.retrievals.items() if key != Query.PATIENT)
    if not any(state in (Retrieval.GIVEN, Retrieval.INCOMPLETE) for state in retrieved):
        raise PreconditionError("no clinical data was sent: prefetch the keys that discovery lists", "prefetch")


def _speech(advice: Advice, facts: tuple[Fact, ...], hook: Hook, audience: Audience) -> Speech:
    if hook is Hook.PATIENT_VIEW:
        return speech_on_view(advice, facts, audience)
    return speech_on_order(advice, facts)
