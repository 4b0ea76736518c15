"""The time of each rule: every active rule once, measured with the clock that is given."""

import datetime as dt
from itertools import count

from random_cases import rule_of

from kcds.engine.timing import time_rules
from kcds.model.facts import Score

TODAY = dt.date(2026, 11, 21)
SCORE = rule_of("score", [{"as": "s", "fact": "score", "where": {"value": {"gt": 3}}}])


def test_every_active_rule_is_timed_in_the_order_of_the_ids() -> None:
    later = rule_of("after", [{"as": "f", "fact": "finding", "where": {"rule": "score"}}], stage="plan")
    draft = rule_of("draft", [{"as": "s", "fact": "score"}], status="draft")
    ticks = count()

    times = time_rules([SCORE, later, draft], [Score(value=5.0)], today=TODAY, clock=lambda: float(next(ticks)))

    assert list(times.items()) == [("after", 1.0), ("score", 1.0)]


def test_a_rule_is_matched_as_often_as_asked_and_the_fastest_time_is_told() -> None:
    times = iter([0.0, 5.0, 10.0, 13.0, 20.0, 29.0])

    found = time_rules([SCORE], [], today=TODAY, clock=lambda: next(times), repetitions=3)

    assert found == {"score": 3.0}
