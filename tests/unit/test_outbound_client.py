"""The guarded client: whatever another server does, the answer is bounded, in time, and an OutboundError otherwise."""

import gzip
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Sequence
from threading import Event, Thread
from typing import Any

import pytest
from fhir_server import FhirServer, content, drip, fhir_server, flood, hang, status

from kcds.errors import OutboundError
from kcds.outbound.client import OutboundClient
from kcds.outbound.deadline import Deadline
from kcds.outbound.places import Place

ANY_PORT = "http://127.0.0.1:*"
ENOUGH = 100_000


def client_of(*places: str, resolve: Callable[[str], Sequence[str]] | None = None) -> OutboundClient:
    listed = [Place.parse(place) for place in places or (ANY_PORT,)]
    return OutboundClient(listed, resolve=resolve) if resolve else OutboundClient(listed)


def read(client: OutboundClient, url: str, *, seconds: float = 20, largest: int = ENOUGH) -> bytes:
    headers = {"Authorization": "Bearer canary-token"}
    return client.get(url, headers=headers, deadline=Deadline.after(seconds), largest=largest).body


def kind_of_failure(client: OutboundClient, url: str, *, seconds: float = 20, largest: int = ENOUGH) -> str:
    with pytest.raises(OutboundError) as caught:
        read(client, url, seconds=seconds, largest=largest)
    return caught.value.kind


def misbehaving(server: FhirServer, behaviour: Callable[[Any], None]) -> str:
    server.misbehaviour["/"] = behaviour
    return f"{server.base}/x"


def test_an_answer_is_status_headers_and_body() -> None:
    with fhir_server() as server:
        url = misbehaving(server, content(b'{"a": 1}', ETag="W/1"))

        answer = client_of().get(url, headers={"Accept": "a/b"}, deadline=Deadline.after(30), largest=ENOUGH)

    assert (answer.status, answer.body, answer.headers["etag"]) == (200, b'{"a": 1}', "W/1")
    assert server.asked[0].headers["Accept"] == "a/b"


def test_of_an_error_there_is_no_body() -> None:
    with fhir_server() as server:
        answer = client_of().get(
            misbehaving(server, status(403)), headers={}, deadline=Deadline.after(30), largest=ENOUGH
        )

    assert (answer.status, answer.body) == (403, b"")


def test_connections_are_kept_open_between_calls() -> None:
    client = client_of()
    with fhir_server() as server:
        url = misbehaving(server, content(b"{}"))
        for _ in range(3):
            read(client, url)

    assert len({asked.client for asked in server.asked}) == 1


def test_no_cookie_of_one_call_is_sent_with_another() -> None:
    client = client_of()
    with fhir_server() as server:
        url = misbehaving(server, content(b"{}", **{"Set-Cookie": "patient=1"}))
        for _ in range(2):
            read(client, url)

    assert "Cookie" not in server.asked[1].headers


def test_a_proxy_of_the_environment_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with fhir_server() as server, fhir_server() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.base)
        read(client_of(), misbehaving(server, content(b"{}")))

    assert proxy.asked == []


def test_a_place_that_is_not_listed_is_not_called() -> None:
    with fhir_server() as server:
        url = misbehaving(server, content(b"{}"))

        assert kind_of_failure(client_of("https://fhir.example.org"), url) == "refused"
    assert server.asked == []


@pytest.mark.parametrize("code", [300, 301, 302, 303, 307, 308])
@pytest.mark.checklist("FHIR-8")
def test_a_redirect_is_not_followed_wherever_it_leads(code: int) -> None:
    with fhir_server() as other, fhir_server() as server:
        url = misbehaving(server, status(code, Location=f"{other.base}/x"))

        assert kind_of_failure(client_of(), url) == "redirect"
    assert other.asked == []


@pytest.mark.parametrize("behaviour", [hang, drip], ids=["says nothing", "drips"])
def test_the_deadline_holds_for_the_whole_answer(behaviour: Callable[[Any], None]) -> None:
    started = time.monotonic()
    with fhir_server() as server:
        kind = kind_of_failure(client_of(), misbehaving(server, behaviour), seconds=0.4, largest=10_000_000)

    assert kind == "timeout"
    assert time.monotonic() - started < 6  # the server would go on for ten


def test_a_deadline_that_is_over_asks_nobody_for_long() -> None:
    with fhir_server() as server:
        assert kind_of_failure(client_of(), misbehaving(server, hang), seconds=0) == "timeout"


