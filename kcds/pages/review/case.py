"""One patient's assessment, and which cards it amounts to: what every part of the page is made from."""

from collections.abc import Iterable
from dataclasses import dataclass

from kcds.advice.speaking import Speech
from kcds.advice.weigh import Advice, Advised
from kcds.cards.saying import say
from kcds.cards.summaries import Headline, headline_of
from kcds.cards.tiers import CardPlan, plan_for_order, plan_for_safety, plan_for_view
from kcds.cds_hooks.services import Hook
from kcds.knowledge.load import Knowledge
from kcds.model.facts import Exposure, Fact, Treatment
from kcds.model.findings import Category, Effect
from kcds.pages.review.words import readable
from kcds.service import Assessment, Review


@dataclass(frozen=True, slots=True)
class Case:
    """One patient's assessment, and which cards it amounts to."""

    assessment: Assessment
    knowledge: Knowledge
    plans: tuple[CardPlan, ...]  # what each card shows; none where nothing is to be said
    about_pain: bool
    exposed: bool  # on ketamine or esketamine, or had it lately

    @property
    def advice(self) -> Advice:
        """Return the advice."""
        return self.assessment.advice

    def minds(self, advised: Advised) -> bool:
        """Whether a finding matters to what is asked: of an order that is not for pain only stops and interactions."""
        rule = advised.rule
        return self.about_pain or rule.effect is Effect.STOP or rule.category is Category.INTERACTION

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
    exposed = is_exposed(facts)
    about_pain = not orders or any(order.for_pain is not False for order in orders)
    if hook is Hook.PATIENT_VIEW or not orders:
        plans = plan_for_view(advice, exposed=exposed)
    elif about_pain:
        plans = plan_for_order(advice, exposed=exposed)
    else:
        plans = plan_for_safety(advice) if assessment.speech is Speech.SAFETY else []
    return Case(assessment, knowledge, tuple(plans), about_pain, exposed)


def is_exposed(facts: Iterable[Fact]) -> bool:
    """Whether the patient is on ketamine or esketamine, or had it lately: then it is no longer to be considered."""
    return any(isinstance(fact, Exposure) and bool(fact.on_treatment or fact.infusions) for fact in facts)


def is_out_of_scope(case: Case) -> bool:
    """Whether the advice is not for this patient, be there a contraindication or not."""
    return bool(case.advice.with_effect(Effect.OUT_OF_SCOPE))


def headline_of_case(case: Case) -> Headline | None:
    """Return what the first card says, whether or not one was shown; None where it would say nothing."""
    if not case.plans:
        return None
    return headline_of(
        case.plans[0],
        case.advice,
        case.knowledge.domains,
        lambda a: case.knowledge.local.opening(a.rule.id) + say(a.rule.card.summary, a),
    )
