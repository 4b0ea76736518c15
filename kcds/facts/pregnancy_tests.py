"""The result of one pregnancy test (hCG), however it was written (C11, CONVENTIONS 5)."""

from decimal import Decimal

from kcds.facts.observations import names_of
from kcds.fhir.record import Concept, ObservationValue, Quantity
from kcds.knowledge.value_sets import ValueSets
from kcds.model.immutable import immutable

POSITIVE = "answer-positive"
NEGATIVE = "answer-negative"
UNITS = frozenset({"[iu]/l", "iu/l", "m[iu]/ml", "miu/ml", "u/l", "mu/ml"})
"""Units, in small letters, of the same size as the international unit per litre."""


@immutable
class Levels:
    """Levels that decide where the report has no range, IU/L: above is positive, from `unclear_from` on unclear."""

    positive_above: Decimal
    unclear_from: Decimal


def result_of(value: ObservationValue, value_sets: ValueSets, levels: Levels) -> str | None:
    """Return positive, unclear or negative; None without any result. Of several readings the most positive counts."""
    readings = {_coded(value, value_sets), _measured(value.quantity, value.high, levels)}
    if value.boolean is not None:
        readings.add("positive" if value.boolean else "negative")
    if value.text is not None:
        readings.add("unclear")
    return next((result for result in ("positive", "unclear", "negative") if result in readings), None)


def _coded(value: ObservationValue, value_sets: ValueSets) -> str | None:
    """Return what the coded answer and the interpretation say."""
    answers = value.answer.codings if value.answer is not None else ()
    names = names_of(Concept((*answers, *value.interpretation)), value_sets)
    if POSITIVE in names:
        return "positive"
    if NEGATIVE in names:
        return "negative"
    return "unclear" if answers else None


def _measured(quantity: Quantity | None, high: Quantity | None, levels: Levels) -> str | None:
    """Return what the level says: by the range of the report, else by our own levels."""
    if quantity is None or quantity.value is None:
        return None
    if high is not None and high.value is not None and _unit(high) in {"", _unit(quantity)}:
        if _above(quantity, high.value):
            return "positive"
        return "negative" if _below(quantity, high.value) or _equals(quantity, high.value) else "unclear"
    if _unit(quantity) not in UNITS:
        return "unclear"
    if _above(quantity, levels.positive_above):
        return "positive"
    return "negative" if _below(quantity, levels.unclear_from) else "unclear"


def _above(quantity: Quantity, limit: Decimal) -> bool:
    """Tell whether a level, which may be written as "more than" a number, certainly lies above a limit."""
    value = quantity.value
    if value is None or quantity.comparator in {"<", "<="}:
        return False
    return value > limit or (quantity.comparator == ">" and value == limit)


def _below(quantity: Quantity, limit: Decimal) -> bool:
    """Tell whether a level, which may be written as "less than" a number, certainly lies below a limit."""
    value = quantity.value
    if value is None or quantity.comparator in {">", ">="}:
        return False
    return value < limit or (quantity.comparator == "<" and value == limit)


def _equals(quantity: Quantity, limit: Decimal) -> bool:
    """Tell whether a level is the limit, or at most the limit."""
    return quantity.value == limit and quantity.comparator in {None, "<="}


def _unit(quantity: Quantity) -> str:
    """Return the unit in small letters, "" if there is none."""
    return (quantity.code or quantity.unit or "").strip().lower()
