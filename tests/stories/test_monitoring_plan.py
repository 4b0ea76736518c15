"""The monitoring card of real rules: who needs what, what is due, and how it went, for somebody who is on ketamine."""

import json

from builders import (
    LOINC,
    SNOMED,
    Json,
    allergy,
    blood_pressure,
    condition,
    medication_administration,
    medication_request,
    observation,
    pain_score,
    patient,
    quantity,
)
from service_builders import advice_of, cards_of, hook_call, make_client, order_call, post
from ward import MONITORING, Ward, signed

from kcds.sample import STORY_DAY, read_sample

KETAMINE, MORPHINE = "238082", "892672"
CRPS = condition("G90.521", onsetDateTime="2022-01-01")
FIRST, SECOND = ("2026-07-01", "2026-07-03", "2026-07-06", "2026-07-08"), ("2026-09-01", "2026-09-03", "2026-09-05")
ALT, URINE = "1742-6", "24356-8"


def infusions(*days: str) -> list[Json]:
    return [medication_administration(KETAMINE, day) for day in days]


def alt(day: str, value: int = 31) -> Json:
    return observation(
        ALT,
        LOINC,
        effectiveDateTime=day,
        valueQuantity=quantity(value, "U/L"),
        referenceRange=[{"high": quantity(40, "U/L")}],
    )


def scores(**by_day: int) -> list[Json]:
    return [pain_score(value, day, id=f"pain-{day}") for day, value in by_day.items()]


def on_ketamine(**answers: list[Json]) -> Json:
    """A man with complex regional pain syndrome after two courses; other treatments are not on record."""
    given = {
        "conditions": [CRPS],
        "medicationAdministrations": infusions(*FIRST, *SECOND),
        "bloodPressure": [blood_pressure(128, 82)],
        "painScores": scores(**{"2026-08-30": 8, "2026-09-10": 4, "2026-11-18": 7}),
        "allergies": [allergy("716186003", SNOMED)],
    }
    request = hook_call(**(given | answers))
    request["prefetch"]["patient"] = patient(gender="male")
    return request


def monitoring_card(request: Json) -> Json:
    """The last card, which must be the monitoring card."""
    card = cards_of(post(make_client(), request))[-1]
    assert card["source"]["topic"]["code"] == "KetamineMonitoring"
    return card


def line(card: Json, start: str) -> str:
    """The one line of the card that starts like this, without its marks."""
    plain = [text.replace("*", "").removeprefix("- ") for text in card["detail"].splitlines()]
    (found,) = [text for text in plain if text.startswith(start)]
    return str(found)


def rules_of(request: Json) -> set[str]:
    cards = cards_of(post(make_client(), request))
    return {f["rule"] for advice in advice_of(cards) for f in advice["findings"] if f["status"] == "applies"}


def test_who_is_on_ketamine_is_followed_up_although_another_treatment_comes_first() -> None:
    cards = cards_of(post(make_client(), on_ketamine(liverTests=[alt("2026-06-30")])))

    assert [advice["disposition"] for advice in advice_of(cards)] == ["insufficient-data", "insufficient-data"]
    assert cards[1]["summary"].startswith("Overdue: Liver tests; due: Urinalysis")
    assert line(cards[1], "Liver tests").startswith("Liver tests (ALT, AST): overdue, last 2026-06-30 (ALT 31 U/L).")
    assert line(cards[1], "Urinalysis").startswith("Urinalysis: due, none on record.")
    assert "During:" not in cards[1]["detail"]


def test_a_test_that_still_holds_is_done_and_not_offered_again() -> None:
    card = monitoring_card(on_ketamine(liverTests=[alt("2026-11-02")], urineTests=[observation(URINE, LOINC)]))

    assert line(card, "Liver tests").startswith("Liver tests (ALT, AST): done 2026-11-02 (ALT 31 U/L).")
    assert line(card, "Urinalysis").startswith("Urinalysis: done 2026-11-20.")
    labels = [suggestion["label"] for suggestion in card["suggestions"]]
    assert not {"Order ALT", "Order AST", "Order a urinalysis"} & set(labels)


