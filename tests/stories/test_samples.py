"""Every story of `fhir_samples/`, through the whole service: the shipped response is what the program answers."""

import re

import pytest
from service_builders import (
    NOON,
    SAMPLE_NAMES,
    SAMPLES,
    advice_of,
    cards_of,
    make_client,
    noon,
    post,
    real_service,
    sample,
    without_uuids,
)
from typer.testing import CliRunner

from kcds.advice.speaking import Audience
from kcds.cds_hooks.card import to_json
from kcds.cds_hooks.services import Hook
from kcds.cli import app
from kcds.cli_input import assess_file
from kcds.sample import STORY_DAY
from kcds.settings import Settings

ORDINARY = (
    "knee-osteoarthritis",
    "back-pain-for-a-week",
    "migraine-on-a-triptan",
    "ketamine-for-sedation",
    "esketamine-for-depression",
)


def audience_of(name: str) -> Audience:
    """For whom patient-view speaks in a story, by the command in its README."""
    said = re.search(r"--audience (\w+)", (SAMPLES / name / "README.md").read_text(encoding="utf-8"))
    assert said
    return Audience(said.group(1))


def test_there_are_at_least_eight_stories() -> None:
    assert len(SAMPLE_NAMES) >= 8


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_the_service_answers_a_story_with_the_shipped_response(name: str) -> None:
    response = post(make_client(audience_of(name)), sample(name))

    assert without_uuids(cards_of(response)) == without_uuids(sample(name, "response.json")["cards"])


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_the_command_line_answers_a_story_with_the_shipped_response(name: str) -> None:
    answered = assess_file(real_service(), SAMPLES / name / "request.json", None, noon(audience_of(name)))

    cards = to_json(answered.assessment.cards)
    assert without_uuids(cards) == without_uuids(sample(name, "response.json")["cards"])


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_patients_get_no_card_in_the_default_setting(name: str) -> None:
    assert audience_of(name) is Settings().patient_view
    assert cards_of(post(make_client(audience_of(name)), sample(name))) == []


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_the_same_call_twice_gives_the_same_cards_with_new_uuids(name: str) -> None:
    client = make_client()

    first, second = cards_of(post(client, sample(name))), cards_of(post(client, sample(name)))

    assert without_uuids(first) == without_uuids(second)
    assert {card["uuid"] for card in first}.isdisjoint(card["uuid"] for card in second)


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_a_record_as_bundle_gives_the_cards_that_the_prefetched_record_gives(name: str) -> None:
    request = sample(name)

    answered = assess_file(real_service(), SAMPLES / name / "bundle.json", Hook(request["hook"]), noon())

    cards = to_json(answered.assessment.cards)
    assert without_uuids(cards) == without_uuids(cards_of(post(make_client(), request)))


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_a_story_moved_to_another_day_is_answered_alike_on_that_day(name: str) -> None:
    printed = CliRunner().invoke(app, ["sample", name, "--as-of", "2027-03-05"])
    client = make_client(clock=lambda: NOON.replace(year=2027, month=3, day=5))

    response = client.post(
        f"/cds-services/ketamine-{sample(name)['hook']}", data=printed.stdout, content_type="application/json"
    )

    assert NOON.date() == STORY_DAY
    assert advice_of(cards_of(response)) == advice_of(cards_of(post(make_client(), sample(name))))
