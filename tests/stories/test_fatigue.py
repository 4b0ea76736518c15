"""A card that was dismissed with a reason stays away for the time of that reason, and not a finding longer."""

from dataclasses import replace
from datetime import timedelta

import pytest
from builders import Json
from fake_store import MemoryStore
from service_builders import NOON, advice_of, cards_of, make_client, post, real_service, without_uuids
from ward import (
    CAUTION,
    HYPERTENSION,
    MANIA,
    MONITORING,
    OPIOID_USE_DISORDER,
    STOP,
    SUITABILITY,
    Ward,
    of_patient,
    quiet_of,
    selected,
    signed,
    viewed,
)

from kcds.knowledge.durations import parse_duration
from kcds.service import AdviceService

POLICY = real_service().knowledge.quiet
LONG = "not-relevant"
DAYS = (NOON + parse_duration(POLICY.reasons[LONG].quiet) - NOON).days


def rules_on(cards: dict[str, Json]) -> set[str]:
    return {f["rule"] for card in cards.values() for f in card["extension"]["org.kcds.advice"]["findings"]}


@pytest.mark.parametrize("reason", POLICY.reasons)
def test_a_dismissed_card_is_back_when_the_time_of_its_reason_has_passed(reason: str) -> None:
    ward = Ward()
    ward.dismiss(ward.ask(signed(MANIA))[STOP], reason=reason)
    end = NOON + parse_duration(POLICY.reasons[reason].quiet)

    ward.now = end - timedelta(seconds=1)
    before = ward.ask(signed(MANIA))
    ward.now = end
    after = ward.ask(signed(MANIA))

    assert STOP not in before
    assert STOP in after


def test_a_record_said_to_be_wrong_is_quiet_for_the_shortest_time() -> None:
    shortest = min(POLICY.reasons.values(), key=lambda reason: NOON + parse_duration(reason.quiet))

    assert shortest.code == "data-wrong"


def test_where_every_card_was_dismissed_nothing_is_said() -> None:
    ward = Ward()
    ward.dismiss(*ward.ask(signed(HYPERTENSION)).values())

    assert ward.ask(signed(HYPERTENSION)) == {}


def test_what_is_held_back_is_listed_on_the_card_that_is_shown() -> None:
    ward = Ward()
    first = ward.ask(signed(MANIA, HYPERTENSION))
    ward.dismiss(first[STOP])

    second = ward.ask(signed(MANIA, HYPERTENSION))

    assert STOP in first
    assert STOP not in second
    assert rules_on(second) == rules_on(first)
    assert {a["disposition"] for a in advice_of(list(second.values()))} == {"contraindicated"}


