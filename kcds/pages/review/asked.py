"""A case with what is needed to go through all rules: their conditions, and the patient's facts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kcds.cards.gaps import why_unknown
from kcds.model.facts import DataState
from kcds.pages.review.case import Case
from kcds.pages.review.held import Chart, RuleAsked, rules_asked


@dataclass(frozen=True, slots=True)
class Asked:
    """A case with what is needed to go through all its rules."""

    case: Case
    chart: Chart
    rules: Mapping[str, RuleAsked]
    states: Mapping[str | None, DataState]

    def why_not_known(self, domains: Iterable[str]) -> str:
        """Say which data are not known, and why."""
        knowledge = self.case.knowledge
        named = (
            f"{knowledge.domains[name].title} ({why_unknown(self.states.get(name), ())})" for name in sorted(domains)
        )
        return f"Not known: {'; '.join(named)}"


def make_asked(case: Case, chart: Chart) -> Asked:
    """Prepare to go through the rules."""
    return Asked(
        case=case,
        chart=chart,
        rules=rules_asked(case.knowledge),
        states={fact.domain: fact for fact in chart.facts if isinstance(fact, DataState)},
    )
