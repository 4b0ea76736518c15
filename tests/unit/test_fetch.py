"""What was not prefetched is fetched, what was is not; the result has the shape of a prefetch."""

import asyncio
import time
from typing import Any

import pytest
from builders import Json, blood_pressure, bundle, condition, observation, patient, searchset
from fhir_server import TOKEN, FhirServer, content, fhir_server, hang, status

from kcds.errors import PreconditionError, RequestError
from kcds.fhir.bundles import answer_entries
from kcds.fhir.fetch import Data, Fetched, Fetcher
from kcds.fhir.fetch_server import MOST_PAGES, Source
from kcds.model.queries import RESOURCE_OF, Query
from kcds.outbound.answers import Answer
from kcds.outbound.client import OutboundClient
from kcds.outbound.deadline import Deadline
from kcds.outbound.places import Place

OUTCOME: Json = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
QUERIES = {
    query.value: "Patient/pat-1" if query is Query.PATIENT else f"{RESOURCE_OF.get(query, 'Observation')}?patient=pat-1"
    for query in Query
}
NOTHING_FOUND = {query.value: searchset() for query in Query} | {"patient": patient()}
CONDITIONS = [condition(f"G90.5{number}", id=f"c{number}") for number in range(5)]


def complete(  # noqa: PLR0913 - what a call may differ in
    server: FhirServer,
    answers: Json,
    draft_orders: Json | None = None,
    *,
    token: str | None = TOKEN,
    listed: str = "http://127.0.0.1:*",
    seconds: float = 20,
) -> Fetched:
    fetcher = Fetcher(OutboundClient([Place.parse(listed)]))
    source = Source(server=server.base, token=token, deadline=Deadline.after(seconds))
    return fetcher.complete(Data(answers=answers, draft_orders=draft_orders), QUERIES, source)


def without(*keys: str) -> Json:
    """Answers in full, but for these keys."""
    return {key: answer for key, answer in NOTHING_FOUND.items() if key not in keys}


def ids(fetched: Fetched, key: str = "conditions") -> list[str]:
    return [entry["resource"]["id"] for entry in fetched.data.answers[key]["entry"]]  # type: ignore[index]


def state(fetched: Fetched, key: str = "conditions") -> str:
    kind = RESOURCE_OF.get(Query(key), "Observation")
    return answer_entries(fetched.data.answers[key], key=key, resource_type=kind)[1].value


def test_nothing_is_asked_where_everything_was_sent() -> None:
    with fhir_server(CONDITIONS) as server:
        fetched = complete(server, NOTHING_FOUND)

    assert server.asked == []
    assert fetched.data.answers == NOTHING_FOUND
    assert fetched.asked == frozenset()


def test_a_key_that_was_left_out_is_asked_with_its_own_query() -> None:
    with fhir_server(CONDITIONS) as server:
        fetched = complete(server, without("conditions"))

    assert server.paths() == ["Condition?patient=pat-1&_count=200"]
    assert ids(fetched) == ["c0", "c1", "c2", "c3", "c4"]
    assert state(fetched) == "given"
    assert fetched.asked == {"conditions"}


def test_the_patient_is_read() -> None:
    with fhir_server([patient()]) as server:
        fetched = complete(server, without("patient"))

    assert server.paths() == ["Patient/pat-1"]
    assert fetched.data.answers["patient"] == patient()


@pytest.mark.parametrize(
    "sent",
    [
        OUTCOME,
        searchset(OUTCOME),
        searchset(CONDITIONS[0], link=[{"relation": "next", "url": "https://ehr.example.org/page/2"}]),
    ],
    ids=["failed", "failed inside", "cut off"],
)
def test_an_answer_that_failed_or_was_cut_off_is_asked_again_in_full(sent: Json) -> None:
    with fhir_server(CONDITIONS) as server:
        fetched = complete(server, NOTHING_FOUND | {"conditions": sent})

    assert ids(fetched) == ["c0", "c1", "c2", "c3", "c4"]
    assert state(fetched) == "given"


@pytest.mark.parametrize("sent", [None, searchset(), searchset(OUTCOME | {"issue": [{"severity": "warning"}]})])
def test_an_answer_of_nothing_is_an_answer(sent: Json | None) -> None:
    with fhir_server(CONDITIONS) as server:
        complete(server, NOTHING_FOUND | {"conditions": sent})

    assert server.asked == []


@pytest.mark.parametrize("sent", [None, searchset()])
def test_that_there_is_no_patient_is_no_answer(sent: Json | None) -> None:
    with fhir_server([patient()]) as server:
        fetched = complete(server, NOTHING_FOUND | {"patient": sent})

    assert fetched.data.answers["patient"] == patient()


