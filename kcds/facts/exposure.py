"""Ketamine and esketamine so far: infusions by day, and whether the patient is on it or about to be (CONVENTIONS 4).

An infusion is an administration, or an infusion procedure that used the drug; one a calendar day however often it was
recorded. A dispense is no infusion, an active request is treatment.
"""

from collections.abc import Iterable
from datetime import date

from dateutil.relativedelta import relativedelta

from kcds.facts.medications import ORDER_INTENTS, IdentifiedUse, coding_tuples
from kcds.facts.observations import Clock, names_of
from kcds.facts.treatment import DRUGS, concepts_of
from kcds.fhir.record import MedicationUse, Procedure
from kcds.knowledge.medications import Formulary, Identification
from kcds.knowledge.value_sets import ValueSets
from kcds.model.dates import Span
from kcds.model.facts import Exposure

GIVEN = frozenset({"completed", "in-progress"})
PLANNED_STATUSES = frozenset({"on-hold", "draft"})
PLANNED_INTENTS = frozenset({"proposal", "plan", "option"})
INFUSION_SET = "proc-infusion"
Days = dict[date, set[str]]
"""Days with ketamine, each with the resources that say so."""


def read_exposure(  # noqa: PLR0913, PLR0917 - the record's parts and what to judge them by
    identified: Iterable[IdentifiedUse],
    procedures: Iterable[Procedure],
    formulary: Formulary,
    value_sets: ValueSets,
    clock: Clock,
    window: relativedelta,
) -> Exposure:
    """Return what the record says of earlier and present ketamine."""
    of_ketamine = [one.use for one in identified if _is_ketamine(one.identification)]
    infusions = [one for one in procedures if _is_ketamine_infusion(one, formulary, value_sets)]
    days = _days(of_ketamine, infusions, clock)
    recent = [day for day in days if clock.within(day, window)]
    current = [one for one in of_ketamine if _is_current(one)]
    planned = [one for one in of_ketamine if _is_planned(one)]
    sources = {one.reference for one in (*current, *planned)}.union(*days.values())
    return Exposure(
        on_treatment=bool(current),
        planned=bool(planned),
        infusions=float(len(recent)),
        last=max(days, default=None),
        sources=tuple(sorted(sources)),
    )


def is_unclear(identified: Iterable[IdentifiedUse]) -> bool:
    """Tell whether ketamine may have been given: on an unknown day, or something that only its text calls ketamine."""
    for one in identified:
        use, product = one.use, one.identification.product
        if use.status in GIVEN | {"active"} and concepts_of(one.identification) & DRUGS.keys():
            undated = use.type == "MedicationAdministration" and (use.effective is None or use.effective.start is None)
            if undated or product is None:
                return True
    return False


def _is_ketamine(identification: Identification) -> bool:
    """Tell whether a medicine was identified as ketamine or esketamine."""
    return identification.product is not None and bool(identification.product.concepts & DRUGS.keys())


def _is_ketamine_infusion(procedure: Procedure, formulary: Formulary, value_sets: ValueSets) -> bool:
    """Tell whether a procedure is an infusion that used ketamine or esketamine."""
    if procedure.status not in GIVEN or INFUSION_SET not in names_of(procedure.code, value_sets):
        return False
    products = [formulary.identify(coding_tuples(used), (), used.text).product for used in procedure.used]
    return any(product is not None and product.concepts & DRUGS.keys() for product in products)


def _days(uses: Iterable[MedicationUse], infusions: Iterable[Procedure], clock: Clock) -> Days:
    """Return the days on which ketamine was given; one that is not dated, or dated in the future, is none."""
    days: Days = {}
    moments = [
        (one.effective, one.reference) for one in uses if one.type == "MedicationAdministration" and one.status in GIVEN
    ]
    moments += [(one.performed, one.reference) for one in infusions]
    for span, reference in moments:
        day = _first_day(span, clock)
        if day is not None:
            days.setdefault(day, set()).add(reference)
    return days


def _first_day(span: Span | None, clock: Clock) -> date | None:
    """Return the day on which something began; of a partial date the last possible one, so that it counts as recent."""
    begin = (span.start or span.end) if span is not None else None
    if begin is None or begin.earliest is None or clock.is_future(begin.earliest, begin.instant):
        return None
    return min(begin.latest or begin.earliest, clock.today)


def _is_current(use: MedicationUse) -> bool:
    """Tell whether the patient is on treatment: an active order or statement."""
    if use.type == "MedicationAdministration" or use.do_not_perform or use.status != "active":
        return False
    return use.type != "MedicationRequest" or use.intent is None or use.intent in ORDER_INTENTS


def _is_planned(use: MedicationUse) -> bool:
    """Tell whether treatment is planned: an order on hold or drafted, or a proposal that still stands."""
    if use.type != "MedicationRequest" or use.do_not_perform:
        return False
    return use.status in PLANNED_STATUSES or (use.status == "active" and use.intent in PLANNED_INTENTS)
