"""How the timeline says days, numbers and what became of a query."""

from collections.abc import Collection, Sequence
from datetime import date

from kcds.facts.data_states import state_of_queries
from kcds.fhir.record import Record
from kcds.knowledge.load import Knowledge
from kcds.knowledge.templates import say
from kcds.model.queries import Query
from kcds.pages.html import say_day
from kcds.pages.timeline.model import Infusion

TIMES = "\N{MULTIPLICATION SIGN}"
_GAPS = {
    "failed": "could not be read: the EHR did not give them",
    "missing": "were not asked for",
    "incomplete": "were not read in full",
    "unreadable": "are there in part, in a form that could not be read",
}


def gap_words(
    what: str, record: Record, queries: Sequence[Query], concepts: Collection[str] | None, knowledge: Knowledge
) -> str | None:
    """Say why results may be lacking; None where all were had."""
    state = state_of_queries(record, queries, concepts, knowledge.value_sets)
    return f"{what} {_GAPS[state]}" if state is not None else None


def number(value: float) -> str:
    """Say a number as the cards do."""
    return say(float(value))


def times(value: float) -> str:
    """Say a multiple of an upper limit."""
    return f"{number(value)}{TIMES}"


def between(start: date, end: date) -> str:
    """Say from when to when."""
    return f"{say_day(start)} to {say_day(end)}"


def infusion_words(infusions: Sequence[Infusion], unread: str | None = None) -> str:
    """Say when infusions were given, for the summary of a lane; `unread` says why some may be lacking."""
    if unread is not None:
        return f"{infusion_words(infusions) if infusions else ''} {unread}: there may be more infusions.".strip()
    if not infusions:
        return "No ketamine infusion on record in this time."
    if len(infusions) == 1:
        return f"One ketamine infusion: {say_day(infusions[0].day)}."
    days = f"first {say_day(infusions[0].day)}, last {say_day(infusions[-1].day)}"
    return f"{len(infusions)} days of ketamine infusion: {days}."
