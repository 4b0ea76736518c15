from datetime import date

import pytest

from kcds.knowledge.spoken import is_span, spoken
from kcds.model.facts import Condition


@pytest.mark.parametrize(
    ("earliest", "latest", "words"),
    [
        (date(2024, 6, 4), date(2024, 6, 4), "2024-06-04"),
        (date(2024, 2, 1), date(2024, 2, 29), "2024-02"),
        (date(2024, 1, 1), date(2024, 12, 31), "2024"),
        (date(2024, 1, 1), date(2024, 6, 30), "between 2024-01-01 and 2024-06-30"),
        (date(2024, 6, 4), date(2024, 6, 30), "between 2024-06-04 and 2024-06-30"),
        (None, date(2024, 6, 4), "by 2024-06-04"),
        (date(2024, 6, 4), None, "2024-06-04 or later"),
        (None, None, None),
    ],
)
def test_a_partial_date_is_said_as_the_record_gave_it(
    earliest: date | None, latest: date | None, words: str | None
) -> None:
    assert spoken(Condition(onset_earliest=earliest, onset_latest=latest), "onset") == words


def test_only_pairs_of_dates_are_spans() -> None:
    assert is_span("condition", "abated")
    assert not is_span("condition", "label")
    assert not is_span("no-such-kind", "onset")
