"""A part of the record that did not come: nobody is a candidate, and the card names the part once."""

import json
from typing import Any

import pytest
from builders import operation_outcome
from service_builders import SAMPLES, cards_of, make_client, post

CANDIDATE = SAMPLES / "crps-candidate" / "request.json"
LEFT_OUT = object()


def first_card(**prefetch: object) -> dict[str, Any]:
    """The suitability card of the candidate's story, with these answers changed or left out."""
    request = json.loads(CANDIDATE.read_bytes())
    answers = request["prefetch"] | prefetch
    request["prefetch"] = {key: answer for key, answer in answers.items() if answer is not LEFT_OUT}
    return cards_of(post(make_client(), request))[0]


def lines_about_the_record(card: dict[str, Any]) -> list[str]:
    return [line for line in card["detail"].splitlines() if line.startswith("- **Part of the record**")]


def test_a_whole_record_is_not_mentioned() -> None:
    card = first_card()

    assert card["extension"]["org.kcds.advice"]["disposition"] == "candidate"
    assert "part of the record" not in (card["summary"] + card["detail"]).lower()


@pytest.mark.parametrize(
    ("prefetch", "part"),
    [
        pytest.param({"ecg": operation_outcome()}, "ECG", id="a query that failed"),
        pytest.param({"medicationStatements": LEFT_OUT}, "medication statements", id="a key that was left out"),
    ],
)
def test_the_part_is_named_once(prefetch: dict[str, object], part: str) -> None:
    card = first_card(**prefetch)

    assert card["extension"]["org.kcds.advice"]["disposition"] == "insufficient-data"
    assert lines_about_the_record(card) == [
        f"- **Part of the record** (not fully loaded: {part}). Look there by hand, or ask again."
    ]
    assert card["detail"].count("Part of the record") == 1


def test_a_part_that_has_a_line_of_its_own_is_not_named_again() -> None:
    card = first_card(bloodPressure=operation_outcome())

    assert lines_about_the_record(card) == []
    assert "- **Blood pressure** (could not be loaded)" in card["detail"]


def test_of_many_parts_some_are_named_and_the_rest_counted() -> None:
    keys = ("vitalSigns", "pregnancyTests", "scores", "ecg", "urineTests", "cognition", "medicationStatements")
    (line,) = lines_about_the_record(first_card(**dict.fromkeys(keys, LEFT_OUT)))

    assert "medication statements, vital signs, " in line
    assert " more). Look there by hand" in line
