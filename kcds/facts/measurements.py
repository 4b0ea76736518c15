"""Measured values in one unit per concept, the latest first: liver tests, weight, pulse, saturation.

A value in a unit that cannot be converted is unused, never taken as it stands. The upper limit is that of the range on
the observation (A05). The factors here convert units; nothing here is a clinical threshold.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from kcds.facts.observations import Reading, Report, Reports, downwards, ranked, upwards
from kcds.fhir.record import Quantity
from kcds.model.facts import Measurement

ONE = Decimal(1)
ENZYME_UNITS = {"u/l": ONE, "iu/l": ONE, "[iu]/l": ONE, "units/l": ONE}
MICROMOLE_OF_BILIRUBIN = ONE / Decimal("17.1")  # mg/dL in 1 umol/L (molar mass 584.7 g/mol)
POUND = Decimal("0.45359237")  # kg, exact by definition
PER_MINUTE = {"/min": ONE, "1/min": ONE, "{beats}/min": ONE, "beats/min": ONE, "beats/minute": ONE, "bpm": ONE}


@dataclass(frozen=True, slots=True)
class Kind:
    """One measured concept: its value set, its unit, what converts to it, and which direction is the worse."""

    concept: str
    unit: str
    factors: Mapping[str, Decimal]
    worse: Callable[[Reading], Decimal] = upwards

    @property
    def value_set(self) -> str:
        """Name of the value set that holds its codes."""
        return f"measure-{self.concept}"


LIVER_ENZYMES = tuple(Kind(name, "U/L", ENZYME_UNITS) for name in ("alt", "ast", "alp", "ggt"))
LIVER_TESTS = (
    *LIVER_ENZYMES,
    Kind(
        "bilirubin",
        "mg/dL",
        {"mg/dl": ONE, "umol/l": MICROMOLE_OF_BILIRUBIN, "µmol/l": MICROMOLE_OF_BILIRUBIN},
    ),
    Kind("albumin", "g/dL", {"g/dl": ONE, "g/l": ONE / 10}, downwards),
    Kind("inr", "{INR}", {"{inr}": ONE, "inr": ONE, "1": ONE, "{ratio}": ONE, "": ONE}),
)
WEIGHT = Kind(
    "weight",
    "kg",
    {"kg": ONE, "g": ONE / 1000, "[lb_av]": POUND, "lb": POUND, "lbs": POUND, "[oz_av]": POUND / 16},
)
VITAL_SIGNS = (
    Kind("heart-rate", "/min", PER_MINUTE),
    Kind("spo2", "%", {"%": ONE}, downwards),
)


@dataclass(frozen=True, slots=True)
class MeasuredReading(Reading):
    """A value in the unit of its kind, with the upper limit of its own range."""

    upper_limit: Decimal | None


def read_measurements(reports: Reports, kind: Kind) -> tuple[MeasuredReading, ...]:
    """Return every valid value of a kind, in its unit."""
    return tuple(
        reading
        for report in reports.about(kind.value_set)
        for value in report.values_of(kind.value_set)
        if value.quantity is not None and (reading := _reading(report, value.quantity, value.high, kind)) is not None
    )


def measurement_facts(readings: Iterable[MeasuredReading], kind: Kind) -> tuple[Measurement, ...]:
    """Return the latest and the worst value of each day; the latest of all has rank 0."""
    return tuple(
        Measurement(
            concept=kind.concept,
            value=float(one.value),
            unit=kind.unit,
            date=one.day,
            upper_limit=float(one.upper_limit) if one.upper_limit is not None else None,
            times_upper=float(one.value / one.upper_limit) if one.upper_limit is not None else None,
            rank=float(rank),
            preliminary=one.preliminary,
            sources=(one.source,),
        )
        for rank, one in ranked(readings, kind.worse)
    )


def convert(quantity: Quantity, kind: Kind, *, default_unit: str | None = None) -> Decimal | None:
    """Return the number in the unit of the kind, or None if the unit is not one that we can convert."""
    if quantity.value is None:
        return None
    unit = quantity.code or quantity.unit or default_unit or ""
    factor = kind.factors.get(unit.strip().replace("μ", "µ").lower())
    return quantity.value * factor if factor is not None else None


def _reading(report: Report, quantity: Quantity, high: Quantity | None, kind: Kind) -> MeasuredReading | None:
    """Return a value as a reading, or None if it is not usable."""
    value = convert(quantity, kind)
    if value is None or value <= 0:
        return None
    limit = convert(high, kind, default_unit=quantity.code or quantity.unit) if high is not None else None
    return MeasuredReading(
        value,
        report.day,
        report.instant,
        report.preliminary or _is_open(quantity, kind),
        report.source,
        upper_limit=limit if limit is not None and limit > 0 else None,
    )


def _is_open(quantity: Quantity, kind: Kind) -> bool:
    """Tell whether the true value may be worse than the number ("> 60", "< 90"): it can raise concern, not reassure."""
    if quantity.comparator is None:
        return False
    towards_more = quantity.comparator.startswith(">")
    return towards_more is (kind.worse is upwards)
