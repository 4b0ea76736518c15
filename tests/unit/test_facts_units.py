"""Units of doses: what is read, and what is not guessed."""

from decimal import Decimal

import pytest
from record_builders import quantity

from kcds.facts.units import Mass, counts_products, read_concentration, read_hours, read_mass
from kcds.fhir.record import Quantity
from kcds.knowledge.products import Strength

VIAL = Strength(Decimal(50), "mL")
TABLET = Strength(Decimal(500), "unit")
PATCH = Strength(Decimal("0.025"), "h")


@pytest.mark.parametrize(
    ("value", "unit", "milligrams", "per_kg", "per_hour"),
    [
        (35, "mg", 35, False, False),
        (1, "g", 1000, False, False),
        (250, "ug", 0.25, False, False),
        (250, "mcg", 0.25, False, False),
        (250, "µg", 0.25, False, False),
        (250, "μg", 0.25, False, False),
        (0.5, "mg/kg", 0.5, True, False),
        (25, "mg/h", 25, False, True),
        (25, "mg/hr", 25, False, True),
        (24, "mg/d", 1, False, True),
        (1, "mg/min", 60, False, True),
        (0.35, "mg/kg/h", 0.35, True, True),
        (0.35, "mg/(kg.h)", 0.35, True, True),
        (0.35, "mg/h/kg", 0.35, True, True),
        (5, "ug/kg/min", 0.3, True, True),
        (5, "mcg / kg / min", 0.3, True, True),
    ],
)
def test_a_mass_is_read_in_milligrams(
    value: float,
    unit: str,
    milligrams: float,
    per_kg: bool,  # noqa: FBT001
    per_hour: bool,  # noqa: FBT001
) -> None:
    mass = read_mass(quantity(value, unit))

    assert mass is not None
    assert (float(mass.value), mass.per_kg, mass.per_hour) == (pytest.approx(milligrams), per_kg, per_hour)


@pytest.mark.parametrize(
    "amount",
    [
        None,
        quantity(None, "mg"),
        quantity(0, "mg"),
        quantity(-5, "mg"),
        quantity(35, "mg", ">"),
        quantity(35, "mg", ">="),
        quantity(35),
        quantity(35, "mL"),
        quantity(1, "tablet"),
        quantity(1, "mg/m2"),
        quantity(1, "mg/h/d"),
        quantity(1, "mg/kg/kg"),
        quantity(1, "mg/{dose}"),
    ],
    ids=str,
)
def test_what_cannot_be_told_is_no_mass(amount: Quantity | None) -> None:
    assert read_mass(amount) is None


def test_the_upper_end_of_an_open_amount_counts() -> None:
    assert read_mass(quantity(35, "mg", "<=")) == Mass(Decimal(35), per_kg=False, per_hour=False)


@pytest.mark.parametrize(
    ("amount", "strength", "milligrams"),
    [
        (quantity(0.5, "mL"), VIAL, 25),
        (quantity(2, "mL/h"), VIAL, 100),
        (quantity(2, "{tablet}"), TABLET, 1000),
        (quantity(2, "Tablets"), TABLET, 1000),
        (quantity(2, "TAB"), TABLET, 1000),
        (quantity(2, "Capsule(s)"), TABLET, 1000),
        (Quantity(Decimal(2), "tablet", "1"), TABLET, 1000),
        (quantity(2, "mL"), TABLET, None),
        (quantity(2, "tablet"), VIAL, None),
        (quantity(1, "patch"), PATCH, None),
    ],
)
def test_a_number_of_units_of_a_product_is_a_mass_by_its_strength(
    amount: Quantity, strength: Strength, milligrams: float | None
) -> None:
    mass = read_mass(amount, strength)

    assert (None if mass is None else float(mass.value)) == milligrams


@pytest.mark.parametrize(("unit", "counted"), [("{patch}", True), ("patches", True), ("mg", False), ("tablet", False)])
def test_patches_are_counted(unit: str, counted: bool) -> None:  # noqa: FBT001
    assert counts_products(quantity(1, unit), "h") is counted


@pytest.mark.parametrize(
    ("number", "unit", "hours"),
    [
        (Decimal(90), "min", 1.5),
        (Decimal(4), "h", 4),
        (Decimal(2), "d", 48),
        (Decimal(1), "wk", 168),
        (Decimal(1), "mo", None),
        (Decimal(1), None, None),
        (Decimal(0), "h", None),
        (None, "h", None),
    ],
)
def test_lengths_of_time_are_read_in_hours(number: Decimal | None, unit: str | None, hours: float | None) -> None:
    read = read_hours(number, unit)

    assert (None if read is None else float(read)) == (None if hours is None else pytest.approx(hours))


@pytest.mark.parametrize(
    ("amount", "per_ml"),
    [
        (quantity(2, "mg/mL"), 2),
        (quantity(1, "g/L"), 1),
        (quantity(500, "ug/mL"), 0.5),
        (quantity(2, "mg"), None),
        (quantity(2, "%/mL"), None),
        (quantity(0, "mg/mL"), None),
        (quantity(None, "mg/mL"), None),
    ],
)
def test_a_concentration_is_read_in_milligrams_for_each_ml(amount: Quantity, per_ml: float | None) -> None:
    read = read_concentration(amount)

    assert (None if read is None else float(read)) == per_ml
