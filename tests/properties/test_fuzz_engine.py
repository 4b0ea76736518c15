"""A short run of the differential fuzzing of the engine and of the preparation of rules; `make fuzz` runs a million."""

from datetime import date
from pathlib import Path

import pytest
from engine_cases import DifferenceError, Tally, run_rule_set, written
from engine_shrink import shrink
from random_cases import rule_of
from random_facts import TODAYS, days_before

from kcds.engine import conditions
from kcds.engine.checked import CheckedEngine
from kcds.engine.conditions import Operator
from kcds.engine.limits import hash_of
from kcds.errors import KnowledgeError
from kcds.model.facts import Condition

CASES_A_SET = 20
SETS, MOST_SETS = 240, 400
ALIKE = ("7e827", "a4bb0")
"""As concepts, durable-rules knows both by the same 32-bit hash."""


def test_three_evaluators_answer_random_rule_sets_alike_and_every_construct_is_met(tmp_path: Path) -> None:
    tally = Tally()

    for seed in range(MOST_SETS):
        run_rule_set(seed, CASES_A_SET, tmp_path, tally)
        if seed >= SETS and not tally.never():
            break

    refused = sum(count for name, count in tally.seeds.items() if name.startswith("refused:"))
    assert tally.never() == []
    assert refused <= tally.seeds["sets"] / 50
    assert tally.seeds["faulty sets, refused alike"] > 0
    assert tally.cases["refused, no number"] > 0
    assert (
        min(tally.answers[answer] for answer in ("applies", "data-required", "does-not-apply")) > SETS * CASES_A_SET / 2
    )


def test_a_fault_in_what_both_engines_share_is_found_and_made_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(conditions._COMPARISONS, "on_or_before", Operator.LESS)

    with pytest.raises(DifferenceError) as caught:
        _run_sets(tmp_path)
    small = shrink(caught.value.case)

    assert len(small.rules) == 1
    assert len(small.facts) == 1
    assert "on_or_before" in written(small)


def _run_sets(directory: Path) -> None:
    for seed in range(MOST_SETS):
        run_rule_set(seed, CASES_A_SET, directory, Tally())


def test_words_of_one_hash_are_told_apart_or_refused() -> None:
    rules = [rule_of(f"asks-{word}", [{"as": "c", "fact": "condition", "where": {"concept": word}}]) for word in ALIKE]
    assert len({hash_of(f"concept={word}") for word in ALIKE}) == 1

    for rule, word, other in ((rules[0], *ALIKE), (rules[1], *reversed(ALIKE))):
        engine = CheckedEngine([rule])
        assert engine.evaluate([Condition(concept=word)], today=TODAYS[0]).applying
        assert not engine.evaluate([Condition(concept=other)], today=TODAYS[0]).applying
    with pytest.raises(KnowledgeError, match="the same 32-bit hash"):
        CheckedEngine(rules)


@pytest.mark.parametrize(
    ("today", "duration", "day"),
    [
        ("2024-02-29", "P1Y", "2023-02-28"),
        ("2025-03-31", "P1M", "2025-02-28"),
        ("2025-03-31", "P11M", "2024-04-30"),
        ("2026-01-01", "P1M", "2025-12-01"),
        ("2026-01-01", "P2W", "2025-12-18"),
        ("2026-01-01", "P0D", "2026-01-01"),
    ],
)
def test_the_book_counts_back_by_the_calendar(today: str, duration: str, day: str) -> None:
    assert days_before(date.fromisoformat(today), duration) == date.fromisoformat(day)
