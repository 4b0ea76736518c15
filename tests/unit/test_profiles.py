"""What each kind of client gets: other offers at most, never other advice (CHECKLIST 11)."""

import re
from copy import deepcopy
from itertools import product

import pytest
from builders import Json
from service_builders import (
    SAMPLE_NAMES,
    advice_of,
    cards_of,
    make_client,
    post,
    real_service,
    sample,
    without_uuids,
)

from kcds.auth.identity import Client, Profile
from kcds.errors import SettingsError
from kcds.outbound.deadline import Deadline
from kcds.web.profiles import PREFERENCE_LIST, check_order_codes, fitted

ALT, AST = "1742-6", "1920-8"
CARDS = [(name, card) for name in SAMPLE_NAMES for card in sample(name, "response.json")["cards"]]


def client(profile: Profile, **order_codes: str) -> Client:
    return Client(issuer="https://ehr.example", profile=profile, order_codes=order_codes)


def offer_of(code: str, label: str = "Order it") -> Json:
    order = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "proposal",
        "code": {"coding": [{"system": "http://loinc.org", "code": code, "display": "d"}], "text": "d"},
        "subject": {"reference": "Patient/p1"},
    }
    return {"label": label, "uuid": "u", "actions": [{"type": "create", "description": label, "resource": order}]}


def withdrawal() -> Json:
    action = {"type": "delete", "description": "Take back", "resourceId": "MedicationRequest/m1"}
    return {"label": "Take back", "uuid": "u", "actions": [action]}


def card_with(*offers: Json) -> Json:
    return {"summary": "s", "suggestions": list(offers), "selectionBehavior": "any"}


@pytest.mark.parametrize(("profile", "keys"), [*product(Profile, ({}, {ALT: "ALT_IP", "11524-6": "ECG"}))])
def test_what_is_advised_is_the_same_in_every_profile(profile: Profile, keys: dict[str, str]) -> None:
    def advice(card: Json) -> Json:
        return {name: value for name, value in card.items() if name not in ("suggestions", "selectionBehavior")}

    cards = [card for _, card in CARDS]

    got = fitted(cards, client(profile, **keys))

    assert [advice(card) for card in got] == [advice(card) for card in cards]


@pytest.mark.parametrize("profile", [profile for profile in Profile if profile is not Profile.EPIC])
def test_every_profile_but_that_of_epic_takes_cards_as_the_standard_has_them(profile: Profile) -> None:
    cards = [card for _, card in CARDS]

    assert fitted(cards, client(profile, **{ALT: "ALT_IP"})) == cards


def test_epic_finds_an_offered_order_by_its_own_key() -> None:
    (got,) = fitted([card_with(offer_of(ALT))], client(Profile.EPIC, **{ALT: "ALT_IP"}))

    (offer,) = got["suggestions"]
    (action,) = offer["actions"]
    assert action["resource"]["code"] == {"coding": [{"system": PREFERENCE_LIST, "code": "ALT_IP"}], "text": "d"}
    assert action["resource"]["subject"] == {"reference": "Patient/p1"}
    assert (offer["label"], action["description"]) == ("Order it", "Order it")


def test_an_order_that_the_epic_site_has_no_key_for_is_not_offered() -> None:
    (got,) = fitted([card_with(offer_of(ALT), offer_of(AST))], client(Profile.EPIC, **{AST: "AST_IP"}))

    codes = [offer["actions"][0]["resource"]["code"]["coding"][0]["code"] for offer in got["suggestions"]]
    assert codes == ["AST_IP"]


def test_without_an_offer_nothing_is_said_about_choosing() -> None:
    (got,) = fitted([card_with(offer_of(ALT))], client(Profile.EPIC))

    assert got == {"summary": "s"}


def test_an_offer_to_take_back_a_draft_needs_no_key() -> None:
    (got,) = fitted([card_with(withdrawal(), offer_of(ALT))], client(Profile.EPIC))

    assert got["suggestions"] == [withdrawal()]
    assert got["selectionBehavior"] == "any"


