"""How much ketamine an order is: doses given at once, infusion rates, length and total of a session, how often.

What the order does not say is None. Of ranges, and of several instructions, the highest counts as the dose to judge; a
dose and its infusion belong into two instructions, so a dose with a rate or a length is what is infused (FHIR R4
Dosage). Doses by weight come as stated, or by a measured weight that is recent enough (G08).
"""

from collections.abc import Collection, Iterable
from decimal import Decimal

from kcds.facts.plausible import are_usable
from kcds.facts.units import Mass, read_hours, read_mass
from kcds.fhir.record import Dosage, Quantity
from kcds.knowledge.medications import Strength
from kcds.model.immutable import immutable

STATED, WEIGHED, NO_WEIGHT = "stated", "weighed", "no-weight"


@immutable
class Preparation:
    """How strong the ordered medicine is, and whether it is ready to be infused: a vial has to be diluted first."""

    strength: Strength | None
    ready: bool


@immutable
class Figure:
    """One amount in mg and in mg for each kg, as far as each is known; and how the second was had."""

    mg: Decimal | None = None
    mg_per_kg: Decimal | None = None
    per_kg: str | None = None

    @property
    def given(self) -> bool:
        """Whether there is any amount."""
        return self.mg is not None or self.mg_per_kg is not None


NOTHING = Figure()


@immutable
class SessionDose:
    """What one instruction, or a whole order, means for one session."""

    bolus: Figure = NOTHING
    rate: Figure = NOTHING
    hours: Decimal | None = None
    total_mg: Decimal | None = None
    unclear: bool = False  # an amount, or a length, is there that cannot be read

    @property
    def is_stated(self) -> bool:
        """Whether there is a dose that can be judged."""
        return self.bolus.given or self.rate.given


@immutable
class Weight:
    """The body weight in kg, if it is known, and whether the dose is one that is judged by weight."""

    kg: Decimal | None
    matters: bool

    def complete(self, masses: Iterable[Mass]) -> Figure:
        """Return the highest of some amounts that say the same, in mg and for each kg."""
        known = tuple(masses)
        absolute = max((one.value for one in known if not one.per_kg), default=None)
        stated = max((one.value for one in known if one.per_kg), default=None)
        if stated is not None:
            by_weight = stated * self.kg if self.kg is not None else None
            return Figure(absolute if absolute is not None else by_weight, stated, STATED)
        if absolute is None or not self.matters:
            return Figure(absolute)
        if self.kg is None:
            return Figure(absolute, None, NO_WEIGHT)
        return Figure(absolute, absolute / self.kg, WEIGHED)


def session_dose(dosages: Iterable[Dosage], preparation: Preparation, weight: Weight) -> SessionDose:
    """Return the highest dose, rate, length and total of all instructions of an order."""
    parts = [_of_instruction(one, preparation, weight) for one in dosages]
    return SessionDose(
        bolus=_highest_figure(part.bolus for part in parts),
        rate=_highest_figure(part.rate for part in parts),
        hours=_highest(part.hours for part in parts),
        total_mg=_highest(part.total_mg for part in parts),
        unclear=any(part.unclear for part in parts),
    )


def way_of(dose: SessionDose) -> str | None:
    """Return how the dose per kg was had: stated, weighed or, if any of it could not be had, no-weight."""
    return _least_certain({dose.bolus.per_kg, dose.rate.per_kg})


def infusions_ordered(dosages: Iterable[Dosage]) -> Decimal | None:
    """Return how often the medicine is to be given in all, if the order says so exactly."""
    return _highest(_times_ordered(one) for one in dosages if not one.damaged)


def _of_instruction(dosage: Dosage, preparation: Preparation, weight: Weight) -> SessionDose:
    """Read one instruction: several amounts are one dose said in several ways, as ordered and as calculated."""
    if dosage.damaged or not are_usable(dosage.duration, dosage.most_duration):
        return SessionDose(unclear=True)
    shortest = read_hours(dosage.duration, dosage.duration_unit)
    longest = read_hours(dosage.most_duration, dosage.duration_unit) or shortest
    length = shortest or longest
    doses: list[Mass] = []
    rates: list[Mass] = []
    unclear = False
    for amount in dosage.amounts:
        for quantity in (amount.dose, amount.rate):
            mass = _mass(quantity, preparation, infused=quantity is amount.rate or length is not None)
            unclear = unclear or (quantity is not None and mass is None)
            if mass is not None:
                (rates if mass.per_hour else doses).append(mass)
    infused = bool(rates) or length is not None
    if length is not None:
        rates += [Mass(dose.value / length, per_kg=dose.per_kg, per_hour=True) for dose in doses]
    dose, rate = weight.complete(doses), weight.complete(rates)
    return SessionDose(
        bolus=NOTHING if infused else dose,
        rate=rate,
        hours=longest,
        total_mg=_highest([dose.mg, rate.mg * longest if rate.mg is not None and longest is not None else None]),
        unclear=unclear,
    )


def _mass(quantity: Quantity | None, preparation: Preparation, *, infused: bool) -> Mass | None:
    """Return a dose or a rate in mg; what is infused from a vial in mL is diluted, so its strength is not known."""
    known = preparation.ready or not infused
    return read_mass(quantity, preparation.strength if known else None)


def _times_ordered(dosage: Dosage) -> Decimal | None:
    """Return how often one instruction is to be followed: as counted, or by frequency and length."""
    if dosage.count is None:
        return _times_in_bounds(dosage)
    return dosage.count if are_usable(dosage.count) else None


def _times_in_bounds(dosage: Dosage) -> Decimal | None:
    """Return frequency times length of the treatment, where that is a whole number and nothing is left open."""
    span = _bounded_hours(dosage)
    period = read_hours(dosage.period, dosage.period_unit)
    is_range = dosage.most_frequency is not None or dosage.most_period is not None
    if span is None or period is None or is_range or dosage.as_needed or not are_usable(dosage.frequency):
        return None
    times = (dosage.frequency if dosage.frequency is not None else Decimal(1)) * span / period
    return times if times > 0 and times == times.to_integral_value() else None


def _bounded_hours(dosage: Dosage) -> Decimal | None:
    """Return the length of the treatment: as stated, or from one day to another, both included."""
    if dosage.bounds_length is not None and dosage.bounds_length.comparator is None:
        return read_hours(dosage.bounds_length.value, dosage.bounds_length.code)
    start = dosage.bounds.start if dosage.bounds is not None else None
    end = dosage.bounds.end if dosage.bounds is not None else None
    if start is None or end is None or start.exact is None or end.exact is None:
        return None
    return read_hours(Decimal((end.exact - start.exact).days + 1), "d")


def _highest_figure(figures: Iterable[Figure]) -> Figure:
    """Return the highest of each; how the dose per kg was had is that of the least certain."""
    known = tuple(figures)
    return Figure(
        _highest(one.mg for one in known),
        _highest(one.mg_per_kg for one in known),
        _least_certain({one.per_kg for one in known}),
    )


def _least_certain(ways: Collection[str | None]) -> str | None:
    """Return the least certain of some ways to have a dose per kg."""
    return next((way for way in (NO_WEIGHT, WEIGHED, STATED) if way in ways), None)


def _highest(values: Iterable[Decimal | None]) -> Decimal | None:
    """Return the highest of the values that are known."""
    return max((value for value in values if value is not None), default=None)
