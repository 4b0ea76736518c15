"""What the findings amount to: one disposition for one patient."""

from enum import StrEnum


class Disposition(StrEnum):
    """The headline, in order of precedence: the first that holds (CONTRACT 2, Q01)."""

    CONTRAINDICATED = "contraindicated"
    OUT_OF_SCOPE = "out-of-scope"
    NOT_YET = "not-yet"
    INSUFFICIENT_DATA = "insufficient-data"
    CAUTION = "caution"
    CANDIDATE = "candidate"
