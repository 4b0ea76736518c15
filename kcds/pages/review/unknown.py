"""What nobody can tell of a patient: by data domain, why, what to ask for, and what may hide behind it."""

from collections.abc import Iterable, Iterator

from kcds.advice.weigh import Advised
from kcds.cards.gaps import gap_of, why_unknown
from kcds.cards.plain_text import opened, sentence
from kcds.model.facts import DataState
from kcds.model.findings import Category, Effect
from kcds.pages.review.case import Case
from kcds.pages.review.model import Column, Item, Mark
from kcds.pages.review.words import readable, sentences
from kcds.pages.words import counted

MOST_ITEMS = 3
"""Items that a column shows; the others are counted, and stand in the table."""

REFUSED = frozenset({"status 403", "not-granted"})
NOT_PERMITTED = "not permitted by the EHR"
_COUNTS_AS_NONE = "none-recorded"


def unknown_domains(case: Case) -> list[str]:
    """Return every data domain for want of which some rule cannot tell; those that matter here first.

    Of these, those that decide; of these, those behind which most contraindications may hide.
    """
    undecided, blocking, minded = case.advice.undecided, case.advice.blocking, _minded(case)
    names = {name for advised in undecided for name in advised.finding.missing}
    hidden = {name: len(_stops_hidden(undecided, name)) for name in names}
    return sorted(names, key=lambda name: (name not in minded, name not in blocking, -hidden[name], name))


def _minded(case: Case) -> set[str]:
    """Return the data domains that matter to what is asked."""
    return {name for advised in case.advice.undecided if case.minds(advised) for name in advised.finding.missing}


def make_unknown(case: Case) -> Column:
    """Say what is not known: what decides with what to ask, the rest by name."""
    advice, domains = case.advice, case.knowledge.domains
    states = {fact.domain: fact for fact in case.assessment.facts if isinstance(fact, DataState)}
    names = [name for name in unknown_domains(case) if case.about_pain or name in _minded(case)]
    gaps = [
        (name, gap_of(domains[name], why_unknown(states.get(name), ()), states.get(name), advice.undecided))
        for name in names
    ]
    asked: dict[str, list[str]] = {}
    hidden: dict[str, set[str]] = {}
    for name, gap in gaps:
        asked.setdefault(sentence(readable(gap.ask)), []).append(readable(gap.named()))
        hidden.setdefault(sentence(readable(gap.ask)), set()).update(_stops_hidden(advice.undecided, name))
    items = [
        Item(title=opened("; ".join(titles)), values=_hides(len(hidden[ask])), change=ask)
        for ask, titles in asked.items()
    ]
    shown = items if len(items) <= MOST_ITEMS + 1 else items[:MOST_ITEMS]
    others = [item.title[:1].lower() + item.title[1:] for item in items[len(shown) :]]
    return Column(
        mark=Mark.UNKNOWN,
        icon="circle-question-mark",
        title="Cannot tell",
        number=len(names),
        items=tuple(shown),
        rest=" ".join([*([f"Also not known: {'; '.join(others)}."] if others else []), *_to_confirm(case)]),
        none="" if names else "Nothing is missing that a rule asks for.",
    )


def _to_confirm(case: Case) -> Iterator[str]:
    """Say what counts as none because no entry was found: the card says it, and asks to confirm it."""
    for advised in case.advice.with_effect(Effect.INFORM):
        if is_absence(advised) and any(advised in plan.shown for plan in case.plans):
            yield sentences([case.summary(advised), case.say(advised.rule.card.detail or "", advised)])


def is_absence(advised: Advised) -> bool:
    """Whether a finding notes about the record that entries are lacking which count as none."""
    facts = (fact for match in advised.finding.matches for fact in match.values())
    of_record = advised.rule.category is Category.DATA_QUALITY
    return of_record and any(isinstance(fact, DataState) and fact.state == _COUNTS_AS_NONE for fact in facts)


def _stops_hidden(undecided: Iterable[Advised], domain: str) -> set[str]:
    """Return the contraindications that cannot be told for want of a domain."""
    return {a.rule.id for a in undecided if a.rule.effect is Effect.STOP and domain in a.finding.missing}


def _hides(number: int) -> str:
    return f"{counted(number, 'contraindication')} cannot be ruled out without it." if number else ""
