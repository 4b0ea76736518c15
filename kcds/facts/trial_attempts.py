"""What one order, statement, allergy or procedure proves of a treatment that was tried (E05, CONVENTIONS 2).

A drug failed if it had no effect in an adequate trial (long enough, at an effective dose), was not tolerated, or is
contraindicated. What a record leaves open (dose, dates, outcome, an unverified code) makes a failure possible, not
certain. Status alone proves nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter

from kcds.facts.doses import daily_dose_of
from kcds.facts.medications import Medicine, coding_tuples
from kcds.facts.observations import names_of
from kcds.facts.periods import trial_days
from kcds.facts.repaired import lost_of
from kcds.fhir.record import Allergy, Concept, Condition, MedicationUse, Procedure
from kcds.knowledge.medications import Formulary
from kcds.knowledge.products import UNKNOWN_FORM, Product, TrialClass
from kcds.knowledge.value_sets import ValueSets
from kcds.model.immutable import immutable

INEFFECTIVE = "ineffective"
OUTCOME_SETS = {
    "stop-ineffective": INEFFECTIVE,
    "stop-side-effect": "not-tolerated",
    "stop-contraindicated": "contraindicated",
}
OUTCOMES = ("not-tolerated", "contraindicated", INEFFECTIVE)
"""Where several reasons are given, the first of these holds: the first two need neither length nor dose."""
HARMFUL = frozenset({"not-tolerated", "contraindicated"})
NON_DRUG_SETS = {
    "proc-physical-therapy": "physical or occupational therapy",
    "proc-psychological": "psychological therapy",
    "proc-acupuncture": "acupuncture",
    "proc-nerve-block": "nerve block",
    "proc-epidural-steroid": "epidural injection",
    "proc-neuromodulation": "neuromodulation",
}
"""Kinds of non-drug treatment, and what cards call them."""
REFERRAL_SET = "proc-referral"
PAIN_SET = "pain-all"
PAIN_GROUP = "pain-group-"
COLD_SET = "respiratory-infection-acute"
ANY_PAIN = "any"
ACTIVE_PROBLEM = frozenset({"active", "recurrence", "relapse"})
BARE_CODE_COUNTS = "counts"
NOT_TAKEN = "not-taken"
ONGOING_STATES = frozenset({"active", "on-hold"})
PROCEDURE_ONGOING = frozenset({"in-progress", "on-hold"})
PROCEDURE_ENDED = frozenset({None, "unknown", "stopped"})
VOID = frozenset({"refuted", "entered-in-error"})
CONFIRMED = frozenset({None, "confirmed"})


class Verdict(StrEnum):
    """What a trial proves, from most to least."""

    FAILED = "failed"
    POSSIBLE = "possible"
    INADEQUATE = "inadequate"
    ONGOING = "ongoing"


@immutable
class PainKinds:
    """What kinds of pain a patient has now; `unspecified` if some pain problem leaves its kind open."""

    groups: frozenset[str]
    unspecified: bool


@immutable
class TrialTerms:
    """What a trial is judged by."""

    value_sets: ValueSets
    formulary: Formulary
    phrases: Mapping[str, str]  # text of a status reason, in lower case -> outcome
    pain: PainKinds
    adequate_days: Decimal
    today: date


@immutable
class Attempt:
    """One order, statement, allergy or procedure, judged. A combination has several classes and counts for one."""

    classes: frozenset[str]
    label: str
    outcome: str
    verdict: Verdict
    days: int | None
    source: str


def read_pain_kinds(conditions: Iterable[Condition], value_sets: ValueSets) -> PainKinds:
    """Return the kinds of the active pain problems; one that is not confirmed leaves its kind open (E14).

    Without any, nothing is known of the kind.
    """
    kinds: list[frozenset[str]] = []
    for one in conditions:
        if one.verification_status in VOID or one.clinical_status not in ACTIVE_PROBLEM:
            continue
        names = names_of(one.code, value_sets)
        if PAIN_SET in names:
            groups = [name.removeprefix(PAIN_GROUP) for name in names if name.startswith(PAIN_GROUP)]
            kinds.append(frozenset(groups if one.verification_status in CONFIRMED else ()))
    return PainKinds(frozenset().union(*kinds), unspecified=not kinds or frozenset() in kinds)


def drug_attempts(medicines: Iterable[Medicine], terms: TrialTerms) -> tuple[Attempt, ...]:
    """Judge every medicine that is a therapy for this patient's pain."""
    attempts = [_drug_attempt(one, one.product, terms) for one in medicines if one.product is not None]
    return tuple(attempt for attempt in attempts if attempt is not None)


