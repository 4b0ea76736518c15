"""The report of a period: what stands on the page and in the CSV. What is hidden here is hidden in both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kcds.knowledge.override_reasons import OVERRIDE_SYSTEM, OverrideReason
from kcds.knowledge.rule import Rule
from kcds.pages.reports.rates import Rate, rate_of
from kcds.pages.reports.small import FEWEST, HIDDEN, SMALL, Cell, is_small, parts_shown, shown
from kcds.store.tally import NO_REASON, OfRule, Reason, Tally

_SLOWEST = 0.95
_HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Told:
    """A reason for overriding, in words, and how often it was given."""

    words: str
    code: str
    count: Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One version of one rule."""

    rule: str
    version: str
    title: str
    known: bool  # whether the rulebook still has it
    fired: Cell
    unknown: Cell
    shown: Cell
    accepted: Cell
    overridden: Cell
    silent: Cell  # no response
    accepted_rate: Rate | None
    overridden_rate: Rate | None
    reasons: tuple[Told, ...]
    weeks: tuple[Cell, ...]

    @property
    def told_reasons(self) -> tuple[Told, ...]:
        """The reasons whose counts are shown."""
        return tuple(told for told in self.reasons if told.count.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All of it: counts of the whole, and a row for each version of each rule."""

    since: date
    weeks: int
    visits: Cell  # calls when a chart was opened
    orders: Cell  # calls about orders
    quiet: Cell  # calls in silent mode
    cards: Cell
    per_order: float | None  # cards in 100 calls about orders
    slowest: float | None  # milliseconds in which 95 % were answered
    rows: tuple[Row, ...]
    releases: tuple[tuple[int, str], ...]  # week of the period, version of the knowledge

    @property
    def told(self) -> tuple[Row, ...]:
        """The rows whose cards were shown often enough."""
        return tuple(row for row in self.rows if row.shown.value)

    @property
    def untold(self) -> tuple[Row, ...]:
        """All others."""
        return tuple(row for row in self.rows if not row.shown.value)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was asked."""
        return not self.rows and not any(cell.value or cell.small for cell in (self.visits, self.orders))

    @property
    def all_hidden(self) -> bool:
        """Whether every count of every rule is too small."""
        return bool(self.rows) and not any(
            cell.value for row in self.rows for cell in (row.fired, row.unknown, row.shown)
        )


def make_report(  # noqa: PLR0913 - what a report rests on
    tally: Tally,
    *,
    since: date,
    weeks: int,
    rules: Mapping[str, Rule],
    reasons: Mapping[str, OverrideReason],
    on_view: str,
    only: str | None = None,
) -> Report:
    """Put together what is shown; `on_view` is the service that is asked when a chart is opened."""
    orders = tally.calls.total() - tally.calls[on_view]
    on_orders = tally.cards.total() - tally.cards[on_view]
    chosen = [(key, counts) for key, counts in tally.rules.items() if only in (None, key[0])]
    rows = (_row(*key, counts, weeks, rules.get(key[0]), reasons) for key, counts in sorted(chosen, key=_first))
    return Report(
        since=since,
        weeks=weeks,
        visits=shown(tally.calls[on_view]),
        orders=shown(orders),
        quiet=shown(tally.modes["silent"]),
        cards=_cards(tally.cards[on_view], on_orders),
        per_order=_HUNDRED * on_orders / orders if min(orders, on_orders) >= FEWEST else None,
        slowest=_percentile(tally.milliseconds) if len(tally.milliseconds) >= FEWEST else None,
        rows=tuple(sorted(rows, key=_by_shown)),
        releases=_releases(tally.versions),
    )


def _first(entry: tuple[tuple[str, str], OfRule]) -> tuple[str, str]:
    return entry[0]


def _by_shown(row: Row) -> tuple[int, int, str, str]:
    """Sort by what is shown, so that the order says nothing of what is not."""
    return (-(row.shown.value or 0), -(row.fired.value or 0), row.rule, row.version)


def _row(  # noqa: PLR0913, PLR0917 - of two parts of a key, and what it is said with
    name: str,
    version: str,
    counts: OfRule,
    weeks: int,
    rule: Rule | None,
    reasons: Mapping[str, OverrideReason],
) -> Row:
    overridden = counts.overridden.total()
    parts = (counts.accepted, overridden, counts.shown - counts.accepted - overridden)
    accepted, over, silent = parts_shown(parts)
    return Row(
        rule=name,
        version=version,
        title=rule.title if rule else name,
        known=rule is not None,
        fired=shown(counts.fired.total()),
        unknown=shown(counts.unknown),
        shown=shown(counts.shown),
        accepted=accepted,
        overridden=over,
        silent=silent,
        accepted_rate=_rate(accepted, counts.shown),
        overridden_rate=_rate(over, counts.shown),
        reasons=_reasons(counts, over, reasons),
        weeks=tuple(parts_shown([counts.fired[week] for week in range(weeks)])),
    )


def _rate(part: Cell, whole: int) -> Rate | None:
    return rate_of(part.value, whole) if part.value is not None and whole >= FEWEST else None


def _reasons(counts: OfRule, overridden: Cell, reasons: Mapping[str, OverrideReason]) -> tuple[Told, ...]:
    """Say why it was overridden, the most frequent first; nothing where that number is hidden itself."""
    if not overridden.value:
        return ()
    found = sorted(counts.overridden.items(), key=lambda entry: entry[0])
    cells = parts_shown([count for _, count in found])
    told = [_told(reason, cell, reasons) for (reason, _), cell in zip(found, cells, strict=True)]
    return tuple(sorted(told, key=lambda one: -(one.count.value or 0)))


def _told(reason: Reason, count: Cell, reasons: Mapping[str, OverrideReason]) -> Told:
    system, code = reason
    if reason == NO_REASON:
        return Told("No reason given", "", count)
    if system == OVERRIDE_SYSTEM and code in reasons:
        return Told(reasons[code].display, code, count)
    if count.value is None:
        return Told("Another reason", "", count)  # a code that few sent may be anything
    return Told(f"Reason {code} of the client", code, count)


def _cards(on_view: int, on_orders: int) -> Cell:
    """Show all cards, unless those of one kind could be worked out: the rate of the other is shown too."""
    if is_small(on_view + on_orders):
        return SMALL
    return HIDDEN if is_small(on_view) or is_small(on_orders) else Cell(on_view + on_orders)


def _percentile(values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(_SLOWEST * len(values)))]


def _releases(versions: Mapping[str, int]) -> tuple[tuple[int, str], ...]:
    """Say in which week each version of the knowledge was first used; not of those with which the calls begin."""
    first = min(versions.values(), default=0)
    return tuple((week, version) for version, week in versions.items() if week > first)
