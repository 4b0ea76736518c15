"""Patient-view does not tell the same user the same twice within a week, unless a finding has changed."""

from datetime import timedelta

from builders import Json
from fake_store import MemoryStore
from law_stories import story
from service_builders import NOON, real_service
from ward import HYPERTENSION, MANIA, MONITORING, STOP, SUITABILITY, Ward, of_patient, quiet_of, signed, viewed

from kcds.knowledge.durations import parse_duration

POLICY = real_service().knowledge.quiet
WEEK = NOON + parse_duration(POLICY.patient_view_repeat) - NOON


def of_user(request: Json, user: str) -> Json:
    request["context"]["userId"] = user
    return request


def test_the_same_advice_is_told_once() -> None:
    ward = Ward()
    first = ward.ask(viewed())
    ward.wait(days=1)

    second = ward.ask(viewed())

    assert list(first) == [SUITABILITY, MONITORING]
    assert second == {}


def test_each_card_says_when_it_would_be_told_again() -> None:
    cards = Ward().ask(viewed())

    assert {quiet_of(card)["repeatedAfter"] for card in cards.values()} == {POLICY.patient_view_repeat}


def test_it_is_told_again_when_the_period_has_passed_since_it_was_shown() -> None:
    ward = Ward()
    shown = ward.ask(viewed(MANIA))
    ward.now = NOON + WEEK
    quiet = ward.ask(viewed(MANIA))
    ward.now += timedelta(seconds=1)
    back = ward.ask(viewed(MANIA))

    assert SUITABILITY in shown
    assert quiet == {}
    assert SUITABILITY in back


def test_a_quiet_view_does_not_make_the_quiet_longer() -> None:
    ward = Ward()
    ward.ask(viewed(MANIA))
    ward.wait(days=5)
    ward.ask(viewed(MANIA))
    ward.now = NOON + WEEK + timedelta(seconds=1)

    assert SUITABILITY in ward.ask(viewed(MANIA))


def test_another_user_is_told() -> None:
    ward = Ward()
    ward.ask(viewed())

    assert ward.ask(of_user(viewed(), "Practitioner/another")) != {}


def test_another_patient_and_another_client_are_told() -> None:
    ward = Ward()
    ward.ask(viewed())

    assert ward.ask(of_patient(viewed(), "somebody-else")) != {}
    assert ward.ask(viewed(), client="another hospital") != {}


def test_a_new_finding_brings_every_card_back() -> None:
    ward = Ward()
    ward.ask(viewed())

    assert list(ward.ask(viewed(HYPERTENSION))) == [SUITABILITY, MONITORING]


def test_the_same_finding_by_another_entry_of_the_record_is_told() -> None:
    ward = Ward()
    ward.ask(viewed(HYPERTENSION))
    request = viewed(HYPERTENSION)
    (entry,) = [
        entry["resource"]
        for entry in request["prefetch"]["conditions"]["entry"]
        if entry["resource"]["code"]["coding"][0]["code"] == HYPERTENSION
    ]
    entry["id"] = "recorded-again"

    assert SUITABILITY in ward.ask(request)


def test_a_gap_that_opens_is_told() -> None:
    ward = Ward()
    ward.ask(viewed())
    request = viewed()
    request["prefetch"]["allergies"] = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": "exception"}],
    }

    assert SUITABILITY in ward.ask(request)


def test_advice_that_returns_to_what_it_was_is_told_again() -> None:
    ward = Ward()
    ward.ask(viewed())
    ward.ask(viewed(HYPERTENSION))

    assert list(ward.ask(viewed())) == [SUITABILITY, MONITORING]


def test_an_order_is_always_told_whatever_was_told_before() -> None:
    ward = Ward()
    first = ward.ask(signed(MANIA))
    ward.ask(viewed(MANIA))

    assert list(ward.ask(signed(MANIA))) == list(first) == [STOP]


def test_what_was_told_with_an_order_is_not_remembered() -> None:
    ward = Ward()
    assert isinstance(ward.store, MemoryStore)

    assert ward.ask(signed(MANIA)) != {}
    assert ward.store.shown == {}


def test_dismissing_one_card_does_not_bring_the_other_back() -> None:
    ward = Ward()
    ward.dismiss(ward.ask(viewed())[MONITORING])

    assert ward.ask(viewed()) == {}


def test_what_a_card_that_is_held_back_would_ask_for_is_asked_on_the_one_that_is_shown() -> None:
    ward = Ward()
    told = ward.ask(story("alcohol-use-disorder-in-remission"))
    ward.dismiss(told[MONITORING])

    (card,) = ward.ask(of_user(story("alcohol-use-disorder-in-remission"), "Practitioner/another")).values()

    assert "Body weight" in told[MONITORING]["detail"]
    assert "weight" not in told[SUITABILITY]["detail"].lower()
    assert "weight" in card["detail"].lower()


def test_a_card_that_was_held_back_is_not_remembered_as_told() -> None:
    ward = Ward()
    first = ward.ask(viewed())
    ward.dismiss(first[MONITORING], reason="data-wrong")
    others = of_user(viewed(), "Practitioner/another")
    seen_by_another = ward.ask(others)
    ward.wait(days=1)

    now_seen = ward.ask(others)

    assert list(seen_by_another) == [SUITABILITY]
    assert list(now_seen) == [MONITORING]
    assert quiet_of(now_seen[MONITORING])["heldBack"] == [{"topic": SUITABILITY, "because": "repeated"}]
    assert "Not shown" not in now_seen[MONITORING]["detail"]


def test_without_a_store_everything_is_told_every_time() -> None:
    ward = Ward(store=MemoryStore(broken=True))

    told = [list(ward.ask(viewed())) for _ in range(2)]

    assert told == [[SUITABILITY, MONITORING]] * 2
