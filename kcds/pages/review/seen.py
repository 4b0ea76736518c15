"""What the review could and could not see: each query, what it brought, and what could not be understood."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from kcds.cards.gaps import why_unknown
from kcds.cards.plain_text import opened
from kcds.fhir.record import Record, Retrieval
from kcds.model.facts import KNOWN_STATES, DataState, UnidentifiedMedication, UnidentifiedProblem
from kcds.model.queries import RESOURCE_OF, TITLE_OF, Query
from kcds.pages.html import say_day
from kcds.pages.review.case import Case
from kcds.pages.review.fact_words import fact_in_words
from kcds.pages.review.model import Dated, Seen, SeenAll, Told
from kcds.pages.review.unknown import NOT_PERMITTED, REFUSED
from kcds.pages.review.words import phrase
from kcds.pages.words import counted
from kcds.service import Review

_WHY = {
    Retrieval.ABSENT: "not asked for",
    Retrieval.FAILED: "could not be loaded",
    Retrieval.INCOMPLETE: "only partly loaded",
}


_NOTHING_FOUND = "Looked for, but no entry found: that is not the same as no"
_NOTHING_RECENT = "Recorded, but nothing recent enough"


def make_seen(case: Case, review: Review) -> SeenAll:
    """Say what was read, what was not, and what was not understood."""
    record = case.assessment.record
    counts = _counts(record)
    refused = frozenset(name for kind in REFUSED for name in review.failures.get(kind, ()))
    return SeenAll(
        queries=tuple(_seen(query, record, counts, refused) for query in Query if query is not Query.PATIENT),
        unread=tuple(_unread(record)),
        unknown=tuple(_unknown(case)),
        unidentified=tuple(_unidentified(case)),
    )


def _counts(record: Record) -> Mapping[str, int]:
    """Count what came with each key; what came without one counts for its type."""
    every = (
        *((one, "Condition") for one in record.conditions),
        *((one, one.type) for one in record.medications),
        *((one, "Observation") for one in record.observations),
        *((one, "Procedure") for one in record.procedures),
        *((one, "AllergyIntolerance") for one in record.allergies),
    )
    keys = {kind: query.value for query, kind in RESOURCE_OF.items()}
    return Counter(one.key or keys.get(kind, kind) for one, kind in every)


def _seen(query: Query, record: Record, counts: Mapping[str, int], refused: Collection[str]) -> Seen:
    state = record.retrievals.get(query, Retrieval.ABSENT)
    number = counts.get(query, 0)
    if state is Retrieval.GIVEN:
        return Seen(title=TITLE_OF[query], text=str(number) if number else "none", missing=False)
    why = NOT_PERMITTED if RESOURCE_OF.get(query, "Observation") in refused else _WHY[state]
    return Seen(title=TITLE_OF[query], text=phrase(str(number) if number else "", why), missing=True)


def _unread(record: Record) -> Iterator[str]:
    """Count by type what could not be read."""
    for kind, number in sorted(Counter(one.type for one in record.unreadable).items()):
        entries = counted(number, "entry", "entries")
        yield f"{entries} of type {kind} could not be read: what could have stood there counts as not known."


def _unknown(case: Case) -> Iterator[Told]:
    """Name the data domains that are not known, by why."""
    domains = case.knowledge.domains
    found: dict[str, list[str]] = {}
    for state in case.assessment.facts:
        if not isinstance(state, DataState) or state.domain is None or state.state == "known":
            continue
        none = _NOTHING_RECENT if state.date is not None else _NOTHING_FOUND
        why = none if state.state in KNOWN_STATES else opened(why_unknown(state, ()))
        last = f", last {say_day(state.date)}" if state.date else ""
        found.setdefault(why, []).append(domains[state.domain].title + last)
    yield from (Told(title=why, lines=tuple(sorted(names))) for why, names in sorted(found.items()))


def _unidentified(case: Case) -> Iterator[Dated]:
    for fact in case.assessment.facts:
        if isinstance(fact, UnidentifiedProblem | UnidentifiedMedication):
            kind = "Problem" if isinstance(fact, UnidentifiedProblem) else "Medicine"
            words = fact_in_words(fact, case.knowledge)
            yield Dated(text=f"{kind}: {words.text}", when=words.when)
