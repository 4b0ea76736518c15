"""Keys behind a `jku`: asked for when needed, no more often than that, and kept through an outage for a day."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from client_tokens import ISSUER, SigningKey, jwk_set, key_server, signing_key
from service_builders import logs

from kcds.auth.clients_file import place_of_keys
from kcds.auth.key_source import FetchedKeys, WrittenKeys, reader_of_key_sets
from kcds.auth.keys import read_key_set
from kcds.auth.refusal import Reason, RefusedError
from kcds.errors import OutboundError
from kcds.outbound.client import OutboundClient
from kcds.outbound.deadline import Deadline

JKU = "https://ehr.example.org/jwks.json"
OLD, NEW = signing_key("ES384", "old"), signing_key("ES384", "new")
MINUTE, HOUR = 60.0, 3600.0


@dataclass
class Publisher:
    """A client's key server without a network, and a clock that a test moves."""

    published: tuple[SigningKey, ...] = (OLD,)
    down: str = ""
    second: float = 1000.0
    asked: list[str] = field(default_factory=list)
    body: bytes | None = None
    before: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.keys = FetchedKeys(ISSUER, JKU, self.fetch, monotonic=lambda: self.second)

    def fetch(self, address: str, _deadline: Deadline) -> bytes:
        self.asked.append(address)
        self.before()
        if self.down:
            raise OutboundError(self.down)
        return self.body if self.body is not None else json.dumps(jwk_set(*self.published)).encode()

    def find(self, key: SigningKey) -> str:
        """What comes of a token of this key: `found`, or why not."""
        try:
            self.keys.find(key.kid, Deadline.after(1))
        except RefusedError as error:
            return error.reason.value
        return "found"


def test_nothing_is_asked_before_the_first_token() -> None:
    assert Publisher().asked == []


def test_a_set_is_used_for_ten_minutes() -> None:
    publisher = Publisher()

    found = [publisher.find(OLD)]
    publisher.second += 10 * MINUTE - 1
    found.append(publisher.find(OLD))

    assert found == ["found", "found"]
    assert publisher.asked == [JKU]


def test_a_key_that_was_withdrawn_is_refused_ten_minutes_later_at_most() -> None:
    publisher = Publisher()
    publisher.find(OLD)

    publisher.published = (NEW,)
    publisher.second += 10 * MINUTE

    assert publisher.find(OLD) == "unknown-key"
    assert publisher.find(NEW) == "found"


def test_an_empty_set_withdraws_every_key() -> None:
    publisher = Publisher()
    publisher.find(OLD)

    publisher.published = ()
    publisher.second += 10 * MINUTE

    assert publisher.find(OLD) == "unknown-key"


@pytest.mark.checklist("JWT-4")
def test_a_new_key_is_found_by_the_first_token_that_names_it() -> None:
    publisher = Publisher()
    publisher.find(OLD)

    publisher.published = (OLD, NEW)

    assert publisher.find(NEW) == "found"
    assert len(publisher.asked) == 2


@pytest.mark.checklist("JWT-4")
def test_made_up_keys_cause_five_requests_and_then_one_in_thirty_seconds() -> None:
    publisher = Publisher()

    asked = []
    for seconds in (0, 29, 1, 29, 1, 600):
        publisher.second += seconds
        for number in range(20):
            publisher.find(signing_key("ES384", f"made-up-{number}"))
        asked.append(len(publisher.asked))

    assert asked == [5, 5, 6, 6, 7, 12]


def test_made_up_keys_do_not_keep_a_new_key_from_being_found() -> None:
    publisher = Publisher()
    for number in range(20):
        publisher.find(signing_key("ES384", f"made-up-{number}"))

    publisher.published = (NEW,)
    publisher.second += 30
    publisher.find(signing_key("ES384", "made-up"))

    assert publisher.find(NEW) == "found"


@pytest.mark.parametrize("kind", ["timeout", "connection", "status", "too-large"])
def test_while_the_server_is_down_the_last_set_goes_on_for_a_day(kind: str) -> None:
    publisher = Publisher()
    publisher.find(OLD)

    publisher.down = kind
    found = []
    for hours in (1, 22.9, 0.2):
        publisher.second += hours * HOUR
        found.append(publisher.find(OLD))

    assert found == ["found", "found", "keys-unavailable"]


def test_while_the_server_is_down_it_is_asked_every_thirty_seconds_and_calls_do_not_wait_for_it() -> None:
    publisher = Publisher()
    publisher.find(OLD)

    publisher.down = "timeout"
    publisher.second += 11 * MINUTE
    for _ in range(60):
        publisher.find(OLD)
        publisher.second += 1

    assert len(publisher.asked) == 3


def test_once_the_server_is_back_its_keys_are_used() -> None:
    publisher = Publisher()
    publisher.find(OLD)
    publisher.down = "connection"
    publisher.second += 11 * MINUTE
    publisher.find(OLD)

    publisher.down, publisher.published = "", (NEW,)
    publisher.second += 30

    assert publisher.find(OLD) == "unknown-key"
    assert publisher.find(NEW) == "found"


def test_where_no_set_was_ever_had_the_reason_says_so() -> None:
    publisher = Publisher(down="connection")

    with logs() as stream:
        assert publisher.find(OLD) == "keys-unavailable"

    (event,) = map(json.loads, stream.getvalue().splitlines())
    assert (event["event"], event["issuer"], event["kind"]) == ("key set not to be had", ISSUER, "connection")


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{}", b'{"keys": {}}', b"<html>", b"\xff\xfe", b"[" * 100_000, b'{"keys": [], "keys": []}'],
)
def test_an_answer_that_is_no_key_set_is_an_outage_like_another(body: bytes) -> None:
    publisher = Publisher()
    publisher.find(OLD)

    publisher.body = body
    publisher.second += 11 * MINUTE

    assert publisher.find(OLD) == "found"