def test_a_key_stands_for_a_code_of_loinc_only() -> None:
    foreign = offer_of(ALT)
    foreign["actions"][0]["resource"]["code"]["coding"][0]["system"] = "urn:site:orders"

    (got,) = fitted([card_with(foreign)], client(Profile.EPIC, **{ALT: "ALT_IP"}))

    assert "suggestions" not in got


def test_fitting_cards_does_not_change_them() -> None:
    cards = [card_with(offer_of(ALT), withdrawal())]
    before = deepcopy(cards)

    fitted(cards, client(Profile.EPIC, **{ALT: "ALT_IP"}))

    assert cards == before


@pytest.mark.parametrize(("name", "card"), CARDS)
def test_every_card_is_one_that_epic_can_show(name: str, card: Json) -> None:
    topic = card["source"]["topic"]["code"]
    offers = card.get("suggestions", [])

    assert re.fullmatch(r"[A-Za-z0-9]{1,100}", topic), name
    assert all(len(offer["actions"]) == 1 for offer in offers)
    assert card.get("selectionBehavior") == ("any" if offers else None)
    assert all(reason["code"] and reason["system"] and reason["display"] for reason in card["overrideReasons"])


@pytest.mark.parametrize(("name", "card"), [(name, card) for name, card in CARDS if card.get("suggestions")])
def test_the_description_of_an_action_can_stand_alone(name: str, card: Json) -> None:
    described = [(offer["label"], offer["actions"][0]["description"]) for offer in card["suggestions"]]

    assert all(description == label for label, description in described), name
    assert all(re.fullmatch(r"[^<>*_`\n]+", description) for _, description in described)


def test_no_two_orders_that_rules_offer_share_a_code() -> None:
    offers = {(s.order.code, s.label) for rule in real_service().knowledge.rules for s in rule.suggestions}

    assert len({code for code, _ in offers}) == len(offers)


def test_a_key_for_an_order_that_nobody_offers_is_a_fault_at_start() -> None:
    rules = real_service().knowledge.rules

    with pytest.raises(
        SettingsError, match=r"client https://ehr\.example: order_codes: 1742-5 is the code of no order"
    ):
        check_order_codes([client(Profile.EPIC, **{ALT: "ALT_IP", "1742-5": "TYPO"})], rules)

    check_order_codes([client(Profile.EPIC, **{ALT: "ALT_IP"}), client(Profile.GENERIC)], rules)


class Known:
    """Whoever calls is this client."""

    def __init__(self, caller: Client) -> None:
        self._caller = caller

    def authenticate(self, authorization: str | None, path: str, deadline: Deadline) -> Client:  # noqa: ARG002
        return self._caller


def told_to(caller: Client, name: str) -> list[Json]:
    cards: list[Json] = without_uuids(cards_of(post(make_client(authenticator=Known(caller)), sample(name))))
    return cards


def test_a_call_is_answered_as_its_client_takes_it() -> None:
    name = next(name for name, card in CARDS if any(o["actions"][0]["type"] == "create" for o in offers_of(card)))
    everything = {coding["code"]: "KEY" for coding in codings(told_to(client(Profile.GENERIC), name))}

    generic, epic = (told_to(caller, name) for caller in (client(Profile.GENERIC), client(Profile.EPIC, **everything)))

    assert {coding["system"] for coding in codings(generic)} == {"http://loinc.org"}
    assert {(coding["system"], coding["code"]) for coding in codings(epic)} == {(PREFERENCE_LIST, "KEY")}
    assert advice_of(epic) == advice_of(generic)
    assert [(c["summary"], c["detail"], c["indicator"]) for c in epic] == [
        (c["summary"], c["detail"], c["indicator"]) for c in generic
    ]


def offers_of(card: Json) -> list[Json]:
    offers: list[Json] = card.get("suggestions", [])
    return offers


def codings(cards: list[Json]) -> list[Json]:
    """How the orders are coded that these cards offer."""
    actions = [action for card in cards for offer in offers_of(card) for action in offer["actions"]]
    return [coding for a in actions if a["type"] == "create" for coding in a["resource"]["code"]["coding"]]
