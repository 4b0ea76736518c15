"""On which days ketamine or esketamine was given, and the courses that these days make (CONVENTIONS 4, A06).

An infusion is an administration, or an infusion procedure that used the drug; one a calendar day however often it was
recorded, and one for each day and night of one that runs on. A dispense is no infusion.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from kcds.facts.medications import IdentifiedUse, coding_tuples
from kcds.facts.observations import Clock, names_of
from kcds.facts.repaired import lost_of
from kcds.facts.treatment import DRUGS, concepts_of
from kcds.fhir.record import MedicationUse, Procedure
from kcds.knowledge.medications import Formulary, Identification
from kcds.knowledge.value_sets import ValueSets
from kcds.model.dates import PartialDate, Span
from kcds.model.immutable import immutable

GIVEN = frozenset({"completed", "in-progress"})
ADMINISTRATION = "MedicationAdministration"
INFUSION_SET = "proc-infusion"
Given = tuple[MedicationUse | Procedure, Span | None, Identification]
"""What records an infusion, its time and its drug."""


@immutable
class Infusion:
    """One record of ketamine or esketamine given."""

    drugs: frozenset[str]
    day: date  # on which it began; of a partial date the last possible one, so that it counts as recent
    end: date  # the last day, for infusions that run over several
    exact: bool
    source: str

    @property
    def days(self) -> tuple[date, ...]:
        """The days that it counts for: that on which it began, and one more for each further night it ran."""
        return tuple(self.day + timedelta(number) for number in range(max(1, (self.end - self.day).days)))


@immutable
class Infusions:
    """What was given, and the records that may mean more: without a usable day, or by their words only."""

    given: tuple[Infusion, ...] = ()
    unclear: tuple[str, ...] = ()


@immutable
class Course:
    """Infusions that belong together."""

    days: tuple[date, ...]  # of infusion, in order
    end: date

    @property
    def start(self) -> date:
        """The first day."""
        return self.days[0]


def read_infusions(
    identified: Iterable[IdentifiedUse],
    procedures: Iterable[Procedure],
    formulary: Formulary,
    value_sets: ValueSets,
    clock: Clock,
) -> Infusions:
    """Return every infusion of the record. One without a day, or dated in the future, is unclear."""
    given: list[Infusion] = []
    unclear: list[str] = []
    records = (*_administrations(identified), *_procedures(procedures, formulary, value_sets))
    for record, span, identification in records:
        infusion = _infusion(record, span, identification, clock)
        if infusion is None:
            unclear.append(record.reference)
        else:
            given.append(infusion)
    return Infusions(tuple(given), tuple(unclear))


def courses_of(infusions: Iterable[Infusion], gap: relativedelta) -> tuple[Course, ...]:
    """Join infusions into courses, the earliest first: one that begins less than `gap` after the last belongs to it."""
    ends: dict[date, date] = {}
    for one in infusions:
        for day in one.days:
            ends[day] = max(one.end, ends.get(day, one.end))
    courses: list[Course] = []
    for day, end in sorted(ends.items()):
        if courses and day - gap < courses[-1].end:
            last = courses.pop()
            courses.append(Course((*last.days, day), max(last.end, end)))
        else:
            courses.append(Course((day,), end))
    return tuple(courses)


def drugs_in(identification: Identification) -> frozenset[str]:
    """Return which of ketamine and esketamine a medicine is; of one that was not identified, which it names."""
    concepts = concepts_of(identification)
    if concepts.isdisjoint(DRUGS):
        return frozenset()
    return frozenset(drug for concept, drug in DRUGS.items() if concept in concepts)


def _administrations(identified: Iterable[IdentifiedUse]) -> Iterator[Given]:
    """Find the administrations of ketamine or esketamine."""
    for one in identified:
        use = one.use
        if use.type == ADMINISTRATION and use.status in GIVEN and drugs_in(one.identification):
            yield use, use.effective, one.identification


def _procedures(procedures: Iterable[Procedure], formulary: Formulary, value_sets: ValueSets) -> Iterator[Given]:
    """Find the infusion procedures that used ketamine or esketamine."""
    for procedure in procedures:
        if procedure.used and procedure.status in GIVEN and INFUSION_SET in names_of(procedure.code, value_sets):
            for used in procedure.used:
                identification = formulary.identify(coding_tuples(used), (), used.text)
                if drugs_in(identification):
                    yield procedure, procedure.performed, identification


def _infusion(
    record: MedicationUse | Procedure, span: Span | None, identification: Identification, clock: Clock
) -> Infusion | None:
    """Return the infusion, if the drug is coded and it began on a day that is not in the future.

    Where one end of its time is lost, what is left of it gives no exact day.
    """
    begin = (span.start or span.end) if span is not None else None
    if identification.product is None or begin is None or begin.earliest is None:
        return None
    if clock.is_future(begin.earliest, begin.instant):
        return None
    day = min(begin.latest or begin.earliest, clock.today)
    end = _end(span.end if span is not None else None, day, clock.today)
    exact = begin.exact is not None and not lost_of(record, "effective", "performed")
    return Infusion(drugs_in(identification), day, end, exact, record.reference)


def _end(end: PartialDate | None, day: date, today: date) -> date:
    """Return the last day of an infusion: that on which it began, unless the record names a later one."""
    last = end.exact if end is not None else None
    return max(day, min(last, today)) if last is not None else day
