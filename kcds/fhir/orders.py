"""The orders under review: drafted in the request, and, where the hook says so, selected."""

from collections.abc import Collection, Iterable

from kcds.errors import RequestError
from kcds.fhir.bundles import Entry, bundle_entries
from kcds.fhir.references import relative
from kcds.fhir.sent import Sent

DRAFTS = "draftOrders"
"""Key of drafted orders, beside the prefetch keys."""


def drafted_entries(bundle: object) -> list[Entry]:
    """Give what `context.draftOrders` holds; None is what hooks without orders have."""
    place = f"context.{DRAFTS}"
    if bundle is None:
        return []
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise RequestError("must be a FHIR Bundle", place)
    return bundle_entries(bundle, key=DRAFTS, place=place)[0]


def under_review(drafts: Iterable[Sent], selections: Collection[str] | None) -> list[Sent]:
    """Give the medication orders to advise on: all drafted ones, or the selected ones among them.

    Other drafts (tests, diets) are not ours to judge. Selections are references to drafts; an id alone is taken too.
    """
    orders = [draft for draft in drafts if draft.type == "MedicationRequest"]
    if selections is None:
        return orders
    selected = {relative(selection) or f"MedicationRequest/{selection}" for selection in selections} | {*selections}
    return [order for order in orders if not selected.isdisjoint(order.names)]


def is_draft(sent: Sent) -> bool:
    """Whether a resource is a medication order that is only drafted."""
    return sent.type == "MedicationRequest" and sent.resource.get("status") == "draft"
