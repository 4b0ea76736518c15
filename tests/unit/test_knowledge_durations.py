from datetime import date

import pytest

from kcds.knowledge.durations import duration_in_words, is_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("P3M", date(2026, 2, 28)),
        ("P1Y", date(2025, 5, 31)),
        ("P2W", date(2026, 5, 17)),
        ("P30D", date(2026, 5, 1)),
    ],
)
def test_a_duration_counts_back_by_the_calendar(text: str, day: date) -> None:
    start = date(2026, 5, 31)

    before = start - parse_duration(text)

    assert before == day


@pytest.mark.parametrize(
    ("text", "words"), [("P30D", "30 days"), ("P1D", "1 day"), ("P3M", "3 months"), ("P1Y", "1 year")]
)
def test_a_duration_reads_as_words(text: str, words: str) -> None:
    assert duration_in_words(text) == words


@pytest.mark.parametrize(
    "text",
    ["30 days", "P1M2D", "PT5H", "P", "p30d", "P-3D", "", 30, None, "P201Y", "P73001D", f"P{'9' * 5000}D"],
)
def test_only_durations_of_one_part_within_a_life_are_durations(text: object) -> None:
    assert not is_duration(text)
    with pytest.raises(ValueError, match="not a duration"):
        parse_duration(str(text))
