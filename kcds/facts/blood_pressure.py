"""Blood pressure: the latest reading, and each day's highest (A01, C05, C06, M16, Q05, Q06).

A reading has both components, in mm[Hg], inside the bounds of the parameters; anything else is invalid, not normal.
Components may come in one panel or as two observations of the same moment.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from kcds.facts.observations import Reading, Report, Reports, latest_candidates, upwards
from kcds.facts.plausible import Bounds
from kcds.fhir.record import Quantity
from kcds.model.facts import BloodPressure, BloodPressureDay
from kcds.model.immutable import immutable

SYSTOLIC = "bp-systolic"
DIASTOLIC = "bp-diastolic"
MILLIMETRES_OF_MERCURY = frozenset({"mm[hg]", "mmhg", "mm hg"})


@immutable
class PressureReading(Reading):
    """A valid reading; `value` is the systolic pressure."""

    diastolic: Decimal
    partner: str | None = None  # the observation of the diastolic pressure, where it is another one

    @property
    def sources(self) -> tuple[str, ...]:
        """The observations behind the reading."""
        if self.partner is None or self.partner == self.source:
            return (self.source,)
        return tuple(sorted((self.source, self.partner)))


def read_pressures(reports: Reports, bounds: Bounds) -> tuple[PressureReading, ...]:
    """Return every valid reading: of a panel with both components, or of two observations of one moment."""
    panels: list[PressureReading] = []
    singles: list[tuple[str, Reading]] = []
    only_diastolic = [report for report in reports.about(DIASTOLIC) if SYSTOLIC not in report.concepts]
    for report in (*reports.about(SYSTOLIC), *only_diastolic):
        systolic = _component(report, SYSTOLIC, bounds)
        diastolic = _component(report, DIASTOLIC, bounds)
        if systolic is not None and diastolic is not None:
            panels.append(_pair(systolic, diastolic))
        elif not report.observation.components:
            singles += [(kind, one) for kind, one in ((SYSTOLIC, systolic), (DIASTOLIC, diastolic)) if one is not None]
    return (*panels, *_pair_singles(singles))


def latest_pressures(readings: Sequence[PressureReading]) -> tuple[BloodPressure, ...]:
    """Return the latest final reading, and the latest preliminary one if nothing final is newer.

    Where the record cannot tell which of a day came last, each component is the highest of those that may be.
    """
    candidates = latest_candidates(readings)
    final = latest_candidates([one for one in readings if not one.preliminary])
    preliminary = [one for one in candidates if one.preliminary]
    return tuple(
        BloodPressure(
            systolic=float(max([one.value for one in group])),
            diastolic=float(max([one.diastolic for one in group])),
            date=group[0].day,
            preliminary=group[0].preliminary,
            sources=_sources(group),
        )
        for group in (final, preliminary)
        if group
    )


def pressure_days(readings: Iterable[PressureReading]) -> tuple[BloodPressureDay, ...]:
    """Return one fact a day: the highest of each component, however often it was measured; newest day first."""
    by_day: dict[date, list[PressureReading]] = defaultdict(list)
    for reading in readings:
        if not reading.preliminary:
            by_day[reading.day].append(reading)
    return tuple(
        BloodPressureDay(
            systolic=float(max([one.value for one in of_day])),
            diastolic=float(max([one.diastolic for one in of_day])),
            date=day,
            sources=_sources(of_day),
        )
        for day, of_day in sorted(by_day.items(), reverse=True)
    )


def _component(report: Report, kind: str, bounds: Bounds) -> Reading | None:
    """Return the valid pressure of this kind in the report (the highest, should it hold several)."""
    pressures = [_pressure(value.quantity, bounds) for value in report.values_of(kind)]
    valid = [pressure for pressure in pressures if pressure is not None]
    if not valid:
        return None
    return Reading(max(valid), report.day, report.instant, report.preliminary, report.source)


def _pressure(quantity: Quantity | None, bounds: Bounds) -> Decimal | None:
    """Return the number, if it is an exact pressure in mm[Hg] inside the bounds."""
    if quantity is None or quantity.value is None or quantity.comparator is not None:
        return None
    unit = (quantity.code or quantity.unit or "").strip().lower()
    valid = unit in MILLIMETRES_OF_MERCURY and bounds.hold(quantity.value)
    return quantity.value if valid else None


def _pair(systolic: Reading, diastolic: Reading) -> PressureReading:
    """Make one reading of two components."""
    return PressureReading(
        systolic.value,
        systolic.day,
        systolic.instant,
        systolic.preliminary,
        systolic.source,
        diastolic=diastolic.value,
        partner=diastolic.source,
    )


def _pair_singles(singles: Iterable[tuple[str, Reading]]) -> tuple[PressureReading, ...]:
    """Pair systolic and diastolic pressures that were reported apart, for the same moment (in whichever time zone)."""
    moments: dict[tuple[date | datetime, bool], dict[str, list[Reading]]] = defaultdict(dict)
    for kind, one in singles:
        moments[one.instant or one.day, one.preliminary].setdefault(kind, []).append(one)
    return tuple(
        _pair(max(kinds[SYSTOLIC], key=upwards), max(kinds[DIASTOLIC], key=upwards))
        for kinds in moments.values()
        if SYSTOLIC in kinds and DIASTOLIC in kinds
    )


def _sources(readings: Sequence[PressureReading]) -> tuple[str, ...]:
    """Return the observations behind several readings."""
    if len(readings) == 1:
        return readings[0].sources
    return tuple(sorted({source for one in readings for source in one.sources}))
