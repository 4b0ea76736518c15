"""Nothing of the person leaves in extensions, errors, logs, counts or the store: canaries wherever one can stand."""

import copy
import json
from datetime import date
from typing import Any

import pytest
from builders import Json, blood_pressure, condition, medication_request, patient
from fake_store import MemoryStore
from service_builders import cards_of, hook_call, logs, make_client, order_call, post, real_service, sample

from kcds.errors import StoreError
from kcds.model.findings import Findings
from kcds.service import AdviceService

NAME, NUMBER, BORN, PLACE, NOTE = "Canaryname", "777-canary-number", "1971-03-04", "Canary Street", "canary remark"
GRANTED = "canary.access.token"
CANARIES = (NAME, NUMBER, BORN, PLACE, NOTE, GRANTED)


def identified() -> Json:
    return patient(
        name=[{"family": NAME, "given": [NAME], "text": NAME}],
        identifier=[{"system": "urn:example:mrn", "value": NUMBER}],
        birthDate=BORN,
        address=[{"line": [PLACE]}],
        telecom=[{"system": "phone", "value": NUMBER}],
        text={"status": "generated", "div": f"<div xmlns='http://www.w3.org/1999/xhtml'>{NAME}</div>"},
    )


def told(**elements: Any) -> Json:
    """Elements in which free text about a person stands."""
    return {
        "note": [{"text": NOTE}],
        "subject": {"reference": "Patient/pat-1", "display": NAME},
        "identifier": [{"system": "urn:example:mrn", "value": NUMBER}],
    } | elements


def calls() -> dict[str, Json]:
    record: dict[str, Any] = {
        "patient": [identified()],
        "conditions": [condition("G90.50", onsetDateTime="2020-01-01", **told()), condition("F11.20", **told())],
        "bloodPressure": [blood_pressure(190, 121, **told())],
        "medicationRequests": [
            medication_request(**told()),
            medication_request(None, id="text", medicationCodeableConcept={"text": NOTE}),
        ],
    }
    draft = medication_request("238082", id="draft", **told())
    return {"patient-view": hook_call(**record), "order-sign": order_call(draft, **record)}


def wrong_calls() -> dict[str, Json]:
    """Calls that are refused, each with canaries at the place of the fault."""
    good = calls()["patient-view"]

    def changed(path: tuple[str, ...], value: object) -> Json:
        request = copy.deepcopy(good)
        inner: Any = request
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = value
        return request

    another = identified() | {"id": "Canaryname"}
    return {
        "another patient": changed(("prefetch", "patient"), another),
        "an id that is a name": changed(("context", "patientId"), f"{NAME} {BORN}"),
        "a user that is a name": changed(("context", "userId"), NAME),
        "a hook that is a name": changed(("hook",), NAME),
        "an instance that is a number": changed(("hookInstance",), NUMBER),
        "a prefetch answer of another kind": changed(("prefetch", "conditions"), identified()),
        "a problem of another patient": changed(
            ("prefetch", "conditions"), condition(subject={"reference": f"Patient/{NAME}"})
        ),
        "an entry that is a text": changed(("prefetch", "conditions"), {"resourceType": "Bundle", "entry": [NAME]}),
        "an unknown member that is a name": changed((NAME,), 1) | {"hook": ""},
    }


@pytest.mark.parametrize("hook", ["patient-view", "order-sign"])
def test_no_extension_and_no_log_line_holds_anything_of_the_person(hook: str) -> None:
    request = calls()[hook]

    with logs("DEBUG") as logged:
        cards = cards_of(post(make_client(), request))

    extensions = json.dumps([card["extension"] for card in cards])
    assert cards
    assert logged.getvalue().count("\n") == 1
    assert [canary for canary in CANARIES if canary in extensions + logged.getvalue()] == []


@pytest.mark.parametrize("hook", ["patient-view", "order-sign"])
def test_no_card_names_the_person(hook: str) -> None:
    cards = cards_of(post(make_client(), calls()[hook]))

    assert [canary for canary in (NAME, NUMBER, BORN, PLACE) if canary in json.dumps(cards)] == []


@pytest.mark.parametrize("fault", wrong_calls())
@pytest.mark.checklist("ROB-1")
def test_no_error_body_and_no_log_line_quotes_what_was_sent(fault: str) -> None:
    request = wrong_calls()[fault]

    with logs("DEBUG") as logged:
        response = post(make_client(), request, "ketamine-patient-view")

    assert response.status_code == 400
    said = response.get_data(as_text=True) + logged.getvalue()
    assert [canary for canary in CANARIES if canary in said] == []


def full_call() -> Json:
    """A call that also carries a token for the client's FHIR server."""
    granted = {"access_token": GRANTED, "token_type": "Bearer", "expires_in": 300, "scope": NOTE, "subject": NOTE}
    return calls()["order-sign"] | {
        "fhirServer": f"https://{NUMBER}.example.org/{NAME}",
        "fhirAuthorization": granted,
        "extension": {NAME: NOTE},
    }


