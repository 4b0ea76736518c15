"""What the service answers, gathered once over HTTP: every sample story and some odd records."""

import copy
from collections.abc import Iterator
from functools import cache

from builders import Json, condition, medication_request, patient
from service_builders import EHR, PUBLIC, SAMPLE_NAMES, OneEhr, hook_call, make_client, order_call, post, sample

KETAMINE = "238082"
CRPS = condition("G90.50", onsetDateTime="2020-01-01")
RED_FLAGS = [CRPS, condition("F20.9"), condition("F11.20"), condition("K74.60"), condition("I10"), condition("G93.2")]
DRAFT = medication_request(KETAMINE, id="draft", status="draft")


def _requests() -> Iterator[tuple[str, Json]]:
    for name in SAMPLE_NAMES:
        yield name, sample(name) | {"fhirServer": EHR}
    yield "only a problem", hook_call(conditions=[CRPS])
    yield "much against it", hook_call(conditions=RED_FLAGS)
    yield "a draft with much against it", order_call(DRAFT, conditions=RED_FLAGS)
    yield "a selected order", order_call(DRAFT, selected=["MedicationRequest/draft"], conditions=RED_FLAGS)
    yield "a child", order_call(DRAFT, patient=[patient(birthDate="2015-01-01")], conditions=[CRPS])
    yield "a draft without id", order_call(medication_request(KETAMINE, id=None), conditions=RED_FLAGS)


@cache
def _answers() -> dict[str, tuple[Json, Json]]:
    client = make_client(public_url=PUBLIC, smart=OneEhr())
    found = {}
    for name, request in _requests():
        response = post(client, request)
        assert response.status_code == 200, (name, response.get_data(as_text=True))
        found[name] = (request, response.get_json())
    return found


def answers() -> dict[str, tuple[Json, Json]]:
    """Requests and the bodies that answer them, by name."""
    return copy.deepcopy(_answers())


def bodies() -> list[Json]:
    """Every body of a 200."""
    return [body for _, body in answers().values()]


def cards() -> list[Json]:
    """Every card of every answer; there are some of each indicator."""
    found = [card for body in bodies() for card in body["cards"]]
    assert {card["indicator"] for card in found} == {"info", "warning", "critical"}
    return found


def suggestions() -> list[Json]:
    """Every suggestion of every card; there are some."""
    found = [suggestion for card in cards() for suggestion in card.get("suggestions", ())]
    assert found
    return found


def actions() -> list[Json]:
    """Every action of every suggestion; some create, some delete."""
    found = [action for suggestion in suggestions() for action in suggestion["actions"]]
    assert {action["type"] for action in found} >= {"create", "delete"}
    return found


def discovered() -> list[Json]:
    """The services that discovery lists."""
    services: list[Json] = make_client().get("/cds-services").get_json()["services"]
    return services
