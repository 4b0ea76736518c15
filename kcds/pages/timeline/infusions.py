"""The infusions of twelve months, and the order under review."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from kcds.facts.infusions import Infusion as Given
from kcds.facts.infusions import drugs_in, read_infusions
from kcds.facts.medications import IdentifiedUse, identify_all
from kcds.facts.order_doses import Weight, session_dose
from kcds.facts.preparations import preparation_of
from kcds.facts.treatment import DRUGS
from kcds.model.facts import Treatment
from kcds.model.queries import Query
from kcds.pages.html import say_day
from kcds.pages.timeline.doses import order_words, session_words
from kcds.pages.timeline.model import Infusion, Row
from kcds.pages.timeline.past import Past
from kcds.pages.timeline.words import gap_words
from kcds.pages.words import counted

MOST = 120
"""Days of infusion that are drawn: the latest."""


def infusions_of(past: Past) -> tuple[tuple[Infusion, ...], tuple[Row, ...], tuple[str, ...]]:
    """Return every day of infusion, a row of the table for each, and what has to be said beside them."""
    knowledge, record = past.knowledge, past.record
    identified = identify_all(record.medications, knowledge.formulary)
    of_ketamine = {one.use.reference: one for one in identified if drugs_in(one.identification)}
    found = read_infusions(
        of_ketamine.values(), record.procedures, knowledge.formulary, knowledge.value_sets, past.clock
    )
    by_day: dict[date, list[Given]] = defaultdict(list)
    for one in found.given:
        for day in one.days:
            if past.shows(day):
                by_day[day].append(one)
    infusions, rows = [], []
    for place, (day, given) in enumerate(sorted(by_day.items()), 1):
        infusion = _infusion(place, day, given, _dose(given, of_ketamine, past))
        infusions.append(infusion)
        sources = tuple(sorted({one.source for one in given}))
        rows.append(Row(when=say_day(day), measure="Ketamine infusion", value=infusion.words, sources=sources))
    notes = _notes(past, len(infusions), len(found.unclear))
    return tuple(infusions[-MOST:]), tuple(reversed(rows[-MOST:])), notes


def _infusion(place: int, day: date, given: list[Given], dose: tuple[str, str]) -> Infusion:
    """Say what was given on one day."""
    drugs = " and ".join(sorted({drug for one in given for drug in one.drugs}))
    words, short = dose
    exact = "" if all(one.exact for one in given) else " or before; the day is not recorded"
    said = f"Infusion {place}: {drugs}{' ' + words if words else ', dose not recorded'}, {say_day(day)}{exact}"
    return Infusion(day=day, words=said, short=f"Infusion {place}{' · ' + short if short else ''}")


def _dose(given: Iterable[Given], of_ketamine: dict[str, IdentifiedUse], past: Past) -> tuple[str, str]:
    """Say the dose of one day, in full and short; nothing where it is not recorded, or differs."""
    said = set()
    for one in given:
        use = of_ketamine.get(one.source)
        if use is None:
            continue
        concept = next(name for name, drug in DRUGS.items() if drug in one.drugs)
        preparation = preparation_of(use, concept, past.knowledge.value_sets)
        dose = session_words(session_dose(use.use.dosages, preparation, Weight(None, matters=False)))
        said |= {(dose.words, dose.short)} if dose.words else set()
    return said.pop() if len(said) == 1 else ("", "")


def unread_infusions(past: Past) -> str | None:
    """Say why infusions may be lacking; None where all records of them were had."""
    queries = [Query.MEDICATION_ADMINISTRATIONS, Query.PROCEDURES]
    return gap_words("Medicines given and procedures", past.record, queries, None, past.knowledge)


def _notes(past: Past, days: int, unclear: int) -> tuple[str, ...]:
    gap = unread_infusions(past)
    notes = [f"{gap}: there may be more infusions."] if gap else []
    if not days and gap is None:
        notes.append("No infusion on record in these months.")
    if days > MOST:
        notes.append(f"{days} days of infusion; the latest {MOST} are drawn and listed.")
    if unclear:
        notes.append(f"{counted(unclear, 'record')} of ketamine without a usable day: not drawn.")
    return tuple(notes)


def order_of(past: Past) -> Infusion | None:
    """Return the order under review, on the day for which it is planned; today where it does not say."""
    drafted = [fact for fact in past.facts if isinstance(fact, Treatment) and fact.drafted]
    if not drafted:
        return None
    starts = [
        bounds.start.earliest
        for use in past.record.orders
        for bounds in (one.bounds for one in use.dosages)
        if bounds is not None and bounds.start is not None and bounds.start.earliest is not None
    ]
    planned = min((day for day in starts if day >= past.today), default=None)
    said = sorted({f"{one.label} {order_words(one).words}".strip() for one in drafted})
    when = f", planned for {say_day(planned)}" if planned is not None else ""
    return Infusion(day=planned or past.today, words=f"Draft order: {'; '.join(said)}{when}", short="Draft order")
