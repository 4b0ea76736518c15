"""Which treatments were tried, which of them certainly failed, and whether that settles the requirement (E04).

Drugs of one class count once, and an order of several ingredients counts for one class only.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

from kcds.facts.trial_attempts import Attempt, Verdict
from kcds.model.facts import PriorTreatment, Trial
from kcds.model.immutable import immutable

FROM_MOST_TO_LEAST = tuple(Verdict)


@immutable
class Requirement:
    """How many drug classes and non-drug treatments must have been tried."""

    drug_classes: Decimal
    non_drug: Decimal


def trial_facts(drugs: Iterable[Attempt], non_drugs: Iterable[Attempt]) -> tuple[Trial, ...]:
    """Return one fact for each class of drugs and each kind of non-drug treatment: the best that was proved of it."""
    return tuple(
        _trial(treatment, group, attempts)
        for treatment, tried in (("drug", drugs), ("non-drug", non_drugs))
        for group, attempts in sorted(settle_combinations(tried).items())
    )


def count_trials(trials: Iterable[Trial]) -> PriorTreatment:
    """Count the classes and kinds that certainly and that possibly failed."""
    all_trials = tuple(trials)
    counts = Counter([(trial.treatment, trial.verdict) for trial in all_trials])
    return PriorTreatment(
        failed_classes=float(counts["drug", Verdict.FAILED]),
        possible_classes=float(counts["drug", Verdict.POSSIBLE]),
        non_drug=float(counts["non-drug", Verdict.FAILED]),
        possible_non_drug=float(counts["non-drug", Verdict.POSSIBLE]),
        recorded=bool(all_trials),
        sources=tuple(sorted({source for trial in all_trials for source in trial.sources})),
    )


def therapy_state(
    tried: PriorTreatment, needed: Requirement, gap: str | None, *, allergy_gap: str | None, unidentified: int
) -> str:
    """Say whether the record settles the requirement: certainly met, or short even if every doubt is resolved.

    `gap` is why a query does not answer in full; `unidentified`: how many medicines of the past are known by
    their text only, or not at all; each may be one more class that failed.
    `allergy_gap` is why the allergies are not all known: each may be one more class, but no non-drug treatment.
    """
    if _reaches(needed, tried.failed_classes, tried.non_drug):
        return "known"
    if gap is not None:
        return gap
    if not tried.recorded:
        return "uncertain" if unidentified else "missing"
    possible_classes = (tried.failed_classes or 0) + (tried.possible_classes or 0) + unidentified
    possible_non_drug = (tried.non_drug or 0) + (tried.possible_non_drug or 0)
    if allergy_gap is not None and possible_non_drug >= needed.non_drug:
        return allergy_gap
    return "uncertain" if _reaches(needed, possible_classes, possible_non_drug) else "known"


def _reaches(needed: Requirement, classes: float | None, non_drug: float | None) -> bool:
    """Tell whether these counts are enough."""
    return (classes or 0) >= needed.drug_classes and (non_drug or 0) >= needed.non_drug


def settle_combinations(attempts: Iterable[Attempt]) -> dict[str, list[Attempt]]:
    """Give every order to one class: a combination to the one that most orders share, so that it adds least.

    Orders that certainly failed come first: what is merely possible must not make a combination count.
    """
    all_attempts = tuple(attempts)
    place_of = _places_of_combinations(all_attempts)
    settled: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in all_attempts:
        name = next(iter(attempt.classes)) if len(attempt.classes) == 1 else place_of[attempt.classes]
        settled[name].append(attempt)
    return dict(settled)


def _places_of_combinations(attempts: Collection[Attempt]) -> dict[frozenset[str], str]:
    """Choose the class of each combination: with most orders that certainly failed, then with most orders."""
    combinations = {one.classes for one in attempts if len(one.classes) > 1}
    if not combinations:
        return {}
    shared = Counter(name for one in attempts for name in one.classes)
    failed = Counter(name for one in attempts if one.verdict is Verdict.FAILED for name in one.classes)
    return {classes: max(classes, key=lambda name: (failed[name], shared[name], name)) for classes in combinations}


def _trial(treatment: str, group: str, attempts: Sequence[Attempt]) -> Trial:
    """Sum up the attempts of one class or kind by the best that any of them proved."""
    proofs = _best_proofs(attempts)
    longest = proofs[0] if len(proofs) == 1 else min(proofs, key=lambda one: (-(one.days or 0), one.source))
    return Trial(
        treatment=treatment,
        group=group,
        label=", ".join(sorted({one.label for one in proofs})),
        outcome=longest.outcome,
        verdict=longest.verdict.value,
        days=float(longest.days) if longest.days is not None else None,
        sources=tuple(sorted({one.source for one in proofs})),
    )


def _best_proofs(attempts: Sequence[Attempt]) -> Sequence[Attempt]:
    """Return the attempts that proved the most."""
    if len(attempts) == 1:
        return attempts
    proved = {one.verdict for one in attempts}
    best = next(verdict for verdict in FROM_MOST_TO_LEAST if verdict in proved)
    return [one for one in attempts if one.verdict is best]
