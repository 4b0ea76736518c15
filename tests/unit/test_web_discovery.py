"""Discovery, as a client reads it that knows nothing else (checklist sections 2 and 3)."""

from card_conformance import empty_members
from service_builders import SAMPLE_NAMES, cards_of, make_client, post, sample


def test_discovery_names_hook_id_title_and_description_of_each_service_in_words() -> None:
    body = make_client().get("/cds-services").get_json()

    assert list(body) == ["services"]
    for service in body["services"]:
        texts = [service[name] for name in ("hook", "id", "title", "description", "version", "usageRequirements")]
        assert all(isinstance(text, str) and text for text in texts)
        assert all(isinstance(template, str) for template in service["prefetch"].values())
    assert len({service["id"] for service in body["services"]}) == len(body["services"])
    assert list(empty_members(body, "")) == []


def test_discovery_is_the_same_every_time_and_needs_no_body() -> None:
    client = make_client()

    assert client.get("/cds-services").get_data() == client.get("/cds-services").get_data()


def test_the_samples_fill_exactly_the_keys_that_discovery_asks_for() -> None:
    services = {service["hook"]: service for service in make_client().get("/cds-services").get_json()["services"]}

    for name in SAMPLE_NAMES:
        request = sample(name)
        assert request["prefetch"].keys() == services[request["hook"]]["prefetch"].keys()


def test_a_service_listed_in_discovery_answers_its_hook() -> None:
    client = make_client()

    for service in client.get("/cds-services").get_json()["services"]:
        request = sample("opioid-use-disorder-drafted") | {"hook": service["hook"]}
        request["context"]["selections"] = ["MedicationRequest/draft-ketamine"]
        assert cards_of(post(client, request, service["id"])) != []
