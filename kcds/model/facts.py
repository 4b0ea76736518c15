"""Facts: what we know about one patient, in our words, at one moment.

A fact is the only thing that rules may see. Each kind is closed: a fixed set of properties, each a string, a number,
a truth value or a date, each present or None (= not known). `sources` holds the FHIR references (relative, as the
client sent them) that the fact came from, so that a card can always show why it was raised.

Concepts are names of value sets (`rules/value_sets/`); units are fixed per property and named in its comment.
Nothing here imports FHIR, Flask or the rules engine.
"""

import datetime as dt
from dataclasses import dataclass, fields
from functools import cache
from types import UnionType
from typing import ClassVar, TypeAlias, get_args, get_type_hints

Value: TypeAlias = str | float | bool | dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Base of all kinds of fact."""

    kind: ClassVar[str]
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient(Fact):
    """The person, once."""

    kind: ClassVar[str] = "patient"
    age: float | None = None  # completed years, the youngest possible age if the birth date is partial
    adult: bool | None = None  # None where a partial birth date leaves it open
    sex: str | None = None  # female | male | other | unknown (administrative gender as recorded)
    deceased: bool | None = None
    future_birth: bool | None = None  # a birth date after today: a data error (Q08)


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment(Fact):
    """The treatment the question is about: a drafted or selected order, or, without one, IV racemic ketamine."""

    kind: ClassVar[str] = "treatment"
    drug: str | None = None  # ketamine | esketamine
    route: str | None = (
        None  # iv | im | sc | nasal | oral | sublingual | buccal | rectal | topical | epidural | intrathecal
    )
    drafted: bool | None = None  # True: an order under review; False: only under consideration
    for_pain: bool | None = None  # False: coded reason is not pain, or esketamine without one; None: reason not at hand
    product: str | None = None  # label of the product, from our own product map
    bolus_mg_per_kg: float | None = None  # a dose given at once, only where the order states it per kg
    rate_mg_per_kg_h: float | None = None  # an infusion rate, only where the order states it per kg and time
    label: str | None = None  # "ketamine, intravenous"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition(Fact):
    """One problem and one concept it belongs to. Void (refuted, entered-in-error) problems yield no fact."""

    kind: ClassVar[str] = "condition"
    concept: str | None = None  # a value set
    code: str | None = None  # "system-short:code", one per concept and problem: for counting distinct problems
    label: str | None = None  # display of the matched code in our value set, never text from the record
    state: str | None = (
        None  # active (also recurrence, relapse) | past (inactive, remission, resolved, abated) | unknown
    )
    remission: bool | None = None  # clinicalStatus is remission
    confirmed: bool | None = None  # False: unconfirmed, provisional, differential
    verified_code: bool | None = None  # False: only codes marked verified=no put it into the concept
    onset_earliest: dt.date | None = None
    onset_latest: dt.date | None = None
    abated_earliest: dt.date | None = None
    abated_latest: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PainProblem(Fact):
    """One active (or recurring, relapsing) non-void problem of any pain set, once per problem."""

    kind: ClassVar[str] = "pain-problem"
    chronic: str | None = None  # yes | no | unknown, by the duration in parameters.yaml (E01, E12, E13, E15)
    explicit: bool | None = None  # the code itself says chronic (E12)
    asserts_pain: bool | None = None  # False: osteoarthritis, cord injury: often painful, but the code does not say so
    confirmed: bool | None = None
    onset_recorded: bool | None = None
    onset_earliest: dt.date | None = None
    onset_latest: dt.date | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubstanceUse(Fact):
    """One substance-related problem, with its state settled (C17, C18, A07, A08)."""

    kind: ClassVar[str] = "substance-use"
    substance: str | None = None  # ketamine-or-hallucinogen | opioid | alcohol | sedative | stimulant | other
    # active | on-agonist-therapy | early-remission | sustained-remission | remission | history | unspecified-use |
    # unknown
    state: str | None = None
    confirmed: bool | None = None
    verified_code: bool | None = None
    label: str | None = None
    since: dt.date | None = None  # earliest certain day of the remission
    onset_earliest: dt.date | None = None
    onset_latest: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Medication(Fact):
    """One medicine of the record and one concept (value set `rx-*`) it belongs to."""

    kind: ClassVar[str] = "medication"
    concept: str | None = None
    drug: str | None = None  # ingredient name(s) of our product map
    state: str | None = None  # active | on-hold | stopped | unknown
    systemic: bool | None = None  # False: topical, eye, ear forms; they do not interact
    form: str | None = None  # dose form group: oral, injectable, nasal, ...
    started: dt.date | None = None  # earliest possible start
    ended: dt.date | None = None  # latest possible end (for washout)
    daily_dose_mg: float | None = None  # the highest a day that the order allows; single-ingredient products only
    named_only: bool | None = None  # True: a text or an unknown code names the drug; never more than "cannot tell"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnidentifiedMedication(Fact):
    """An active medicine that could not be identified: text only, unknown code, or code and display that disagree."""

    kind: ClassVar[str] = "unidentified-medication"
    reason: str | None = None  # text-only | unknown-code | contradiction | unresolved-reference | no-medication
    text: str | None = None  # text from the record, shortened, for the card only; never for logic


@dataclass(frozen=True, slots=True, kw_only=True)
class UnidentifiedProblem(Fact):
    """An active problem without a code that any of our systems knows."""

    kind: ClassVar[str] = "unidentified-problem"
    reason: str | None = None  # text-only | unknown-system | no-code
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial(Fact):
    """One drug class, or one kind of non-drug treatment, that was tried (E04, E05)."""

    kind: ClassVar[str] = "trial"
    treatment: str | None = None  # drug | non-drug
    group: str | None = None  # class code of drug-classes, or proc-* value set
    label: str | None = None
    outcome: str | None = None  # ineffective | not-tolerated | contraindicated | completed | unknown | ongoing
    verdict: str | None = None  # failed (adequate trial, or not tolerated) | possible | inadequate | ongoing
    days: float | None = None  # certain length of the trial, days


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorTreatment(Fact):
    """The whole of the therapy history, once (E04)."""

    kind: ClassVar[str] = "prior-treatment"
    failed_classes: float | None = None  # drug classes that certainly failed
    possible_classes: float | None = None  # further classes that possibly failed
    non_drug: float | None = None  # kinds of non-drug treatment completed
    possible_non_drug: float | None = None
    recorded: bool | None = None  # any therapy for pain recorded at all


@dataclass(frozen=True, slots=True, kw_only=True)
class BloodPressure(Fact):
    """The latest valid blood pressure, once; future-dated and invalid readings are left out."""

    kind: ClassVar[str] = "blood-pressure"
    systolic: float | None = None  # mm[Hg]
    diastolic: float | None = None  # mm[Hg]
    date: dt.date | None = None
    preliminary: bool | None = None  # may raise concern, never reassure (Q06)


@dataclass(frozen=True, slots=True, kw_only=True)
class BloodPressureDay(Fact):
    """One day's highest valid systolic and diastolic blood pressure."""

    kind: ClassVar[str] = "blood-pressure-day"
    systolic: float | None = None  # mm[Hg]
    diastolic: float | None = None  # mm[Hg]
    date: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement(Fact):
    """One valid measured value of one concept, in the fixed unit of the concept; the latest has rank 0."""

    kind: ClassVar[str] = "measurement"
    concept: str | None = None  # alt | ast | alp | ggt | bilirubin | albumin | inr | weight | heart-rate | spo2 | egfr
    value: float | None = None  # U/L; mg/dL; g/dL; {INR}; kg; /min; %; mL/min/{1.73_m2}
    unit: str | None = None
    date: dt.date | None = None
    upper_limit: float | None = None  # upper limit of the range on the observation, same unit
    times_upper: float | None = None  # value / upper_limit
    rank: float | None = None
    preliminary: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score(Fact):
    """One valid score; the latest of each scale has rank 0."""

    kind: ClassVar[str] = "score"
    scale: str | None = None  # pain | phq-9 | phq-9-item-9 | audit-c | dast-10
    value: float | None = None
    date: dt.date | None = None
    rank: float | None = None
    current: bool | None = None  # within the scale's window of parameters.yaml
    preliminary: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyDone(Fact):
    """A test or study was done, whatever its result; the latest has rank 0."""

    kind: ClassVar[str] = "test-done"
    concept: str | None = (
        None  # obs-ecg | obs-liver | obs-urinalysis | obs-urine-drug-screen | obs-pregnancy | proc-pdmp-uds
    )
    date: dt.date | None = None
    rank: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure(Fact):
    """One procedure and one concept it belongs to."""

    kind: ClassVar[str] = "procedure"
    concept: str | None = None
    state: str | None = None  # completed | in-progress | planned | stopped | unknown
    date: dt.date | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Allergy(Fact):
    """One non-void allergy or intolerance and one concept it belongs to."""

    kind: ClassVar[str] = "allergy"
    concept: str | None = None  # ketamine-allergy-substances | no-known-allergy | an rx-* set
    type: str | None = None  # allergy | intolerance | unknown
    state: str | None = None  # active | past | unknown
    confirmed: bool | None = None
    harm: str | None = None  # bladder | liver | psychosis: a recorded reaction of that kind (C21)
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pregnancy(Fact):
    """Whether the patient is, may be or cannot be pregnant, once (C11, A22, Q04, Q09)."""

    kind: ClassVar[str] = "pregnancy"
    possible: bool | None = None  # sex, age 12-55, no hysterectomy or menopause recorded
    status: str | None = None  # pregnant | not-pregnant (valid negative test) | excluded | not-applicable | unknown
    basis: str | None = None  # problem-list | status-observation | test | none
    conflict: bool | None = None  # positive and negative statements disagree: positive wins (Q04)
    test_date: dt.date | None = None  # latest valid negative or positive test


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure(Fact):
    """Ketamine or esketamine so far, once (CONVENTIONS 4)."""

    kind: ClassVar[str] = "exposure"
    on_treatment: bool | None = None  # an active request or statement
    planned: bool | None = None  # an on-hold, draft or proposed request of the record
    infusions: float | None = None  # distinct days of administration in the last 12 months
    last: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataState(Fact):
    """What is known of one data domain. This is how "cannot tell" is computed, never by a default."""

    kind: ClassVar[str] = "data"
    domain: str | None = None
    state: str | None = (
        None  # known | none-recorded | stale | missing | failed | incomplete | uncertain | conflicting | unreadable
    )
    # Why it is known: coded-problem | screen | problem-list | ...; or what is unclear: unconfirmed-entry |
    # named-in-text | answered-yes | high-score | unspecified-entry | unclear-test | unusable-value | status-unknown.
    basis: str | None = None
    date: dt.date | None = None  # of the latest, too old or valid


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingFact(Fact):
    """What an assess rule found, for the rules of the plan stage."""

    kind: ClassVar[str] = "finding"
    rule: str | None = None
    category: str | None = None
    effect: str | None = None
    answer: str | None = None  # applies | data-required


