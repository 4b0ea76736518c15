"""Rates have published intervals, and nothing that is hidden can be worked out from what is shown."""

import csv
from collections import Counter
from collections.abc import Sequence
from datetime import date
from io import StringIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kcds.knowledge.override_reasons import OVERRIDE_SYSTEM, OverrideReason
from kcds.pages.reports.rates import rate_of
from kcds.pages.reports.report import Report, make_report
from kcds.pages.reports.small import FEWEST, Cell, parts_shown, shown
from kcds.pages.reports.table import write_table
from kcds.store.tally import NO_REASON, OfRule, Tally

VIEW, SIGN = "ketamine-patient-view", "ketamine-order-sign"
REASONS = {"data-wrong": OverrideReason("data-wrong", "The record is wrong", "P1D")}
COUNTS = st.one_of(st.integers(0, 12), st.integers(0, 80))


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),  # Newcombe, Stat Med 1998;17:857-872, table I, method 3
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_intervals_are_those_that_newcombe_published(part: int, whole: int, low: float, high: float) -> None:
    rate = rate_of(part, whole)

    assert (round(rate.low, 4), round(rate.high, 4)) == (low, high)
    assert rate.value == part / whole


@given(st.integers(0, 500), st.integers(1, 500))
def test_an_interval_holds_its_rate_and_stays_between_none_and_all(part: int, more: int) -> None:
    rate = rate_of(part, part + more)

    assert 0 <= rate.low <= rate.value + 1e-12
    assert rate.value <= rate.high + 1e-12 <= 1 + 1e-9


def test_a_count_under_ten_is_not_shown_and_none_is() -> None:
    assert [str(shown(count)) for count in (0, 1, 9, 10, 1234)] == ["0", "<10", "<10", "10", "1,234"]


def could_be(parts: Sequence[int], cells: Sequence[Cell], number: int) -> int:
    """How many numbers a hidden part could be for who knows the whole, all that is shown, and how it is hidden."""
    left = sum(parts) - sum(cell.value or 0 for cell in cells)
    hidden = [n for n, cell in enumerate(cells) if cell.value is None]
    told = any(cells[n].small for n in hidden)  # then what is only called hidden has ten or more
    least = {n: 1 if cells[n].small else FEWEST if told else 0 for n in hidden}
    most = {n: FEWEST - 1 if cells[n].small else left for n in hidden}
    others = [n for n in hidden if n != number]
    low = max(least[number], left - sum(most[n] for n in others))
    high = min(most[number], left - sum(least[n] for n in others))
    return high - low + 1


@given(st.lists(COUNTS, min_size=1, max_size=8))
@example([1, 29, 0])
@example([1, 10])
@example([1, 1, 10])
@example([9, 9, 9])
@example([12, 3])
@example([8, 150, 42])
def test_no_hidden_part_can_be_worked_out_from_the_whole_and_the_others(parts: list[int]) -> None:
    cells = parts_shown(parts)

    assert all(cell.value in (None, part) for cell, part in zip(cells, parts, strict=True))
    assert not [cell for cell, part in zip(cells, parts, strict=True) if 0 < part < FEWEST and cell.value is not None]
    if sum(parts) >= FEWEST:
        hidden = [n for n, part in enumerate(parts) if 0 < part < FEWEST]
        assert all(could_be(parts, cells, n) > 2 for n in hidden)


def test_as_little_as_possible_is_hidden_beside_a_small_count() -> None:
    assert [str(cell) for cell in parts_shown([8, 150, 42])] == ["<10", "150", "hidden"]
    assert [str(cell) for cell in parts_shown([60, 150, 42])] == ["60", "150", "42"]
    assert [str(cell) for cell in parts_shown([1, 10])] == ["hidden", "hidden"]


def of_rule(accepted: int, silent: int, reasons: Sequence[int], weeks: Sequence[int]) -> OfRule:
    keys = [(OVERRIDE_SYSTEM, "data-wrong"), NO_REASON, ("theirs", "=cmd"), ("theirs", "b")]
    overridden = Counter(dict(zip(keys, reasons, strict=False)))
    return OfRule(
        fired=Counter(dict(enumerate(weeks))),
        shown=accepted + silent + overridden.total(),
        accepted=accepted,
        overridden=overridden,
    )


