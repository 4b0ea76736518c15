"""Units: those that medicine writes are known, and invented ones are not."""

import pytest

from kcds.knowledge.ucum import is_unit


@pytest.mark.parametrize(
    "text",
    [
        *("1", "%", "a", "d", "h", "mg", "ug", "kg", "mL", "U/L", "mg/kg/h", "ug/kg/min", "mg/dL", "mmol/L", "umol/L"),
        *("mm[Hg]", "[iU]/L", "m[iU]/L", "mL/min/{1.73_m2}", "{score}", "{INR}", "mg{morphine}/d", "kg/m2", "mg.h/L"),
    ],
)
def test_a_unit_of_medicine_is_known(text: str) -> None:
    assert is_unit(text)


@pytest.mark.parametrize(
    "text", ["", "mmHgg", "mmHg", "days", "banana", "mg/", "/d", "mg/kgs", "{two words}", "mg kg", "{}"]
)
def test_an_invented_unit_is_none(text: str) -> None:
    assert not is_unit(text)
