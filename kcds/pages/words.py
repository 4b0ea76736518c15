"""Words that every page shares: how many, and in what unit."""

from collections.abc import Mapping

from kcds.knowledge.templates import say

UNITS: Mapping[str, str] = {
    "1": "",
    "mm[Hg]": "mmHg",
    "[iU]/L": "IU/L",
    "m[iU]/L": "mIU/L",
    "mL/min/{1.73_m2}": "mL/min/1.73 m²",
}
"""Units that a clinician writes otherwise than UCUM."""


def counted(number: float, one: str, many: str | None = None) -> str:
    """Say how many: 1 rule, 3 rules."""
    return f"{say(number)} {one if number == 1 else many or one + 's'}"
