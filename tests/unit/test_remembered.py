"""What is kept of codes beyond a request: those of ours. Whatever else a record wrote as a code is let go."""

import sys
from collections.abc import Callable

import pytest
from knowledge_builders import real_knowledge

from kcds.knowledge import remembered
from kcds.knowledge.remembered import Remembered
from kcds.model.code_systems import LOINC, NDC, RXNORM

VALUE_SETS, FORMULARY = real_knowledge().value_sets, real_knowledge().formulary
KNOWN = VALUE_SETS.codes_of("rx-ketamine")[0].code
LOOK_UPS = [VALUE_SETS.memberships, VALUE_SETS.concepts_of, FORMULARY.product]


@pytest.mark.parametrize("look_up", LOOK_UPS, ids=["memberships", "concepts_of", "product"])
@pytest.mark.parametrize("system", [LOINC, RXNORM, NDC, "http://hospital.example.org/codes", None])
@pytest.mark.parametrize("length", [12, 100_000])
def test_what_is_no_code_of_ours_is_not_kept(
    look_up: Callable[[str | None, str | None], object], system: str | None, length: int
) -> None:
    code = "".join(["Jane-Doe.", *(str(digit % 10) for digit in range(length))])
    before = sys.getrefcount(code)

    assert not look_up(system, code)

    assert sys.getrefcount(code) == before


def test_a_code_of_ours_that_is_written_at_any_length_is_found_and_not_kept_so() -> None:
    code = KNOWN + " " * 100_000
    before = sys.getrefcount(code)

    assert VALUE_SETS.concepts_of(RXNORM, code) == VALUE_SETS.concepts_of(RXNORM, KNOWN) == {"rx-ketamine"}
    assert FORMULARY.product(RXNORM, code) == FORMULARY.product(RXNORM, KNOWN)

    assert sys.getrefcount(code) == before


def test_a_code_of_ours_is_looked_up_once_until_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str | None] = []

    def find(system: str | None, code: str | None) -> tuple[str | None, ...]:
        asked.append(code)
        return (system,) if code != "unknown" else ()

    monkeypatch.setattr(remembered, "MOST", 2)
    look_up = Remembered(find)
    codes = ["a", "a", "b", "a", "unknown", "unknown", "c", "c", "a"]

    answers = [look_up("s", code) for code in codes]

    assert answers == [() if code == "unknown" else ("s",) for code in codes]
    assert asked == ["a", "b", "unknown", "unknown", "c", "a"]
