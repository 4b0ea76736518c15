"""Facts about the person."""

import datetime as dt
from typing import ClassVar

from kcds.model.facts.base import Fact
from kcds.model.immutable import immutable


@immutable(kw_only=True)
class Patient(Fact):
    """The person, once."""

    kind: ClassVar[str] = "patient"
    age: float | None = None  # completed years, the youngest possible age if the birth date is partial
    adult: bool | None = None  # None where a partial birth date leaves it open
    sex: str | None = None  # female | male | other | unknown (administrative gender as recorded)
    deceased: bool | None = None
    future_birth: bool | None = None  # a birth date after today: a data error (Q08)


@immutable(kw_only=True)
class Pregnancy(Fact):
    """Whether the patient is, may be or cannot be pregnant, once (C11, A22, Q04, Q09)."""

    kind: ClassVar[str] = "pregnancy"
    possible: bool | None = None  # sex, age 12-55, no hysterectomy or menopause recorded
    status: str | None = None  # pregnant | not-pregnant (valid negative test) | excluded | not-applicable | unknown
    basis: str | None = None  # problem-list | status-observation | test | none
    conflict: bool | None = None  # positive and negative statements disagree: positive wins (Q04)
    test_date: dt.date | None = None  # latest valid negative or positive test
