"""Drafted orders that could not be read: what their codes still say (CONTRACT 6: nothing is dropped silently).

Their dose and route are unknown. One that shows no code at all may be of anything, so it only makes those unreadable.
"""

from collections.abc import Iterable

from kcds.facts.treatment import DRUGS
from kcds.fhir.record import Unreadable
from kcds.knowledge.medications import Formulary
from kcds.model.facts import DataState, Treatment
from kcds.model.immutable import immutable

DRAFTS = "draftOrders"
"""Key under which a record names what the request drafted."""
KETAMINE = "ketamine"


@immutable
class LostOrder:
    """One drafted medication order that could not be read; no drug where its codes cannot be seen."""

    drug: str | None
    sources: tuple[str, ...]


def read_lost_orders(unreadable: Iterable[Unreadable], formulary: Formulary) -> tuple[LostOrder, ...]:
    """Return the drafted orders that could not be read and are, or may be, of ketamine or esketamine."""
    return tuple(
        LostOrder(drug, (one.reference,) if one.reference else ())
        for one in unreadable
        if one.type == "MedicationRequest" and one.key == DRAFTS
        for drug in (_drugs(one, formulary) if one.codes else (None,))
    )


def lost_treatments(lost: Iterable[LostOrder]) -> tuple[Treatment, ...]:
    """Return one fact for each of them that is of ketamine or esketamine; the reason is unknown, so as without one."""
    return tuple(
        Treatment(
            drug=one.drug,
            route=None,
            drafted=True,
            for_pain=one.drug == KETAMINE,
            label=f"{one.drug}, order not readable",
            sources=one.sources,
        )
        for one in lost
        if one.drug is not None
    )


def lost_states(lost: Iterable[LostOrder]) -> tuple[DataState, ...]:
    """Say that the dose and the route of what is ordered cannot be read."""
    sources = tuple(sorted({source for one in lost for source in one.sources}))
    return tuple(DataState(domain=domain, state="unreadable", sources=sources) for domain in ("dose", "route"))


def _drugs(lost: Unreadable, formulary: Formulary) -> list[str | None]:
    """Return ketamine or esketamine if a code of the order is one of theirs."""
    products = [formulary.identify([(system, code, None)], []).product for system, code in sorted(lost.codes)]
    concepts = frozenset().union(*(product.concepts for product in products if product is not None))
    return [drug for concept, drug in DRUGS.items() if concept in concepts]
