"""Measured values in one unit per concept, the latest first: liver, kidney, thyroid tests, weight, pulse, saturation.

A value in a unit that cannot be converted is unused, never taken as it stands. The limits are those of the range on the
observation (A05). The factors here convert units; nothing here is a clinical threshold.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import field
from decimal import Decimal

from kcds.facts.observations import Reading, Report, Reports, downwards, latest_of, ranked, upwards
from kcds.facts.plausible import are_usable, bounds_of
from kcds.fhir.record import ObservationValue, Quantity
from kcds.knowledge.parameters import Parameters
from kcds.model.facts import Measurement
from kcds.model.immutable import immutable
from kcds.model.queries import Query

ONE = Decimal(1)
MICROKATAL = Decimal(60)  # U in 1 ukat, exact: 1 umol a second, not a minute
ENZYME_UNITS = {
    **dict.fromkeys(("u/l", "iu/l", "[iu]/l", "units/l"), ONE),
    **dict.fromkeys(("ukat/l", "µkat/l"), MICROKATAL),
    "nkat/l": MICROKATAL / 1000,
}
MICROMOLE_OF_BILIRUBIN = ONE / Decimal("17.1")  # mg/dL in 1 umol/L (molar mass 584.7 g/mol)
PICOMOLE_OF_THYROXINE = ONE / Decimal("12.87")  # ng/dL in 1 pmol/L (molar mass 776.9 g/mol)
FILTRATION_UNITS = (
    "ml/min/{1.73_m2}",
    "ml/min/1.73_m2",
    "ml/min/1.73m2",
    "ml/min/1.73 m2",
    "ml/min/{1.73m2}",
    "ml/min/1.73m^2",
    "ml/min/1.73m²",
    "ml/min",  # as some systems write it: the codes say that it is for 1.73 square metres
)
POUND = Decimal("0.45359237")  # kg, exact by definition
PER_MINUTE = {"/min": ONE, "1/min": ONE, "{beats}/min": ONE, "beats/min": ONE, "beats/minute": ONE, "bpm": ONE}


@immutable
class Kind:
    """One measured concept: its value set, its unit, what converts to it, and which direction is the worse."""

    concept: str
    unit: str
    factors: Mapping[str, Decimal]
    worse: Callable[[Reading], Decimal] = upwards
    between: tuple[str, str] | None = None  # the parameters that say what is believed
    value_set: str = field(init=False)  # the name of the one that holds its codes

    def __post_init__(self) -> None:
        """Name the value set."""
        object.__setattr__(self, "value_set", f"measure-{self.concept}")


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
    between=("weight_lowest", "weight_highest"),
)
VITAL_SIGNS = (
    Kind("heart-rate", "/min", PER_MINUTE),
    Kind("spo2", "%", {"%": ONE}, downwards),
)
FILTRATION = Kind("egfr", "mL/min/{1.73_m2}", dict.fromkeys(FILTRATION_UNITS, ONE), downwards)
THYROTROPIN = Kind(
    "tsh",
    "m[iU]/L",
    dict.fromkeys(("m[iu]/l", "miu/l", "mu/l", "u[iu]/ml", "uiu/ml", "µ[iu]/ml", "µiu/ml", "uu/ml", "µu/ml"), ONE),
    downwards,  # what matters here is too much thyroid hormone
)
FREE_THYROXINE = Kind(
    "free-t4", "ng/dL", {"ng/dl": ONE, "pmol/l": PICOMOLE_OF_THYROXINE, "pg/ml": ONE / 10, "ng/l": ONE / 10}
)


@immutable
class Panel:
    """Measurements that belong together: how they reach us, how long they hold, and what makes their domain known."""

    kinds: tuple[Kind, ...]
    query: Query
    window: str  # parameter
    domain: str | None = None
    decisive: frozenset[str] = frozenset()  # of these one at least must be there before the domain is known
    limit: str | None = None  # the end of the range by which these are judged: upper_limit | lower_limit
    required: bool = False  # nothing current on record is "missing", not "none recorded"
    value_sets: frozenset[str] = field(init=False)  # those of its kinds

    def __post_init__(self) -> None:
        """Gather the value sets."""
        object.__setattr__(self, "value_sets", frozenset(kind.value_set for kind in self.kinds))


PANELS = (
    Panel(
        LIVER_TESTS,
        Query.LIVER_TESTS,
        "liver_test_window",
        domain="liver-tests",
        decisive=frozenset({"alt", "ast"}),
        limit="upper_limit",
    ),
    Panel(VITAL_SIGNS, Query.VITAL_SIGNS, "vital_sign_window"),
    Panel(
        (WEIGHT,), Query.VITAL_SIGNS, "weight_window", domain="weight", decisive=frozenset({"weight"}), required=True
    ),
    Panel(
        (FILTRATION,),
        Query.RENAL_TESTS,
        "renal_test_window",
        domain="renal-tests",
        decisive=frozenset({"egfr"}),
    ),
    Panel(
        (THYROTROPIN, FREE_THYROXINE),
        Query.THYROID_TESTS,
        "thyroid_test_window",
        domain="thyroid-tests",
        decisive=frozenset({"tsh"}),
        limit="lower_limit",
    ),
)


@immutable
class MeasuredReading(Reading):
    """A value in the unit of its kind, with the limits of its own range."""

    upper_limit: Decimal | None
    lower_limit: Decimal | None
    open: bool  # the true value may be worse than the number ("> 60", "< 90"): it raises concern, never reassures

    def lacks(self, limit: str) -> bool:
        """Tell whether it came without this end of the range."""
        return (self.upper_limit if limit == "upper_limit" else self.lower_limit) is None


def read_measurements(reports: Reports, kind: Kind, parameters: Parameters) -> tuple[MeasuredReading, ...]:
    """Return every valid value of a kind, in its unit."""
    about = reports.about(kind.value_set)
    if not about:
        return ()
    readings = [
        _reading(report, value, value.quantity, kind)
        for report in about
        for value in report.values_of(kind.value_set)
        if value.quantity is not None
    ]
    bounds = bounds_of(*kind.between, parameters) if kind.between is not None else None
    return tuple([one for one in readings if one is not None and (bounds is None or bounds.hold(one.value))])


def measurement_facts(readings: Collection[MeasuredReading], kind: Kind) -> tuple[Measurement, ...]:
    """Return the latest and the worst value of each day; the latest of all has rank 0."""
    if not readings:
        return ()
    return tuple(
        Measurement(
            concept=kind.concept,
            value=float(one.value),
            unit=kind.unit,
            date=one.day,
            upper_limit=float(one.upper_limit) if one.upper_limit is not None else None,
            lower_limit=float(one.lower_limit) if one.lower_limit is not None else None,
            times_upper=float(one.value / one.upper_limit) if one.upper_limit is not None else None,
            below_range=one.value < one.lower_limit if one.lower_limit is not None else None,
            rank=float(rank),
            preliminary=one.preliminary,
            sources=(one.source,),
        )
        for rank, one in ranked(readings, kind.worse)
    )


def convert(quantity: Quantity, kind: Kind, *, default_unit: str | None = None) -> Decimal | None:
    """Return the number in the unit of the kind, or None if it is not usable, or in a unit that we cannot convert."""
    if quantity.value is None or not are_usable(quantity.value):
        return None
    unit = quantity.code or quantity.unit or default_unit or ""
    factor = kind.factors.get(unit.strip().replace("μ", "µ").lower())
    return quantity.value * factor if factor is not None else None


def latest_reading(readings: Iterable[MeasuredReading], kind: Kind) -> MeasuredReading | None:
    """Return the latest final reading; where the record cannot tell, the worst of those that may be."""
    final = [one for one in readings if not one.preliminary]
    return latest_of(final, kind.worse) if final else None


def _reading(report: Report, value: ObservationValue, quantity: Quantity, kind: Kind) -> MeasuredReading | None:
    """Return a value as a reading, or None if it is not usable."""
    number = convert(quantity, kind)
    if number is None or number <= 0:
        return None
    return MeasuredReading(
        number,
        report.day,
        report.instant,
        report.preliminary,
        report.source,
        upper_limit=_limit(value.high, quantity, kind),
        lower_limit=_limit(value.low, quantity, kind),
        open=_is_open(quantity, kind),
    )


def _limit(limit: Quantity | None, of: Quantity, kind: Kind) -> Decimal | None:
    """Return one end of a range in the unit of the kind; without a unit of its own it has that of the value."""
    number = convert(limit, kind, default_unit=of.code or of.unit) if limit is not None else None
    return number if number is not None and number > 0 else None


def _is_open(quantity: Quantity, kind: Kind) -> bool:
    """Tell whether the true value may be worse than the number."""
    if quantity.comparator is None:
        return False
    towards_more = quantity.comparator.startswith(">")
    return towards_more is (kind.worse is upwards)
