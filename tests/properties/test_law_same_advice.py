# ruff: noqa: S311 - seeded test data
"""Laws: what is no medicine changes no advice - the order of things, copies, noise, notes, void entries, the day."""

import json
import re
from copy import deepcopy
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from builders import Json, concept
from hypothesis import given, settings
from hypothesis import strategies as st
from law_stops import STOPS
from law_stories import STORIES, TERMS, add, assess, bundles, cards_of, entries, said, story, told
from service_builders import NOON, SAMPLE_NAMES

from kcds.cds_hooks.card import to_json
from kcds.sample import STORY_DAY, read_sample

NOTE = "cleared by specialist, no allergies, not pregnant; schizophrenia, heroin, theophylline 300 mg, BP 220/130"
FOUR_YEARS = timedelta(days=1461)
VOID = {"Condition": "condition-ver-status", "AllergyIntolerance": "allergyintolerance-verification"}


@pytest.mark.parametrize("name", STORIES)
def test_the_order_of_entries_changes_nothing(name: str) -> None:
    random = Random(name)
    request = story(name)
    for found in bundles(request):
        random.shuffle(found.get("entry", []))
    request["prefetch"] = dict(random.sample(sorted(request["prefetch"].items()), len(request["prefetch"])))

    assessment = assess(request)

    assert said(assessment) == said(told(name))
    assert cards_of(assessment) == cards_of(told(name))


@pytest.mark.parametrize("name", STORIES)
def test_duplicates_change_nothing(name: str) -> None:
    request = story(name)
    for found, entry in entries(request):
        found["entry"].append(deepcopy(entry))

    assessment = assess(request)

    assert said(assessment) == said(told(name))


@pytest.mark.parametrize("name", STORIES)
def test_resources_without_a_bearing_change_nothing(name: str) -> None:
    random = Random(name)
    request = story(name)
    for found in bundles(request):
        for number in range(5):
            found.setdefault("entry", []).insert(random.randint(0, 2), {"resource": _noise(random, request, number)})

    assessment = assess(request)

    assert said(assessment) == said(told(name))


def _noise(random: Random, request: Json, number: int) -> Json:
    person = {"id": f"noise-{number}", "subject": {"reference": f"Patient/{request['context']['patientId']}"}}
    kind: Json = random.choice(
        [
            {"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"}},
            {
                "resourceType": "Observation",
                "status": "final",
                "code": concept("http://loinc.org", "2345-7"),
                "effectiveDateTime": "2026-11-20",
                "valueQuantity": {"value": random.randint(50, 400), "unit": "mg/dL"},
            },
        ]
    )
    return person | kind


@pytest.mark.parametrize("name", STORIES)
def test_void_copies_of_what_is_there_change_nothing(name: str) -> None:
    request = story(name)
    for found, entry in entries(request):
        found["entry"].append({"resource": _void(entry["resource"] | {"id": f"void-{entry['resource']['id']}"})})

    assessment = assess(request)

    assert said(assessment) == said(told(name))


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_void_proofs_against_ketamine_change_nothing(name: str) -> None:
    random = Random(name)
    request = story(name)
    for stop in STOPS:
        for key, resource in stop.draw(random):
            add(request, key, _void(resource))

    assessment = assess(request)

    assert said(assessment) == said(told(name))


def _void(resource: Json) -> Json:
    """The resource as entered in error."""
    void = deepcopy(resource)
    if void["resourceType"] not in VOID:
        return void | {"status": "entered-in-error"}
    del void["clinicalStatus"]
    return void | {"verificationStatus": concept(f"{TERMS}{VOID[void['resourceType']]}", "entered-in-error")}


@pytest.mark.parametrize("name", STORIES)
def test_the_same_request_twice_gives_the_same_cards_but_for_their_uuids(name: str) -> None:
    first, second = Random(1), Random(2)

    one = assess(story(name), new_uuid=lambda: UUID(int=first.getrandbits(128), version=4))
    other = assess(story(name), new_uuid=lambda: UUID(int=second.getrandbits(128), version=4))

    assert cards_of(one) == cards_of(other)
    assert {card.uuid for card in one.cards}.isdisjoint(card.uuid for card in other.cards)


@pytest.mark.parametrize("name", STORIES)
def test_a_note_or_a_narrative_anywhere_changes_nothing(name: str) -> None:
    request = story(name)
    for resource in [request["prefetch"]["patient"], *(entry["resource"] for _, entry in entries(request))]:
        narrative = f'<div xmlns="http://www.w3.org/1999/xhtml">{NOTE}</div>'
        resource["text"] = {"status": "generated", "div": narrative}
        if resource["resourceType"] != "Patient":
            resource["note"] = [{"text": NOTE}]

    assessment = assess(request)

    assert said(assessment) == said(told(name))
    assert "cleared by specialist" not in json.dumps(to_json(assessment.cards))


@pytest.mark.parametrize("name", SAMPLE_NAMES)
@given(days=st.integers(0, 400))
@settings(max_examples=2, deadline=None, derandomize=True, database=None)
def test_the_same_story_on_another_day_is_judged_alike(name: str, days: int) -> None:
    today = STORY_DAY + timedelta(days=days)

    assessment = assess(json.loads(read_sample(name, today)), NOON + timedelta(days=days))

    assert said(assessment) == said(told(name))


@pytest.mark.parametrize("name", STORIES)
def test_four_years_later_everything_is_told_in_the_same_words(name: str) -> None:
    request = json.loads(_moved(json.dumps(story(name)), FOUR_YEARS))

    assessment = assess(request, NOON + FOUR_YEARS)

    assert said(assessment) == said(told(name))
    assert cards_of(assessment) == json.loads(_moved(json.dumps(cards_of(told(name))), FOUR_YEARS))


def _moved(text: str, away: timedelta) -> str:
    """The text with every full date moved, at whatever time of the day."""
    return re.sub(r"\d{4}-\d\d-\d\d", lambda day: (datetime.fromisoformat(day.group()) + away).date().isoformat(), text)
