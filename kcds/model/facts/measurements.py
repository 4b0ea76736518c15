"""Facts from observations: what was measured, scored or done, and what follows from it."""

import datetime as dt
from typing import ClassVar

from kcds.model.facts.base import Fact
from kcds.model.immutable import immutable


@immutable(kw_only=True)
class BloodPressure(Fact):
    """The latest valid blood pressure, once; future-dated and invalid readings are left out."""

    kind: ClassVar[str] = "blood-pressure"
    systolic: float | None = None  # mm[Hg]
    diastolic: float | None = None  # mm[Hg]
    date: dt.date | None = None
    preliminary: bool | None = None  # may raise concern, never reassure (Q06)


@immutable(kw_only=True)
class BloodPressureDay(Fact):
    """One day's highest valid systolic and diastolic blood pressure."""

    kind: ClassVar[str] = "blood-pressure-day"
    systolic: float | None = None  # mm[Hg]
    diastolic: float | None = None  # mm[Hg]
    date: dt.date | None = None


@immutable(kw_only=True)
class Measurement(Fact):
    """One valid measured value of one concept, in the fixed unit of the concept; the latest has rank 0."""

    kind: ClassVar[str] = "measurement"
    # alt | ast | alp | ggt | bilirubin | albumin | inr | weight | heart-rate | spo2 | egfr | tsh | free-t4
    concept: str | None = None
    value: float | None = None  # U/L; mg/dL; g/dL; {INR}; kg; /min; %; mL/min/{1.73_m2}; m[iU]/L; ng/dL
    unit: str | None = None
    date: dt.date | None = None
    upper_limit: float | None = None  # upper limit of the range on the observation, same unit
    lower_limit: float | None = None  # lower limit of that range
    times_upper: float | None = None  # value / upper_limit
    below_range: bool | None = None  # value < lower_limit
    rank: float | None = None
    preliminary: bool | None = None


@immutable(kw_only=True)
class Score(Fact):
    """One valid score; the latest of each scale has rank 0."""

    kind: ClassVar[str] = "score"
    scale: str | None = None  # pain | phq-9 | phq-9-item-9 | audit-c | dast-10
    value: float | None = None
    code: str | None = None  # of the scale, "loinc:72514-3": scores of different codes are not compared (F06)
    date: dt.date | None = None
    rank: float | None = None
    current: bool | None = None  # within the scale's window of parameters.yaml
    preliminary: bool | None = None


@immutable(kw_only=True)
class ChildPugh(Fact):
    """The Child-Pugh class, once, for patients with liver disease (C14, A04)."""

    kind: ClassVar[str] = "child-pugh"
    grade: str | None = None  # A | B | C; None where it cannot be computed: missing data are never taken as normal
    points_low: float | None = None  # the least and the most points that the record allows
    points_high: float | None = None


@immutable(kw_only=True)
class StudyDone(Fact):
    """A test or study was done, whatever its result; the latest has rank 0."""

    kind: ClassVar[str] = "test-done"
    # obs-ecg | obs-liver | obs-urinalysis | obs-urine-drug-screen | obs-pregnancy | obs-cognition |
    # proc-pdmp-review | proc-urine-drug-screen
    concept: str | None = None
    date: dt.date | None = None
    rank: float | None = None


@immutable(kw_only=True)
class Check(Fact):
    """One item of the monitoring plan (`rules/plan.yaml`): when it was done last, and whether that still holds.

    There is none where that cannot be told: what was asked for did not come, and nothing current was found.
    """

    kind: ClassVar[str] = "check"
    item: str | None = None  # id in plan.yaml: liver-tests | ecg | urinalysis | pregnancy-test | ...
    state: str | None = None  # current (within its window) | outdated | never
    date: dt.date | None = None  # of the latest
    value: str | None = None  # what it showed, in our own words and numbers: "ALT 32 U/L"; never text of the record
    infusions_before: float | None = None  # infusion days of the latest course up to that date (M05)
