"""Whether every heart attack, unstable angina, stroke and TIA can be placed: within the weeks of the stop, or before.

The stop looks at dates (C04). An event that may lie on either side of its line, because its onset is missing or
partial, or because nobody confirmed it or verified its code, leaves open whether ketamine is to be held (E13).
"""

from datetime import date

from dateutil.relativedelta import relativedelta

from kcds.facts.data_states import state_of_queries
from kcds.facts.health_domains import History
from kcds.facts.problems import Problem
from kcds.model.facts import DataState
from kcds.model.queries import Query

DOMAIN = "cardiovascular-event"
EVENT_SETS = ("acs-unstable", "stroke-ischemic-tia")


def cardiovascular_event_state(history: History, hold: relativedelta) -> DataState:
    """Return whether it is known of each event on which side of the line it lies; `hold` is how long the stop lasts."""
    line = history.clock.first_day(hold)
    events = history.problems.of(EVENT_SETS)
    unclear = tuple(one.source for one in events if not (_is_old(one, line) or _is_recent(one, line)))
    if unclear:
        return DataState(domain=DOMAIN, state="uncertain", basis="unspecified-entry", sources=unclear)
    gap = state_of_queries(history.record, [Query.CONDITIONS], EVENT_SETS, history.value_sets)
    return DataState(domain=DOMAIN, state=gap or ("known" if events else "none-recorded"))


def _is_old(event: Problem, line: date) -> bool:
    """Tell whether an event certainly began on the line or before; if it had ended by then, it began before."""
    return any(day is not None and day <= line for day in (event.onset[1], event.abated[1]))


def _is_recent(event: Problem, line: date) -> bool:
    """Tell whether it certainly began after the line, so that the stop speaks."""
    first = event.onset[0]
    match = event.match_of(EVENT_SETS)
    return first is not None and first > line and event.confirmed and match is not None and match.verified