FACT_KINDS: dict[str, type[Fact]] = {
    cls.kind: cls
    for cls in (
        Patient,
        Treatment,
        Condition,
        PainProblem,
        SubstanceUse,
        Medication,
        UnidentifiedMedication,
        UnidentifiedProblem,
        Trial,
        PriorTreatment,
        BloodPressure,
        BloodPressureDay,
        Measurement,
        Score,
        StudyDone,
        Procedure,
        Allergy,
        Pregnancy,
        Exposure,
        DataState,
        FindingFact,
    )
}

KNOWN_STATES = frozenset({"known", "none-recorded"})
"""States of a data domain in which a rule that found nothing may answer "does not apply"."""


@cache
def schema_of(kind: str) -> dict[str, type]:
    """Return the properties of a kind and their Python types: str, float, bool or date."""
    cls = FACT_KINDS[kind]
    hints = get_type_hints(cls)
    names = [f.name for f in fields(cls) if f.name != "sources"]
    return {name: _plain(hints[name]) for name in names}


def _plain(hint: object) -> type:
    """Take the type out of `type | None`."""
    if isinstance(hint, UnionType):
        plain: type = next(a for a in get_args(hint) if a is not type(None))
        return plain
    msg = f"a fact property must be `type | None`, not {hint!r}"
    raise TypeError(msg)


def values_of(fact: Fact) -> dict[str, Value]:
    """Return the properties of a fact, `sources` left out."""
    return {name: getattr(fact, name) for name in schema_of(fact.kind)}
