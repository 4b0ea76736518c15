"""How much of a drug a dosage instruction means in a day, as far as it is coded.

Text is never read. A dose in tablets or puffs is no figure: the strength is not known here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from kcds.fhir.record import Dosage, Quantity

MILLIGRAMS = {"mg": Decimal(1), "g": Decimal(1000), "ug": Decimal("0.001"), "mcg": Decimal("0.001")}
DAYS = {"h": Decimal(1) / 24, "d": Decimal(1), "wk": Decimal(7)}


@dataclass(frozen=True, slots=True)
class DailyDose:
    """The least and the most that a day's dose may be, in mg."""

    least: Decimal
    most: Decimal


def daily_dose(dosages: Iterable[Dosage]) -> DailyDose | None:
    """Return the daily dose of an order, or None if any of its instructions gives no figure.

    Several instructions may follow one another or hold together, so the least is that of the smallest one and the most
    is the sum; for the very same period they hold together. A dose taken as needed may be none at all.
    """
    instructions = tuple(dosages)
    doses = [(_per_day(one), one.as_needed) for one in instructions]
    figures = [dose for dose, _ in doses if dose is not None]
    if not figures or len(figures) < len(doses):
        return None
    certain = [Decimal(0) if as_needed else dose for dose, as_needed in doses if dose is not None]
    together = instructions[0].bounds is not None and len({one.bounds for one in instructions}) == 1
    least = sum(certain, Decimal(0)) if together else min(certain)
    return DailyDose(least, sum(figures, Decimal(0)))


def milligrams(quantity: Quantity | None) -> Decimal | None:
    """Return an exact mass in mg, or None."""
    if quantity is None or quantity.value is None or quantity.comparator is not None:
        return None
    factor = MILLIGRAMS.get((quantity.code or quantity.unit or "").strip().lower())
    return quantity.value * factor if factor is not None else None


def _per_day(dosage: Dosage) -> Decimal | None:
    """Return the mg a day of one instruction: dose, times a period, periods a day."""
    mass = milligrams(dosage.dose)
    length = DAYS.get(dosage.period_unit or "")
    if mass is None or length is None or dosage.period is None or dosage.period <= 0:
        return None
    times = dosage.frequency if dosage.frequency is not None else Decimal(1)
    return mass * times / (dosage.period * length)