def test_a_card_says_what_is_held_back_beside_it_and_until_when() -> None:
    ward = Ward()
    stop = ward.ask(signed(MANIA, HYPERTENSION))[STOP]
    ward.dismiss(stop, reason=LONG)

    (card,) = ward.ask(signed(MANIA, HYPERTENSION)).values()

    until = NOON + timedelta(days=DAYS)
    assert quiet_of(card) == {
        "heldBack": [
            {
                "topic": STOP,
                "because": "dismissed",
                "reasons": [LONG],
                "until": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        ],
        "afterDismissal": {code: reason.quiet for code, reason in POLICY.reasons.items()},
    }
    assert f"\n\nNot shown, since it was dismissed: {stop['summary']} (until {until:%Y-%m-%d}).\n\n" in card["detail"]


def test_a_card_that_can_be_dismissed_says_that_it_then_stays_away() -> None:
    ward = Ward()

    cards = ward.ask(signed("G40.909", "F20.9"))

    assert cards[CAUTION]["detail"].endswith(
        "\n\nDismissed with a reason, this card stays away for 1 day to 30 days, for colleagues too; "
        "a further finding brings it back."
    )
    assert "stays away" not in cards[STOP]["detail"]


def test_where_every_reason_holds_as_long_a_card_says_one_time() -> None:
    policy = replace(POLICY, reasons={LONG: POLICY.reasons[LONG]})
    service = replace(real_service(), knowledge=replace(real_service().knowledge, quiet=policy))

    cards = Ward(service=service).ask(signed(HYPERTENSION))

    assert "this card stays away for 30 days, for colleagues too" in cards[CAUTION]["detail"]


def test_a_plan_that_is_held_back_is_named_by_what_is_due() -> None:
    ward = Ward()
    plan = ward.ask(signed("G40.909"))[MONITORING]
    ward.dismiss(plan, reason=LONG)

    (card,) = ward.ask(signed("G40.909")).values()

    assert plan["summary"].startswith("Due: ")
    assert f"since it was dismissed: {plan['summary'].rstrip('.')} (until " in card["detail"]


def test_one_finding_more_brings_the_whole_card_back() -> None:
    ward = Ward()
    ward.dismiss(ward.ask(signed(HYPERTENSION))[CAUTION])

    cards = ward.ask(signed(HYPERTENSION, "G40.909"))

    assert CAUTION in cards
    assert "Heart or vascular disease" in cards[CAUTION]["detail"]


def test_one_finding_less_does_not_bring_it_back() -> None:
    ward = Ward()
    ward.dismiss(ward.ask(signed(HYPERTENSION, "G40.909"))[CAUTION])

    assert CAUTION not in ward.ask(signed(HYPERTENSION))


def test_a_new_version_of_its_rule_brings_a_card_back() -> None:
    ward = Ward()
    ward.dismiss(ward.ask(signed(HYPERTENSION))[CAUTION])
    service = real_service()
    rules = tuple(
        rule.model_copy(update={"version": "99.0.0"}) if rule.category == "caution" else rule
        for rule in service.knowledge.rules
    )
    ward.client = make_client(
        service=AdviceService(replace(service.knowledge, rules=rules), service.engine),
        store=ward.store,
        alert_fatigue="on",
        clock=lambda: NOON,
    )

    assert CAUTION in ward.ask(signed(HYPERTENSION))


def test_a_hard_contraindication_is_shown_at_every_signature() -> None:
    ward = Ward()
    ward.dismiss(ward.ask(signed(OPIOID_USE_DISORDER))[STOP])

    card = ward.ask(signed(OPIOID_USE_DISORDER))[STOP]

    assert card["indicator"] == "critical"
    assert quiet_of(card) == {"alwaysShown": True}


def test_a_hard_contraindication_dismissed_at_a_selection_is_quiet_at_selections_only() -> None:
    ward = Ward()
    ward.dismiss(ward.ask(selected(OPIOID_USE_DISORDER))[STOP])

    assert STOP not in ward.ask(selected(OPIOID_USE_DISORDER))
    assert STOP in ward.ask(signed(OPIOID_USE_DISORDER))


def test_what_was_dismissed_at_a_selection_is_not_said_again_at_the_signature() -> None:
    ward = Ward()
    ward.dismiss(ward.ask(selected(HYPERTENSION))[CAUTION])

    assert CAUTION not in ward.ask(signed(HYPERTENSION))


def test_a_suitability_card_can_be_dismissed_and_says_nothing_for_an_order() -> None:
    ward = Ward()
    ward.dismiss(ward.ask(viewed(MANIA))[SUITABILITY])

    assert ward.ask(viewed(MANIA)) == {}
    assert STOP in ward.ask(signed(MANIA))


def test_a_dismissal_holds_for_its_patient_only() -> None:
    ward = Ward()
    ward.dismiss(ward.ask(signed(HYPERTENSION))[CAUTION])

    assert CAUTION in ward.ask(of_patient(signed(HYPERTENSION), "somebody-else"))


def test_a_dismissal_holds_for_its_client_only() -> None:
    ward = Ward()
    ward.dismiss(ward.ask(signed(HYPERTENSION))[CAUTION])

    assert CAUTION in ward.ask(signed(HYPERTENSION), client="another hospital")


def test_a_dismissal_holds_on_its_fhir_server_only_where_the_same_id_is_the_same_patient() -> None:
    ward = Ward()
    here, there = ({"fhirServer": f"https://{name}.example.org/fhir"} for name in ("here", "there"))
    ward.dismiss(ward.ask(signed(HYPERTENSION) | here)[CAUTION])

    assert CAUTION not in ward.ask(signed(HYPERTENSION) | {"fhirServer": here["fhirServer"] + "/"})
    assert CAUTION in ward.ask(signed(HYPERTENSION) | there)


def test_a_client_cannot_dismiss_the_card_of_another() -> None:
    ward = Ward()
    card = ward.ask(signed(HYPERTENSION))[CAUTION]
    reason = {"reason": {"code": LONG, "system": "urn:kcds:override-reason"}}
    entry = {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": NOON.isoformat()}

    ward.tell(entry | {"overrideReason": reason}, client="another hospital")

    assert CAUTION in ward.ask(signed(HYPERTENSION))
    assert CAUTION in ward.ask(signed(HYPERTENSION), client="another hospital")


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param({"overrideReason": {"userComment": "no"}}, id="a comment alone"),
        pytest.param({"overrideReason": {"reason": {"code": LONG, "system": "urn:other"}}}, id="another system"),
        pytest.param(
            {"overrideReason": {"reason": {"code": "never", "system": "urn:kcds:override-reason"}}}, id="unknown code"
        ),
        pytest.param(
            {
                "overrideReasons": {
                    "extension": {"com.epic.cdshooks.feedback.overrideReason.reasonDisplay": "Does not meet criteria"}
                },
                "overrideReason": None,
            },
            id="a reason of Epic's own that nobody has mapped",
        ),
    ],
)
def test_an_override_without_one_of_our_reasons_keeps_nothing_away(entry: Json) -> None:
    ward = Ward()
    card = ward.ask(signed(HYPERTENSION))[CAUTION]
    about = {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": NOON.isoformat()}

    ward.tell({name: value for name, value in (about | entry).items() if value is not None})

    assert CAUTION in ward.ask(signed(HYPERTENSION))


def test_a_mapped_reason_in_the_shape_of_epic_counts() -> None:
    ward = Ward()
    card = ward.ask(signed(HYPERTENSION))[CAUTION]
    why = {"overrideReasons": {"reason": {"code": LONG, "system": "urn:kcds:override-reason", "display": "x"}}}

    ward.tell({"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": NOON.isoformat()} | why)

    assert CAUTION not in ward.ask(signed(HYPERTENSION))


def test_accepting_a_suggestion_is_no_dismissal() -> None:
    ward = Ward()
    card = ward.ask(signed(HYPERTENSION))[MONITORING]
    taken = [{"id": card["suggestions"][0]["uuid"]}]
    entry = {"card": card["uuid"], "outcome": "accepted", "outcomeTimestamp": NOON.isoformat()}

    ward.tell(entry | {"acceptedSuggestions": taken})

    assert MONITORING in ward.ask(signed(HYPERTENSION))


def test_feedback_that_comes_late_counts_from_when_it_was_given() -> None:
    ward = Ward()
    card = ward.ask(signed(MANIA))[STOP]
    ward.wait(days=DAYS - 1)
    ward.dismiss(card, at=NOON)

    held = ward.ask(signed(MANIA))
    ward.wait(days=1)

    assert STOP not in held
    assert STOP in ward.ask(signed(MANIA))


def test_feedback_from_the_future_counts_from_when_it_came() -> None:
    ward = Ward()
    ward.dismiss(ward.ask(signed(MANIA))[STOP], at=NOON + timedelta(days=365))

    held = ward.ask(signed(MANIA))
    ward.wait(days=DAYS)

    assert STOP not in held
    assert STOP in ward.ask(signed(MANIA))


def test_a_dismissal_at_a_card_that_is_shown_again_later_holds_again() -> None:
    ward = Ward()
    ward.dismiss(ward.ask(signed(MANIA))[STOP])
    ward.wait(days=DAYS)

    ward.dismiss(ward.ask(signed(MANIA))[STOP])

    assert STOP not in ward.ask(signed(MANIA))


def test_what_a_card_only_carried_was_not_dismissed_with_it() -> None:
    ward = Ward()
    first = ward.ask(signed(MANIA, HYPERTENSION))
    ward.dismiss(first[STOP], reason="data-wrong")
    (carrying,) = ward.ask(signed(MANIA, HYPERTENSION)).values()
    ward.dismiss(carrying, reason=LONG)
    ward.wait(days=2)

    cards = ward.ask(signed(MANIA, HYPERTENSION))

    assert "active-mania" in {f["rule"] for f in carrying["extension"]["org.kcds.advice"]["findings"]}
    assert list(cards) == [STOP]


@pytest.mark.parametrize("request_of", [viewed, signed])
def test_a_card_that_nobody_dismissed_is_as_it_was_but_for_its_explanation(request_of: type) -> None:
    with_it = Ward().ask(request_of(HYPERTENSION))
    without_it = cards_of(post(make_client(), request_of(HYPERTENSION)))

    for card in with_it.values():
        assert quiet_of(card)
        del card["extension"]["org.kcds.advice"]["quiet"]
        card["detail"] = card["detail"].partition("\n\nDismissed with a reason, ")[0]
    assert without_uuids(list(with_it.values())) == without_uuids(without_it)


def test_alert_fatigue_is_off_by_default_and_then_knows_no_patient() -> None:
    store = MemoryStore()
    client = make_client(store=store)
    card = cards_of(post(client, signed(HYPERTENSION)))[0]
    reason = {"reason": {"code": LONG, "system": "urn:kcds:override-reason"}}
    entry = {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": NOON.isoformat()}
    client.post("/cds-services/ketamine-order-sign/feedback", json={"feedback": [entry | {"overrideReason": reason}]})

    again = cards_of(post(client, signed(HYPERTENSION)))
    post(client, viewed())

    assert again[0]["source"] == card["source"]
    assert "quiet" not in again[0]["extension"]["org.kcds.advice"]
    assert {call.patient_key for call in store.calls} == {None}
    assert store.shown == {}


def test_the_store_learns_a_patient_by_a_keyed_hash_only() -> None:
    ward = Ward()
    request = viewed()

    ward.ask(request)
    ward.ask(of_patient(request, "somebody-else"))

    assert isinstance(ward.store, MemoryStore)
    kept = repr((ward.store.calls, ward.store.shown))
    assert request["context"]["patientId"] not in kept
    assert request["context"]["userId"] not in kept
    assert len({call.patient_key for call in ward.store.calls}) == 2
