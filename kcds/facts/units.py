"""Amounts of a drug as orders write them: "35 mg", "0.5 mg/kg", "25 mg/h", "5 ug/(kg.min)", "2 mL", "1 tablet".

Only exact units and usable numbers are read; what cannot be told is None, never a guess.
"""

import re
from decimal import Decimal

from kcds.facts.plausible import are_usable
from kcds.fhir.record import Quantity
from kcds.knowledge.medications import Strength
from kcds.model.immutable import immutable

MILLIGRAMS = {"mg": Decimal(1), "g": Decimal(1000), "ug": Decimal("0.001"), "mcg": Decimal("0.001")}
MINUTE = Decimal(1) / 60
HOURS = {
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), Decimal(1)),
    **dict.fromkeys(("min", "minute", "minutes"), MINUTE),
    **dict.fromkeys(("d", "day", "days"), Decimal(24)),
    **dict.fromkeys(("wk", "week", "weeks"), Decimal(168)),
}
_UNITS = frozenset({"tablet", "tab", "tbl", "capsule", "cap", "film", "lozenge", "loz", "suppository", "supp"})
_PRODUCT_UNITS = {
    **dict.fromkeys(_UNITS, "unit"),
    **dict.fromkeys(("ml", "milliliter"), "mL"),
    **dict.fromkeys(("patch",), "h"),
    **dict.fromkeys(("spray", "actuation", "actuat", "puff"), "actuation"),
}
_NOTHING_SAID = re.compile(r"[\s{}]|\(s\)")
_BOTH_BELOW = re.compile(r"/\((\w+)[.*](\w+)\)")


@immutable
class Mass:
    """An amount in mg, for each kg of body weight or not, at once or for each hour."""

    value: Decimal
    per_kg: bool
    per_hour: bool


def read_mass(quantity: Quantity | None, strength: Strength | None = None) -> Mass | None:
    """Return what a dose or rate is in mg; of a volume or a number of tablets by the strength of the product.

    The upper end of "up to 35 mg" is taken; "more than 35 mg" says nothing of use. No dose is zero or less.
    """
    number = _amount(quantity.value) if quantity is not None else None
    if quantity is None or number is None or (quantity.comparator or "<")[0] != "<":
        return None
    what, *below = unit_of(quantity).split("/")
    times = [unit for unit in below if unit != "kg"]
    factor = MILLIGRAMS.get(what) or _milligrams_in(what, strength)
    hours = HOURS.get(times[0]) if times else Decimal(1)
    if factor is None or hours is None or len(times) > 1 or below.count("kg") > 1:
        return None
    return Mass(number * factor / hours, per_kg="kg" in below, per_hour=bool(times))


def read_hours(number: Decimal | None, unit: str | None) -> Decimal | None:
    """Return a length of time in hours."""
    length, factor = _amount(number), HOURS.get((unit or "").strip().lower())
    return length * factor if length is not None and factor is not None else None


def read_concentration(quantity: Quantity) -> Decimal | None:
    """Return a strength in mg for each mL."""
    mass, _, volume = unit_of(quantity).partition("/")
    factor, litres = MILLIGRAMS.get(mass), {"ml": Decimal(1), "l": Decimal(1000)}.get(volume)
    number = _amount(quantity.value)
    return number * factor / litres if number is not None and factor is not None and litres is not None else None


def unit_of(quantity: Quantity) -> str:
    """Write a unit in one way: "ug/kg/min" for "mcg/(kg.min)" and its like, "tablet" for "{Tablets}"."""
    written = quantity.unit if quantity.code == "1" else quantity.code or quantity.unit
    if written in MILLIGRAMS:
        return written
    unit = _NOTHING_SAID.sub("", (written or "").lower()).replace("µ", "u").replace("μ", "u")
    unit = _BOTH_BELOW.sub(r"/\1/\2", unit)
    return unit if "/" in unit else _singular(unit)


def counts_products(quantity: Quantity, per: str) -> bool:
    """Tell whether an amount is a number of units of a product: of tablets, of patches."""
    return _PRODUCT_UNITS.get(unit_of(quantity)) == per


def _amount(number: Decimal | None) -> Decimal | None:
    """Return a number that can be an amount of something: above zero, and usable."""
    return number if number is not None and number > 0 and are_usable(number) else None


def _milligrams_in(unit: str, strength: Strength | None) -> Decimal | None:
    """Return the mg in one tablet, mL or spray of a product; a patch gives its mg over time, so it has none."""
    per = _PRODUCT_UNITS.get(unit)
    known = strength is not None and per == strength.per and per != "h"
    return strength.milligrams if strength is not None and known else None


def _singular(unit: str) -> str:
    """Name one of what is counted."""
    return {"patches": "patch", "suppositories": "suppository"}.get(unit, unit.removesuffix("s"))
