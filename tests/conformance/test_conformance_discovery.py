"""General rules and discovery (checklist 1 and 2), as a client sees them that knows the standard only."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from answers import actions, answers, bodies, discovered
from builders import Json
from service_builders import hook_call, logs, make_client, post

HOOK_IDS = {
    ("patient-view", "ketamine-patient-view"),
    ("order-select", "ketamine-order-select"),
    ("order-sign", "ketamine-order-sign"),
}


def empty_places(value: Any, place: str = "") -> Iterator[str]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        if item in (None, "", [], {}):
            yield f"{place}.{name}"
        yield from empty_places(item, f"{place}.{name}")


@pytest.mark.checklist("GEN-1")
def test_gen_1_discovery_and_answers_are_declared_as_json_and_are_json() -> None:
    client = make_client()

    for response in (client.get("/cds-services"), post(client, hook_call())):
        assert response.mimetype == "application/json"
        assert isinstance(json.loads(response.get_data()), dict)


@pytest.mark.checklist("GEN-2")
def test_gen_2_no_member_of_discovery_or_of_an_answer_is_null_or_empty_but_the_list_of_cards() -> None:
    assert list(empty_places(discovered())) == []
    assert [
        places for body in bodies() if (places := list(empty_places(body, "body"))) not in ([], ["body.cards"])
    ] == []


@pytest.mark.checklist("GEN-2")
def test_gen_2_a_null_prefetch_key_of_a_request_is_the_stated_exception_and_is_taken() -> None:
    request = hook_call()

    assert None in request["prefetch"].values()
    with logs():
        assert post(make_client(), request).status_code == 200


@pytest.mark.checklist("GEN-3")
@pytest.mark.parametrize("body", [b'{"hook": "patient-view",}', b'{"hook": "patient-view"} // why', b"{/* why */}"])
def test_gen_3_json_with_comments_or_trailing_commas_is_neither_sent_nor_taken(body: bytes) -> None:
    with logs():
        refused = make_client().post("/cds-services/ketamine-patient-view", data=body, content_type="application/json")

    assert refused.status_code == 400
    json.loads(make_client().get("/cds-services").get_data())


@pytest.mark.checklist("GEN-4")
def test_gen_4_resources_in_answers_are_fhir_json() -> None:
    resources = [action["resource"] for action in actions() if "resource" in action]

    assert resources
    for resource in resources:
        assert isinstance(resource["resourceType"], str)
        assert "_" not in "".join(resource)
        assert resource["subject"]["reference"].startswith("Patient/")


@pytest.mark.checklist("DISC-1")
def test_disc_1_discovery_is_an_object_with_a_list_of_services() -> None:
    response = make_client().get("/cds-services")

    assert response.status_code == 200
    assert isinstance(response.get_json()["services"], list)


@pytest.mark.checklist("DISC-2", "DISC-3")
@pytest.mark.parametrize("member", ["hook", "description", "id", "title"])
def test_disc_2_disc_3_every_service_has_hook_description_id_and_title_as_text(member: str) -> None:
    assert [service for service in discovered() if not (isinstance(service[member], str) and service[member])] == []


@pytest.mark.checklist("DISC-4")
def test_disc_4_an_id_is_one_path_segment_listed_once_for_a_hook_and_is_served() -> None:
    pairs = [(service["hook"], service["id"]) for service in discovered()]

    assert len(set(pairs)) == len(pairs)
    assert set(pairs) == HOOK_IDS
    for _, service_id in pairs:
        assert "/" not in service_id
        with logs():
            assert make_client().post(f"/cds-services/{service_id}", json={}).status_code == 400


@pytest.mark.checklist("DISC-5")
def test_disc_5_discovery_is_stable_and_a_trailing_slash_or_a_query_changes_nothing() -> None:
    client = make_client()
    first = client.get("/cds-services").get_data()

    for path in ("/cds-services", "/cds-services/", "/cds-services?x=1"):
        response = client.get(path)
        assert (response.status_code, response.get_data()) == (200, first)


@pytest.mark.checklist("DISC-6")
def test_disc_6_every_service_names_the_version_of_the_specification() -> None:
    assert {service["version"] for service in discovered()} == {"2.0.1"}


@pytest.mark.checklist("DISC-7")
def test_disc_7_only_published_hooks_are_served_and_a_hook_version_is_theirs_if_any_is_named() -> None:
    for service in discovered():
        assert service["hook"] in {"patient-view", "order-select", "order-sign"}
        assert service.get("hookVersion", "1.0") == "1.0"


@pytest.mark.checklist("DISC-8")
def test_disc_8_prefetch_maps_text_to_text_and_the_usage_requirements_say_what_missing_data_does() -> None:
    for service in discovered():
        assert all(isinstance(text, str) for pair in service["prefetch"].items() for text in pair)
        assert "missing" in service["usageRequirements"]


@pytest.mark.checklist("RESP-1")
def test_resp_1_an_answer_is_an_object_with_a_list_of_cards() -> None:
    for name, (_, body) in answers().items():
        assert isinstance(body["cards"], list), name
        assert all(isinstance(card, dict) for card in body["cards"]), name


@pytest.mark.checklist("RESP-2")
def test_resp_2_nothing_to_say_is_a_200_with_an_empty_list() -> None:
    silent: dict[str, Json] = {name: body for name, (_, body) in answers().items() if not body["cards"]}

    assert silent["no-pain-silent"] == {"cards": []}
    assert all(body == {"cards": []} for body in silent.values())