class Quoting:
    """An engine that fails and quotes the record in its error."""

    def __init__(self, kind: type[Exception]) -> None:
        self._kind = kind

    def evaluate(self, facts: Any, *, today: date) -> Findings:  # noqa: ARG002 - the protocol's
        raise self._kind(f"{NAME} {NUMBER} {BORN} {PLACE} {NOTE}")


HEADERS = {
    "Authorization": f"Bearer {GRANTED}",
    "Cookie": NAME,
    "User-Agent": NAME,
    "X-Request-Id": NUMBER,
    "Referer": NAME,
}


@pytest.mark.parametrize(
    ("kind", "status"),
    [(None, 200), (ValueError, 500), (RecursionError, 400), (OSError, 500), (StoreError, 503)],
    ids=str,
)
def test_nothing_of_the_person_is_logged_counted_kept_or_said_when_calls_fail(
    kind: type[Exception] | None, status: int
) -> None:
    service = AdviceService(real_service().knowledge, Quoting(kind)) if kind else real_service()
    store = MemoryStore()
    client = make_client(service=service, store=store, alert_fatigue="on")

    with logs("DEBUG") as logged:
        response = client.post(f"/cds-services/ketamine-order-sign?name={NAME}", json=full_call(), headers=HEADERS)

    counted = client.get("/metrics").get_data(as_text=True)
    body = response.get_data(as_text=True) if response.status_code >= 400 else ""
    assert response.status_code == status
    assert len(store.calls) == (kind is None)
    said = logged.getvalue() + counted + body + repr(store) + str(response.headers)
    assert logged.getvalue().count("\n") == 1
    assert [canary for canary in CANARIES if canary in said] == []


@pytest.mark.parametrize("broken", [False, True], ids=["kept", "not kept"])
@pytest.mark.parametrize("comments", ["discard", "encrypt"])
def test_feedback_leaves_no_comment_in_logs_counts_or_answers(comments: str, *, broken: bool) -> None:
    reason = {"reason": {"code": "data-wrong", "system": "urn:x"}, "userComment": f"{NAME} {NOTE}"}
    entry = {"card": "x", "outcome": "overridden", "outcomeTimestamp": "2026-11-21T12:00:00Z", "overrideReason": reason}
    store = MemoryStore(broken=broken)
    client = make_client(store=store, feedback_comments=comments)

    with logs("DEBUG") as logged:
        response = client.post("/cds-services/ketamine-order-sign/feedback", json={"feedback": [entry]})

    said = logged.getvalue() + client.get("/metrics").get_data(as_text=True) + response.get_data(as_text=True)
    assert response.status_code == (503 if broken else 200)
    assert [canary for canary in CANARIES if canary in said] == []
    assert comments == "encrypt" or NOTE not in repr(store)


def test_the_log_line_of_a_call_says_what_was_answered_and_how_long_it_took() -> None:
    with logs() as logged:
        post(make_client(), sample("opioid-use-disorder-drafted"))

    line = json.loads(logged.getvalue())
    assert line["event"] == "hook call"
    assert line["service"] == "ketamine-order-sign"
    assert line["disposition"] == "contraindicated"
    assert line["cards"] == 2
    assert "active-substance-use-disorder" in line["rules"]
    assert line["milliseconds"] > 0
    assert line["level"] == "info"
    assert line["hook_instance"] == sample("opioid-use-disorder-drafted")["hookInstance"]
    assert "timestamp" in line


def test_the_log_line_of_a_refused_call_says_status_and_element() -> None:
    request = hook_call()
    del request["context"]["patientId"]

    with logs() as logged:
        post(make_client(), request)

    line = json.loads(logged.getvalue())
    assert (line["event"], line["status"], line["element"]) == ("call refused", 400, "context.patientId")
    assert line["why"] == "Field required"


def test_the_log_says_what_the_caller_is_told_of_data_that_cannot_be_had() -> None:
    request = hook_call()
    request["prefetch"] = {"Patient": None, "problems": None}

    with logs() as logged:
        response = post(make_client(), request)

    line = json.loads(logged.getvalue())
    assert line["why"] == response.get_json()["issue"][0]["diagnostics"]
    assert line["why"].endswith("; 2 of the prefetch keys are none that discovery lists")


def test_the_log_line_of_an_answered_call_counts_the_keys_that_nobody_reads() -> None:
    request = hook_call()
    request["prefetch"] |= {NAME: None}

    with logs() as logged:
        post(make_client(), request)

    assert json.loads(logged.getvalue())["data"] == "1 of the prefetch keys are none that discovery lists"


def test_logs_for_people_are_one_line_a_call_too() -> None:
    with logs(log_format="text") as logged:
        post(make_client(), sample("crps-candidate"))

    assert logged.getvalue().count("\n") == 1
    assert "disposition=candidate" in logged.getvalue()


def test_a_higher_log_level_keeps_calls_out_of_the_log() -> None:
    with logs("WARNING") as logged:
        post(make_client(), sample("crps-candidate"))

    assert logged.getvalue() == ""
