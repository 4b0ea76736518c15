"""Launches and reviews belong to one browser each, for a while; and nothing of them is where it must not be."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fake_store import MemoryStore
from service_builders import logs
from smart_browser import PUBLIC_URL, SECURE_URL, Hospital, hospital, run_of, title_of
from smart_ehr import CODE, LAUNCH, SECRET, TOKEN
from werkzeug.test import TestResponse

from kcds.errors import PageError
from kcds.web.seats import SEATS


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Hospital]:
    """An EHR where kcds is registered with a secret, also for standalone launches."""
    with hospital(tmp_path, standalone=True, deadline=1) as found:
        yield found


@pytest.mark.parametrize(
    "iss", ["https://evil.example.org/fhir", "", "http://127.0.0.1/fhir", "{base}/", "{base}/../x"]
)
def test_an_ehr_that_is_not_listed_is_asked_nothing_and_given_no_cookie(here: Hospital, iss: str) -> None:
    for path in ("/launch", "/launch/continue"):
        browser = here.browser()
        browser.has_cookie("k" * 43) if path != "/launch" else None

        refused = browser.get(f"{path}?iss={iss.format(base=here.ehr.base)}&launch=x")

        assert (refused.status_code, title_of(refused)) == (403, "This EHR is not registered")
        assert "Set-Cookie" not in refused.headers
    assert here.ehr.asked == []


def test_the_cookie_is_a_random_key_that_only_this_host_gets_over_https(tmp_path: Path) -> None:
    with hospital(tmp_path, public_url=SECURE_URL) as found:
        first, second = (
            found.browser().get(f"/launch?{found.ehr.launch_query()}").headers["Set-Cookie"] for _ in range(2)
        )

    key, *attributes = first.split("; ")
    assert key.startswith("__Host-kcds=")
    assert len(key) == len("__Host-kcds=") + 43
    assert sorted(attributes) == ["HttpOnly", "Partitioned", "Path=/", "SameSite=None", "Secure"]
    assert first != second


def test_on_loopback_without_https_the_cookie_is_a_plain_one(here: Hospital) -> None:
    cookie = here.browser().get(f"/launch?{here.ehr.launch_query()}").headers["Set-Cookie"]

    assert cookie.startswith("kcds=")
    assert sorted(cookie.split("; ")[1:]) == ["HttpOnly", "Path=/", "SameSite=Lax"]


def test_a_key_that_we_never_made_is_replaced(here: Hospital) -> None:
    browser = here.browser()
    browser.has_cookie("chosen by somebody else")

    assert "Set-Cookie" in browser.get(f"/launch?{here.ehr.launch_query()}").headers


def test_where_cookies_are_blocked_the_launch_goes_on_in_a_window_of_its_own(here: Hospital) -> None:
    blocked = here.browser()
    blocked.blocks_cookies = True
    page = blocked.launch("pat-3")
    html = page.get_data(as_text=True)
    link = html.partition('class="btn btn-p" href="')[2].partition('"')[0].replace("&amp;", "&")

    window = here.browser()
    launched = window.launched(window.follow(link))

    assert (page.status_code, title_of(page)) == (403, "Open in a new window")
    assert 'target="_blank" rel="noopener"' in html
    assert launched.patient_id == "pat-3"


def test_where_a_window_of_its_own_keeps_no_cookie_either_that_is_said(here: Hospital) -> None:
    page = here.app.test_client().get("/launch/continue?iss=x", headers={"Sec-Fetch-Dest": "document"})

    assert title_of(page) == "Cookies are blocked"
    assert "_blank" not in page.get_data(as_text=True)


def test_a_state_is_used_once(here: Hospital) -> None:
    browser = here.browser()
    browser.launch()

    again = browser.get(browser.visited[-1])

    assert (again.status_code, title_of(again)) == (400, "Open again from the chart")
    assert len(here.ehr.tokens) == 1


@pytest.mark.parametrize("state", ["", "state=forged", "state=" + "x" * 5000, "state=%00", "state=%F0"])
def test_a_state_that_was_never_given_is_refused(here: Hospital, state: str) -> None:
    browser = here.browser()
    browser.begin()

    refused = browser.get(f"/callback?code=some-code&{state}")

    assert (refused.status_code, title_of(refused)) == (400, "Open again from the chart")


def test_a_state_of_another_browser_is_refused_and_not_spent(here: Hospital) -> None:
    mine, other = here.browser(), here.browser()
    answer = mine.at_ehr(mine.begin()).removeprefix(PUBLIC_URL)
    other.begin()

    refused = other.get(answer)

    assert refused.status_code == 400
    assert here.ehr.tokens == {}
    assert mine.launched(mine.get(answer)).patient_id == "pat-1"


def test_a_state_without_a_cookie_is_refused(here: Hospital) -> None:
    browser = here.browser()
    answer = browser.at_ehr(browser.begin()).removeprefix(PUBLIC_URL)

    assert here.browser().get(answer).status_code == 400


def test_a_state_expires(here: Hospital) -> None:
    browser = here.browser()
    answer = browser.at_ehr(browser.begin()).removeprefix(PUBLIC_URL)
    here.in_future(timedelta(minutes=10))

    assert browser.get(answer).status_code == 400


def test_a_token_expires_and_the_review_with_it(here: Hospital) -> None:
    browser = here.browser()
    response = browser.launch()
    here.in_future(timedelta(seconds=301))

    with pytest.raises(PageError) as caught:
        browser.launched(response)
    assert (caught.value.status, caught.value.title) == (403, "Open again from the chart")


@pytest.mark.parametrize(
    ("said", "seconds"),
    [(60, 60), ("120", 120), (86_400, 3600), (None, 300), (0, 300), (-5, 300), (True, 300), ("soon", 300), (1e3, 300)],
)
def test_how_long_a_review_stays_open(here: Hospital, said: object, seconds: int) -> None:
    here.ehr.manner.token_says = {"expires_in": said}
    browser = here.browser()

    lasts = browser.launched(browser.launch()).expires - here.parts.clock()

    assert seconds - 10 < lasts.total_seconds() <= seconds


def test_a_review_is_of_the_browser_that_opened_it(here: Hospital) -> None:
    mine, other = here.browser(), here.browser()
    opened = mine.launch()
    other.launch()

    with pytest.raises(PageError):
        other.launched(opened)
    assert mine.launched(opened).patient_id == "pat-1"


def test_two_tabs_with_two_patients_never_mix(here: Hospital) -> None:
    browser = here.browser()
    first_way, second_way = browser.begin("pat-1"), browser.begin("pat-2")
    second = browser.get(browser.at_ehr(second_way).removeprefix(PUBLIC_URL))
    first = browser.get(browser.at_ehr(first_way).removeprefix(PUBLIC_URL))

    assert run_of(first) != run_of(second)
    assert browser.launched(first).patient_id == "pat-1"
    assert browser.launched(second).patient_id == "pat-2"
    assert browser.launched(first).token != browser.launched(second).token


def test_a_review_can_be_closed_and_is_then_forgotten(here: Hospital) -> None:
    browser, other = here.browser(), here.browser()
    opened = browser.launch()
    other.launch()
    other.post(f"/review/{run_of(opened)}/end")
    assert browser.launched(opened).patient_id == "pat-1"

    closed = browser.post(f"/review/{run_of(opened)}/end")

    assert (closed.status_code, title_of(closed)) == (200, "The review is closed")
    with pytest.raises(PageError):
        browser.launched(opened)


def test_where_the_store_is_not_there_that_is_said_on_a_page(tmp_path: Path) -> None:
    store = MemoryStore()
    with hospital(tmp_path, store=store) as found:
        browser = found.browser()
        opened = browser.launch()
        way = browser.begin()
        answer = browser.at_ehr(way).removeprefix(PUBLIC_URL)
        store.broken = True

        for refused in (browser.launch(), browser.get(answer), browser.post("/review/x/end")):
            assert (refused.status_code, title_of(refused)) == (503, "The review cannot be opened now")
        with pytest.raises(PageError) as caught:
            browser.launched(opened)
        assert caught.value.status == 503


def test_pages_of_a_launch_may_stand_in_frames_of_listed_ehrs_and_are_never_kept(tmp_path: Path) -> None:
    with hospital(tmp_path, frame_ancestors="https://ehr.example.org") as found:
        blocked = found.browser()
        blocked.blocks_cookies = True
        pages = [blocked.launch(), found.browser().get("/launch"), found.browser().get("/callback")]

    for page in pages:
        assert "frame-ancestors 'self' https://ehr.example.org" in page.headers["Content-Security-Policy"]
        assert "X-Frame-Options" not in page.headers
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"


def test_no_token_code_or_secret_is_ever_where_it_must_not_be(here: Hospital) -> None:
    browser = here.browser()
    with logs("DEBUG") as log:
        launched = browser.launched(browser.launch("pat-77"))

    kept = repr(here.parts.store.sessions)
    cookies = [cookie.value for cookie in browser.client._cookies.values()]
    everything = {"log": log.getvalue(), "store": kept, "cookies": repr(cookies), "pages": repr(browser.bodies)}
    assert launched.token.startswith(TOKEN)
    for place, text in everything.items():
        for word in (TOKEN, CODE, SECRET, LAUNCH, "pat-77", *cookies):
            assert place == "cookies" or word not in text, (place, word)
    assert not any(TOKEN in url or SECRET in url or "pat-77" in url for url in browser.visited)
    assert TOKEN not in repr(launched)
    assert "opened" in log.getvalue()


class Seat:
    """One seat, taken by somebody else or free."""

    def __init__(self, *, free: bool) -> None:
        self.free = free

    def take(self) -> bool:
        taken, self.free = self.free, False
        return taken

    def leave(self) -> None:
        self.free = True


def test_where_too_many_wait_for_ehrs_the_browser_comes_back_with_nothing_spent(here: Hospital) -> None:
    browser = here.browser()
    answer = browser.at_ehr(browser.begin()).removeprefix(PUBLIC_URL)
    seat = Seat(free=True)

    busy = browser.client.get(answer, base_url=PUBLIC_URL, environ_overrides={SEATS: Seat(free=False)})
    opened = browser.client.get(answer, base_url=PUBLIC_URL, environ_overrides={SEATS: seat})

    assert (busy.status_code, busy.headers["Refresh"], title_of(busy)) == (503, "2", "One moment")
    assert browser.launched(opened).patient_id == "pat-1"
    assert seat.free


def test_a_launch_waits_for_a_seat_only_where_the_ehr_has_to_be_asked_where_to_go(here: Hospital) -> None:
    browser, query = here.browser(), here.ehr.launch_query()
    begun = browser.get(f"/launch?{query}").headers["Location"]

    def go_on(seat: Seat) -> TestResponse:
        return browser.client.get(begun, base_url=PUBLIC_URL, environ_overrides={SEATS: seat})

    asked, seat = len(here.ehr.asked), Seat(free=True)
    busy = go_on(Seat(free=False))

    assert (busy.status_code, busy.headers["Refresh"], len(here.ehr.asked)) == (503, "2", asked)
    assert go_on(seat).status_code == 303
    assert seat.free
    assert go_on(Seat(free=False)).status_code == 303  # it has said
