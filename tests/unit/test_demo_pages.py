"""`/demo`: every story as an EHR would show it, answered by the same service, and nothing of it kept."""

from datetime import UTC, datetime
from typing import Any

import pytest
from demo_pages import demo_client, of_class, shown_json, the
from fake_store import MemoryStore
from service_builders import (
    SAMPLE_NAMES,
    SAMPLES,
    Nobody,
    cards_of,
    make_client,
    post,
    real_service,
    sample,
    without_uuids,
)

from kcds.advice.speaking import Audience
from kcds.cds_hooks.card import to_json
from kcds.errors import SettingsError
from kcds.service import AdviceService
from kcds.settings import Settings

ORDINARY = "knee-osteoarthritis"
STOP = "opioid-use-disorder-drafted"


class NoFetcher:
    """A fetcher that nobody may ask."""

    def complete(self, *_: Any) -> None:
        raise AssertionError("something was fetched")


def without_fetching() -> AdviceService:
    service = real_service()
    return AdviceService(service.knowledge, service.engine, NoFetcher())  # type: ignore[arg-type]


def test_the_list_leads_to_every_story_with_its_title() -> None:
    page = demo_client().get("/demo")

    assert page.status_code == 200
    for name in SAMPLE_NAMES:
        title = (SAMPLES / name / "README.md").read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
        assert f'href="/demo/{name}">{title}<' in page.text


def test_the_list_says_what_comes_of_each_story_and_of_how_many_cards() -> None:
    text = " ".join(of_class(demo_client().get("/demo"), "stories"))

    assert "any aneurysm. Contraindicated 2 cards" in text
    assert "does not guess. Cannot tell yet 1 card" in text
    assert "silence is the default. Silent no card" in text
    assert "nobody thinks of ketamine. Not yet 1 card none by default" in text


def test_the_list_goes_by_the_setting_for_whom_patient_view_speaks() -> None:
    text = " ".join(of_class(demo_client(Audience.REFRACTORY).get("/demo"), "stories"))

    assert "nobody thinks of ketamine. Silent no card" in text
    assert "none by default" not in text


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_a_story_shows_the_answer_that_an_ehr_gets(name: str, audience: Audience) -> None:
    client = demo_client(audience)

    page, answer = client.get(f"/demo/{name}"), cards_of(post(client, sample(name)))

    assert page.status_code == 200
    assert without_uuids(moved_back(shown_json(page, "response")))["cards"] == without_uuids(moved_back(answer))
    assert of_class(page, "ind") == [card["indicator"].capitalize() for card in answer]
    for number, card in enumerate(answer, start=1):
        assert the(page, f"card-{number}").text == card["summary"]


