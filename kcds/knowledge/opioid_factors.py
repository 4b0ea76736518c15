"""Factors that turn the dose of an opioid into morphine milligram equivalents (MME): `terminology/mme_factors.csv`.

A factor that the table leaves empty does not exist: such an opioid cannot be computed. It is never zero.
"""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from kcds.errors import Fault
from kcds.knowledge.tables import read_table

FILE = "mme_factors.csv"
UNITS = frozenset({"mg/d", "ug/d", "ug/h"})
_COLUMNS = ("opioid", "ingredient", "factor", "per", "current")


@dataclass(frozen=True, slots=True)
class OpioidFactor:
    """MME a day for each `mg/d`, `ug/d` or `ug/h`; one that is not current (older tables) may warn, never reassure."""

    factor: Decimal
    per: str
    current: bool


def load_opioid_factors(directory: Path, faults: list[Fault]) -> dict[str, OpioidFactor]:
    """Read the factors by RxCUI and dose form group ("7052:oral")."""
    factors: dict[str, OpioidFactor] = {}
    for opioid, _, factor, per, current in read_table(directory / FILE, _COLUMNS, faults):
        if not factor:
            continue
        try:
            factors[opioid] = OpioidFactor(Decimal(factor), per, current == "yes")
        except InvalidOperation:
            faults.append(Fault(f"terminology/{FILE}", opioid, "factor is not a number.", ""))
        if per not in UNITS:
            faults.append(Fault(f"terminology/{FILE}", opioid, f"per is none of {', '.join(sorted(UNITS))}.", ""))
    return factors
