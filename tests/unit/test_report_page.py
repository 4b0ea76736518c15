"""The feedback page over HTTP: who may see it, and each of its states."""

import csv
import re
from collections import Counter
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from fake_store import MemoryStore
from flask.testing import FlaskClient
from service_builders import NOON, logs, real_service
from store_builders import KEYS

from kcds.auth.identity import Anybody
from kcds.auth.passwords import hash_password
from kcds.auth.staff import MOST_FAILURES, Staff
from kcds.knowledge.override_reasons import OVERRIDE_SYSTEM
from kcds.pages.reports.queue import make_queue
from kcds.settings import Settings
from kcds.store.tally import OfRule, Tally, Wanted
from kcds.web.application import make_application
from kcds.web.parts import Parts

RIGHT = ("ada", "a long enough one")
RULE = min(real_service().knowledge.active_rules, key=lambda rule: rule.id)
VIEW, SIGN = "ketamine-patient-view", "ketamine-order-sign"


class CountedStore(MemoryStore):
    """A store that has counted already."""

    def __init__(self, tally: Tally) -> None:
        super().__init__()
        self.counted = tally
        self.wanted: list[Wanted] = []

    def tally(self, wanted: Wanted) -> Tally:
        self._require()
        self.wanted.append(wanted)
        return self.counted


def busy(**members: Any) -> Tally:
    """Many calls of two clients, and one rule whose cards were mostly overridden."""
    reasons = {(OVERRIDE_SYSTEM, "benefit-outweighs-risk"): 193, (OVERRIDE_SYSTEM, "data-wrong"): 12}
    counts = OfRule(fired=Counter({0: 60, 12: 50}), unknown=30, shown=220, accepted=0, overridden=Counter(reasons))
    usual: dict[str, Any] = {
        "rules": {(RULE.id, "1.0.0"): counts},
        "calls": Counter({VIEW: 400, SIGN: 200}),
        "cards": Counter({VIEW: 50, SIGN: 60}),
        "milliseconds": [12.0] * 600,
        "modes": Counter({"live": 600, "silent": 3}),
        "clients": Counter({"https://a.example": 550, "https://b.example": 50}),
        "versions": {"2026.09.1": 0, "2026.11.1": 7},
    }
    return Tally(**(usual | members))


def page_client(tally: Tally | None = None, staff: Staff | None = None, **settings: Any) -> tuple[FlaskClient, Any]:
    store = CountedStore(busy() if tally is None else tally)
    chosen = Settings(**({"auth": "off", "timezone": "UTC"} | settings))
    parts = Parts(
        service=real_service(),
        settings=chosen,
        store=store,
        keys=KEYS,
        authenticator=Anybody(),
        clock=lambda: NOON,
        staff=staff,
    )
    return make_application(parts).test_client(), store


def text_of(client: FlaskClient, path: str = "/feedback") -> str:
    response = client.get(path)
    assert response.status_code == 200, response.get_data(as_text=True)
    words = re.sub(r"<[^>]+>", " ", response.get_data(as_text=True))
    return re.sub(r"\s+", " ", words)


@pytest.fixture(scope="module")
def staff() -> Staff:
    return Staff({RIGHT[0]: hash_password(RIGHT[1])})


@pytest.mark.parametrize("path", ["/feedback", "/feedback.csv"])
def test_who_does_not_sign_in_is_asked_to_and_told_nothing(path: str, staff: Staff) -> None:
    client, store = page_client(staff=staff)

    for answer in (client.get(path), client.get(path, auth=("ada", "wrong")), client.get(path, auth=("eve", RIGHT[1]))):
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith('Basic realm="kcds feedback"')
        assert "Overridden" not in answer.get_data(as_text=True)
    assert store.wanted == []


@pytest.mark.parametrize("path", ["/feedback", "/feedback.csv"])
def test_who_signs_in_sees_it_and_the_log_does_not_say_who(path: str, staff: Staff) -> None:
    client, _ = page_client(staff=staff, auth="required")

    with logs() as stream:
        answer = client.get(path, auth=RIGHT)
        answer.get_data()
        answer.close()

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert RIGHT[0] not in stream.getvalue().replace("feedback", "")


def test_without_a_staff_file_the_page_is_not_there_where_calls_are_authenticated() -> None:
    client, _ = page_client(auth="required")

    assert client.get("/feedback").status_code == 404
    assert client.get("/feedback.csv").status_code == 404


def test_too_many_wrong_attempts_have_to_wait() -> None:
    client, _ = page_client(staff=Staff({RIGHT[0]: hash_password(RIGHT[1])}))

    statuses = [client.get("/feedback", auth=("eve", "x")).status_code for _ in range(MOST_FAILURES + 1)]

    assert statuses == [401] * MOST_FAILURES + [429]


