"""Links of cards: to the rule that a card speaks about, and to the review page where an EHR can launch it."""

from typing import Any
from uuid import UUID

import pytest
from builders import Json
from fake_store import MemoryStore
from flask.testing import FlaskClient
from service_builders import EHR, PUBLIC, OneEhr, cards_of, make_client, post, sample

from kcds.store.keys import KeyRing
from kcds.web.links import check_card_context, make_card_context

KEYS = KeyRing(b"a secret of these tests")
CALL = UUID(int=7)


def calling(store: MemoryStore | None = None, *, launches: bool = True, **settings: Any) -> FlaskClient:
    """A client of a service at a public URL, from which the EHR can launch the review page or not."""
    return make_client(
        store=store, keys=KEYS, smart=OneEhr() if launches else None, **({"public_url": PUBLIC} | settings)
    )


def stops(server: str | None = EHR) -> Json:
    """A call that has cards, of a client with this FHIR server."""
    request = sample("crps-candidate")
    return request | ({"fhirServer": server} if server else {})


def links_of(card: Json, kind: str) -> list[Json]:
    return [link for link in card.get("links", ()) if link["type"] == kind]


def test_every_card_leads_to_a_rule_that_is_among_its_findings() -> None:
    for card in cards_of(post(calling(launches=False), stops())):
        (link,) = card["links"]
        base, _, rule = link["url"].rpartition("/")

        assert link == {"label": "Rule and evidence", "type": "absolute", "url": f"{PUBLIC}/rules/{rule}"}
        assert base == f"{PUBLIC}/rules"
        assert rule in {finding["rule"] for finding in card["extension"]["org.kcds.advice"]["findings"]}


def test_a_card_for_an_ehr_that_can_launch_it_leads_to_the_review_page_first() -> None:
    for card in cards_of(post(calling(), stops())):
        assert [link["type"] for link in card["links"]] == ["smart", "absolute"]
        assert card["links"][0]["label"] == "Open ketamine review"
        assert card["links"][0]["url"] == f"{PUBLIC}/launch"


@pytest.mark.parametrize("server", [None, "https://other.example.org/fhir"])
def test_a_client_that_is_no_ehr_of_ours_gets_no_link_that_it_could_not_launch(server: str | None) -> None:
    assert [link for card in cards_of(post(calling(), stops(server))) for link in links_of(card, "smart")] == []


def test_a_service_without_a_public_url_gives_no_links() -> None:
    assert [card for card in cards_of(post(make_client(), stops())) if "links" in card] == []


def test_no_link_opens_itself() -> None:
    assert "autolaunchable" not in post(calling(), stops()).get_data(as_text=True)


def test_the_context_of_a_launch_names_the_call_as_it_is_kept() -> None:
    store = MemoryStore()
    cards = cards_of(post(calling(store), stops()))
    patient = stops()["context"]["patientId"]

    contexts = {link["appContext"] for card in cards for link in links_of(card, "smart")}

    (context,) = contexts
    (call,) = store.calls
    assert check_card_context(KEYS, context, EHR, patient) == str(call.id)


def test_no_link_holds_anything_of_the_patient_or_of_the_client() -> None:
    request = stops()
    held = (request["context"]["patientId"], request["context"]["userId"], request["hookInstance"], "ehr.example.org")

    for card in cards_of(post(calling(), request)):
        assert [one for one in held if one in str(card["links"])] == []


def test_a_context_is_good_for_its_own_patient_and_server_alone() -> None:
    context = make_card_context(KEYS, EHR, "pat-1", CALL)

    assert check_card_context(KEYS, context, EHR, "pat-1") == str(CALL)
    assert check_card_context(KEYS, context, EHR, "pat-2") is None
    assert check_card_context(KEYS, context, "https://other.example.org/fhir", "pat-1") is None
    assert check_card_context(KeyRing(b"another secret of the tests"), context, EHR, "pat-1") is None


@pytest.mark.parametrize("url", [f"{EHR}/", "https://ehr.example.org:443/fhir"])
def test_a_server_is_the_same_however_its_url_is_written(url: str) -> None:
    assert check_card_context(KEYS, make_card_context(KEYS, url, "pat-1", CALL), EHR, "pat-1") == str(CALL)


@pytest.mark.parametrize(
    "forged",
    [
        "",
        str(CALL),
        f"{CALL}.",
        f"{CALL}.AAAAAAAAAAAAAAAAAAAAAA",
        f"{UUID(int=99)}." + make_card_context(KEYS, EHR, "pat-1", CALL).partition(".")[2],
        make_card_context(KEYS, EHR, "pat-1", CALL) + "\n",
        make_card_context(KEYS, EHR, "pat-1", CALL).upper(),
        "pät.ÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄ",
    ],
)
def test_what_this_service_did_not_sign_is_refused(forged: str) -> None:
    assert check_card_context(KEYS, forged, EHR, "pat-1") is None


@pytest.mark.parametrize("server", [None, "https://inside.example.org/fhir"])
def test_where_the_server_of_the_launch_is_not_known_the_launch_is_told_nothing_of_the_call(server: str | None) -> None:
    client = make_client(keys=KEYS, smart=OneEhr(client="local"), public_url=PUBLIC)

    cards = cards_of(post(client, stops(server)))

    assert {tuple(link) for card in cards for link in links_of(card, "smart")} == {("label", "url", "type")}
