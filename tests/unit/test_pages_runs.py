"""`/review/{run}`: the chart of a launch, read with the right that was given, judged as the cards are; or why not."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from builders import condition, patient
from fake_store import MemoryStore
from fhir_server import TOKEN, FhirServer, content, fhir_server, hang, status
from service_builders import NOON, logs, make_client
from store_builders import call
from werkzeug.test import TestResponse

from kcds.errors import PageError
from kcds.fhir.fetch import Fetcher
from kcds.outbound.client import OutboundClient
from kcds.outbound.places import Place

CHART = [patient(name=[{"family": "Roe", "given": ["Jane"]}]), condition("G90.50", onsetDateTime="2020-01-01")]
RUN = "a-run-that-nobody-guesses"
LOCAL = Place.parse("http://127.0.0.1:*")
PROBLEM = 'id="h-problem"'


@dataclass(frozen=True)
class Launch:
    """An open review, as SMART keeps it."""

    server: str
    token: str = TOKEN
    run: str = RUN
    ehr: str = "General Hospital"
    patient_id: str = "pat-1"
    user: str | None = None
    card: str | None = None
    refused: frozenset[str] = frozenset()


@dataclass
class OneLaunch:
    """The EHRs of a service at which one chart was opened."""

    launch: Launch
    public_keys: tuple[()] = ()
    fetcher: Fetcher = field(default_factory=lambda: Fetcher(OutboundClient([LOCAL])))

    @property
    def sessions(self) -> "OneLaunch":
        return self

    def find(self, run: str, _browser: str | None, _now: datetime) -> Launch:
        if run != RUN:
            raise PageError(403, "Open again from the chart", "This review is over.")
        return self.launch

    def knows(self, *_: object) -> bool:
        return False


def review(server: FhirServer, *, store: MemoryStore | None = None, run: str = RUN, **launch: Any) -> TestResponse:
    """What the browser is shown of a launch at this server."""
    smart = OneLaunch(Launch(**({"server": server.base} | launch)))
    answer = make_client(smart=smart, store=store, deadline=1).get(f"/review/{run}", headers={"Accept": "text/html"})
    answer.get_data()
    return answer


def page(server: FhirServer, **launch: Any) -> str:
    answer = review(server, **launch)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_chart_of_a_launch_is_read_with_its_token_and_judged() -> None:
    with fhir_server(CHART) as server:
        shown = page(server)

    assert "Jane Roe" in shown
    assert PROBLEM not in shown
    assert {asked.headers["Authorization"] for asked in server.asked} == {f"Bearer {TOKEN}"}


def test_a_review_that_is_over_is_an_error_in_words_and_nothing_is_read() -> None:
    with fhir_server(CHART) as server:
        answer = review(server, run="another")

    assert answer.status_code == 403
    assert "Open again from the chart" in answer.get_data(as_text=True)
    assert server.asked == []


def test_where_no_ehr_is_registered_there_is_no_review() -> None:
    assert make_client().get(f"/review/{RUN}").status_code == 404


def test_what_the_ehr_did_not_permit_is_not_asked_for() -> None:
    with fhir_server(CHART) as server:
        page(server, refused=frozenset({"Observation", "MedicationRequest"}))

    assert server.paths("Observation") == server.paths("MedicationRequest") == []
    assert server.paths("Condition")


def test_what_the_ehr_did_not_permit_is_never_read_as_there_being_none() -> None:
    with fhir_server(CHART) as server:
        shown = page(server, refused=frozenset({"AllergyIntolerance"}))

    assert "not permitted" in shown


FAILURES: dict[str, tuple[Callable[[Any], None], str]] = {
    "no longer signed in": (status(401), "no longer accepts this sign-in"),
    "not permitted": (status(403), "did not permit this to be read"),
    "broken": (status(500), "answered with an error"),
    "no FHIR": (content(b"<html>"), "answered with an error"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_server_that_gives_nothing_is_named_with_what_it_failed_of_and_a_way_to_try_again(failure: str) -> None:
    behaviour, said = FAILURES[failure]
    with fhir_server(CHART) as server, logs() as log:
        server.misbehaviour[""] = behaviour
        shown = page(server)

    assert PROBLEM in shown
    assert f"General Hospital {said}" in shown
    assert f'href="/review/{RUN}"' in shown
    assert RUN not in log.getvalue()


def test_of_a_server_that_gives_nothing_but_the_patient_every_failure_is_told_with_its_data() -> None:
    with fhir_server(CHART) as server:
        server.misbehaviour["/Patient"] = status(403)
        server.misbehaviour["/Con"] = server.misbehaviour["/Pro"] = status(500)
        shown = page(server)

    assert "General Hospital did not permit this to be read: the patient&#39;s details." in shown
    assert "General Hospital answered with an error: problems, procedures." in shown
    assert "Whoever looks after the EHR can permit it." in shown


def test_a_server_that_is_not_there_is_told_too() -> None:
    with fhir_server(CHART) as server:
        gone = server.base

    shown = make_client(smart=OneLaunch(Launch(gone))).get(f"/review/{RUN}").get_data(as_text=True)

    assert "General Hospital could not be reached" in shown


def test_one_source_that_fails_leaves_a_review_that_says_so() -> None:
    with fhir_server(CHART) as server:
        server.misbehaviour["/AllergyIntolerance"] = status(403)
        shown = page(server)

    assert PROBLEM not in shown
    assert "Jane Roe" in shown


def test_data_of_another_patient_are_not_shown() -> None:
    other = patient(id="pat-2", name=[{"family": "Other"}])
    with fhir_server(CHART) as server:
        server.misbehaviour["/Patient"] = content(other)
        shown = page(server)

    assert PROBLEM in shown
    assert "not of this patient" in shown
    assert "Other" not in shown


def test_a_server_that_hangs_is_given_up_within_the_time_of_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kcds.web.pages.review.LONGEST", 0.8)
    with fhir_server(CHART) as server:
        server.misbehaviour[""] = hang
        shown = page(server)

    assert "General Hospital did not answer in time" in shown


def opened(server: FhirServer, **members: Any) -> str:
    store = MemoryStore()
    at = NOON - timedelta(hours=2)
    store.record_call(call(id=UUID(int=7), at=at, **members))
    return page(server, store=store, card=str(UUID(int=7)))


def test_the_card_from_which_it_was_opened_is_named_and_whether_the_advice_has_changed() -> None:
    with fhir_server(CHART) as server:
        shown = opened(server, disposition="candidate")

    assert "Opened from the card of 21 Nov 2026, 10:00: it said “candidate”, now it is “insufficient data”" in shown


def test_a_card_whose_call_is_no_longer_known_is_not_mentioned() -> None:
    with fhir_server(CHART) as server:
        shown = page(server, store=MemoryStore(), card=str(UUID(int=8)))

    assert "Opened from" not in shown


def test_nothing_of_the_patient_or_the_launch_is_logged_or_counted() -> None:
    with fhir_server(CHART) as server, logs("DEBUG") as log:
        client = make_client(smart=OneLaunch(Launch(server.base)))
        client.get(f"/review/{RUN}", buffered=True)
        counted = client.get("/metrics").get_data(as_text=True)

    for held in (RUN, TOKEN, "Roe", "pat-1"):
        assert held not in log.getvalue()
        assert held not in counted
    assert '"page": "review"' in log.getvalue()
    assert 'kcds_pages_total{page="review",status="2xx"} 1.0' in counted
