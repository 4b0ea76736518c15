"""How much of a drug a dosage instruction means in a day, as far as it is coded.

Text is never read. A number of tablets is a dose where the product says how much is in one.
"""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from kcds.facts.plausible import are_usable
from kcds.facts.units import counts_products, read_hours, read_mass
from kcds.fhir.record import Dosage, Quantity
from kcds.knowledge.medications import Ingredient, Product, Strength
from kcds.model.immutable import immutable

DAY = Decimal(24)
ONCE = Decimal(1)


@immutable
class DailyDose:
    """The least and the most that a day's dose may be, in mg."""

    least: Decimal
    most: Decimal


def daily_dose(dosages: Iterable[Dosage], strength: Strength | None = None) -> DailyDose | None:
    """Return the daily dose of an order, or None if any of its instructions gives no figure.

    Several instructions may follow one another or hold together, so the least is that of the smallest one and the most
    is the sum; for the very same period they hold together. A dose taken as needed may be none at all.
    """
    instructions = tuple(dosages)
    doses = [_per_day(one, strength) for one in instructions]
    figures = [dose for dose in doses if dose is not None]
    if not figures or len(figures) < len(doses):
        return None
    together = instructions[0].bounds is not None and len({one.bounds for one in instructions}) == 1
    least = [dose.least for dose in figures]
    return DailyDose(
        sum(least, Decimal(0)) if together else min(least), sum((dose.most for dose in figures), Decimal(0))
    )


def daily_dose_of(ingredient: Ingredient, product: Product, dosages: Iterable[Dosage]) -> DailyDose | None:
    """Return the daily dose of one ingredient; in a combination only a number of tablets or mL tells it."""
    if len(product.ingredients) == 1:
        return daily_dose(dosages, ingredient.strength)
    return daily_dose([_counted(one, ingredient.strength) for one in dosages], ingredient.strength)


def _counted(dosage: Dosage, strength: Strength | None) -> Dosage:
    """Leave out of an instruction what is not a number of units of the product: "10 mg" may be of either ingredient."""
    per = strength.per if strength is not None else ""
    limit = dosage.limit if dosage.limit is not None and counts_products(dosage.limit.amount, per) else None
    amounts = (one for one in dosage.amounts if one.dose is not None and counts_products(one.dose, per))
    return replace(dosage, amounts=tuple(amounts), limit=limit)


def _per_day(dosage: Dosage, strength: Strength | None) -> DailyDose | None:
    """Return the mg a day of one instruction: dose, times a period, periods a day; never more than its limit."""
    if dosage.damaged:
        return None
    limit = _limit(dosage, strength)
    regular = _regular(dosage, strength)
    if regular is None:
        return DailyDose(Decimal(0), limit) if limit is not None and dosage.as_needed else None
    most = regular.most if limit is None else min(regular.most, limit)
    return DailyDose(Decimal(0) if dosage.as_needed else min(regular.least, most), most)


def _regular(dosage: Dosage, strength: Strength | None) -> DailyDose | None:
    """Return the mg a day by the timing; without a frequency it is once in the period."""
    most = [mass for one in dosage.amounts if (mass := _dose(one.dose, strength)) is not None]
    least = most
    if any(one.least_dose is not None for one in dosage.amounts):
        least = [mass for one in dosage.amounts if (mass := _dose(one.least_dose or one.dose, strength)) is not None]
    hours = read_hours(dosage.period, dosage.period_unit)
    timing = (dosage.frequency, dosage.most_frequency, dosage.period, dosage.most_period)
    if not most or not least or hours is None or not are_usable(*timing):
        return None
    often = dosage.frequency if dosage.frequency is not None else ONCE
    longest = read_hours(dosage.most_period, dosage.period_unit) or hours
    return DailyDose(
        min(least) * often * DAY / max(hours, longest),
        max(most) * max(often, dosage.most_frequency or often) * DAY / hours,
    )


def _dose(quantity: Quantity | None, strength: Strength | None) -> Decimal | None:
    """Return a single dose in mg, exactly stated and not by body weight."""
    mass = read_mass(quantity, strength)
    exact = quantity is not None and quantity.comparator is None
    return mass.value if mass is not None and exact and not mass.per_kg and not mass.per_hour else None


def _limit(dosage: Dosage, strength: Strength | None) -> Decimal | None:
    """Return the most mg a day that the instruction allows in so many words."""
    if dosage.limit is None:
        return None
    mass = _dose(dosage.limit.amount, strength)
    hours = read_hours(dosage.limit.period.value, dosage.limit.period.code)
    return mass * DAY / hours if mass is not None and hours is not None else None