def test_a_key_that_cannot_be_used_is_logged_by_its_place_and_does_not_spoil_the_set() -> None:
    weak = signing_key("RS256", "weak", 1024)
    publisher = Publisher(published=(weak, OLD))

    with logs() as stream:
        assert publisher.find(OLD) == "found"

    (event,) = map(json.loads, stream.getvalue().splitlines())
    assert (event["place"], event["problem"]) == ("keys[0]", "is an RSA key of 1024 bits.")
    assert publisher.find(weak) == "unknown-key"


def test_of_two_keys_with_one_name_neither_is_used() -> None:
    same = signing_key("RS256", OLD.kid)
    publisher = Publisher(published=(OLD, same, NEW))

    assert [publisher.find(key) for key in (OLD, NEW)] == ["unknown-key", "found"]


def test_a_set_of_a_hundred_thousand_useless_keys_does_not_fill_the_log() -> None:
    publisher = Publisher(body=b'{"keys": [' + b"1," * 100_000 + b"1]}")

    with logs() as stream:
        assert publisher.find(OLD) == "unknown-key"

    assert len(stream.getvalue().splitlines()) == 5


def test_twenty_callers_at_once_cause_one_request() -> None:
    started = threading.Barrier(20, timeout=10)
    publisher = Publisher(before=lambda: time.sleep(0.2))

    def call(_number: int) -> str:
        started.wait()
        return publisher.find(OLD)

    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(call, range(20)))

    assert found == ["found"] * 20
    assert len(publisher.asked) == 1


def test_twenty_callers_at_once_cause_one_request_also_where_it_fails() -> None:
    started = threading.Barrier(20, timeout=10)
    publisher = Publisher(down="timeout", before=lambda: time.sleep(0.2))

    def call(_number: int) -> str:
        started.wait()
        return publisher.find(OLD)

    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(call, range(20)))

    assert found == ["keys-unavailable"] * 20
    assert len(publisher.asked) == 1


def test_whoever_calls_while_an_old_set_is_renewed_goes_on_with_it() -> None:
    asking, answered = threading.Event(), threading.Event()

    def hang() -> None:
        if len(publisher.asked) == 2:
            asking.set()
            answered.wait(10)

    publisher = Publisher(before=hang)
    publisher.find(OLD)
    publisher.second += 11 * MINUTE

    with ThreadPoolExecutor(1) as pool:
        renewing = pool.submit(publisher.find, OLD)
        asking.wait(10)
        meanwhile = publisher.find(OLD)
        waited = renewing.done()
        answered.set()

    assert (meanwhile, renewing.result()) == ("found", "found")
    assert not waited


def test_nobody_waits_longer_for_another_callers_request_than_the_deadline_allows() -> None:
    answered = threading.Event()
    publisher = Publisher(before=lambda: answered.wait(10) and None)

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(publisher.find, OLD)
        while not publisher.asked:
            time.sleep(0.01)
        with pytest.raises(RefusedError) as caught:
            publisher.keys.find(OLD.kid, Deadline.after(0.1))
        answered.set()

    assert caught.value.reason is Reason.KEYS_UNAVAILABLE
    assert first.result() == "found"


def test_keys_of_the_file_are_all_there_is() -> None:
    written = WrittenKeys(read_key_set(jwk_set(OLD))[0])

    assert "ES384" in written.find("old", Deadline.after(1)).algorithms
    with pytest.raises(RefusedError, match="unknown-key"):
        written.find("new", Deadline.after(1))


def over_http(address: str) -> FetchedKeys:
    return FetchedKeys(ISSUER, address, reader_of_key_sets(OutboundClient([place_of_keys(address)])))


def test_a_set_is_read_over_http() -> None:
    with key_server(OLD) as server:
        keys = over_http(server.address)

        assert "ES384" in keys.find("old", Deadline.after(5)).algorithms
        server.publish(NEW)
        assert "ES384" in keys.find("new", Deadline.after(5)).algorithms
        assert server.asked == 2


@pytest.mark.parametrize("status", [204, 206, 401, 404, 500])
def test_another_status_than_200_is_an_outage(status: int) -> None:
    with key_server(OLD) as server:
        server.status = status

        with logs() as stream, pytest.raises(RefusedError, match="keys-unavailable"):
            over_http(server.address).find("old", Deadline.after(5))

    assert json.loads(stream.getvalue())["kind"] == f"status {status}"


def test_a_redirect_is_not_followed() -> None:
    with key_server(OLD) as target, key_server(OLD) as server:
        server.status, server.location = 302, target.address

        with pytest.raises(RefusedError, match="keys-unavailable"):
            over_http(server.address).find("old", Deadline.after(5))

    assert target.asked == 0


def test_a_set_of_more_than_256_kilobytes_is_an_outage() -> None:
    with key_server(OLD) as server:
        server.body = server.body[:-1] + b" " * 262_144 + b"}"

        with pytest.raises(RefusedError, match="keys-unavailable"):
            over_http(server.address).find("old", Deadline.after(5))


def test_a_server_that_hangs_is_waited_for_until_the_deadline_only() -> None:
    with key_server(OLD) as server:
        server.seconds = 10
        began = time.monotonic()

        with pytest.raises(RefusedError, match="keys-unavailable"):
            over_http(server.address).find("old", Deadline.after(0.3))

        assert time.monotonic() - began < 5
