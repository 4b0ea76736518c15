"""The treatment that the question is about: ketamine or esketamine as ordered; without an order, IV racemic ketamine.

An order whose code we do not know, but whose text names ketamine or esketamine, is taken for it: naming a drug may
raise a warning, never clear one (CONVENTIONS 7).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from kcds.facts.medications import VOID_ORDERS, IdentifiedUse
from kcds.facts.observations import names_of
from kcds.fhir.record import MedicationUse, Quantity
from kcds.knowledge.medications import Identification
from kcds.knowledge.value_sets import ValueSets
from kcds.model.facts import DataState, Treatment

DRUGS = {"rx-ketamine": "ketamine", "rx-esketamine": "esketamine"}
PAIN_SET = "pain-all"
ROUTE_SET = "route-"
ROUTE_NAMES = {
    "iv": "intravenous",
    "im": "intramuscular",
    "sc": "subcutaneous",
}
ROUTE_OF_FORM = {"nasal": "nasal", "oral": "oral", "rectal": "rectal", "topical": "topical"}
BOLUS_UNIT = "mg/kg"
RATE_UNITS = {"mg/kg/h": Decimal(1), "mg/kg/hr": Decimal(1), "mg/kg/min": Decimal(60), "ug/kg/min": Decimal("0.06")}
WITHOUT_ORDER = Treatment(drug="ketamine", route="iv", drafted=False, for_pain=True, label="ketamine, intravenous")


@dataclass(frozen=True, slots=True)
class Order(IdentifiedUse):
    """One order of ketamine or esketamine under review."""

    drug: str


def read_orders(orders: Iterable[IdentifiedUse]) -> tuple[Order, ...]:
    """Return the orders of ketamine and esketamine, one entry for each drug of an order."""
    return tuple(
        Order(one.use, one.identification, drug)
        for one in orders
        if not one.use.do_not_perform and one.use.status not in VOID_ORDERS
        for drug in drugs_of(one)
    )


def drugs_of(order: IdentifiedUse) -> tuple[str, ...]:
    """Return which of ketamine and esketamine an order is of, or names."""
    return tuple(drug for concept, drug in DRUGS.items() if concept in concepts_of(order.identification))


def concepts_of(identification: Identification) -> frozenset[str]:
    """Return the concepts of a medicine; of one that was not identified, those that it names."""
    return identification.product.concepts if identification.product is not None else identification.named


def treatment_facts(
    orders: Iterable[Order], value_sets: ValueSets, lost: Iterable[Treatment] = ()
) -> tuple[Treatment, ...]:
    """Return one fact for each order and route, and those of orders that were `lost` because they are not readable.

    Without any order it is IV racemic ketamine that is under consideration.
    """
    facts = [_fact(order, route, value_sets) for order in orders for route in _routes(order, value_sets)]
    return (*facts, *lost) or (WITHOUT_ORDER,)


def treatment_states(orders: Iterable[Order], value_sets: ValueSets) -> tuple[DataState, ...]:
    """Say whether every order states its dose and its route; without an order there is nothing to state."""
    all_orders = tuple(orders)
    sources = tuple(sorted({order.use.reference for order in all_orders}))
    dosed = all(_has_dose(order.use) for order in all_orders)
    routed = all(None not in _routes(order, value_sets) for order in all_orders)
    return (
        DataState(domain="dose", state="known" if dosed else "missing", sources=sources),
        DataState(domain="route", state="known" if routed else "missing", sources=sources),
    )


def _fact(order: Order, route: str | None, value_sets: ValueSets) -> Treatment:
    """Describe one order by one of its routes."""
    product = order.identification.product
    way = ROUTE_NAMES.get(route, route) if route is not None else "route not stated"
    return Treatment(
        drug=order.drug,
        route=route,
        drafted=True,
        for_pain=_is_for_pain(order, value_sets),
        product=product.name if product is not None else None,
        bolus_mg_per_kg=_highest(_bolus(dosage.dose) for dosage in order.use.dosages),
        rate_mg_per_kg_h=_highest(_rate(dosage.rate) for dosage in order.use.dosages),
        label=f"{order.drug}, {way}",
        sources=(order.use.reference,),
    )


def _routes(order: Order, value_sets: ValueSets) -> tuple[str | None, ...]:
    """Return the coded routes; without one, that of the form where the form has only one; else None, once."""
    coded = {
        name.removeprefix(ROUTE_SET)
        for dosage in order.use.dosages
        if dosage.route is not None
        for name in names_of(dosage.route, value_sets)
        if name.startswith(ROUTE_SET)
    }
    if coded:
        return tuple(sorted(coded))
    product = order.identification.product
    return (ROUTE_OF_FORM.get(product.form) if product is not None else None,)


def _is_for_pain(order: Order, value_sets: ValueSets) -> bool | None:
    """Tell whether the order is for pain: by its coded reason; without one ketamine is, esketamine is not.

    None where a reason is named that is not at hand: it may be pain.
    """
    reasons = [names_of(reason, value_sets) for reason in order.use.reason if reason.codings]
    if any(PAIN_SET in names for names in reasons):
        return True
    if order.use.reason_unresolved:
        return None
    return order.drug == DRUGS["rx-ketamine"] if not reasons else False


def _has_dose(use: MedicationUse) -> bool:
    """Tell whether an order states an amount or a rate."""
    amounts = [quantity for dosage in use.dosages for quantity in (dosage.dose, dosage.rate)]
    return any(amount is not None and amount.value is not None for amount in amounts)


def _bolus(quantity: Quantity | None) -> Decimal | None:
    """Return a dose per kg."""
    return quantity.value if quantity is not None and _unit(quantity) == BOLUS_UNIT else None


def _rate(quantity: Quantity | None) -> Decimal | None:
    """Return an infusion rate per kg and hour."""
    if quantity is None or quantity.value is None or _unit(quantity) not in RATE_UNITS:
        return None
    return quantity.value * RATE_UNITS[_unit(quantity)]


def _unit(quantity: Quantity) -> str:
    """Return the unit of a quantity in lower case."""
    return (quantity.code or quantity.unit or "").strip().lower()


def _highest(values: Iterable[Decimal | None]) -> float | None:
    """Return the highest of the values that are known."""
    known = [value for value in values if value is not None]
    return float(max(known)) if known else None