def test_the_page_says_what_became_of_the_cards_of_each_rule() -> None:
    client, store = page_client()

    text = text_of(client)

    assert "from 24 Aug 2026 to 22 Nov 2026" in text
    assert RULE.title in text
    assert "93 % 89 to 96 % 205 cards" in text
    assert "Benefit outweighs risk for this patient 193" in text
    assert "Cards in 100 order calls 30" in text
    assert "2026.11.1" in text
    assert store.wanted[0].until - store.wanted[0].since == timedelta(weeks=13)
    assert store.wanted[0].since.weekday() == 0


def test_the_queue_says_why_a_rule_is_in_it_and_leads_to_it() -> None:
    knowledge = real_service().knowledge
    later = NOON.date() + timedelta(days=800)
    asked = make_queue(busy(), knowledge.rules_by_id, knowledge.active_rules, later)
    queue = {question.title: question.doubts for question in asked}

    client, _ = page_client()
    page = client.get("/feedback").get_data(as_text=True)

    assert [doubt.rule for doubt in queue["Mostly overridden"]] == [RULE.id]
    assert [doubt.rule for doubt in queue["Said to be wrong"]] == [RULE.id]
    assert len(queue["Review due"]) == len(knowledge.active_rules)
    assert len(queue["Never fired"]) == len(knowledge.active_rules) - 1
    assert f'href="/rules/{RULE.id}"' in page
    assert "More than 90 % of at least 30 shown cards" in page


def test_few_calls_do_not_say_that_a_rule_never_fires() -> None:
    knowledge = real_service().knowledge

    *_, never = make_queue(Tally(calls=Counter({VIEW: 10})), {}, knowledge.active_rules, NOON.date())

    assert never.title == "Never fired"
    assert not never.doubts


def test_without_calls_the_page_says_so() -> None:
    client, _ = page_client(Tally())

    assert "No calls in this period" in text_of(client)


def test_where_every_count_is_small_the_page_says_so_and_shows_none() -> None:
    few = OfRule(fired=Counter({0: 3}), shown=2, accepted=2)
    client, _ = page_client(busy(rules={(RULE.id, "1.0.0"): few}, calls=Counter({VIEW: 3})))

    text = text_of(client)

    assert "Every count is under 10" in text
    assert "Cards shown Accepted" not in text


def test_a_store_that_does_not_answer_is_told_on_a_page() -> None:
    client, store = page_client()
    store.broken = True

    answer = client.get("/feedback")

    assert answer.status_code == 503
    assert "Feedback cannot be shown now" in answer.get_data(as_text=True)
    assert answer.content_type.startswith("text/html")


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("weeks=4", {"weeks": 4}),
        ("weeks=5", {"weeks": 13}),
        (f"service={SIGN}&mode=silent", {"service": SIGN, "mode": "silent"}),
        ("service=none&mode=none", {"service": None, "mode": "live"}),
        ("client=https://a.example", {"client": "https://a.example"}),
        ("version=2026.11.1", {"version": "2026.11.1"}),
    ],
)
def test_period_and_filters_are_what_is_asked_of_the_store(query: str, wanted: dict[str, Any]) -> None:
    client, store = page_client()

    assert client.get(f"/feedback?{query}").status_code == 200

    asked = store.wanted[0]
    assert wanted == {name: len(asked.weeks) - 1 if name == "weeks" else getattr(asked, name) for name in wanted}


@pytest.mark.parametrize("query", ["client=https://unknown.example", "version=1", "client=https://few.example"])
def test_clients_with_few_calls_are_not_told_apart(query: str) -> None:
    clients = Counter({"https://a.example": 571, "https://few.example": 29})
    client, _ = page_client(busy(clients=clients))

    assert client.get(f"/feedback?{query}").status_code == 404
    assert "few.example" not in client.get("/feedback").get_data(as_text=True)


def test_one_of_two_clients_is_not_told_apart_where_the_other_has_few_calls() -> None:
    client, _ = page_client(busy(clients=Counter({"https://a.example": 571, "https://few.example": 29})))

    assert client.get("/feedback?client=https://a.example").status_code == 404


def test_what_is_asked_stands_in_the_page_as_text_only() -> None:
    client, _ = page_client()

    page = client.get("/feedback?rule=<script>&weeks=13").get_data(as_text=True)

    assert "<script>&" not in page


def test_the_table_has_the_rows_of_the_page_after_its_period() -> None:
    client, _ = page_client()

    answer = client.get("/feedback.csv?weeks=4")
    (row,) = csv.DictReader(StringIO(answer.get_data(as_text=True)))

    assert (row["from"], row["to"], row["rule"]) == ("2026-10-26", "2026-11-22", RULE.id)
    assert (row["shown"], row["overridden"], row["accepted"], row["no_response"]) == ("220", "205", "0", "15")
    assert "attachment" in answer.headers["Content-Disposition"]


def test_page_and_table_have_no_inline_style_or_script() -> None:
    client, _ = page_client()

    page = client.get("/feedback").get_data(as_text=True)

    assert " style=" not in page
    assert not re.search(r"<script(?![^>]* src=)", page)
    assert page.count("<h1") == 1
