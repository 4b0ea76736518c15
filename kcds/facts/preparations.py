"""How strong an ordered medicine is: as its product says, or the ingredients that it is put together of."""

from kcds.facts.medications import IdentifiedUse
from kcds.facts.observations import names_of
from kcds.facts.order_doses import Preparation
from kcds.facts.repaired import lost_of
from kcds.facts.units import read_concentration
from kcds.knowledge.products import UNKNOWN_FORM, Strength
from kcds.knowledge.value_sets import ValueSets


def preparation_of(order: IdentifiedUse, concept: str, value_sets: ValueSets) -> Preparation:
    """Return how much of the drug of a concept is in the medicine.

    A mixture is what will be given; a product by its code may be a vial that has to be diluted before it is infused.
    Where something of the medicine was repaired away its strength is not known.
    """
    if lost_of(order.use, "medication"):
        return Preparation(None, ready=False)
    mixture = is_made_of_ingredients(order)
    parts = zip(order.use.ingredients, order.use.strengths, strict=False)
    named = [strength for part, strength in parts if strength is not None and concept in names_of(part, value_sets)]
    concentration = read_concentration(named[0]) if len(named) == 1 else None
    if concentration is not None:
        return Preparation(Strength(concentration, "mL"), ready=mixture)
    product = order.identification.product
    members = [one for one in product.ingredients if concept in one.concepts] if product is not None else []
    return Preparation(members[0].strength if len(members) == 1 and not mixture else None, ready=False)


def is_made_of_ingredients(order: IdentifiedUse) -> bool:
    """Tell whether a medicine is described by its ingredients alone, not as a product that can be bought."""
    product = order.identification.product
    return bool(order.use.ingredients) and (product is None or product.form == UNKNOWN_FORM)
