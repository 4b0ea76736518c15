"""What a kind of client needs otherwise than the standard has it: cards as JSON in, cards as JSON out.

Only offers may differ, and how they are coded. What is advised never depends on who asks: text, indicator, source,
override reasons and extension are the same for every client.

Epic is the one profile that changes anything. It fills a suggested order from the preference list of the site, found by
a key that only the site knows (`order_codes` in the clients file); an offer without a key is left out, since Epic could
not place it. Epic also takes `selectionBehavior` "any" only, one action a suggestion, and topics that are alphanumeric
and do not change; all cards of kcds are so. The other profiles take cards as the standard has them.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from kcds.auth.identity import Client, Profile
from kcds.errors import SettingsError
from kcds.knowledge.rule import Rule
from kcds.model.code_systems import LOINC

PREFERENCE_LIST = "urn:com.epic.cdshooks.action.code.system.preference-list-item"
"""System by which Epic knows an order: the code is the key of an item of the site's preference list."""

Json: TypeAlias = dict[str, Any]


def check_order_codes(clients: Iterable[Client], rules: Iterable[Rule]) -> None:
    """Raise SettingsError where a client has a key for an order that no rule offers: probably a misspelt code."""
    offered = {suggestion.order.code for rule in rules for suggestion in rule.suggestions}
    faults = [
        f"KCDS_CLIENTS_FILE: client {client.issuer}: order_codes: {code} is the code of no order that kcds offers. "
        "Take one of those in docs/integrate/epic.md."
        for client in clients
        for code in sorted(client.order_codes.keys() - offered)
    ]
    if faults:
        raise SettingsError("\n".join(faults))


def fitted(cards: list[Json], client: Client) -> list[Json]:
    """Return the cards as this client takes them; the cards given are not changed."""
    return [_for_epic(card, client.order_codes) for card in cards] if client.profile is Profile.EPIC else cards


def _for_epic(card: Json, keys: Mapping[str, str]) -> Json:
    placed = (_by_preference_list(offer, keys) for offer in card.get("suggestions", ()))
    offers = [offer for offer in placed if offer is not None]
    rest = {name: value for name, value in card.items() if name not in ("suggestions", "selectionBehavior")}
    return rest | {"suggestions": offers, "selectionBehavior": "any"} if offers else rest


def _by_preference_list(offer: Json, keys: Mapping[str, str]) -> Json | None:
    """Code the order of an offer as the site knows it; None where the site has given no key for it."""
    (action,) = offer["actions"]
    if action["type"] != "create":
        return offer
    order = action["resource"]
    codes = (coding["code"] for coding in order["code"]["coding"] if coding["system"] == LOINC)
    key = next((keys[code] for code in codes if code in keys), None)
    if key is None:
        return None
    coded = order["code"] | {"coding": [{"system": PREFERENCE_LIST, "code": key}]}
    return offer | {"actions": [action | {"resource": order | {"code": coded}}]}
