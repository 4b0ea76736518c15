"""Facts about medicines, treatments and procedures: taken, tried, given, ordered."""

import datetime as dt
from typing import ClassVar

from kcds.model.facts.base import Fact
from kcds.model.immutable import immutable


@immutable(kw_only=True)
class Treatment(Fact):
    """The treatment the question is about: a drafted or selected order, or, without one, IV racemic ketamine."""

    kind: ClassVar[str] = "treatment"
    drug: str | None = None  # ketamine | esketamine
    # iv | im | sc | nasal | oral | sublingual | buccal | rectal | topical | epidural | intrathecal
    route: str | None = None
    drafted: bool | None = None  # True: an order under review; False: only under consideration
    for_pain: bool | None = None  # False: coded reason is not pain, or esketamine without one; None: reason not at hand
    product: str | None = None  # label of the product, from our own product map
    indication: str | None = None  # pain | depression | procedure | other, by coded reason; None: not stated
    bolus_mg: float | None = None  # a dose given at once
    rate_mg_h: float | None = None  # an infusion rate
    bolus_mg_per_kg: float | None = None  # as stated, or by a measured weight that is recent enough (G08)
    rate_mg_per_kg_h: float | None = None
    per_kg: str | None = None  # how the dose per kg was had: stated | weighed | no-weight; None: no dose to judge
    hours: float | None = None  # length of one infusion
    total_mg: float | None = None  # of one session: rate times length, or the dose given at once
    infusions: float | None = None  # how many are ordered
    strength_mg_ml: float | None = None  # of the ordered product
    compounded: bool | None = None  # ketamine by any route but IV and IM, or put together of ingredients (A25)
    take_home: bool | None = None  # ordered for use at home: community or discharge order
    label: str | None = None  # "ketamine, intravenous"


@immutable(kw_only=True)
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
    daily_dose_mg: float | None = None  # the highest a day that the order allows, of the ingredient of the concept
    as_needed: bool | None = None  # taken only when needed
    named_only: bool | None = None  # True: a text or an unknown code names the drug; never more than "cannot tell"


@immutable(kw_only=True)
class UnidentifiedMedication(Fact):
    """An active medicine that could not be identified: text only, unknown code, or code and display that disagree."""

    kind: ClassVar[str] = "unidentified-medication"
    reason: str | None = None  # text-only | unknown-code | contradiction | unresolved-reference | no-medication
    text: str | None = None  # text from the record, shortened, for the card only; never for logic


@immutable(kw_only=True)
class OpioidDose(Fact):
    """The daily dose of all opioids taken, in morphine milligram equivalents, once (A24, CDC 2022 factors)."""

    kind: ClassVar[str] = "opioid-dose"
    mme: float | None = None  # MME a day of the opioids whose dose is known: the least that is taken
    complete: bool | None = None  # True: the dose of every active opioid is known
    opioids: float | None = None  # active opioids, by ingredient


@immutable(kw_only=True)
class Trial(Fact):
    """One drug class, or one kind of non-drug treatment, that was tried (E04, E05)."""

    kind: ClassVar[str] = "trial"
    treatment: str | None = None  # drug | non-drug
    group: str | None = None  # class code of drug-classes, or proc-* value set
    label: str | None = None
    outcome: str | None = None  # ineffective | not-tolerated | contraindicated | completed | unknown | ongoing
    verdict: str | None = None  # failed (adequate trial, or not tolerated) | possible | inadequate | ongoing
    days: float | None = None  # certain length of the trial, days


@immutable(kw_only=True)
class PriorTreatment(Fact):
    """The whole of the therapy history, once (E04)."""

    kind: ClassVar[str] = "prior-treatment"
    failed_classes: float | None = None  # drug classes that certainly failed
    possible_classes: float | None = None  # further classes that possibly failed
    non_drug: float | None = None  # kinds of non-drug treatment completed
    possible_non_drug: float | None = None
    recorded: bool | None = None  # any therapy for pain recorded at all


@immutable(kw_only=True)
class Procedure(Fact):
    """One procedure and one concept it belongs to."""

    kind: ClassVar[str] = "procedure"
    concept: str | None = None
    state: str | None = None  # completed | in-progress | planned | stopped | unknown
    date: dt.date | None = None
    label: str | None = None


@immutable(kw_only=True)
class Exposure(Fact):
    """Ketamine or esketamine so far, once (CONVENTIONS 4)."""

    kind: ClassVar[str] = "exposure"
    on_treatment: bool | None = None  # an active request or statement
    planned: bool | None = None  # an on-hold, draft or proposed request of the record
    infusions: float | None = None  # distinct days on which an infusion began, in the last 12 months
    last: dt.date | None = None  # day on which the last infusion ended
    drug: str | None = None  # what was given last: ketamine | esketamine; None: nothing, or both on that day
    # Infusions less than `course_gap` apart are one course; of the last 12 months. What hangs on an infusion of
    # which only the month or the year is known is None, here and below.
    courses: float | None = None
    course_start: dt.date | None = None  # first day of the latest course
    course_infusions: float | None = None  # days of infusion in the latest course
    course_interval_days: float | None = None  # from the end of the course before to the start of the latest one


@immutable(kw_only=True)
class InfusionDay(Fact):
    """One day of the latest course on which ketamine or esketamine was given; only of a course that is certain."""

    kind: ClassVar[str] = "infusion-day"
    date: dt.date | None = None
    number: float | None = None  # of the day within the course, from 1


@immutable(kw_only=True)
class Response(Fact):
    """What the pain did after the latest course of the last 12 months, once (F01, F06).

    Everything is None unless one scale was used before and after the course. Percentages are rounded down; they are
    None, too, if there was no pain before.
    """

    kind: ClassVar[str] = "response"
    before: float | None = None  # last score before the course
    before_date: dt.date | None = None
    after: float | None = None  # latest score after the last day of the course
    after_date: dt.date | None = None
    relief_percent: float | None = None  # fall of the latest score against the one before; negative: worse
    best_percent: float | None = None  # greatest fall since the course
    # From the end of the course to the last score that was still a positive response; None: there was none so far.
    lasted_days: float | None = None
    ended: bool | None = None  # the next score was no positive response any more; None: there was none so far
