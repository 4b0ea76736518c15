"""The monitoring plan in words: short enough to be read between two patients.

One line for each check, with its state, its date and why it is asked for, what is overdue first; one line for what is
not needed; one line for each other phase with what is done then.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kcds.advice.weigh import Advised
from kcds.cards.plain_text import sentence
from kcds.cards.plan import PHASES, PlannedCheck, State, brief, not_called_for
from kcds.cards.wording import CHECK_NEEDED, CHECK_UNSEEN, NOT_NEEDED, OTHER_PHASES, PHASE_TITLES
from kcds.knowledge.plan import PlanItem
from kcds.knowledge.rule import Rule
from kcds.knowledge.templates import fill_numbers

Say = Callable[[str, Advised], str]
"""Fills the placeholders of a card text from a finding."""


@dataclass(frozen=True, slots=True)
class _Section:
    """What the plan says of one phase: checks and other lines, and sentences."""

    title: str
    lines: tuple[str, ...]
    sentences: str


def plan_blocks(
    entries: Iterable[Advised], planned: Iterable[PlannedCheck], items: Mapping[str, PlanItem], say: Say
) -> list[str]:
    """Return the plan as Markdown blocks; none where no finding speaks to it."""
    planned = tuple(planned)
    plain = [a for a in entries if a.applies and a.rule.plan is not None and a.rule.plan.item is None]
    if not planned and not plain:
        return []
    sections = list(_sections(planned, plain, items, say))
    blocks = [_block(one) for one in sections if one.lines]
    others = [f"- **{one.title}:** {one.sentences}" for one in sections if not one.lines]
    return [*blocks, *(["\n".join([f"**{OTHER_PHASES}**\n", *others])] if others else [])]


def _sections(
    planned: Sequence[PlannedCheck], plain: Sequence[Advised], items: Mapping[str, PlanItem], say: Say
) -> Iterator[_Section]:
    """Return the phases of which something is said; what nobody needs is said with the first."""
    for phase in PHASES:
        of_phase = [check for check in planned if check.phase == phase]
        lines = _lines(sorted(of_phase, key=lambda check: _URGENCY.index(check.state)), say)
        said = [sentence(say(a.rule.card.summary, a)) for a in plain if a.rule.plan and a.rule.plan.phase == phase]
        if phase == PHASES[0]:
            lines += _not_needed(planned, items)
        if lines or said:
            yield _Section(PHASE_TITLES[phase], tuple(lines), " ".join(said))


def _block(section: _Section) -> str:
    lines = [*section.lines, *([section.sentences] if section.sentences else [])]
    return f"**{section.title}**\n\n" + "\n".join(f"- {line}" for line in lines)


def _lines(checks: Iterable[PlannedCheck], say: Say) -> list[str]:
    """Say how each check stands, and why it is asked for; those of which the same is to be said share a line."""
    titles: dict[tuple[str, str], list[str]] = {}
    for check in checks:
        titles.setdefault(_standing(check, say), []).append(check.item.title)
    lines = []
    for (state, text), named in titles.items():
        opening = f"{', '.join(named)}: {state}"
        lines.append(f"{opening}{text}" if state in _QUIET else f"**{opening}**{text}")
    return lines


def _standing(check: PlannedCheck, say: Say) -> tuple[str, str]:
    """Return the state of a check, and what else is to be said of it."""
    latest = check.latest
    value = f" ({latest.value})" if latest is not None and latest.value else ""
    day = latest.date.isoformat() if latest is not None and latest.date else ""
    ask = next((sentence(unknown_of(a.rule)) for a in check.undecided if a.rule.card.unknown), "")
    why = " ".join(dict.fromkeys(sentence(say(a.rule.card.summary, a)) for a in check.reasons))
    match check.state:
        case State.DONE:
            return check.state, f" {day}{value}. {why}"
        case State.OVERDUE:
            return check.state, f", last {day}{value}. {why}"
        case State.DUE:
            return check.state, f", none on record. {why}"
        case State.UNKNOWN if check.reasons:
            return check.state, f" {CHECK_UNSEEN} {ask} {why}"
        case State.UNKNOWN:
            return check.state, f" {CHECK_NEEDED} {ask}"


_URGENCY = tuple(State)
_QUIET = frozenset({State.DONE, State.UNKNOWN})
"""States in which nothing has to be done at once."""


def unknown_of(rule: Rule) -> str:
    """Return what to ask where a rule cannot tell; its numbers are those of the rule."""
    return fill_numbers(rule.card.unknown, rule.parameters)


def _not_needed(planned: Iterable[PlannedCheck], items: Mapping[str, PlanItem]) -> list[str]:
    """Name what nobody called for, in one line."""
    named = [f"{brief(item)} ({item.not_needed})" for item in not_called_for(planned, items)]
    return [f"{NOT_NEEDED}: {'; '.join(named)}."] if named else []
