"""From when to when each treatment was tried: the attempts of `trial_attempts` with the dates that they were judged by.

A contraindicated drug of the list of allergies was never taken, so it has no span.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from kcds.facts.doses import daily_dose_of
from kcds.facts.medications import Medicine
from kcds.facts.trial_attempts import (
    NON_DRUG_SETS,
    Attempt,
    TrialTerms,
    drug_attempts,
    non_drug_attempts,
    read_pain_kinds,
)
from kcds.fhir.record import Procedure, Record
from kcds.knowledge.load import Knowledge
from kcds.knowledge.medications import Product
from kcds.model.dates import Span
from kcds.model.immutable import immutable

NON_DRUG = "non-drug treatment"


@immutable
class TrialSpan:
    """One treatment that was tried, and when."""

    attempt: Attempt
    group: str  # what people call its class, or that it is no drug
    span: Span
    daily_mg: Decimal | None  # the most that was ordered a day, of a single drug

    @property
    def is_drug(self) -> bool:
        """Whether a medicine was tried."""
        return self.attempt.classes.isdisjoint(NON_DRUG_SETS)


def trial_terms(record: Record, knowledge: Knowledge, today: date) -> TrialTerms:
    """Return what the trials of a record are judged by."""
    return TrialTerms(
        value_sets=knowledge.value_sets,
        formulary=knowledge.formulary,
        phrases=knowledge.answers.stop_phrases,
        pain=read_pain_kinds(record.conditions, knowledge.value_sets),
        adequate_days=knowledge.parameters.number("adequate_trial"),
        today=today,
    )


def trial_spans(
    medicines: Iterable[Medicine], procedures: Iterable[Procedure], terms: TrialTerms
) -> tuple[TrialSpan, ...]:
    """Return every medicine and procedure that was tried, each with its dates."""
    unknown = Span(None, None)
    spans = [
        _of_drug(attempt, medicine.product, medicine, terms)
        for medicine in medicines
        if medicine.product is not None
        for attempt in drug_attempts([medicine], terms)
    ]
    spans += [
        TrialSpan(attempt, NON_DRUG, procedure.performed or unknown, None)
        for procedure in procedures
        for attempt in non_drug_attempts([procedure], terms)
    ]
    return tuple(sorted(spans, key=lambda one: (one.attempt.source, one.attempt.label)))


def _of_drug(attempt: Attempt, product: Product, medicine: Medicine, terms: TrialTerms) -> TrialSpan:
    titles = {one.label for one in terms.formulary.pain_therapies(product) if one.code in attempt.classes}
    single = product.ingredients[0] if len(product.ingredients) == 1 else None
    dose = daily_dose_of(single, product, medicine.use.dosages) if single is not None else None
    return TrialSpan(attempt, ", ".join(sorted(titles)), medicine.period, dose.most if dose is not None else None)
