"""Silent mode: everything is evaluated and kept, nobody sees a card. And what is kept of a call in any mode."""

from dataclasses import replace

import pytest
from fake_store import MemoryStore
from service_builders import INSTANCE, NOON, cards_of, hook_call, make_client, order_call, post, real_service
from ward import CAUTION, HYPERTENSION, MONITORING, OPIOID_USE_DISORDER, STOP, Ward, signed, viewed

from kcds.store.records import CallRecord


def kept(store: MemoryStore) -> CallRecord:
    (call,) = store.calls
    return call


def without_what_is_new(call: CallRecord) -> CallRecord:
    cards = tuple(replace(card, uuid=call.hook_instance, shown=False) for card in call.cards)
    return replace(call, id=call.hook_instance, cards=cards, milliseconds=0, mode="")


@pytest.mark.parametrize("request_of", [viewed, signed])
def test_in_silent_mode_no_card_is_shown(request_of: type) -> None:
    assert cards_of(post(make_client(mode="silent"), request_of(OPIOID_USE_DISORDER))) == []


@pytest.mark.parametrize("request_of", [viewed, signed])
def test_in_silent_mode_all_is_kept_as_ever_but_that_nobody_saw_it(request_of: type) -> None:
    live, silent = MemoryStore(), MemoryStore()

    post(make_client(store=live), request_of(HYPERTENSION))
    post(make_client(store=silent, mode="silent"), request_of(HYPERTENSION))

    assert [card.shown for card in kept(live).cards] == [True, True]
    assert [card.shown for card in kept(silent).cards] == [False, False]
    assert (kept(live).mode, kept(silent).mode) == ("live", "silent")
    assert without_what_is_new(kept(silent)) == without_what_is_new(kept(live))


@pytest.mark.parametrize(("mode", "shown"), [("live", "yes"), ("silent", "no")])
def test_every_card_is_counted_as_shown_or_not(mode: str, shown: str) -> None:
    client = make_client(mode=mode)

    post(client, signed(OPIOID_USE_DISORDER))

    told = client.get("/metrics").get_data(as_text=True)
    assert f'kcds_cards_total{{indicator="critical",shown="{shown}",topic="{STOP}"}} 1.0' in told


def test_discovery_is_the_same_in_silent_mode() -> None:
    live, silent = (make_client(mode=mode).get("/cds-services").get_json() for mode in ("live", "silent"))

    assert live == silent


def test_in_silent_mode_nothing_is_remembered_as_told_and_nobody_is_named() -> None:
    ward = Ward(mode="silent")
    assert isinstance(ward.store, MemoryStore)

    ward.ask(viewed())

    assert ward.store.shown == {}
    assert kept(ward.store).patient_key is None


def test_after_silent_mode_the_first_view_is_told() -> None:
    ward = Ward(mode="silent")
    ward.ask(viewed())

    assert Ward(store=ward.store).ask(viewed()) != {}


def test_of_an_answered_call_everything_but_the_patient_is_kept() -> None:
    store = MemoryStore()
    request = signed(OPIOID_USE_DISORDER, HYPERTENSION)

    cards = cards_of(post(make_client(store=store), request))

    call = kept(store)
    advice = cards[0]["extension"]["org.kcds.advice"]
    listed = {f["rule"]: f for card in cards for f in card["extension"]["org.kcds.advice"]["findings"]}
    assert (call.at, call.client, call.service) == (NOON, "local", "ketamine-order-sign")
    assert str(call.hook_instance) == request["hookInstance"]
    assert (call.knowledge_version, call.mode) == (real_service().knowledge.version, "live")
    assert (call.disposition, call.patient_key) == (advice["disposition"], None)
    assert call.milliseconds > 0
    assert {(r.rule, r.version, r.status) for r in call.rules} == {
        (f["rule"], f["version"], f["status"]) for f in listed.values()
    }
    assert [(str(card.uuid), card.topic, card.indicator, card.shown) for card in call.cards] == [
        (card["uuid"], card["source"]["topic"]["code"], card["indicator"], True) for card in cards
    ]
    assert request["context"]["patientId"] not in repr(call)


def test_a_card_is_kept_with_what_it_was_made_for() -> None:
    store = MemoryStore()

    post(make_client(store=store), signed(OPIOID_USE_DISORDER, HYPERTENSION))

    rules = {card.topic: {r.rule for r in card.rules} for card in kept(store).cards}
    assert rules[STOP] == {"active-substance-use-disorder"}
    assert "heart-or-vascular-disease" in rules[CAUTION]
    assert "controlled-substance" not in set().union(*rules.values())


def test_what_is_the_same_for_every_patient_is_kept_with_no_card() -> None:
    store = MemoryStore()

    cards = cards_of(post(make_client(store=store), viewed()))

    background = {rule.id for rule in real_service().rules.values() if rule.background}
    assert background & {f["rule"] for card in cards for f in card["extension"]["org.kcds.advice"]["findings"]}
    assert not background & {answer.rule for card in kept(store).cards for answer in card.rules}


def test_a_card_that_is_held_back_is_kept_as_not_shown() -> None:
    ward = Ward()
    assert isinstance(ward.store, MemoryStore)
    ward.dismiss(ward.ask(signed(HYPERTENSION))[CAUTION])

    ward.ask(signed(HYPERTENSION))

    first, second = ward.store.calls
    assert {card.topic: card.shown for card in second.cards} == {CAUTION: False, MONITORING: True}
    assert {card.uuid for card in first.cards}.isdisjoint(card.uuid for card in second.cards)


def test_a_call_that_is_silent_anyway_is_kept_without_cards() -> None:
    store = MemoryStore()

    post(make_client(store=store), order_call())

    assert (kept(store).cards, str(kept(store).hook_instance)) == ((), INSTANCE)


def test_a_call_that_is_refused_is_not_kept() -> None:
    store = MemoryStore()
    request = hook_call()
    request["context"] = {}

    assert post(make_client(store=store), request).status_code == 400
    assert store.calls == []
