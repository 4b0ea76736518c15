"""Problems as the facts see them: void ones left out, state and certainty settled, codes turned into concepts.

Shared by the facts on conditions, pain, substance use, pregnancy and the health domains.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from operator import attrgetter

from kcds.facts.repaired import lost_of
from kcds.fhir.record import Condition
from kcds.knowledge.remembered import Remembered
from kcds.knowledge.value_sets import ValueSets
from kcds.model.code_systems import short_name
from kcds.model.dates import Span
from kcds.model.immutable import immutable

ACTIVE_STATUSES = frozenset({"active", "recurrence", "relapse"})
PAST_STATUSES = frozenset({"inactive", "remission", "resolved"})
VOID_VERIFICATIONS = frozenset({"refuted", "entered-in-error"})
CONFIRMED_VERIFICATIONS = frozenset({"confirmed", None})

Days = tuple[date | None, date | None]
"""The first and the last possible day of something; None where no bound is known."""


@immutable
class Match:
    """The code that puts a problem into a concept: "icd-10-cm:F11.20", our display, and whether it is verified."""

    code: str
    label: str
    verified: bool


@immutable
class Problem:
    """One non-void problem."""

    condition: Condition
    concepts: Mapping[str, Match]  # by name, in alphabetical order
    state: str  # active | past | unknown
    confirmed: bool
    onset: Days  # neither day in the future
    abated: Days

    @property
    def source(self) -> str:
        """The reference of the problem."""
        return self.condition.reference

    @property
    def remission(self) -> bool:
        """Whether its clinical status says remission."""
        return self.condition.clinical_status == "remission"

    @property
    def onset_recorded(self) -> bool:
        """Whether the record gives an onset, be it readable or not."""
        return self.condition.onset is not None or lost_of(self.condition, "onset")

    def match_of(self, concepts: Collection[str]) -> Match | None:
        """Return the code that puts the problem into one of the concepts; a verified one if there is any."""
        if self.concepts.keys().isdisjoint(concepts):
            return None
        matches = [self.concepts[concept] for concept in concepts if concept in self.concepts]
        return next((match for match in matches if match.verified), matches[0])

    def is_sure(self, concepts: Collection[str]) -> bool:
        """Tell whether nothing is doubtful: confirmed, its state known, a verified code in one of the concepts."""
        match = self.match_of(concepts)
        return self.confirmed and self.state != "unknown" and match is not None and match.verified


@immutable
class Problems:
    """The problem list: every problem that is not void, in the order of their references."""

    all: tuple[Problem, ...]
    by_concept: Mapping[str, Sequence[Problem]]
    unplaced: tuple[Problem, ...]  # those that are not past, and have no code of any of our value sets

    def __iter__(self) -> Iterator[Problem]:
        """Give every problem."""
        return iter(self.all)

    def __len__(self) -> int:
        """Count the problems."""
        return len(self.all)

    def of(self, concepts: Iterable[str]) -> Sequence[Problem]:
        """Return the problems that belong to any of these concepts, in the order of the list."""
        groups = [self.by_concept[name] for name in concepts if name in self.by_concept]
        if len(groups) <= 1:
            return groups[0] if groups else ()
        found = {id(problem) for group in groups for problem in group}
        return [problem for problem in self.all if id(problem) in found]


def read_problems(conditions: Iterable[Condition], value_sets: ValueSets, today: date) -> Problems:
    """Return the problem list."""
    problems = _problems(conditions, value_sets, today)
    by_concept: dict[str, list[Problem]] = defaultdict(list)
    for problem in problems:
        for concept in problem.concepts:
            by_concept[concept].append(problem)
    unplaced = tuple(one for one in problems if not one.concepts and one.state != "past")
    return Problems(problems, dict(by_concept), unplaced)


def _problems(conditions: Iterable[Condition], value_sets: ValueSets, today: date) -> tuple[Problem, ...]:
    """Return every problem that is not void."""
    matches = _matches_in(value_sets)
    return tuple(
        [
            Problem(
                condition=condition,
                concepts=_concepts_of(condition, matches),
                state=_state_of(condition, today),
                confirmed=condition.verification_status in CONFIRMED_VERIFICATIONS
                and not lost_of(condition, "verificationStatus", "code"),
                onset=_past_days(condition, "onset", condition.onset, today),
                abated=_past_days(condition, "abatement", condition.abatement, today),
            )
            for condition in sorted(conditions, key=attrgetter("reference"))
            if condition.verification_status not in VOID_VERIFICATIONS
        ]
    )


def days_of(span: Span | None) -> Days:
    """Return the first and the last possible day of what happened within a span; of an open one, its start."""
    if span is None:
        return None, None
    first = span.start.earliest if span.start is not None else None
    if span.end is not None:
        return first, span.end.latest
    return first, span.start.latest if span.start is not None else None


def _past_days(condition: Condition, element: str, span: Span | None, today: date) -> Days:
    """Return the possible days of an onset or abatement; one in the future, or repaired away, has none."""
    if span is None or lost_of(condition, element):
        return None, None
    first, last = days_of(span)
    if first is not None and first > today:
        return None, None
    return first, min(last, today) if last is not None else None


def _state_of(condition: Condition, today: date) -> str:
    """Return active, past or unknown. Active and yet abated is a contradiction, so unknown."""
    if condition.clinical_status in PAST_STATUSES:
        return "past"
    abated = _abated(condition, today)
    if condition.clinical_status in ACTIVE_STATUSES:
        return "active" if abated is False else "unknown"
    return "past" if abated else "unknown"


def _abated(condition: Condition, today: date) -> bool | None:
    """Tell whether the problem has abated by today; None if the record leaves it open."""
    if lost_of(condition, "abatement"):
        return None
    if condition.abatement is None:
        return condition.abated
    first, last = days_of(condition.abatement)
    if last is not None and last <= today:
        return True
    return False if first is not None and first > today else None


@lru_cache(maxsize=2)
def _matches_in(value_sets: ValueSets) -> Remembered[Mapping[str, Match]]:
    """Return what finds the concepts of one code, by name in alphabetical order; remembered for codes of ours."""

    def find(system: str | None, code: str | None) -> Mapping[str, Match]:
        written = f"{short_name(system)}:{code}"
        return {one.concept: Match(written, one.display, one.verified) for one in value_sets.memberships(system, code)}

    return Remembered(find)


def _concepts_of(condition: Condition, matches: Remembered[Mapping[str, Match]]) -> Mapping[str, Match]:
    """Return the concepts of the codes, each with the first verified code, else the first."""
    codings = condition.code.codings
    if len(codings) == 1:
        return matches(codings[0].system, codings[0].code)
    found: dict[str, Match] = {}
    for coding in codings:
        for concept, match in matches(coding.system, coding.code).items():
            if concept not in found or (match.verified and not found[concept].verified):
                found[concept] = match
    return dict(sorted(found.items()))