def test_each_test_that_is_due_is_offered_once_whatever_the_number_of_reasons() -> None:
    drinker = condition("F10.20")

    card = monitoring_card(on_ketamine(conditions=[CRPS, drinker]))

    labels = [suggestion["label"] for suggestion in card["suggestions"]]
    assert len(labels) == len(set(labels))
    assert {"Order ALT", "Order AST", "Order total bilirubin", "Order ALP", "Order GGT"} <= set(labels)
    reasons = line(card, "Liver tests")
    assert "Repeated dosing" in reasons
    assert "Alcohol puts the liver at risk" in reasons


def test_a_check_that_could_not_be_looked_up_is_neither_due_nor_done() -> None:
    request = on_ketamine()
    del request["prefetch"]["urineTests"]

    card = monitoring_card(request)

    assert line(card, "Urinalysis").startswith("Urinalysis: cannot tell whether it was done")
    assert "Order a urinalysis" not in [suggestion["label"] for suggestion in card["suggestions"]]


def test_a_check_is_not_needed_only_where_its_reason_is_known_to_be_absent() -> None:
    request = on_ketamine()
    assert "ECG (no heart or vascular disease on record)" in monitoring_card(request)["detail"]

    del request["prefetch"]["conditions"]
    assert line(monitoring_card(request), "ECG").startswith("ECG: cannot tell whether it is needed.")


def test_how_the_last_course_went_and_whether_courses_are_too_close_is_said() -> None:
    assert {"response-was-positive", "relief-short-after-series"} <= rules_of(on_ketamine())

    card = monitoring_card(on_ketamine(medicationAdministrations=infusions("2026-08-20", *SECOND[2:], "2026-09-21")))
    assert "Last two courses 16 days apart" in card["summary"]


def test_a_patient_without_scores_around_the_course_is_asked_for_one() -> None:
    assert "no-score-since-course" in rules_of(on_ketamine(painScores=scores(**{"2026-08-30": 8})))


def test_no_response_to_an_adequate_series_means_stop() -> None:
    request = on_ketamine(
        medicationAdministrations=infusions(*FIRST), painScores=scores(**{"2026-06-30": 8, "2026-08-01": 7})
    )

    assert {"no-response-to-series"} <= rules_of(request)
    assert "stop, do not escalate" in monitoring_card(request)["detail"]


def test_a_booster_ordered_soon_after_a_course_is_reviewed_and_an_order_within_the_course_is_not() -> None:
    def ordered(last: str) -> set[str]:
        return rules_of(
            order_call(
                medication_request(KETAMINE, id="draft"),
                conditions=[CRPS],
                medicationAdministrations=infusions(last),
                bloodPressure=[blood_pressure(128, 82)],
            )
        )

    assert "booster-planned-early" in ordered("2026-10-30")
    assert "booster-planned-early" not in ordered("2026-11-17")
    assert "booster-planned-early" not in ordered("2026-10-20")


def test_opioids_beside_ketamine_are_reviewed() -> None:
    assert "opioids-co-prescribed" in rules_of(on_ketamine(medicationRequests=[medication_request(MORPHINE)]))


def test_the_plan_is_short_enough_to_be_read() -> None:
    detail = monitoring_card(on_ketamine())["detail"]

    assert len([text for text in detail.splitlines() if text]) <= 30


def test_a_weight_that_is_due_is_asked_for_on_one_card_only() -> None:
    request = json.loads(read_sample("crps-candidate", STORY_DAY))
    vital_signs = request["prefetch"]["vitalSigns"]
    vital_signs["entry"] = [e for e in vital_signs["entry"] if e["resource"]["code"]["coding"][0]["code"] != "29463-7"]

    suitability, monitoring = cards_of(post(make_client(), request))

    assert "Body weight" not in suitability["detail"]
    assert "Body weight: due" in monitoring["detail"]


def test_the_source_of_a_card_that_says_what_is_due_is_not_that_of_the_relief() -> None:
    card = Ward().ask(signed("G40.909"))[MONITORING]

    assert card["summary"] == "Due: Prescription monitoring programme."
    assert "CDC 2022" in card["source"]["label"]