def allergy_attempts(allergies: Iterable[Allergy], terms: TrialTerms) -> tuple[Attempt, ...]:
    """Count a drug that the patient may not take as tried: it is contraindicated."""
    attempts = [
        _allergy_attempt(allergy, concept, terms)
        for allergy in sorted(allergies, key=lambda one: one.reference)
        if allergy.verification_status not in VOID and allergy.clinical_status in {None, "active"}
        for concept in (allergy.code, *allergy.substances)
    ]
    return tuple(attempt for attempt in attempts if attempt is not None)


def non_drug_attempts(procedures: Iterable[Procedure], terms: TrialTerms) -> tuple[Attempt, ...]:
    """Judge every procedure that is a non-drug treatment of pain; a referral is none."""
    attempts = [
        _non_drug_attempt(procedure, kind, terms)
        for procedure in sorted(procedures, key=attrgetter("reference"))
        for names in [names_of(procedure.code, terms.value_sets)]
        if not names.isdisjoint(NON_DRUG_SETS) and REFERRAL_SET not in names
        for kind in NON_DRUG_SETS
        if kind in names
    ]
    return tuple(attempt for attempt in attempts if attempt is not None)


def outcome_of(reasons: Iterable[Concept], terms: TrialTerms) -> str | None:
    """Return why a medicine ended, by the coded status reason or, without one, by a phrase of the closed list."""
    all_reasons = tuple(reasons)
    if not all_reasons:
        return None
    names = frozenset().union(*(names_of(reason, terms.value_sets) for reason in all_reasons))
    found = {outcome for name, outcome in OUTCOME_SETS.items() if name in names}
    if not found:
        texts = [(reason.text or "").strip().lower() for reason in all_reasons]
        found = {terms.phrases[text] for text in texts if text in terms.phrases}
    return next((outcome for outcome in OUTCOMES if outcome in found), None)


def _drug_attempt(medicine: Medicine, product: Product, terms: TrialTerms) -> Attempt | None:
    """Judge one medicine, or return None if it is no trial of a therapy for this patient's pain."""
    use = medicine.use
    therapies = terms.formulary.pain_therapies(product)
    if use.status == NOT_TAKEN or not therapies:
        return None
    outcome = outcome_of(use.status_reason, terms) if not lost_of(use, "statusReason") else None
    reasons = [names_of(reason, terms.value_sets) for reason in use.reason if reason.codings]
    answers: dict[str, bool | None] = {}
    for one in therapies:
        answers[one.code] = _fits(
            _condition_fits(one, terms), _form_fits(product, one), _reason_fits(use, reasons, one, outcome)
        )
    classes = [one for one in therapies if answers[one.code] is not False]
    if not classes:
        return None
    certain, longest = trial_days(medicine.period, terms.today)
    if medicine.state in ONGOING_STATES:
        outcome, verdict = "ongoing", Verdict.ONGOING
    else:
        dose = _dose_answer(product, use, classes) if outcome == INEFFECTIVE else None
        verdict = _judge(outcome, (certain, longest), dose=dose, terms=terms)
        doubtful = medicine.state != "stopped" or not all(one.verified and answers[one.code] for one in classes)
        verdict = Verdict.POSSIBLE if verdict is Verdict.FAILED and doubtful else verdict
    names = frozenset([one.code for one in classes])
    return Attempt(names, product.label, outcome or "unknown", verdict, certain, use.reference)


def _judge(
    outcome: str | None, length: tuple[int | None, int | None], *, dose: bool | None, terms: TrialTerms
) -> Verdict:
    """Judge a trial that has ended, by why it ended; without effect, by its length and whether the dose was enough."""
    if outcome is None:
        return Verdict.POSSIBLE
    if outcome != INEFFECTIVE:
        return Verdict.FAILED
    certain, longest = length
    if dose is False or (longest is not None and longest < terms.adequate_days):
        return Verdict.INADEQUATE
    if dose and certain is not None and certain >= terms.adequate_days:
        return Verdict.FAILED
    return Verdict.POSSIBLE


