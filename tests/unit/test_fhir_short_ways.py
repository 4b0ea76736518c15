"""What many resources lack is not asked for one by one: what the long way reads, the short way looks out for."""

from collections.abc import Callable
from typing import Any

import pytest

from kcds.fhir import medication_uses, observations
from kcds.fhir.elements import Json


class Asked(dict[str, object]):
    """An object that remembers what was asked of it."""

    def __init__(self, members: Json, asked: set[str]) -> None:
        super().__init__(members)
        self._asked = asked

    def get(self, name: str, default: object = None) -> Any:
        self._asked.add(name)
        return super().get(name, default)


def asked_by(read: Callable[[Json], object], **members: object) -> set[str]:
    """The members that a reader asks for, of this object and of those in it."""
    asked: set[str] = set()

    def watched(value: object) -> object:
        if isinstance(value, dict):
            return Asked({name: watched(member) for name, member in value.items()}, asked)
        return value

    read(watched(members))  # type: ignore[arg-type]
    return asked


@pytest.mark.parametrize(
    ("read", "short", "long", "looked_out_for"),
    [
        (observations._value, {}, {"valueBoolean": True}, observations._MORE_THAN_A_NUMBER),
        (
            medication_uses._instructed,
            {"timing": {"repeat": {"frequency": 1, "periodUnit": "wk"}}},
            {"timing": {"repeat": {"frequency": 1, "periodUnit": "wk", "count": 3}}},
            medication_uses._MORE_THAN_HOW_OFTEN,
        ),
    ],
    ids=["observation", "instruction"],
)
def test_every_element_that_only_the_long_way_reads_leads_to_it(
    read: Callable[[Json], object], short: Json, long: Json, looked_out_for: frozenset[str]
) -> None:
    only_long = asked_by(read, **long) - asked_by(read, **short)

    assert only_long == looked_out_for
