"""Two services that share one store, behind authentication, with real clients' key servers over real HTTP."""

import http.client
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any

import pytest
from client_tokens import DISCOVERY, FEEDBACK, HOOK, ISSUER, KeyServer, bearer, key_server, signing_key
from running_kcds import running_kcds
from service_builders import hook_call

OTHER_ISSUER, SLOW_ISSUER = "https://other.example.org", "https://slow.example.org"
KEY, OTHER_KEY = signing_key("ES384"), signing_key("RS384", "key-of-the-other")
PUBLIC_URL = "https://cds.example.org/kcds"


@dataclass
class Landscape:
    """Two services with one public URL and one store, as behind a load balancer, and the clients' key servers."""

    ports: tuple[int, int]
    keys: KeyServer
    slow: KeyServer

    def call(self, number: int, path: str, headers: dict[str, str] | list[tuple[str, str]]) -> tuple[int, Any]:
        """One call to one of the services."""
        body = None
        if path != DISCOVERY:
            body = json.dumps({"feedback": [ENTRY]} if path == FEEDBACK else hook_call()).encode()
        with closing(http.client.HTTPConnection("127.0.0.1", self.ports[number], timeout=30)) as connection:
            connection.putrequest("GET" if body is None else "POST", path)
            for name, value in headers.items() if isinstance(headers, dict) else headers:
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Type", "application/json")
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            return response.status, response.read()


ENTRY = {
    "card": "4e0a3a1e-3ad9-4b3c-9c2a-1f1d8f2a7b10",
    "outcome": "accepted",
    "acceptedSuggestions": [{"id": "s1"}],
    "outcomeTimestamp": "2026-11-21T11:00:00Z",
}


@pytest.fixture(scope="module")
def landscape(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Landscape]:
    """Started once, ended when the module is done."""
    directory = tmp_path_factory.mktemp("shared")
    with ExitStack() as stack:
        keys, slow = stack.enter_context(key_server(KEY)), stack.enter_context(key_server(KEY))
        other = stack.enter_context(key_server(OTHER_KEY))
        clients = [
            {"issuer": ISSUER, "jku": keys.address},
            {"issuer": OTHER_ISSUER, "jku": other.address, "profile": "epic"},
            {"issuer": SLOW_ISSUER, "jku": slow.address},
        ]
        (directory / "clients.yaml").write_text(json.dumps({"clients": clients}), encoding="utf-8")
        settings = {
            "auth": "required",
            "clients_file": str(directory / "clients.yaml"),
            "public_url": PUBLIC_URL,
            "data_dir": str(directory / "data"),
        }
        one, another = (stack.enter_context(running_kcds(**settings)) for _ in range(2))
        yield Landscape((one.port, another.port), keys, slow)


def signed(path: str, key: Any = KEY, **changes: Any) -> dict[str, str]:
    return bearer(path, key, **{"aud": PUBLIC_URL + path} | changes)


@pytest.mark.checklist("JWT-1", "DISC-9", "FB-6")
@pytest.mark.parametrize("path", [DISCOVERY, HOOK, FEEDBACK])
def test_every_endpoint_wants_a_token_and_takes_a_good_one(path: str, landscape: Landscape) -> None:
    other = signed(path, OTHER_KEY, iss=OTHER_ISSUER)

    assert landscape.call(0, path, {})[0] == 401
    assert landscape.call(0, path, signed(path))[0] == 200
    assert landscape.call(1, path, other)[0] == 200


@pytest.mark.checklist("JWT-8")
@pytest.mark.parametrize("path", [DISCOVERY, HOOK, FEEDBACK])
def test_a_token_that_one_process_has_seen_is_refused_by_the_other(path: str, landscape: Landscape) -> None:
    headers = signed(path)

    statuses = [landscape.call(number, path, headers)[0] for number in (0, 1, 0)]

    assert statuses == [200, 401, 401]


def test_of_many_calls_at_once_with_one_token_one_is_answered(landscape: Landscape) -> None:
    headers = signed(DISCOVERY)

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda number: landscape.call(number % 2, DISCOVERY, headers)[0], range(16)))

    assert sorted(statuses) == [200] + [401] * 15


def test_a_key_that_the_client_has_made_since_is_found(landscape: Landscape) -> None:
    landscape.call(0, DISCOVERY, signed(DISCOVERY))
    renewed = signing_key("ES384", "renewed")

    landscape.keys.publish(KEY, renewed)

    assert landscape.call(0, DISCOVERY, signed(DISCOVERY, renewed))[0] == 200


def test_a_key_server_that_hangs_holds_up_nobody(landscape: Landscape) -> None:
    landscape.slow.seconds = 20
    began = time.monotonic()

    slow = landscape.call(0, DISCOVERY, signed(DISCOVERY, iss=SLOW_ISSUER))[0]
    waited = time.monotonic() - began

    assert slow == 401
    assert waited < 10
    assert landscape.call(0, DISCOVERY, signed(DISCOVERY))[0] == 200


def test_two_authorization_headers_are_refused_also_by_the_server(landscape: Landscape) -> None:
    first, second = signed(DISCOVERY), signed(DISCOVERY)

    status, _ = landscape.call(0, DISCOVERY, [*first.items(), *second.items()])

    assert status in {400, 401}


def test_a_token_of_a_megabyte_is_refused_and_the_service_goes_on(landscape: Landscape) -> None:
    try:
        status = landscape.call(0, DISCOVERY, {"Authorization": "Bearer " + "A" * 1_048_576})[0]
    except OSError:
        status = 400  # the server hung up while it was still being sent

    assert status in {400, 401, 431}
    assert landscape.call(0, DISCOVERY, signed(DISCOVERY))[0] == 200
