"""A page of another origin in Chromium that behaves as the HL7 CDS Hooks sandbox does, on all three hooks.

CORS, ES384 by WebCrypto on every call, prefetch filled from discovery, drafts as the sandbox makes them, the detail
rendered with live HTML, feedback.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from builders import Json
from chromium import needs_chromium
from full_record import calls, with_words
from page_server import PageServer, page_server
from playwright.sync_api import Browser, Page
from running_kcds import Kcds, running_kcds

KETAMINE: Json = {"name": "ketamine", "code": "238082"}
HOOKS = ["patient-view", "order-select", "order-sign"]
LIVE = """() => [...document.querySelectorAll('.detail *')].filter((e) =>
    !['P', 'UL', 'LI', 'STRONG', 'EM', 'BR'].includes(e.tagName) || e.attributes.length > 0).map((e) => e.outerHTML)"""
HOSTILE = {
    "HTML": "<img src=x onerror=window.ran=1><script>window.ran=1</script><svg onload=window.ran=1>",
    "a frame and an HTML link": "<iframe srcdoc='x'></iframe> <a href='javascript:window.ran=1'>x</a>",
    "Markdown": "[x](javascript:window.ran=1) ![x](https://evil.example/x.png) <https://evil.example>",
    "blocks": "x\n\n# y\n\n|a|b|\n|-|-|\n|c|d|\n\n```\ncode\n```\n\n[m][1]\n\n[1]: https://evil.example",
    "entities": "&lt;img src=x onerror=window.ran=1&gt; &#60;script&#62;window.ran=1&#60;/script&#62;",
}

pytestmark = needs_chromium


@dataclass
class Sandbox:
    """The page in the browser, the service it calls, and what went wrong in it."""

    page: Page
    server: PageServer
    service: Kcds
    faults: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def run(self, script: str, *arguments: Any) -> Any:
        return self.page.evaluate(f"(args) => ({script})(...args)", list(arguments))

    def discover(self) -> dict[str, Json]:
        answer = self.run("discover", self.service.url)
        assert answer["status"] == 200, answer
        return {service["hook"]: service for service in answer["body"]["services"]}

    def call(self, hook: str, medication: Json | None = None) -> Json:
        """Discover and call as the page does; cards are shown in the page."""
        answer: Json = self.run("callService", self.service.url, self.discover()[hook], medication, "pat-1")
        return answer


def record(words: str) -> list[Json]:
    """The patient's record full of these words."""
    prefetch = with_words(calls()["patient-view"], words)["prefetch"]
    bundles = [answer["entry"] for key, answer in prefetch.items() if answer and key != "patient"]
    return [prefetch["patient"], *(entry["resource"] for entries in bundles for entry in entries)]


def open_page(browser: Browser, server: PageServer, service: Kcds) -> Sandbox:
    """The page, in a context of its own."""
    opened = Sandbox(browser.new_context().new_page(), server, service)
    opened.page.on("pageerror", lambda error: opened.faults.append(str(error)))
    opened.page.on("dialog", lambda dialog: opened.faults.append(dialog.message))
    opened.page.on("request", lambda request: opened.hosts.add(request.url.split("/")[2]))
    opened.page.goto(server.origin)
    return opened


def clients_file(directory: Path, server: PageServer) -> str:
    file = directory / "clients.yaml"
    file.write_text(f"clients:\n  - issuer: {server.origin}\n    jku: {server.origin}/.well-known/jwks.json\n")
    return str(file)