def test_a_part_that_was_sent_is_kept_where_the_rest_cannot_be_had() -> None:
    cut_off = searchset(CONDITIONS[0], link=[{"relation": "next", "url": "https://ehr.example.org/page/2"}])
    with fhir_server() as server:
        server.misbehaviour["/Condition"] = status(500)
        fetched = complete(server, NOTHING_FOUND | {"conditions": cut_off})

    assert (ids(fetched), state(fetched)) == (["c0"], "incomplete")


def test_two_parts_are_put_together() -> None:
    cut_off = searchset(CONDITIONS[4], link=[{"relation": "next", "url": "https://ehr.example.org/page/2"}])
    with fhir_server(CONDITIONS, page=2) as server:
        server.misbehaviour["/Condition?patient=pat-1&_count=200&_offset=2"] = status(500)
        fetched = complete(server, NOTHING_FOUND | {"conditions": cut_off})

    assert (ids(fetched), state(fetched)) == (["c4", "c0", "c1"], "incomplete")


def test_a_server_that_is_not_listed_is_not_asked() -> None:
    with fhir_server(CONDITIONS) as server:
        fetched = complete(server, without("conditions"), listed="https://fhir.example.org")

    assert server.asked == []
    assert "conditions" not in fetched.data.answers
    assert fetched.remark is not None
    assert "KCDS_FHIR_SERVERS" in fetched.remark
    assert server.base not in fetched.remark


def test_nothing_is_said_of_a_server_that_need_not_be_asked() -> None:
    with fhir_server() as server:
        fetched = complete(server, NOTHING_FOUND, listed="https://fhir.example.org")

    assert fetched.remark is None


def test_types_that_may_not_be_read_are_named() -> None:
    with fhir_server([patient(), *CONDITIONS]) as server:
        server.misbehaviour["/AllergyIntolerance"] = status(403)
        server.misbehaviour["/Condition"] = status(403)
        server.misbehaviour["/Procedure"] = status(500)
        fetched = complete(server, {})

    assert fetched.remark == (
        "the FHIR server was asked, and failed: status 403 (AllergyIntolerance, Condition), status 500 (Procedure)"
    )


def test_the_token_is_presented_with_every_request() -> None:
    with fhir_server([patient(), *CONDITIONS], page=2) as server:
        complete(server, {})

    assert len(server.asked) == len(Query) + 2
    assert {asked.headers.get("Authorization") for asked in server.asked} == {f"Bearer {TOKEN}"}


def test_an_open_server_is_asked_without_token() -> None:
    with fhir_server(CONDITIONS, token=None) as server:
        fetched = complete(server, without("conditions"), token=None)

    assert state(fetched) == "given"
    assert "Authorization" not in server.asked[0].headers


def test_the_token_is_not_shown() -> None:
    source = Source(server="https://fhir.example.org", token="canary", deadline=Deadline.after(1))  # noqa: S106

    assert "canary" not in repr(source)


def behaving(behaviour: Any) -> Fetched:
    """What comes of the problem list, where the server does this for it and well for all else."""
    with fhir_server([patient(), *CONDITIONS, blood_pressure(120, 80)]) as server:
        server.misbehaviour["/Condition"] = behaviour
        return complete(server, {})


@pytest.mark.parametrize("code", [204, 301, 400, 401, 403, 404, 410, 429, 500, 503])
def test_a_status_that_is_no_success_fails_its_query_alone(code: int) -> None:
    fetched = behaving(status(code, Location="http://127.0.0.1:1/"))

    assert (state(fetched), state(fetched, "bloodPressure"), ids(fetched, "bloodPressure")) == (
        "failed",
        "given",
        ["obs-85354-9"],
    )


def nested(depth: int) -> bytes:
    return b'{"resourceType": "Bundle", "type": "searchset", "x": ' + b"[" * depth + b"]" * depth + b"}"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<html>sign in</html>", "not-json"),
        (b"", "not-json"),
        (b"[]", "not-json"),
        (b"null", "not-json"),
        (b"\xff\xfe{}", "not-json"),
        (nested(100_000), "not-json"),
        (b'{"resourceType": "Bundle", "type": "searchset", "total": NaN}', "not-json"),
        ({}, "not-fhir"),
        (condition(), "not-fhir"),
        (OUTCOME, "not-fhir"),
        (bundle(condition()), "not-fhir"),
        (bundle(condition(), kind="transaction-response"), "not-fhir"),
        ({"resourceType": "Bundle", "entry": []}, "not-fhir"),
        (searchset() | {"entry": {"resource": condition()}}, "not-fhir"),
        (searchset() | {"entry": ["x"]}, "not-fhir"),
        (searchset() | {"entry": [{"resource": "x"}]}, "not-fhir"),
    ],
)
def test_what_is_no_searchset_fails_its_query_alone(body: Json | bytes, kind: str) -> None:
    fetched = behaving(content(body))

    assert (state(fetched), state(fetched, "bloodPressure")) == ("failed", "given")
    assert fetched.remark == f"the FHIR server was asked, and failed: {kind} (Condition)"


