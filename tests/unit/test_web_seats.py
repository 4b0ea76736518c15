"""So many charts are read for pages at a time, in all processes together, and a seat is never lost."""

import os
import signal
from collections.abc import Callable, Iterator

import pytest
from page_builders import make_test_pages, templates
from service_builders import make_client

from kcds.web.application import make_application
from kcds.web.pages.review import answer_review
from kcds.web.seats import SEATS, Seats, make_seats


@pytest.fixture
def seats() -> Iterator[Seats]:
    """The one seat of two workers."""
    made = make_seats(2)
    yield made
    os.close(made.file)


def in_another_process(work: Callable[[], bool], *, stays: bool = False) -> tuple[int, bool]:
    """What another process finds; one that stays keeps what it took until it is killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, b"y" if work() else b"n")
        while stays:
            signal.pause()
        os._exit(0)
    found = os.read(reading, 1) == b"y"
    os.close(reading)
    os.close(writing)
    if not stays:
        os.waitpid(child, 0)
    return child, found


@pytest.mark.parametrize(("workers", "number"), [(1, 1), (2, 1), (3, 1), (4, 2), (9, 4)])
def test_half_of_the_workers_may_read_charts_and_one_in_any_case(workers: int, number: int) -> None:
    made = make_seats(workers)

    assert made.number == number
    os.close(made.file)


def test_a_seat_that_is_taken_is_taken_for_all_processes_until_it_is_left(seats: Seats) -> None:
    assert seats.take()
    assert in_another_process(seats.take)[1] is False

    seats.leave()

    assert in_another_process(seats.take)[1] is True


def test_the_seat_of_a_process_that_died_is_free(seats: Seats) -> None:
    child, taken = in_another_process(seats.take, stays=True)
    assert taken
    assert not seats.take()

    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)

    assert seats.take()


def asked(seats: Seats, template: str = "one{{ flush }}two", run: str | None = "run") -> tuple[int, str]:
    """What the review page answers where these seats are all there are."""
    pages = make_test_pages()
    application = make_application(pages.parts)
    application.add_url_rule(
        "/page",
        view_func=lambda: answer_review(pages, lambda: None, run=run, retry="/page"),  # type: ignore[arg-type, return-value]
    )
    with templates(review_html_j2=template):
        answer = application.test_client().get(
            "/page", environ_overrides={SEATS: seats}, headers={"Accept": "text/html"}, buffered=True
        )
    return answer.status_code, answer.get_data(as_text=True)


def test_a_page_that_finds_no_seat_is_refused_in_words_with_a_way_to_try_again(seats: Seats) -> None:
    child, _ = in_another_process(seats.take, stays=True)
    status, said = asked(seats)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)

    assert status == 503
    assert "Other charts are being read" in said
    assert 'href="/page"' in said


def test_a_page_that_waits_for_no_ehr_needs_no_seat(seats: Seats) -> None:
    child, _ = in_another_process(seats.take, stays=True)
    status, _ = asked(seats, run=None)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)

    assert status == 200


def test_a_page_leaves_its_seat_when_it_is_sent(seats: Seats) -> None:
    assert asked(seats)[0] == 200

    assert in_another_process(seats.take)[1] is True


def test_a_page_that_cannot_begin_leaves_its_seat(seats: Seats) -> None:
    assert asked(seats, "{{ nothing }}{{ flush }}")[0] == 500

    assert in_another_process(seats.take)[1] is True


def test_without_a_server_there_are_seats_for_all() -> None:
    client = make_client(demo="on")

    assert client.get("/demo/crps-candidate/review").status_code == 200
