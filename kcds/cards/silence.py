"""Why there is no card: silence is the default, and whoever looks for advice is told the reason."""

from collections.abc import Iterable

from kcds.advice.speaking import Audience
from kcds.advice.weigh import Advice
from kcds.cards.wording import STATE_WORDS
from kcds.cds_hooks.services import Hook
from kcds.model.facts import DataState, Fact, PainProblem, Treatment
from kcds.model.findings import Effect

SPEAKS = {
    Audience.KETAMINE: "for patients on ketamine, with ketamine planned, or given in the last 12 months",
    Audience.REFRACTORY: "for patients on ketamine, or with chronic pain whose prior treatment has or may have failed",
    Audience.PAIN: "for patients on ketamine or with a pain problem",
}
"""For whom patient-view speaks."""


def why_no_card(hook: Hook, facts: Iterable[Fact], advice: Advice, audience: Audience, to_hear_more: str) -> str:
    """Say in one sentence why there is no card; `to_hear_more` says by which setting patient-view would speak."""
    known = tuple(facts)
    if hook is not Hook.PATIENT_VIEW:
        if any(isinstance(fact, Treatment) and fact.drafted for fact in known):
            return "the order is not for pain, and no rule in use found a contraindication or an interaction."
        selected = "selected" if hook is Hook.ORDER_SELECT else "drafted"
        return f"no order for ketamine or esketamine is {selected}."
    reasons = [a.rule.title for a in advice.advised if a.applies and a.rule.effect is Effect.OUT_OF_SCOPE]
    if reasons:
        return "; ".join(reasons) + "."
    if not any(isinstance(fact, PainProblem) for fact in known):
        unread = [why_unknown(fact) for fact in known if isinstance(fact, DataState) and fact.domain == "problem-list"]
        return f"no active pain problem and no ketamine was seen; problem list: {', '.join(unread)}."
    return f"patient-view speaks only {SPEAKS[audience]} ({to_hear_more})."


def why_unknown(state: DataState | None) -> str:
    """Say why a domain is not known."""
    words = STATE_WORDS.get((state and state.state) or "missing", STATE_WORDS["missing"])
    return f"{words}, last {state.date}" if state and state.date else words