def moved_back(value: Any) -> Any:
    """The same, without the time at which it was evaluated."""
    if isinstance(value, dict):
        return {name: moved_back(item) for name, item in value.items() if name != "evaluatedAt"}
    return [moved_back(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_a_story_shows_its_request_and_that_its_patient_is_invented(name: str) -> None:
    page = demo_client().get(f"/demo/{name}")

    assert shown_json(page, "request") == sample(name)
    assert "Demo patient" in of_class(page, "gr")


def test_a_card_shows_source_offers_reasons_and_where_it_leads() -> None:
    page = demo_client().get(f"/demo/{STOP}")

    first = sample(STOP, "response.json")["cards"][0]
    assert f'<a href="{first["source"]["url"]}" target="_blank" rel="noopener noreferrer">' in page.text
    assert '<button type="button" disabled>Take back the drafted order: ketamine, intravenous</button>' in page.text
    assert all(reason["display"] in page.text for reason in first["overrideReasons"])
    assert '<a class="btn" href="http://127.0.0.1:8000/rules/' in page.text


def test_a_drafted_order_is_named_above_the_cards() -> None:
    assert of_class(demo_client().get(f"/demo/{STOP}"), "order") == ["Draft order: Ketamine, intravenous, 0.5 mg/kg"]


def test_where_there_is_no_card_the_page_says_why() -> None:
    (said,) = of_class(demo_client().get("/demo/ketamine-for-sedation"), "hush")

    assert said.endswith("The order is not for pain, and no rule in use found a contraindication or an interaction.")


def test_a_story_says_for_which_setting_its_clinician_would_hear_of_it() -> None:
    said = " ".join(of_class(demo_client(Audience.PAIN).get(f"/demo/{ORDINARY}"), "asked"))

    assert "ketamine: silent" in said
    assert "refractory, the default: silent" in said
    assert "pain, set here: speaks" in said
    assert "KCDS_PATIENT_VIEW" not in " ".join(of_class(demo_client().get(f"/demo/{STOP}"), "asked"))


def test_a_patient_who_is_silent_by_the_setting_is_said_to_be_so() -> None:
    (said,) = of_class(demo_client(Audience.REFRACTORY).get(f"/demo/{ORDINARY}"), "hush")

    assert "Patient-view speaks only for patients on ketamine, or with chronic pain whose prior treatment" in said


def test_in_silent_mode_the_page_says_that_an_ehr_would_show_nothing() -> None:
    assert "An EHR would" not in demo_client().get(f"/demo/{STOP}").text

    (said,) = of_class(demo_client(mode="silent").get(f"/demo/{STOP}"), "hush")
    assert "an EHR would be shown none of these cards" in said


def test_stories_happen_on_the_day_on_which_they_are_looked_at() -> None:
    later = demo_client(clock=lambda: datetime(2027, 3, 5, 9, tzinfo=UTC))

    page = later.get(f"/demo/{STOP}")

    assert "5 Mar 2027" in " ".join(of_class(page, "asked"))
    assert of_class(page, "ind") == ["Critical", "Warning"]


def test_nothing_is_fetched_kept_or_counted_as_a_call() -> None:
    store = MemoryStore()
    client = demo_client(service=without_fetching(), store=store)

    pages = [client.get(path) for path in ("/demo", f"/demo/{STOP}")]

    assert [page.status_code for page in pages] == [200, 200]
    assert (store.calls, store.feedback, store.shown) == ([], [], {})
    counted = [line for line in client.get("/metrics").text.splitlines() if line.startswith("kcds_")]
    assert [line for line in counted if "order-sign" in line or "rule=" in line] == []


@pytest.mark.parametrize("path", ["/demo", "/demo/", f"/demo/{STOP}", f"/demo/{STOP}/review"])
def test_no_page_may_be_kept_by_a_browser_or_stand_in_a_frame(path: str) -> None:
    page = demo_client().get(path)

    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_a_story_has_a_review_page_of_a_demo_patient(name: str) -> None:
    page = demo_client().get(f"/demo/{name}/review")

    assert page.status_code == 200
    assert "Demo patient" in page.text
    assert f'href="/demo/{name}"' in page.text
    assert sample(name)["prefetch"]["patient"]["name"][0]["family"] in page.text


@pytest.mark.parametrize("path", ["/demo/nobody", "/demo/nobody/review", "/demo/..%2fREADME.md", "/demo/%00"])
def test_an_unknown_story_is_a_page_that_is_not_there(path: str) -> None:
    assert demo_client().get(path).status_code == 404


@pytest.mark.parametrize("settings", [{}, {"demo": "off"}, {"auth": "required"}], ids=["not set", "off", "production"])
@pytest.mark.parametrize("path", ["/demo", f"/demo/{STOP}", f"/demo/{STOP}/review"])
def test_without_the_demo_its_paths_are_like_any_that_is_not_there(settings: dict[str, Any], path: str) -> None:
    client = make_client(authenticator=Nobody() if settings else None, **settings)

    page, other = client.get(path), client.get("/nothing/is/here")

    assert (page.status_code, page.get_data()) == (404, other.get_data())
    assert client.post("/demo/upload", data={"text": "{}"}).status_code == 404


def test_the_first_page_is_the_demo_or_where_there_is_none_the_rulebook() -> None:
    prefixed = {"public_url": "https://cds.example.org/kcds"}

    assert demo_client().get("/").headers["Location"] == "/demo"
    assert make_client().get("/").headers["Location"] == "/rules"
    assert make_client(**prefixed).get("/").headers["Location"] == "/kcds/rules"


def test_the_shipped_response_is_what_the_page_shows() -> None:
    cards = shown_json(demo_client().get(f"/demo/{STOP}"), "response")["cards"]

    assert [card["summary"] for card in cards] == [card["summary"] for card in sample(STOP, "response.json")["cards"]]
    assert to_json(cards) == cards


def test_where_clients_must_authenticate_the_demo_is_refused_at_start() -> None:
    production = {"auth": "required", "public_url": "https://cds.example.org", "clients_file": __file__}

    with pytest.raises(SettingsError, match="KCDS_DEMO: on needs KCDS_AUTH=off"):
        Settings(demo="on", **production).resolve("127.0.0.1", 8000)

    assert Settings(**production).resolve("127.0.0.1", 8000).demo == "off"
    assert Settings().resolve("127.0.0.1", 8000).demo == "on"
