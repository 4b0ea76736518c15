"""Pages over a real connection: what is known comes at once, and nobody who looks keeps a worker from its calls."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from running_kcds import Kcds, running_kcds
from service_builders import hook_call
from store_builders import eventually

SLOW = (str(Path(__file__).parents[1] / "slow_pages.py"),)
PAGE = "/demo/crps-candidate/review"
PART = 1.5
VIEW = "/cds-services/ketamine-patient-view"


@pytest.fixture(scope="module")
def slow() -> Iterator[Kcds]:
    with running_kcds(program=SLOW, log_level="INFO", log_format="json") as running:
        yield running


@pytest.fixture(scope="module")
def quick() -> Iterator[Kcds]:
    with running_kcds(log_level="INFO", log_format="json") as running:
        yield running


def connected(service: Kcds, path: str = PAGE) -> socket.socket:
    """A connection on which a page was asked for."""
    connection = socket.create_connection(("127.0.0.1", service.port), timeout=20)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: kcds\r\nAccept: text/html\r\n\r\n".encode())
    return connection


def arrivals(service: Kcds, *words: bytes) -> tuple[list[float], bytes]:
    """How many seconds after it was asked for each of these words of the page had come, and all that came."""
    began, got, when = time.monotonic(), b"", dict[bytes, float]()
    with closing(connected(service)) as connection:
        while chunk := connection.recv(1 << 20):
            got += chunk
            when |= {word: time.monotonic() - began for word in words if word in got and word not in when}
    return [when[word] for word in words], got


def deaths(service: Kcds) -> float:
    lines = service.call("GET", "/metrics").body.decode().splitlines()
    return sum(float(line.split()[1]) for line in lines if line.startswith("kcds_worker_deaths_total"))


def test_head_and_advice_come_before_the_pictures(slow: Kcds) -> None:
    (head, strip, pictures, end), page = arrivals(slow, b"Reading the chart", b"h-sum", b'class="timeline"', b"</html>")

    assert head < PART < strip < PART + 1 < pictures
    assert pictures >= 2 * PART
    assert end < 2 * PART + 2
    assert page.endswith(b"0\r\n\r\n")


def test_a_worker_whose_page_takes_long_in_all_but_not_in_one_part_is_not_taken_for_dead(slow: Kcds) -> None:
    arrivals(slow)

    assert deaths(slow) == 0
    assert "died" not in slow.said()


def test_a_renderer_that_hangs_costs_the_pictures_and_not_the_page(slow: Kcds) -> None:
    _, page = arrivals(slow)

    assert b"</html>" in page
    assert b"This page ends here" not in page
    assert b"Twelve months on one timeline" in page
    assert b"<svg role=" not in page


def answered_within(service: Kcds, seconds: float) -> bool:
    """Whether a call is answered within this time; what waited too long is sent again, as a client would."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if service.call("POST", VIEW, hook_call()).status == 200:
            return True
    return False


def test_a_client_that_goes_away_frees_the_worker_for_the_next_call(slow: Kcds) -> None:
    with closing(connected(slow)) as connection:
        connection.recv(100)

    assert answered_within(slow, 2 * PART + 1)
    assert deaths(slow) == 0


def test_a_client_that_takes_nothing_is_not_waited_for(quick: Kcds) -> None:
    with closing(socket.socket()) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        connection.connect(("127.0.0.1", quick.port))
        connection.sendall(f"GET {PAGE} HTTP/1.1\r\nHost: kcds\r\nAccept: text/html\r\n\r\n".encode())

        assert answered_within(quick, 5)

    assert deaths(quick) == 0


def test_a_page_is_whole_and_compressed_for_a_browser(quick: Kcds) -> None:
    plain = quick.call("GET", PAGE, Accept="text/html")
    packed = quick.call("GET", PAGE, Accept="text/html", Accept_Encoding="gzip")

    assert plain.status == packed.status == 200
    assert plain.body.rstrip().endswith(b"</html>")
    assert packed.headers["content-encoding"] == "gzip"
    assert len(packed.body) < len(plain.body) / 5


def test_pages_are_counted_in_all_processes_together(quick: Kcds) -> None:
    quick.call("GET", PAGE, Accept="text/html")

    assert eventually(lambda: b'kcds_pages_total{page="demo",status="2xx"}' in quick.call("GET", "/metrics").body)


def test_no_renderer_outlives_the_service() -> None:
    with running_kcds() as service:
        service.call("GET", PAGE, Accept="text/html")
        (worker,) = service.workers()
        children = Path(f"/proc/{worker}/task/{worker}/children").read_text(encoding="ascii").split()
        assert len(children) <= 1

    assert eventually(lambda: not [child for child in children if Path(f"/proc/{child}").exists()])
