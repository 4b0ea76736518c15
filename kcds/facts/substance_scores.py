"""AUDIT-C and DAST-10 as an answer about substance use: low on both, in date, is as good as a "no" (CONVENTIONS 1)."""

from collections.abc import Iterable
from decimal import Decimal

from kcds.model.facts import Score
from kcds.model.immutable import immutable

AUDIT_C = "audit-c"
DAST_10 = "dast-10"
SCORE_SETS = ("score-audit-c", "score-dast-10")


@immutable
class ScoreLimits:
    """Up to where a score is negative."""

    audit_c_below_male: Decimal
    audit_c_below_other: Decimal
    dast_10_up_to: Decimal


@immutable
class ScreeningScores:
    """What the scores say, as references: `low` only if both are negative; `high` are those that are not."""

    low: tuple[str, ...] = ()
    high: tuple[str, ...] = ()


def read_screening_scores(scores: Iterable[Score], sex: str | None, limits: ScoreLimits) -> ScreeningScores:
    """Return what the latest AUDIT-C and DAST-10 say. A preliminary score may be high, never low."""
    latest = [score for score in scores if score.current and score.rank == 0]
    high = [score for score in latest if _is_negative(score, sex, limits) is False]
    low = [score for score in latest if _is_negative(score, sex, limits) and not score.preliminary]
    complete = {score.scale for score in low} == {AUDIT_C, DAST_10} and not high
    return ScreeningScores(
        low=tuple(source for score in low for source in score.sources) if complete else (),
        high=tuple(source for score in high for source in score.sources),
    )


def _is_negative(score: Score, sex: str | None, limits: ScoreLimits) -> bool | None:
    """Tell whether a score is negative; None for other scales."""
    if score.value is None:
        return None
    value = Decimal(str(score.value))
    if score.scale == AUDIT_C:
        return value < (limits.audit_c_below_male if sex == "male" else limits.audit_c_below_other)
    return value <= limits.dast_10_up_to if score.scale == DAST_10 else None
