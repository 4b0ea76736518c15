"""The treatment that the question is about: ketamine or esketamine as ordered; without an order, IV racemic ketamine.

An order whose code we do not know, but whose text names ketamine or esketamine, is taken for it: naming a drug may
raise a warning, never clear one (CONVENTIONS 7).
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from kcds.facts.medications import VOID_ORDERS, IdentifiedUse
from kcds.facts.observations import names_of
from kcds.facts.order_doses import Preparation, Weight, infusions_ordered, session_dose, way_of
from kcds.facts.order_reasons import PAIN, indication_of, is_unclear
from kcds.facts.preparations import is_made_of_ingredients, preparation_of
from kcds.facts.repaired import lost_of
from kcds.fhir.record import Dosage
from kcds.knowledge.medications import Identification
from kcds.knowledge.value_sets import ValueSets
from kcds.model.facts import DataState, Treatment
from kcds.model.immutable import immutable

DRUGS = {"rx-ketamine": "ketamine", "rx-esketamine": "esketamine"}
KETAMINE = DRUGS["rx-ketamine"]
ROUTE_SET = "route-"
ROUTE_NAMES = {
    "iv": "intravenous",
    "im": "intramuscular",
    "sc": "subcutaneous",
}
ROUTE_OF_FORM = {"nasal": "nasal", "oral": "oral", "rectal": "rectal", "topical": "topical"}
APPROVED_ROUTES = frozenset({"iv", "im"})
"""Racemic ketamine by any other route is compounded (CONVENTIONS 7)."""
BY_WEIGHT = frozenset({"iv", "im", "sc", None})
"""Routes for which there are doses by weight; one that is not stated may be among them."""
HOME_SET, CLINIC_SET = "order-at-home", "order-on-site"
WITHOUT_ORDER = Treatment(drug="ketamine", route="iv", drafted=False, for_pain=True, label="ketamine, intravenous")


@immutable
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
    concepts = concepts_of(order.identification)
    return tuple(drug for concept, drug in DRUGS.items() if concept in concepts)


def concepts_of(identification: Identification) -> frozenset[str]:
    """Return the concepts of a medicine; of one that was not identified, those that it names."""
    return identification.product.concepts if identification.product is not None else identification.named


def treatment_facts(
    orders: Iterable[Order], value_sets: ValueSets, weight: Decimal | None, lost: Iterable[Treatment] = ()
) -> tuple[Treatment, ...]:
    """Return one fact for each order and route, and those of orders that were `lost` because they are not readable.

    Without any order it is IV racemic ketamine that is under consideration.
    """
    facts = [_fact(order, route, value_sets, weight) for order in orders for route in _routes(order, value_sets)]
    return (*facts, *lost) or (WITHOUT_ORDER,)


def treatment_states(orders: Iterable[Order], value_sets: ValueSets) -> tuple[DataState, ...]:
    """Say whether every order states its dose and its route; without an order there is nothing to state."""
    all_orders = tuple(orders)
    sources = tuple(sorted({order.use.reference for order in all_orders}))
    doses = [
        session_dose(_by_route(order, route, value_sets), _preparation(order, value_sets), Weight(None, matters=False))
        for order in all_orders
        for route in _routes(order, value_sets)
    ]
    if any(dose.unclear and not dose.is_stated for dose in doses):
        dosed = "uncertain"
    else:
        dosed = "known" if all(dose.is_stated for dose in doses) else "missing"
    return (
        DataState(
            domain="dose", state=dosed, basis="unusable-value" if dosed == "uncertain" else None, sources=sources
        ),
        _route_state(all_orders, value_sets, sources),
    )


def _route_state(orders: Sequence[Order], value_sets: ValueSets, sources: tuple[str, ...]) -> DataState:
    """Say whether every order states its route; one that may have stated another one that is lost is not clear."""
    if any(one.damaged and not _routes_of(one, value_sets) for order in orders for one in order.use.dosages):
        return DataState(domain="route", state="uncertain", basis="unusable-value", sources=sources)
    routed = all(None not in _routes(order, value_sets) for order in orders)
    return DataState(domain="route", state="known" if routed else "missing", sources=sources)


def _fact(order: Order, route: str | None, value_sets: ValueSets, weight: Decimal | None) -> Treatment:
    """Describe one order by one of its routes."""
    product = order.identification.product
    way = ROUTE_NAMES.get(route, route) if route is not None else "route not stated"
    preparation = _preparation(order, value_sets)
    instructions = _by_route(order, route, value_sets)
    by_weight = order.drug == KETAMINE and route in BY_WEIGHT
    dose = session_dose(instructions, preparation, Weight(weight, matters=by_weight))
    strength = preparation.strength
    return Treatment(
        drug=order.drug,
        route=route,
        drafted=True,
        for_pain=_is_for_pain(order, value_sets),
        product=product.name if product is not None else None,
        indication=indication_of(order.use, value_sets),
        bolus_mg=_number(dose.bolus.mg),
        rate_mg_h=_number(dose.rate.mg),
        bolus_mg_per_kg=_number(dose.bolus.mg_per_kg),
        rate_mg_per_kg_h=_number(dose.rate.mg_per_kg),
        per_kg=way_of(dose),
        hours=_number(dose.hours),
        total_mg=_number(dose.total_mg),
        infusions=_number(infusions_ordered(instructions)),
        strength_mg_ml=_number(strength.milligrams) if strength is not None and strength.per == "mL" else None,
        compounded=_is_compounded(order, route),
        take_home=_is_for_home(order, value_sets),
        label=f"{order.drug}, {way}",
        sources=(order.use.reference,),
    )


def _routes(order: Order, value_sets: ValueSets) -> tuple[str | None, ...]:
    """Return the coded routes; without one, that of the form where the form has only one; else None, once."""
    coded = {route for dosage in order.use.dosages for route in _routes_of(dosage, value_sets)}
    if coded:
        return tuple(sorted(coded))
    product = order.identification.product
    return (ROUTE_OF_FORM.get(product.form) if product is not None else None,)


def _routes_of(dosage: Dosage, value_sets: ValueSets) -> frozenset[str]:
    """Return the coded routes of one instruction."""
    names = names_of(dosage.route, value_sets) if dosage.route is not None else frozenset()
    return frozenset(name.removeprefix(ROUTE_SET) for name in names if name.startswith(ROUTE_SET))


def _by_route(order: Order, route: str | None, value_sets: ValueSets) -> tuple[Dosage, ...]:
    """Return the instructions for one route of an order; one that names no route may be for any."""
    return tuple(one for one in order.use.dosages if route in (_routes_of(one, value_sets) or {route}))


def _is_for_pain(order: Order, value_sets: ValueSets) -> bool | None:
    """Tell whether the order is for pain: by its coded reason; without one ketamine is, esketamine is not.

    None where a reason is named that is not at hand, or in a code that we do not know: it may be pain.
    """
    indication = indication_of(order.use, value_sets)
    if indication is None:
        return None if is_unclear(order.use, value_sets) else order.drug == KETAMINE
    return indication == PAIN


def _is_compounded(order: Order, route: str | None) -> bool | None:
    """Tell whether a pharmacy has to make the medicine; what a hospital mixes for an injection is not meant (A25)."""
    if route in APPROVED_ROUTES:
        return False
    if is_made_of_ingredients(order):
        return True
    if order.drug != KETAMINE:
        return False
    return True if route is not None else None


def _is_for_home(order: Order, value_sets: ValueSets) -> bool | None:
    """Tell whether the order is for use at home; None where it does not say, or may have said so and that is lost."""
    names = frozenset().union(*(names_of(category, value_sets) for category in order.use.category))
    if HOME_SET in names:
        return True
    return False if CLINIC_SET in names and not lost_of(order.use, "category") else None


def _preparation(order: Order, value_sets: ValueSets) -> Preparation:
    """Say how strong the ordered medicine is."""
    return preparation_of(order, next(concept for concept, drug in DRUGS.items() if drug == order.drug), value_sets)


def _number(value: Decimal | None) -> float | None:
    """Return a figure as facts hold it."""
    return float(value) if value is not None else None
