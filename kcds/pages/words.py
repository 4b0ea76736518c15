"""Words that pages share: when a service is asked, how many, and in what unit."""

from collections.abc import Mapping

from kcds.cds_hooks.services import Hook
from kcds.knowledge.templates import say

MOMENTS: Mapping[Hook, str] = {
    Hook.PATIENT_VIEW: "a chart is opened",
    Hook.ORDER_SELECT: "an order is selected",
    Hook.ORDER_SIGN: "an order is about to be signed",
}
"""When each hook is called."""

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