def test_a_name_that_is_not_resolved_does_not_break_the_deadline() -> None:
    release = Event()
    client = client_of("https://fhir.example.org", resolve=lambda _host: [str(release.wait(10))])
    started = time.monotonic()

    kind = kind_of_failure(client, "https://fhir.example.org/x", seconds=0.3)

    release.set()
    assert kind == "timeout"
    assert time.monotonic() - started < 6  # the resolver would take ten


def no_such_host(_host: str) -> list[str]:
    raise OSError("fhir.example.org not known")


@pytest.mark.parametrize(
    ("resolve", "kind"),
    [
        (no_such_host, "name"),
        (lambda _host: ["127.0.0.1"], "address"),
        (lambda _host: ["10.0.0.1", "169.254.169.254"], "address"),
        (lambda _host: [], "address"),
    ],
    ids=["no such host", "rebound to this machine", "one of them metadata", "none"],
)
def test_a_listed_name_is_called_only_where_it_leads_to_fit_addresses(
    resolve: Callable[[str], Sequence[str]], kind: str
) -> None:
    assert kind_of_failure(client_of("https://fhir.example.org", resolve=resolve), "https://fhir.example.org/x") == kind


def test_the_connection_goes_to_the_address_that_was_checked_under_the_name_that_was_asked() -> None:
    looked_up = []

    def resolve(host: str) -> list[str]:
        looked_up.append(host)
        return ["127.0.0.1"]

    with fhir_server() as server:
        misbehaving(server, content(b"{}"))
        port = server.server_address[1]
        client = client_of(f"http://localhost:{port}", resolve=resolve)
        for _ in range(2):
            read(client, f"http://localhost:{port}/x")

    assert looked_up == ["localhost"]
    assert [asked.headers["Host"] for asked in server.asked] == [f"localhost:{port}"] * 2


def test_the_connection_goes_to_no_other_address_whatever_the_system_would_make_of_the_name() -> None:
    with fhir_server() as server:
        url = f"http://localhost:{server.server_address[1]}"

        assert kind_of_failure(client_of(url, resolve=lambda _host: ["127.0.0.2"]), url) == "connection"
    assert server.asked == []


def test_the_next_address_of_a_name_is_tried_and_remembered() -> None:
    with fhir_server() as server:
        misbehaving(server, content(b"{}"))
        port = server.server_address[1]
        client = client_of(f"http://localhost:{port}", resolve=lambda _host: ["127.0.0.2", "127.0.0.1"])

        assert [read(client, f"http://localhost:{port}/x") for _ in range(2)] == [b"{}"] * 2


def test_a_name_that_cannot_be_reached_is_looked_up_again() -> None:
    with fhir_server() as server:
        misbehaving(server, content(b"{}"))
        port = server.server_address[1]
        places = iter([["127.0.0.2"], ["127.0.0.2"], ["127.0.0.1"]])
        client = client_of(f"http://localhost:{port}", resolve=lambda _host: next(places))

        assert kind_of_failure(client, f"http://localhost:{port}/x") == "connection"
        assert read(client, f"http://localhost:{port}/x") == b"{}"


def test_an_answer_that_is_too_large_is_not_read_to_its_end() -> None:
    with fhir_server() as server:
        assert kind_of_failure(client_of(), misbehaving(server, flood)) == "too-large"


def test_an_answer_may_be_as_large_as_allowed() -> None:
    with fhir_server() as server:
        assert len(read(client_of(), misbehaving(server, content(b"x" * 1000)), largest=1000)) == 1000
        assert kind_of_failure(client_of(), f"{server.base}/x", largest=999) == "too-large"


def test_a_packed_answer_is_unpacked() -> None:
    with fhir_server() as server:
        url = misbehaving(server, content(gzip.compress(b"x" * 50_000), **{"Content-Encoding": "gzip"}))

        assert read(client_of(), url) == b"x" * 50_000


def packed(count: int) -> bytes:
    return gzip.compress(b"\0" * count)


@pytest.mark.parametrize(
    ("body", "encoding", "kind"),
    [
        (packed(50_000_000), "gzip", "too-large"),
        (packed(ENOUGH + 1), "gzip", "too-large"),
        (packed(10)[:-9], "gzip", "encoding"),
        (b"plain", "gzip", "encoding"),
        (zlib.compress(b"x"), "deflate", "encoding"),
        (packed(10), "gzip, gzip", "encoding"),
        (b"x", "br", "encoding"),
    ],
    ids=["a bomb", "one byte too many", "cut off", "not packed", "deflate", "packed twice", "brotli"],
)
def test_a_packed_answer_counts_as_unpacked_and_must_be_gzip(body: bytes, encoding: str, kind: str) -> None:
    with fhir_server() as server:
        url = misbehaving(server, content(body, **{"Content-Encoding": encoding}))

        assert kind_of_failure(client_of(), url) == kind


