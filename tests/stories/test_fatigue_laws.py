"""Whatever is dismissed, the advice itself stays what it was: over all stories, as charts and as orders."""

import pytest
from builders import Json
from card_conformance import empty_members, faults_in
from fake_store import MemoryStore
from law_stories import STORIES, order_of, story, with_order
from ward import KETAMINE, Ward

from kcds.store.records import CallRecord

ORDERED = ("crps-candidate", "maoi-and-stimulant", "knee-osteoarthritis", "psychosis", "theophylline", "old aneurysm")


def order(name: str) -> Json:
    request = story(name)
    return request if request["hook"] == "order-sign" else with_order(request, order_of(KETAMINE))


def last_call(ward: Ward) -> CallRecord:
    assert isinstance(ward.store, MemoryStore)
    return ward.store.calls[-1]


def findings(cards: dict[str, Json]) -> set[tuple[str, str]]:
    listed = (f for card in cards.values() for f in card["extension"]["org.kcds.advice"]["findings"])
    return {(f["rule"], f["status"]) for f in listed}


@pytest.mark.parametrize(
    ("name", "request_of"), [*((name, story) for name in STORIES), *((name, order) for name in ORDERED)]
)
def test_dismissing_changes_what_is_shown_and_nothing_else(name: str, request_of: type) -> None:
    for dismissed in [*Ward().ask(request_of(name)), None]:
        ward = Ward()
        first = ward.ask(request_of(name))
        before = last_call(ward)
        ward.dismiss(*(card for topic, card in first.items() if dismissed in (topic, None)), reason="not-relevant")
        ward.wait(minutes=1)

        second = ward.ask(request_of(name))

        after = last_call(ward)
        critical = {topic for topic, card in first.items() if card["indicator"] == "critical"}
        kept_back = set(first) - set(second)
        assert (after.disposition, after.rules) == (before.disposition, before.rules)
        assert [card.topic for card in after.cards] == list(first)
        assert not second or findings(second) == findings(first)
        assert critical <= set(second)
        assert [*empty_members(second, "cards")] == []
        for card in second.values():
            assert card["extension"]["org.kcds.advice"].pop("quiet")
        assert faults_in(request_of(name)["hook"], {"cards": list(second.values())}) == []
        assert set(second) <= set(first)
        if request_of is order:
            assert kept_back == {topic for topic in first if dismissed in (topic, None)} - critical
