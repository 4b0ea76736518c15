"""The checks of the monitoring plan: which ones the findings call for, and how each of them stands.

A rule that names an item calls for it, and its summary is the reason. A rule of the plan stage that names an item says
that it is due. When it was done last, and whether that still holds, is said by the `check` fact; without one nobody
can tell.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import get_args

from kcds.advice.weigh import Advised
from kcds.knowledge.plan import PlanItem
from kcds.knowledge.rule import Phase
from kcds.model.facts import Check

PHASES: tuple[Phase, ...] = get_args(Phase)


class State(StrEnum):
    """How a check stands that was called for, most urgent first."""

    OVERDUE = "overdue"
    DUE = "due"
    UNKNOWN = "cannot tell"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCheck:
    """One check that is called for, or of which nobody can tell whether it is."""

    item: PlanItem
    phase: Phase
    state: State
    latest: Check | None
    reasons: tuple[Advised, ...]  # what calls for it; empty where that cannot be told
    undecided: tuple[Advised, ...]  # what cannot tell whether it is called for, or due


def planned_checks(
    entries: Iterable[Advised], items: Mapping[str, PlanItem], checks: Iterable[Check]
) -> tuple[PlannedCheck, ...]:
    """Return the checks that these findings call for, in the order of the plan."""
    about: dict[str, list[Advised]] = {}
    for advised in entries:
        if advised.rule.plan is not None and advised.rule.plan.item is not None:
            about.setdefault(advised.rule.plan.item, []).append(advised)
    latest = {check.item: check for check in checks}
    return tuple(_planned(item, about[name], latest.get(name)) for name, item in items.items() if name in about)


def not_called_for(checks: Iterable[PlannedCheck], items: Mapping[str, PlanItem]) -> Iterator[PlanItem]:
    """Return the items that nobody called for."""
    planned = {check.item.id for check in checks}
    return (item for name, item in items.items() if name not in planned)


def brief(item: PlanItem) -> str:
    """Name an item without what stands in brackets."""
    return item.title.split(" (", maxsplit=1)[0]


def _planned(item: PlanItem, about: list[Advised], latest: Check | None) -> PlannedCheck:
    called = [a for a in about if a.applies]
    reasons = tuple(a for a in called if a.rule.stage == "assess")
    phases = [a.rule.plan.phase for a in reasons if a.rule.plan is not None]
    return PlannedCheck(
        item=item,
        phase=max(phases, key=PHASES.index, default=item.phase),
        state=_state(latest, called=bool(called), due=len(called) > len(reasons)),
        latest=latest,
        reasons=reasons,
        undecided=tuple(a for a in about if not a.applies),
    )


def _state(latest: Check | None, *, called: bool, due: bool) -> State:
    if not called or (latest is None and not due):
        return State.UNKNOWN
    if latest is not None and latest.state == "current" and not due:
        return State.DONE
    return State.DUE if latest is None or latest.date is None else State.OVERDUE
