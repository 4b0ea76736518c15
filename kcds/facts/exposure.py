"""Ketamine and esketamine so far: infusions, courses, and whether the patient is on it or about to be (CONVENTIONS 4).

An active request is treatment, not an infusion. A partial date counts as recent, but leaves open to which course it
belongs: what then depends on it is not known.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from dateutil.relativedelta import relativedelta

from kcds.facts.infusions import Course, Infusion, Infusions, courses_of, drugs_in
from kcds.facts.medications import ORDER_INTENTS, IdentifiedUse, may_be_forbidden
from kcds.facts.observations import Clock
from kcds.fhir.record import MedicationUse
from kcds.model.facts import DataState, Exposure, InfusionDay
from kcds.model.immutable import immutable

PLANNED_STATUSES = frozenset({"on-hold", "draft"})
PLANNED_INTENTS = frozenset({"proposal", "plan", "option"})


@immutable
class ExposureTerms:
    """How far back infusions are counted, and how far apart those of one course may be."""

    window: relativedelta
    course_gap: relativedelta


def read_exposure(
    identified: Iterable[IdentifiedUse], infusions: Infusions, terms: ExposureTerms, clock: Clock
) -> Exposure:
    """Return what the record says of earlier and present ketamine."""
    of_ketamine = [one.use for one in identified if _is_ketamine(one)]
    current = [one.reference for one in of_ketamine if _is_current(one)]
    planned = [one.reference for one in of_ketamine if _is_planned(one)]
    given = infusions.given
    last = max((one.end for one in given), default=None)
    courses, vague = _courses_and_vague(infusions, terms.course_gap)
    latest = _latest_course(infusions, terms.course_gap)
    return Exposure(
        on_treatment=bool(current),
        planned=bool(planned),
        infusions=float(len({day for one in given for day in one.days if clock.within(day, terms.window)})),
        last=last,
        drug=_drug(one for one in given if one.end == last),
        courses=_courses_within(courses, vague, terms.window, clock),
        course_start=latest.start if latest is not None else None,
        course_infusions=float(len(latest.days)) if latest is not None else None,
        course_interval_days=_interval(courses, vague) if latest is not None else None,
        sources=tuple(sorted({*current, *planned, *(one.source for one in given)})),
    )


def infusion_days(infusions: Infusions, gap: relativedelta) -> tuple[InfusionDay, ...]:
    """Return the days of the latest course; none where it is not certain which infusions make it."""
    course = _latest_course(infusions, gap)
    return tuple(
        InfusionDay(
            date=day,
            number=float(number),
            sources=tuple(sorted(one.source for one in infusions.given if one.exact and day in one.days)),
        )
        for number, day in enumerate(course.days if course is not None else (), start=1)
    )


def exposure_state(
    exposure: Exposure, identified: Sequence[IdentifiedUse], infusions: Infusions, gap: str | None
) -> DataState:
    """Say whether all infusions are known. `gap` is why a query for them does not answer in full."""
    found = exposure.on_treatment or exposure.last is not None
    unclear = {*infusions.unclear, *_named_only(identified), *(one.source for one in infusions.given if not one.exact)}
    forbidden = {one.use.reference for one in identified if drugs_in(one.identification) and may_be_forbidden(one.use)}
    state = gap or ("uncertain" if unclear or forbidden else "known" if found else "none-recorded")
    if state != "uncertain":
        return DataState(domain="exposure", state=state, date=exposure.last)
    basis = "unclear-infusion" if unclear else "status-unknown"
    sources = tuple(sorted(unclear | forbidden))
    return DataState(domain="exposure", state=state, basis=basis, date=exposure.last, sources=sources)


def _is_ketamine(one: IdentifiedUse) -> bool:
    """Tell whether a medicine was identified as ketamine or esketamine."""
    return one.identification.product is not None and bool(drugs_in(one.identification))


def _named_only(identified: Iterable[IdentifiedUse]) -> list[str]:
    """Return the active orders and statements that only their text calls ketamine."""
    return [
        one.use.reference
        for one in identified
        if one.identification.product is None and drugs_in(one.identification) and _is_current(one.use)
    ]


def _courses_and_vague(infusions: Infusions, gap: relativedelta) -> tuple[tuple[Course, ...], date | None]:
    """Return the courses that infusions of exact days make, and the last possible day of one that is not exact."""
    if not infusions.given:
        return (), None
    courses = courses_of((one for one in infusions.given if one.exact), gap)
    return courses, max((one.day for one in infusions.given if not one.exact), default=None)


def _latest_course(infusions: Infusions, gap: relativedelta) -> Course | None:
    """Return the latest course, unless an infusion of unknown day may belong to it, or come after it."""
    courses, vague = _courses_and_vague(infusions, gap)
    if not courses or (vague is not None and vague > courses[-1].start - gap):
        return None
    return courses[-1]


def _courses_within(
    courses: tuple[Course, ...], vague: date | None, window: relativedelta, clock: Clock
) -> float | None:
    """Count the courses of the window; not known where one of its infusions has no exact day."""
    if vague is not None and clock.within(vague, window):
        return None
    return float(sum(clock.within(course.end, window) for course in courses))


def _interval(courses: tuple[Course, ...], vague: date | None) -> float | None:
    """Return the days from the end of the course before to the start of the latest one, if both are known."""
    before = courses[-2].end if len(courses) > 1 else None
    if before is None or (vague is not None and vague > before):
        return None
    return float((courses[-1].start - before).days)


def _drug(infusions: Iterable[Infusion]) -> str | None:
    """Name the drug of some infusions; None if there is more than one."""
    drugs = frozenset().union(*(one.drugs for one in infusions))
    return next(iter(drugs)) if len(drugs) == 1 else None


def _is_current(use: MedicationUse) -> bool:
    """Tell whether the patient is on treatment: an active order or statement."""
    if use.type == "MedicationAdministration" or _is_forbidden(use) or use.status != "active":
        return False
    return use.type != "MedicationRequest" or use.intent is None or use.intent in ORDER_INTENTS


def _is_planned(use: MedicationUse) -> bool:
    """Tell whether treatment is planned: an order on hold or drafted, or a proposal that still stands."""
    if use.type != "MedicationRequest" or _is_forbidden(use):
        return False
    return use.status in PLANNED_STATUSES or (use.status == "active" and use.intent in PLANNED_INTENTS)


def _is_forbidden(use: MedicationUse) -> bool:
    """Tell whether an order forbids the medicine, or may forbid it."""
    return use.do_not_perform or may_be_forbidden(use)