def test_a_server_that_is_not_there_is_a_failed_connection() -> None:
    with fhir_server() as server:
        url = f"{server.base}/x"

    assert kind_of_failure(client_of(), url) == "connection"


@pytest.mark.parametrize(
    "line",
    [b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", b"HTTP/1.1 200 OK\r\n" + b"a" * 200_000],
)
def test_what_is_not_http_or_cut_off_is_a_failed_connection(line: bytes) -> None:
    def behave(handler: Any) -> None:
        handler.wfile.write(line)
        handler.close_connection = True

    with fhir_server() as server:
        assert kind_of_failure(client_of(), misbehaving(server, behave)) == "connection"


@pytest.mark.parametrize("code", [429, 502, 503, 504])
def test_a_busy_server_is_asked_once_more(code: int) -> None:
    with fhir_server() as server:
        answer = client_of().get(
            misbehaving(server, status(code)), headers={}, deadline=Deadline.after(30), largest=ENOUGH
        )

    assert answer.status == code
    assert len(server.asked) == 2


@pytest.mark.parametrize("code", [200, 400, 401, 403, 404, 500])
def test_any_other_answer_is_final(code: int) -> None:
    with fhir_server() as server:
        client_of().get(misbehaving(server, status(code)), headers={}, deadline=Deadline.after(30), largest=ENOUGH)

    assert len(server.asked) == 1


def test_a_connection_that_breaks_is_made_once_more() -> None:
    broken: list[Any] = []

    def behave(handler: Any) -> None:
        if broken:
            handler.give(b"{}")
        else:
            broken.append(handler)
            handler.close_connection = True

    with fhir_server() as server:
        assert read(client_of(), misbehaving(server, behave)) == b"{}"


@pytest.mark.parametrize("token", ["canary\r\nX: y", "canary\u2603", "canary\x00"])
@pytest.mark.checklist("FHIR-3")
def test_no_failure_quotes_a_header_or_a_url(token: str) -> None:
    with fhir_server() as server, pytest.raises(OutboundError) as caught:
        client_of().get(
            f"{misbehaving(server, hang)}?canary",
            headers={"Authorization": f"Bearer {token}"},
            deadline=Deadline.after(0.3),
            largest=ENOUGH,
        )

    told = [str(caught.value), repr(caught.value), *map(repr, vars(caught.value).values())]
    assert "canary" not in "".join(told)
    assert caught.value.__context__ is caught.value.__cause__ is None


def test_an_answer_does_not_show_what_is_in_it() -> None:
    with fhir_server() as server:
        url = misbehaving(server, content(b"canary", ETag="canary"))

        answer = client_of().get(url, headers={}, deadline=Deadline.after(30), largest=ENOUGH)

    assert "canary" not in repr(answer)


def test_threads_share_one_client() -> None:
    client, bodies = client_of(), list[bytes]()
    with fhir_server(latency=0.05) as server:
        url = misbehaving(server, content(b"{}"))
        threads = [Thread(target=lambda: bodies.append(read(client, url))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert bodies == [b"{}"] * 8


FORKING = """
import os, sys, warnings
from kcds.outbound.client import OutboundClient
from kcds.outbound.deadline import Deadline
from kcds.outbound.places import Place

client = OutboundClient([Place.parse("http://127.0.0.1:*")])

def read():
    return client.get(sys.argv[1], headers={}, deadline=Deadline.after(30), largest=9).body == b"{}"

assert read()
warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)  # it is what is tested here
child = os.fork()
if child == 0:
    os._exit(0 if read() and read() else 1)
_, status = os.waitpid(child, 0)
assert status == 0
assert read()
"""


def test_a_forked_process_has_its_own_loop_and_connections() -> None:
    with fhir_server() as server:
        url = misbehaving(server, content(b"{}"))

        done = subprocess.run([sys.executable, "-c", FORKING, url], capture_output=True, check=False, timeout=20)  # noqa: S603 - our own program

    assert (done.returncode, done.stderr) == (0, b"")
    before, child, again, after = [asked.client for asked in server.asked]
    assert child == again != before
    assert after == before