@pytest.fixture(scope="module")
def signed(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A service that requires authentication, and a page that signs."""
    with page_server() as server:
        clients = clients_file(tmp_path_factory.mktemp("clients"), server)
        settings = {"auth": "required", "clients_file": clients, "cors_origins": server.origin}
        with running_kcds(**settings) as service:
            opened = open_page(browser, server, service)
            opened.run("makeKey")
            yield opened


@pytest.fixture(scope="module")
def unsigned(browser: Browser) -> Iterator[Sandbox]:
    """The demo: no authentication, the default origins, and a page without a key."""
    with page_server() as server, running_kcds() as service:
        yield open_page(browser, server, service)


@pytest.fixture(autouse=True)
def nothing_went_wrong(request: pytest.FixtureRequest) -> Iterator[None]:
    """No script of the record ran, no dialog came up, nothing but page and service was called."""
    yield
    for name in {"signed", "unsigned"} & set(request.fixturenames):
        opened: Sandbox = request.getfixturevalue(name)
        assert opened.faults == []
        assert opened.run("() => typeof window.ran") == "undefined"
        assert opened.hosts == {opened.server.origin.split("/")[2], f"127.0.0.1:{opened.service.port}"}


def kept_feedback(service: Kcds) -> list[tuple[str, str, str, str | None]]:
    with closing(sqlite3.connect(service.data / "kcds.db")) as store:
        return store.execute("SELECT client, card, outcome, reason_code FROM feedback ORDER BY card").fetchall()


@pytest.mark.checklist("JWT-1", "CORS-1", "DISC-9")
def test_a_page_that_signs_every_call_may_discover_and_one_that_does_not_may_not(signed: Sandbox) -> None:
    assert set(signed.discover()) == set(HOOKS)
    refused = signed.run("async (base) => (await fetch(base + '/cds-services')).status", signed.service.url)

    assert refused == 401
    assert signed.server.keys_asked == 1


@pytest.mark.checklist("CORS-1", "CORS-2", "JWT-1", "PRE-6")
@pytest.mark.parametrize("hook", HOOKS)
def test_a_page_gets_cards_on_every_hook_with_what_it_could_prefetch(signed: Sandbox, hook: str) -> None:
    signed.server.record = record("harmless words")
    signed.server.broken = {"Procedure"}

    answer = signed.call(hook, KETAMINE)

    signed.server.broken = set()
    assert answer["status"] == 200, answer["body"]
    assert "procedures" not in answer["sent"]["prefetch"]
    assert answer["body"]["cards"]
    assert signed.run("() => document.querySelectorAll('.detail strong').length") > 3
    missing = {
        name
        for card in answer["body"]["cards"]
        for finding in card["extension"]["org.kcds.advice"]["findings"]
        for name in finding.get("missing", ())
    }
    assert missing


@pytest.mark.checklist("CTX-4")
@pytest.mark.parametrize("hook", HOOKS[1:])
def test_a_draft_without_medication_is_taken_and_gets_silence(signed: Sandbox, hook: str) -> None:
    signed.server.record = record("harmless words")

    answer = signed.call(hook)

    assert (answer["status"], answer["body"]) == (200, {"cards": []})


@pytest.mark.checklist("ROB-4")
@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("words", HOSTILE)
def test_nothing_of_a_hostile_record_comes_alive_in_the_page(signed: Sandbox, hook: str, words: str) -> None:
    signed.server.record = record(HOSTILE[words])

    answer = signed.call(hook, KETAMINE | {"name": HOSTILE[words]})

    assert answer["status"] == 200, answer["body"]
    assert answer["body"]["cards"]
    assert signed.run(LIVE) == []
    sources = signed.run("() => [...document.querySelectorAll('a[href]')].map((a) => a.className)")
    assert set(sources) == {"source"}
    assert signed.run("() => document.querySelectorAll('#cards img, #cards iframe, #cards script').length") == 0


@pytest.mark.checklist("FB-1", "FB-6", "CORS-1")
def test_feedback_of_a_page_arrives_in_the_store(signed: Sandbox) -> None:
    signed.server.record = record("harmless words")
    cards = signed.call("order-sign", KETAMINE)["body"]["cards"]
    offered = next(card for card in cards if "suggestions" in card)
    entries = [
        {
            "card": offered["uuid"],
            "outcome": "accepted",
            "acceptedSuggestions": [{"id": offered["suggestions"][0]["uuid"]}],
            "outcomeTimestamp": "2026-11-21T10:00:00Z",
        },
        {
            "card": cards[0]["uuid"],
            "outcome": "overridden",
            "overrideReason": {"reason": cards[0]["overrideReasons"][0], "userComment": "seen"},
            "outcomeTimestamp": "2026-11-21T10:00:01Z",
        },
    ]

    answer = signed.run("feedback", signed.service.url, "ketamine-order-sign", entries)

    assert answer["status"] == 200, answer["body"]
    kept = kept_feedback(signed.service)
    assert {client for client, *_ in kept} == {signed.server.origin}
    assert {(card, outcome) for _, card, outcome, _ in kept} == {
        (offered["uuid"], "accepted"),
        (cards[0]["uuid"], "overridden"),
    }
    assert {reason for *_, reason in kept} == {None, cards[0]["overrideReasons"][0]["code"]}


@pytest.mark.checklist("CORS-3")
def test_a_page_of_an_origin_that_is_not_configured_reads_nothing(signed: Sandbox, browser: Browser) -> None:
    with page_server() as stranger:
        opened = open_page(browser, stranger, signed.service)
        opened.run("makeKey")
        tried = opened.run("(base) => discover(base).then(() => 'read', (error) => error.name)", signed.service.url)

    assert tried == "TypeError"


@pytest.mark.checklist("CORS-1")
@pytest.mark.parametrize("hook", HOOKS)
def test_without_configuration_a_page_on_this_machine_works_too(unsigned: Sandbox, hook: str) -> None:
    unsigned.server.record = record("<img src=x onerror=window.ran=1>")

    answer = unsigned.call(hook, KETAMINE)

    assert answer["status"] == 200, answer["body"]
    assert answer["body"]["cards"]
    assert unsigned.run(LIVE) == []


@pytest.mark.checklist("FB-1", "CORS-1")
def test_without_configuration_feedback_of_a_page_arrives_too(unsigned: Sandbox) -> None:
    unsigned.server.record = record("harmless words")
    cards = unsigned.call("patient-view")["body"]["cards"]
    entry = {"card": cards[0]["uuid"], "outcome": "overridden", "outcomeTimestamp": "2026-11-21T10:00:00Z"}

    answer = unsigned.run("feedback", unsigned.service.url, "ketamine-patient-view", [entry])

    assert answer["status"] == 200, answer["body"]
    assert [card for _, card, *_ in kept_feedback(unsigned.service)] == [cards[0]["uuid"]]


@pytest.mark.checklist("CORS-1")
def test_without_configuration_a_page_that_signs_nevertheless_works_too(unsigned: Sandbox) -> None:
    unsigned.server.record = record("harmless words")
    unsigned.run("makeKey")

    answer = unsigned.call("order-sign", KETAMINE)

    unsigned.run("() => { key = null; }")
    assert answer["status"] == 200, answer["body"]
    assert answer["body"]["cards"]
    assert unsigned.server.keys_asked == 0