def report_of(tally: Tally) -> Report:
    return make_report(tally, since=date(2026, 11, 2), weeks=3, rules={}, reasons=REASONS, on_view=VIEW)


@given(COUNTS, COUNTS, st.lists(COUNTS, max_size=4), st.lists(COUNTS, min_size=3, max_size=3))
def test_neither_page_nor_csv_says_what_is_hidden(
    accepted: int, silent: int, reasons: list[int], weeks: list[int]
) -> None:
    counts = of_rule(accepted, silent, reasons, weeks)

    (row,) = report_of(Tally(rules={("a", "1.0.0"): counts})).rows

    outcome = (accepted, counts.overridden.total(), silent)
    cells = (row.accepted, row.overridden, row.silent)
    for parts, told in ((outcome, cells), (weeks, row.weeks)):
        for number, part in enumerate(parts):
            if 0 < part < FEWEST and sum(parts) >= FEWEST:
                assert could_be(parts, told, number) > 2
    assert (row.accepted_rate is None) == (row.accepted.value is None or counts.shown < FEWEST)
    assert (row.overridden_rate is None) == (row.overridden.value is None or counts.shown < FEWEST)
    assert not (row.reasons and row.overridden.value is None)
    given_ones = [count for _, count in sorted(counts.overridden.items())]
    assert len(row.reasons) in (0, len(given_ones))


@given(st.dictionaries(st.sampled_from([VIEW, SIGN]), COUNTS), st.dictionaries(st.sampled_from([VIEW, SIGN]), COUNTS))
def test_all_cards_are_not_shown_where_a_rate_would_tell_few_of_them(
    calls: dict[str, int], cards: dict[str, int]
) -> None:
    report = report_of(Tally(calls=Counter(calls), cards=Counter(cards)))

    if any(0 < count < FEWEST for count in cards.values()):
        assert report.cards.value is None
    assert (report.per_order is None) == (min(calls.get(SIGN, 0), cards.get(SIGN, 0)) < FEWEST)


def test_a_report_of_few_calls_hides_everything_and_says_so() -> None:
    tally = Tally(
        rules={("a", "1.0.0"): of_rule(1, 2, [3], [1, 0, 2])}, calls=Counter({VIEW: 9}), milliseconds=[1.0] * 9
    )

    report = report_of(tally)

    assert report.all_hidden
    assert not report.is_empty
    assert report.slowest is None
    assert report_of(Tally()).is_empty


def test_a_version_with_which_the_calls_begin_is_no_release() -> None:
    assert report_of(Tally(versions={"2026.09.1": 1, "2026.11.1": 2})).releases == ((2, "2026.11.1"),)


def test_the_table_is_the_page_after_the_period_and_nothing_in_it_is_a_formula() -> None:
    tally = Tally(rules={("a", "1.0.0"): of_rule(1200, 30, [40, 0, 25], [10, 20, 30])})

    names, row = csv.reader(StringIO(write_table(report_of(tally), {"from": "2026-11-02", "client": "=1+1"})))

    told = dict(zip(names, row, strict=True))
    assert (told["from"], told["client"]) == ("2026-11-02", "'=1+1")
    assert (told["shown"], told["accepted"], told["accepted_percent"]) == ("1295", "1200", "92.7")
    assert told["reasons"] == "The record is wrong: 40; Reason =cmd of the client: 25; No reason given: 0"


def test_a_reason_of_a_client_that_few_gave_is_not_repeated() -> None:
    (row,) = report_of(Tally(rules={("a", "1.0.0"): of_rule(50, 30, [40, 12, 3], [10, 20, 30])})).rows

    assert [(told.words, str(told.count)) for told in row.reasons] == [
        ("The record is wrong", "40"),
        ("No reason given", "hidden"),
        ("Another reason", "<10"),
    ]