def _dose_answer(product: Product, use: MedicationUse, classes: Iterable[TrialClass]) -> bool | None:
    """Tell whether the daily dose reached the least effective one; True where no such dose is known."""
    least = max((one.min_daily_dose_mg for one in classes if one.min_daily_dose_mg is not None), default=None)
    if least is None:
        return True
    single = product.ingredients[0] if len(product.ingredients) == 1 else None
    dose = daily_dose_of(single, product, use.dosages) if single is not None else None
    if dose is None:
        return None
    return True if dose.least >= least else (False if dose.most < least else None)


def _condition_fits(trial_class: TrialClass, terms: TrialTerms) -> bool | None:
    """Tell whether the class is a therapy for this patient's kind of pain; None if the kind is not stated."""
    if ANY_PAIN in trial_class.conditions or not terms.pain.groups.isdisjoint(trial_class.conditions):
        return True
    return None if terms.pain.unspecified else False


def _form_fits(product: Product, trial_class: TrialClass) -> bool | None:
    """Tell whether the form of the product makes it a trial; a bare ingredient code may leave it open."""
    if product.form != UNKNOWN_FORM:
        return product.form in trial_class.forms
    return True if trial_class.bare_code == BARE_CODE_COUNTS else None


def _reason_fits(
    use: MedicationUse, reasons: Sequence[frozenset[str]], trial_class: TrialClass, outcome: str | None
) -> bool | None:
    """Tell whether a drug was given for pain: yes unless its coded reason (the value sets of each) says otherwise.

    Of a drug that has other uses a stated reason must be pain; one that is not at hand may be. An analgesic may have
    any reason but a cold, and even then it was tried if it was not tolerated.
    """
    if not reasons:
        return None if use.reason_unresolved and trial_class.indication_check else True
    if any(PAIN_SET in names for names in reasons):
        return True
    if not trial_class.indication_check:
        fits = outcome in HARMFUL or not all(COLD_SET in names for names in reasons)
        return fits or (None if lost_of(use, "statusReason") else False)
    return False if all(reasons) and not use.reason_unresolved else None


def _fits(*answers: bool | None) -> bool | None:
    """Join answers: one "no" is no, one "cannot tell" is that, else yes."""
    return False if False in answers else (None if None in answers else True)


def _allergy_attempt(allergy: Allergy, concept: Concept, terms: TrialTerms) -> Attempt | None:
    """Judge one substance that the patient may not take."""
    product = terms.formulary.identify(coding_tuples(concept)).product
    classes = terms.formulary.pain_therapies(product) if product is not None else ()
    fitting = {one.code: _condition_fits(one, terms) for one in classes}
    names = frozenset(name for name, fits in fitting.items() if fits is not False)
    if product is None or not names:
        return None
    certain = (
        (allergy.clinical_status == "active" and not allergy.repaired)
        and allergy.verification_status in CONFIRMED
        and concept is allergy.code
        and len(product.ingredients) == 1
        and all(one.verified and fitting[one.code] for one in classes)
    )
    verdict = Verdict.FAILED if certain else Verdict.POSSIBLE
    return Attempt(names, product.label, "contraindicated", verdict, None, allergy.reference)


def _non_drug_attempt(procedure: Procedure, kind: str, terms: TrialTerms) -> Attempt | None:
    """Judge one procedure as a treatment of one kind."""
    label, kinds = NON_DRUG_SETS[kind], frozenset((kind,))
    start = procedure.performed.start if procedure.performed is not None else None
    in_future = start is not None and start.earliest is not None and start.earliest > terms.today
    if procedure.status in PROCEDURE_ONGOING or (procedure.status == "completed" and in_future):
        return Attempt(kinds, label, "ongoing", Verdict.ONGOING, None, procedure.reference)
    if procedure.status == "completed":
        verdict = Verdict.FAILED if _is_verified(procedure, kind, terms.value_sets) else Verdict.POSSIBLE
        return Attempt(kinds, label, "completed", verdict, None, procedure.reference)
    if procedure.status in PROCEDURE_ENDED:
        verdict = Verdict.INADEQUATE if procedure.status == "stopped" else Verdict.POSSIBLE
        return Attempt(kinds, label, "unknown", verdict, None, procedure.reference)
    return None


def _is_verified(procedure: Procedure, kind: str, value_sets: ValueSets) -> bool:
    """Tell whether a verified code makes a procedure one of its kind, and nothing of it is lost."""
    if procedure.repaired:
        return False
    for coding in procedure.code.codings:
        for concept, _, verified in value_sets.memberships(coding.system, coding.code):
            if concept == kind and verified:
                return True
    return False
