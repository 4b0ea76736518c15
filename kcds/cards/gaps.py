"""What is not known: data domains, why nobody knows, and what to ask for. The same words on every card and page."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from kcds.advice.weigh import Advised
from kcds.cards.plain_text import opened
from kcds.cards.plan_text import unknown_of
from kcds.cards.wording import STATE_WORDS, UNCLEAR_WORDS
from kcds.knowledge.domains import Domain
from kcds.model.facts import DataState

RECORD = "record"
"""The domain that says which parts of the record were not loaded."""

MOST_PARTS = 4
"""A card names so many of them, and says how many more there are."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A data domain that is not known, why, and what to ask for."""

    title: str
    why: str
    ask: str

    def named(self) -> str:
        """Name it, and say why, inside a sentence."""
        return f"{self.title} ({self.why})"

    def opened(self) -> str:
        """Name it, and say why, as the opening of a line of a card."""
        return f"**{opened(self.title)}** ({self.why})"


def gap_of(domain: Domain, words: str, state: DataState | None, undecided: Iterable[Advised]) -> Gap:
    """Say what is not known, why, and what to ask: in the words of the most urgent rule that needs it."""
    when = f", last {state.date.isoformat()}" if state and state.date else ""
    needing = (unknown_of(a.rule) for a in undecided if domain.name in a.finding.missing)
    ask = next((text for text in needing if text), domain.ask)
    return Gap(domain.title, f"{words}{when}", ask)


def why_unknown(state: DataState | None, said: Collection[str]) -> str:
    """Say why a domain is not known; of the record, which parts were not loaded, unless those are `said` already."""
    if state is None or state.state is None:
        return STATE_WORDS["missing"]
    if state.domain == RECORD:
        return _parts_not_loaded(state, said)
    unclear = UNCLEAR_WORDS.get(state.basis or "") if state.state == "uncertain" else None
    return unclear or STATE_WORDS.get(state.state, STATE_WORDS["missing"])


def _parts_not_loaded(record: DataState, said: Collection[str]) -> str:
    """Name the parts of the record that were not loaded; those that have a line of their own are not said twice."""
    parts = [part for part in (record.basis or "").split(", ") if part not in said]
    more = f" and {len(parts) - MOST_PARTS} more" if len(parts) > MOST_PARTS else ""
    return f"not fully loaded: {', '.join(parts[:MOST_PARTS])}{more}" if parts else ""