@pytest.mark.parametrize("media_type", ["application/json", "text/html", "application/fhir+json; charset=latin-1", "x"])
def test_fhir_is_fhir_whatever_its_media_type_says(media_type: str) -> None:
    assert ids(behaving(content(searchset(CONDITIONS[1]), Content_Type=media_type))) == ["c1"]


def test_a_byte_order_mark_does_no_harm() -> None:
    body = b'\xef\xbb\xbf{"resourceType": "Bundle", "type": "searchset"}'

    assert (ids(behaving(content(body))), state(behaving(content(body)))) == ([], "given")


def test_an_outcome_inside_a_searchset_says_whether_it_failed() -> None:
    warning = OUTCOME | {"issue": [{"severity": "warning", "code": "not-found"}]}

    assert state(behaving(content(searchset(warning)))) == "given"
    assert state(behaving(content(searchset(CONDITIONS[0], OUTCOME)))) == "failed"


@pytest.mark.parametrize("body", [condition(), searchset(), patient(id=None), patient(id=7)])
def test_what_is_no_patient_is_not_taken_for_one(body: Json) -> None:
    with fhir_server() as server:
        server.misbehaviour["/Patient"] = content(body)
        fetched = complete(server, without("patient"))

    assert state(fetched, "patient") == "failed"


def test_a_server_that_does_not_answer_fails_every_query_in_time() -> None:
    with fhir_server() as server:
        server.misbehaviour["/"] = hang
        deadline = Deadline.after(0.5)
        fetched = complete(server, without("conditions", "procedures"), seconds=0.5)

    assert deadline.left() == 0
    assert (state(fetched), state(fetched, "procedures"), state(fetched, "ecg")) == ("failed", "failed", "given")
    assert fetched.remark is not None
    assert "failed: timeout" in fetched.remark


class StuckClient(OutboundClient):
    """On a machine so busy that the work ends long after its deadline: once it has one answer it is stuck."""

    async def get_async(self, url: str, *, deadline: Deadline, **options: Any) -> Answer:
        answer = await super().get_async(url, deadline=deadline, **options)
        if "/Condition" in url:
            asyncio.get_running_loop().call_later(0.1, time.sleep, deadline.left() + 0.5)
        return answer


def test_what_came_until_the_deadline_is_used_even_where_the_work_does_not_end_in_time() -> None:
    with fhir_server([patient(), *CONDITIONS]) as server:
        server.misbehaviour["/Procedure"] = hang
        fetcher = Fetcher(StuckClient([Place.parse("http://127.0.0.1:*")]))
        source = Source(server=server.base, token=TOKEN, deadline=Deadline.after(1))
        fetched = fetcher.complete(Data(answers=without("conditions", "procedures")), QUERIES, source)

    assert (state(fetched), state(fetched, "procedures")) == ("given", "failed")
    assert fetched.remark == "the FHIR server was asked, and failed: timeout"


@pytest.mark.parametrize(
    ("element", "kind"),
    [
        ("prefetch.conditions.entry[0].resource.subject", PreconditionError),
        ("prefetch.conditions", PreconditionError),
        ("prefetch.conditionsOfOthers", RequestError),
        ("prefetch.scores.entry[0].resource.subject", RequestError),
        ("context.draftOrders.entry[0].resource.subject", RequestError),
        (None, RequestError),
    ],
)
def test_what_the_server_did_wrong_is_no_bad_request(element: str | None, kind: type[RequestError]) -> None:
    fetched = Fetched(data=Data(answers={}), asked=frozenset({"conditions"}))

    assert type(fetched.refusal(RequestError("must be about the patient of this request", element))) is kind


def test_bad_answers_that_were_sent_are_a_bad_request_before_anybody_is_asked() -> None:
    with fhir_server() as server, pytest.raises(RequestError):
        complete(server, {"conditions": "x"})

    assert server.asked == []


def test_many_pages_are_read_up_to_a_limit() -> None:
    scores = [observation("72514-3", id=f"o{number}") for number in range(MOST_PAGES + 5)]
    with fhir_server(scores, page=1) as server:
        fetched = complete(server, without("scores"), seconds=5)

    assert len(server.asked) == MOST_PAGES
    assert (len(ids(fetched, "scores")), state(fetched, "scores")) == (MOST_PAGES, "incomplete")
